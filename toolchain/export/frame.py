"""From canonical space to a file's axes and units: one proper rotation and one scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from toolchain.asset import F32, Mesh

_AXIS = {"X": 0, "Y": 1, "Z": 2}


def axis(name: str) -> F32:
    """Unit vector of an axis written as `+Y`."""
    vector = np.zeros(3, np.float32)
    vector[_AXIS[name[1]]] = 1.0 if name[0] == "+" else -1.0
    return vector


def rotation(up: str, front: str) -> F32:
    """(3, 3) rotation R, file = R @ canonical: +Y goes to `up`, +Z to `front`, +X (the asset's left) to up x front."""
    u, f = axis(up), axis(front)
    return np.stack((np.cross(u, f), u, f), axis=1).astype(np.float32)


def to_file(mesh: Mesh, up: str, front: str, unit_m: float) -> Mesh:
    """The mesh in file axes and units. A rotation keeps winding and the tangents' sign."""
    turn = rotation(up, front)
    tangents = mesh.tangents
    if tangents is not None:
        tangents = np.concatenate((tangents[:, :3] @ turn.T, tangents[:, 3:]), axis=1).astype(np.float32)
    return replace(
        mesh,
        positions=((mesh.positions.astype(np.float64) @ turn.T.astype(np.float64)) / unit_m).astype(np.float32),
        normals=None if mesh.normals is None else (mesh.normals @ turn.T).astype(np.float32),
        tangents=tangents,
    )
