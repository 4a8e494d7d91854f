"""A Scene's drawn meshes as one triangle mesh with split vertices: transforms applied, one UV set, welded by value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, I32
from validators.readers.notes import Bad, Notes
from validators.scene import Material, Node, Scene, SceneMesh

MOST_TRIANGLES = 8_000_000
_KNUTH = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio


@dataclass(frozen=True, eq=False)
class Joined:
    """V vertices split where a stream breaks, F triangles; file axes and units. Streams no part has are None."""

    positions: F32
    faces: I32
    material: I32  # (F,) index into Scene.materials, -1 none
    normals: F32 | None
    uv: F32 | None
    tangents: F32 | None  # only where every textured part has them
    colours: F32 | None  # (V, 4) as written; white where a part has none


def join(scene: Scene, notes: Notes) -> Joined:
    """The finest level's render meshes. Raises Bad where there is no triangle, or more than MOST_TRIANGLES."""
    nodes = [n for n in scene.lod0_nodes() if n.mesh is not None]
    total = sum(_triangles(scene.meshes[n.mesh]) for n in nodes if n.mesh is not None)
    if total > MOST_TRIANGLES:
        raise Bad(
            "file.too_big",
            f"It has {total / 1e6:.1f} million triangles; up to {MOST_TRIANGLES // 10**6} million are read.",
            measured=total,
            limit=MOST_TRIANGLES,
        )
    wide = _streams(scene, nodes)
    parts = [_part(scene, node, wide) for node in nodes]
    corners = np.concatenate([p[0] for p in parts]) if parts else np.zeros((0, 3), np.float32)
    material = np.concatenate([p[1] for p in parts]) if parts else np.zeros(0, np.int32)
    triangles = corners.reshape(-1, 3, corners.shape[1])
    good = np.isfinite(triangles).all(axis=(1, 2))
    p = triangles[:, :, :3].astype(np.float64)
    with np.errstate(all="ignore"):
        good &= (np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]) != 0).any(axis=1)
    if not good.any():
        raise Bad("file.malformed", "There is no triangle in it.")
    if not good.all():
        lost = int((~good).sum())
        notes.add(
            "file.malformed", f"{lost} triangles without area or with broken numbers are left out.", measured=lost
        )
    corners, material = triangles[good].reshape(-1, corners.shape[1]), material[good]
    first, faces = weld_rows(corners)
    rows = corners[first]
    out: dict[str, F32 | None] = {}
    at = 3
    for name in ("normals", "uv", "tangents", "colours"):
        out[name] = np.ascontiguousarray(rows[:, at : at + wide[name]]) if wide[name] else None
        at += wide[name]
    if not np.isfinite(np.ptp(rows[:, :3], axis=0)).all():
        raise Bad("file.malformed", "Its coordinates are too large to be a shape.")
    return Joined(np.ascontiguousarray(rows[:, :3]), faces, material, **out)


def weld_rows(rows: F32) -> tuple[NDArray[np.int64], I32]:
    """(row of each distinct one, (N / 3, 3) faces over them): equal rows become one, told by a 64-bit hash and checked.

    Indices follow the first appearance.
    """
    bits = (np.ascontiguousarray(rows, np.float32) + np.float32(0)).view(np.uint32)  # + 0: one zero
    mixed = np.zeros(len(rows), np.uint64)
    with np.errstate(over="ignore"):
        for column in bits.T:
            mixed = (mixed ^ column) * _KNUTH
            mixed ^= mixed >> np.uint64(29)
    _, first, index = np.unique(mixed, return_index=True, return_inverse=True)
    index = index.reshape(-1)
    strange = np.flatnonzero((bits[first[index]] != bits).any(axis=1))  # two rows of one hash: each its own vertex
    index[strange] = len(first) + np.arange(len(strange))
    first = np.concatenate((first, strange))
    order = np.argsort(first, kind="stable")
    place = np.zeros(len(order), np.int64)
    place[order] = np.arange(len(order))
    return first[order], place[index].astype(np.int32).reshape(-1, 3)


def _triangles(mesh: SceneMesh) -> int:
    return int(np.maximum(mesh.face_sizes - 2, 0).sum(dtype=np.int64))


