"""How many texels a slot needs, so that all slots of an asset are about equally sharp."""

from __future__ import annotations

import numpy as np

from toolchain.asset import Mesh

LEAST_PX = 64  # smaller textures save nothing
ENOUGH = 0.98  # of the density asked for, as the rule `tex.density` has it


def sharpness(mesh: Mesh, slots: int) -> list[float]:
    """For each slot the texels a metre that a texture of one texel would give: root of UV area by area; 0 for none."""
    assert mesh.uv is not None
    p, t = mesh.positions[mesh.faces].astype(np.float64), mesh.uv[mesh.faces].astype(np.float64)
    area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1)
    a, b = t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]
    laid = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    of = mesh.slot_of_faces()
    space, square = (np.bincount(of, values, slots) for values in (area, laid))
    return [float(np.sqrt(u / s)) if s > 0 else 0.0 for u, s in zip(square, space, strict=True)]


def slot_sizes(sharp: list[float], most: int, texels_per_m: float = 0.0) -> list[int]:
    """Side of each slot's texture: `most`, or a half, a quarter ... of it.

    The slot that needs most gets `most`, the others what comes nearest to its density; where `texels_per_m` is
    asked for, the least that reaches it. `sharp`: see :func:`sharpness`.
    """
    known = [s for s in sharp if s > 0]
    if not known:
        return [min(LEAST_PX, most)] * len(sharp)
    out = []
    for s in sharp:
        if s <= 0:
            out.append(min(LEAST_PX, most))
            continue
        if texels_per_m:
            halvings = np.floor(np.log2(most * s / (ENOUGH * texels_per_m)) + 1e-9)
        else:
            halvings = np.floor(np.log2(s / min(known)) + 0.5)
        out.append(max(most >> int(np.clip(halvings, 0, 14)), min(LEAST_PX, most)))
    return out
