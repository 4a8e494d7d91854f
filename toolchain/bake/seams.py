"""How much do the two sides of a UV border differ? Measured as an engine samples: bilinear, both sides.

A border is an edge of the surface whose two faces lie apart in UV or on different slots. The maps of both
sides are read at the same places of the edge; what differs there is what an eye sees as a seam.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, Mesh, TextureSet
from toolchain.bake.field import weld
from toolchain.bake.transfer import to_world

#: Places along an edge, shares of its length.
_PLACES = np.array([0.125, 0.375, 0.625, 0.875])


def border_edges(mesh: Mesh) -> NDArray[np.int64]:
    """(E, 2, 2) vertices of each border edge: side, end; the ends of both sides in the same order."""
    place = weld(mesh.positions)
    start, end = mesh.faces.reshape(-1).astype(np.int64), np.roll(mesh.faces, -1, axis=1).reshape(-1).astype(np.int64)
    low, high = np.minimum(place[start], place[end]), np.maximum(place[start], place[end])
    order = np.lexsort((np.arange(len(start)), high, low))
    pair = (low[order][1:] == low[order][:-1]) & (high[order][1:] == high[order][:-1])
    pair[1:] &= ~pair[:-1]  # of three faces on an edge, the first two
    a, b = order[:-1][pair], order[1:][pair]
    turned = place[start[b]] != place[start[a]]
    sides = np.stack(
        (
            np.stack((start[a], end[a]), axis=1),
            np.stack((np.where(turned, end[b], start[b]), np.where(turned, start[b], end[b])), axis=1),
        ),
        axis=1,
    )
    slots = mesh.slot_of_faces()
    assert mesh.uv is not None
    apart = np.abs(mesh.uv[sides[:, 0]] - mesh.uv[sides[:, 1]]).max(axis=(1, 2)) > 1e-6
    return sides[apart | (slots[a // 3] != slots[b // 3])]


def sample(image: F32, uv: NDArray[np.float64]) -> F32:
    """(N, C) bilinear values of `image` (S, S, C) at `uv` (N, 2), v upwards, clamped at the border."""
    size = image.shape[0]
    x = np.clip(uv[:, 0] * size - 0.5, 0, size - 1)
    y = np.clip((1 - uv[:, 1]) * size - 0.5, 0, size - 1)
    c, r = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    fx, fy = (x - c)[:, None], (y - r)[:, None]
    c1, r1 = np.minimum(c + 1, size - 1), np.minimum(r + 1, size - 1)
    top = image[r, c] * (1 - fx) + image[r, c1] * fx
    return (top * (1 - fy) + (image[r1, c] * (1 - fx) + image[r1, c1] * fx) * fy).astype(np.float32)


def seam_difference(mesh: Mesh, sets: tuple[TextureSet, ...]) -> dict[str, float | int]:
    """Means over all border edges, weighted by length: albedo (linear, 0..1), normal (degrees), AO (0..1)."""
    edges = border_edges(mesh)
    if not len(edges):
        return {"edges": 0, "albedo": 0.0, "ao": 0.0, "normal_deg": 0.0}
    assert mesh.uv is not None and mesh.normals is not None and mesh.tangents is not None
    slot = np.zeros(len(mesh.positions), np.int64)
    slot[mesh.faces.reshape(-1)] = np.repeat(mesh.slot_of_faces(), 3)
    sides = []
    for side in (0, 1):
        ends, t = edges[:, side], _PLACES[None, :, None]

        def along(values: NDArray, ends: NDArray = ends, t: NDArray = t) -> NDArray[np.float64]:
            return (values[ends[:, 0], None] * (1 - t) + values[ends[:, 1], None] * t).reshape(-1, values.shape[1])

        uv, normal, tangent = along(mesh.uv), along(mesh.normals), along(mesh.tangents[:, :3])
        sign, of = np.repeat(mesh.tangents[ends[:, 0], 3], len(_PLACES)), np.repeat(slot[ends[:, 0]], len(_PLACES))
        albedo, ao, world = np.zeros((len(uv), 3)), np.zeros(len(uv)), np.zeros((len(uv), 3))
        for textures in sets:
            mine = of == textures.slot
            maps = textures.maps
            albedo[mine] = sample(maps["albedo"], uv[mine])
            ao[mine] = sample(maps["ao"][..., None], uv[mine])[:, 0]
            world[mine] = to_world(sample(maps["normal"], uv[mine]), normal[mine], tangent[mine], sign[mine])
        sides.append((albedo, ao, world))
    (albedo, ao, world), (albedo1, ao1, world1) = sides
    length = np.linalg.norm(mesh.positions[edges[:, 0, 0]] - mesh.positions[edges[:, 0, 1]], axis=1)
    weight = np.repeat(length, len(_PLACES))
    if weight.sum() <= 0:
        weight = np.ones_like(weight)
    turn = np.degrees(np.arctan2(np.linalg.norm(np.cross(world, world1), axis=1), (world * world1).sum(1)))
    return {
        "edges": len(edges),
        "albedo": round(float(np.average(np.abs(albedo - albedo1).mean(axis=1), weights=weight)), 5),
        "ao": round(float(np.average(np.abs(ao - ao1), weights=weight)), 5),
        "normal_deg": round(float(np.average(turn, weights=weight)), 4),
    }