def _streams(scene: Scene, nodes: list[Node]) -> dict[str, int]:
    """Columns of each stream: 0 where no part has it, or where it would be of no use."""
    meshes = [scene.meshes[n.mesh] for n in nodes if n.mesh is not None and len(scene.meshes[n.mesh].face_sizes)]
    textured = [m for m in meshes if m.uvs]
    tangents = bool(textured) and all(m.tangents is not None and m.normals is not None for m in textured)
    return {
        "normals": 3 * any(m.normals is not None for m in meshes),
        "uv": 2 * bool(textured),
        "tangents": 4 * tangents,
        "colours": 4 * any(m.colours is not None for m in meshes),
    }


def _part(scene: Scene, node: Node, wide: dict[str, int]) -> tuple[F32, I32]:
    """((3T, 3 + streams) corners in scene space, (T,) material) of one node."""
    assert node.mesh is not None
    mesh = scene.meshes[node.mesh]
    sizes = np.maximum(mesh.face_sizes - 2, 0).astype(np.int64)
    face = np.repeat(np.arange(len(sizes)), sizes)
    starts = np.cumsum(mesh.face_sizes, dtype=np.int64) - mesh.face_sizes
    step = np.arange(len(face)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    fan = np.stack((starts[face], starts[face] + step + 1, starts[face] + step + 2), axis=1)
    turn = node.world[:3, :3]
    mirrored = float(np.linalg.det(turn)) < 0 if np.isfinite(turn).all() else False
    if mirrored:
        fan = fan[:, (0, 2, 1)]
    corner = fan.reshape(-1)
    out = np.zeros((len(corner), 3 + sum(wide.values())), np.float32)
    material = mesh.face_material[face].astype(np.int32)
    with np.errstate(all="ignore"):
        out[:, :3] = scene.world_points(node)[mesh.corner_point[corner]]
        at = 3
        if wide["normals"]:
            own = out[:, at : at + 3]
            if mesh.normals is not None:
                own[:] = _unit((mesh.normals @ np.linalg.pinv(np.nan_to_num(turn))).astype(np.float32))[corner]
            lost = ~(np.einsum("ij,ij->i", own, own) > 0.25)  # not a number is lost too
            if lost.any():
                own[lost] = _flat(out[:, :3])[lost]
            at += 3
        if wide["uv"]:
            if mesh.uvs:
                sets = _sets(scene.materials, material, len(mesh.uvs))
                laid = out[:, at : at + 2]
                for index in np.unique(sets):
                    rows = np.repeat(sets == index, 3) if len(mesh.uvs) > 1 else slice(None)
                    laid[rows] = mesh.uvs[index][corner[rows]]
                laid[~np.isfinite(laid)] = 0.0
            at += 2
        if wide["tangents"]:
            if mesh.tangents is not None:
                along = np.nan_to_num(_unit(mesh.tangents[corner, :3] @ turn.T))
                sign = np.where(mesh.tangents[corner, 3:] < 0, -1.0, 1.0) * (-1.0 if mirrored else 1.0)
                out[:, at : at + 4] = np.concatenate((along, sign), axis=1)
            at += 4
        if wide["colours"]:
            tint = np.ones((len(corner), 4)) if mesh.colours is None else np.nan_to_num(mesh.colours[corner], nan=1.0)
            tint[~tint.any(axis=1)] = 1.0  # zeros stand in for a part of the mesh that has no colours
            out[:, at : at + 4] = np.clip(tint, 0.0, 1e3)
    return out, material


def _sets(materials: tuple[Material, ...], material: I32, count: int) -> NDArray[np.int64]:
    """(T,) UV set that the colour of each face's material reads, else the first that any of its maps reads."""
    wanted = np.zeros(len(materials) + 1, np.int64)  # the last is of faces without a material
    for i, m in enumerate(materials):
        binding = m.bindings.get("base_color") or next((b for _, b in sorted(m.bindings.items())), None)
        wanted[i] = binding.uv_set if binding and 0 <= binding.uv_set < count else 0
    return wanted[material]


def _flat(corners: F32) -> F32:
    p = corners.reshape(-1, 3, 3).astype(np.float64)
    return np.repeat(_unit(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])), 3, axis=0)


def _unit(vectors: NDArray[np.floating]) -> F32:
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0).astype(np.float32)
