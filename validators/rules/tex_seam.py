"""Colours do not meet at the seams.

Checks
    The base colour on both sides of each UV seam of LOD 0, at three places of the seam, a texel inside its chart. The
    mean difference is reported from 8 % of full scale on, when it is also four times what neighbouring texels differ
    by inside the charts.
Why it fails in the engine
    Seams show as lines, most of all at a distance, where mips mix what lies beside the charts.
How to fix
    Bake the texture again with matching colours on both sides, and dilate it into the gaps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.mat_unassigned import used_materials
from validators.rules.words import share
from validators.scene import SceneMesh

LEAST = 0.08
TIMES = 4.0


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in case.finest():
        used = used_materials(mesh, case.scene)
        if len(used) != 1 or not mesh.uvs or not len(mesh.triangles) or not np.isfinite(mesh.uvs[0]).all():
            continue
        binding = case.scene.materials[used[0]].bindings.get("base_color")
        held = binding is not None and 0 <= binding.texture < len(case.scene.textures)
        image = case.pixels(binding.texture) if binding is not None and held else None
        if image is None or image.ndim != 3 or not np.issubdtype(image.dtype, np.integer):
            continue
        full = np.float32(np.iinfo(image.dtype).max)
        here, there = _seams(mesh)
        if not len(here):
            continue
        apart = float(np.abs(_at(image, here) / full - _at(image, there) / full).mean())
        usual = float(np.abs(np.diff(image[::2, ::2, :3] / full, axis=0)).mean())
        if apart >= max(LEAST, TIMES * usual):
            yield Fault(
                f"Colours differ by {share(apart)} across the UV seams of {called(node)}.",
                where=case.at(node),
                measured=round(apart, 4),
                limit=LEAST,
            )


def _seams(mesh: SceneMesh) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """UVs (N, 2) on either side of edges that two triangles share in space but not in the texture, drawn inwards."""
    tri, uv = mesh.welded_triangles.astype(np.int64), mesh.uvs[0][mesh.triangles]
    start, end = tri, tri[:, [1, 2, 0]]
    key = (np.minimum(start, end) * (int(tri.max(initial=0)) + 1) + np.maximum(start, end)).ravel()
    order = np.argsort(key, kind="stable")
    pair = np.flatnonzero(np.diff(key[order]) == 0)
    one, two = order[pair], order[pair + 1]
    centre = np.repeat(uv.mean(axis=1), 3, axis=0)
    a = uv.reshape(-1, 2)
    b = uv[:, [1, 2, 0]].reshape(-1, 2)
    turned = start.ravel()[one] != start.ravel()[two]  # neighbours run along their edge in opposite directions
    far = np.where(turned[:, None], b[two], a[two])
    near = np.where(turned[:, None], a[two], b[two])
    split = (np.abs(a[one] - far) + np.abs(b[one] - near)).sum(axis=1) > 1e-5
    one, two, far, near = one[split], two[split], far[split], near[split]
    here, there = [], []
    for t in (0.25, 0.5, 0.75):
        here.append(0.98 * (a[one] * (1 - t) + b[one] * t) + 0.02 * centre[one])
        there.append(0.98 * (far * (1 - t) + near * t) + 0.02 * centre[two])
    return np.concatenate(here), np.concatenate(there)


def _at(image: NDArray[Any], uv: NDArray[np.float64]) -> NDArray[Any]:
    high, wide = image.shape[:2]
    x = np.floor(np.mod(uv[:, 0], 1.0) * wide).astype(np.int64).clip(0, wide - 1)
    y = np.floor((1 - np.mod(uv[:, 1], 1.0)) * high).astype(np.int64).clip(0, high - 1)
    return image[y, x, :3]


RULE = Rule("tex.seam", "warning", _faults, "Bake the texture again, and dilate it into the gaps.")
