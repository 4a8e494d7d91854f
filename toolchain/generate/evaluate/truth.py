"""The known mesh of a prop, its true colours, and the two compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, I32, Mesh, Painted, Sculpt
from toolchain.generate.canonical import sculpt_of
from toolchain.generate.score import centred, spread
from toolchain.srgb import lab
from toolchain.stage import StageError

COLOURS = 8_000  # places where colours are compared


@dataclass(frozen=True, eq=False)
class Truth:
    """A known surface."""

    positions: F32  # (V, 3)
    faces: I32  # (F, 3)
    painted: Painted  # the same surface with its textures


def read_truth(path: Path) -> Truth:
    """The mesh in `path`, by our own readers. StageError where there is none."""
    from toolchain.intake.model_child import load
    from validators.readers.companions import companions

    beside = {p.relative_to(path.parent).as_posix(): p.read_bytes() for p in companions(path)}
    answer = load(path.read_bytes(), path.suffix.lower(), path.name, beside, "")
    if isinstance(answer, str):
        raise StageError(answer)
    sculpt = sculpt_of(answer[0], generator="", rung="", reason="")
    assert sculpt.painted is not None
    return Truth(sculpt.mesh.positions, sculpt.mesh.faces, sculpt.painted)


def colour_error(sculpt: Sculpt, truth: Truth) -> float:
    """Mean CIE 1976 colour difference over places of the true surface: its albedo, and ours at the nearest place.

    Both surfaces centred, longest side 1. About 2 is just to be seen, 100 is black to white. A generator that
    paints what it sees keeps the picture's light, and pays for it here.
    """
    from scipy.spatial import cKDTree

    mesh, theirs = sculpt.mesh, truth.painted.mesh
    ours = centred(mesh.positions)
    face, weights = spread(ours, mesh.faces, 4 * COLOURS)
    points = _at(ours, mesh.faces, face, weights)
    colours = _at(sculpt.colour.astype(np.float64), mesh.faces, face, weights)
    their_face, their_weights = spread(theirs.positions, theirs.faces, COLOURS)
    places = _at(centred(theirs.positions), theirs.faces, their_face, their_weights)
    near = cKDTree(points).query(places)[1]
    there = albedo(truth.painted, their_face, their_weights)
    return float(np.linalg.norm(lab(colours[near].clip(0, 1)) - lab(there.clip(0, 1)), axis=1).mean())


def _at(values: np.ndarray, faces: I32, face: np.ndarray, weights: np.ndarray) -> NDArray[np.float64]:
    return np.einsum("kc,kcd->kd", weights, values[faces[face]].astype(np.float64))


def albedo(painted: Painted, face: np.ndarray, weights: np.ndarray) -> NDArray[np.float64]:
    """(K, 3) linear base colour at places of a painted surface."""
    from toolchain.surface.maps import sample

    mesh: Mesh = painted.mesh
    out = np.full((len(face), 3), 0.5)
    slot = mesh.slot_of_faces()[face]
    for i, paint in enumerate(painted.paints):
        of = slot == i
        factor = np.array(paint.factors.get("albedo", ()) or (1.0,) * 3)[:3]
        out[of] = factor
        if "albedo" in paint.maps and mesh.uv is not None and of.any():
            uv = _at(mesh.uv, mesh.faces, face[of], weights[of]).astype(np.float32)
            out[of] = factor * sample(paint.maps["albedo"], uv, srgb=True)[:, :3]
    if painted.colour is not None:
        out *= _at(painted.colour, mesh.faces, face, weights)
    return np.clip(out, 0.0, 1.0)
