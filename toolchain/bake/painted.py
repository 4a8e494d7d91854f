"""What a surface that came with its own textures shows at each texel: colour, roughness, metal, glow and normals.

The bake's point on the sculpt is carried on to the nearest point of the painted surface that faces the same way, and
the textures are read there: bilinear, in linear light, averaged first where they are finer than the texels.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, I32, Look, Painted
from toolchain.bake.field import interpolate, unit
from toolchain.bake.rays import Target, make_target, search
from toolchain.bake.threads import in_chunks
from toolchain.bake.transfer import to_world
from toolchain.surface.maps import linear, sample_linear

#: Maps that may come of paint, with their channels.
WIDTHS = {"albedo": 3, "roughness": 1, "metallic": 1, "ao": 1, "opacity": 1, "emissive": 3}
#: What a texel holds whose paint says nothing, beside one of the same slot whose paint does.
UNSAID = {
    "roughness": Look("").roughness,
    "metallic": Look("").metallic,
    "ao": 1.0,
    "opacity": 1.0,
    "emissive": 0.0,
}


@dataclass(frozen=True, eq=False)
class Coat:
    """A painted surface made ready for search."""

    painted: Painted
    target: Target
    density: tuple[float, ...]  # UV units in a metre of each paint's surface; 0 where it has none
    shrunk: dict[tuple[int, str, int], F32] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Layer:
    """What N texels take from the paint."""

    near: NDArray[np.bool_]  # (N,) within reach of the painted surface
    maps: dict[str, F32]  # (N,) or (N, 3) values, only of maps that some paint states; rows not near hold UNSAID
    normal: F32 | None  # (N, 3) world, unit; zero where the paint says nothing; None where it nowhere does


def make_coat(painted: Painted) -> Coat:
    """Build the search. Raises ValueError for a surface without extent or faces."""
    mesh = painted.mesh
    target = make_target(mesh)
    slots = mesh.slot_of_faces()
    p = mesh.positions[mesh.faces].astype(np.float64)
    area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1)
    if mesh.uv is None:
        return Coat(painted, target, (0.0,) * len(painted.paints))
    t = mesh.uv[mesh.faces].astype(np.float64)
    d, e = t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]
    laid = np.abs(d[:, 0] * e[:, 1] - d[:, 1] * e[:, 0])
    shares = [(laid[slots == i].sum(), area[slots == i].sum()) for i in range(len(painted.paints))]
    return Coat(painted, target, tuple(float(np.sqrt(u / a)) if a > 0 else 0.0 for u, a in shares))


def look_up(coat: Coat, points: F32, facing: F32, texel_m: float, reach_m: float) -> Layer:
    """The paint at `points` (N, 3) metres of a sculpt whose faces look along `facing` (N, 3).

    `texel_m` is a texel's side on the surface: finer textures are averaged to it. Farther than `reach_m` from the
    painted surface a point takes nothing.
    """
    mesh, target = coat.painted.mesh, coat.target
    hits = search(target, target.to_unit(points), facing, reach_m * target.scale)
    near = np.zeros(len(points), np.bool_)
    uv = np.zeros((len(points), 2), np.float32)
    tint = None if coat.painted.colour is None else np.ones((len(points), 3), np.float32)

    def where(part: slice) -> None:
        face, bary = hits.face[part], hits.bary[part]
        apart = interpolate(mesh.positions, mesh.faces, face, bary) - points[part]
        near[part] = np.einsum("ij,ij->i", apart, apart) <= reach_m**2
        if mesh.uv is not None:
            uv[part] = interpolate(mesh.uv, mesh.faces, face, bary)
        if tint is not None:
            tint[part] = interpolate(coat.painted.colour, mesh.faces, face, bary)

    in_chunks(where, len(points))
    owner = np.where(near, mesh.slot_of_faces()[hits.face], -1)
    present = [i for i in range(len(coat.painted.paints)) if (owner == i).any()]
    maps: dict[str, F32] = {}
    packed = None if mesh.normals is None else np.tile(np.array((0, 0, 1), np.float32), (len(points), 1))
    for i in present:
        paint, rows = coat.painted.paints[i], np.flatnonzero(owner == i)
        for name, width in WIDTHS.items():
            if (values := _values(coat, i, name, uv, rows, texel_m)) is not None:
                if name not in maps:
                    maps[name] = np.full((len(points), width), UNSAID.get(name, 0.0), np.float32)
                maps[name][rows] = values
        if packed is not None and "normal" in paint.maps and mesh.uv is not None:
            packed[rows] = _sampled(coat, i, "normal", uv[rows], texel_m) * 2.0 - 1.0
            packed[rows, :2] *= np.float32(paint.factors.get("normal", (1.0,))[0])
    if "albedo" in maps and tint is not None:
        maps["albedo"] *= tint
    normal = None
    if packed is not None:
        normal = _normals(coat, hits.face, hits.bary, packed, facing)
        normal[~near] = 0.0
    return Layer(near, {k: v[:, 0] if v.shape[1] == 1 else v for k, v in maps.items()}, normal)


def _values(
    coat: Coat, index: int, name: str, uv: F32, rows: NDArray[np.int64], texel_m: float
) -> NDArray[np.float32] | None:
    """(N, C) of a map at `rows` of `uv`, times its factor; the factor (C,) alone where there is no map, or None."""
    paint = coat.painted.paints[index]
    factor = paint.factors.get(name)
    if name in paint.maps and coat.painted.mesh.uv is not None:
        out = _sampled(coat, index, name, uv[rows], texel_m)
        return out if factor is None else out * np.array(factor, np.float32)
    return None if factor is None else np.array(factor, np.float32)


def _sampled(coat: Coat, index: int, name: str, uv: F32, texel_m: float) -> F32:
    image = coat.painted.paints[index].maps[name]
    key = (index, name, shrink(coat.density[index], image.shape, texel_m))
    if key not in coat.shrunk:
        coat.shrunk[key] = linear(image, name in ("albedo", "emissive"), key[2])
    return sample_linear(coat.shrunk[key], uv)


def shrink(density: float, shape: tuple[int, ...], texel_m: float) -> int:
    """How many texels of the source, a side, lie in one of ours: what is averaged before it is read."""
    return max(1, round(density * float(np.sqrt(shape[0] * shape[1])) * texel_m))


def _normals(coat: Coat, face: I32, bary: F32, packed: F32, facing: F32) -> F32:
    """(N, 3) unit world normals: the file's own with its normal maps on them, turned to the side that is looked at."""
    mesh = coat.painted.mesh
    assert mesh.normals is not None
    out = np.zeros((len(face), 3), np.float32)
    tangents = mesh.tangents if mesh.tangents is not None else np.zeros((len(mesh.positions), 4), np.float32)
    streams = np.concatenate((mesh.normals, tangents), axis=1)

    def work(part: slice) -> None:
        between = interpolate(streams, mesh.faces, face[part], bary[part])
        shaded = to_world(packed[part], between[:, :3], between[:, 3:6], np.sign(between[:, 6]))
        flat = coat.target.flat[face[part]]
        side = np.where(np.einsum("ij,ij->i", flat, facing[part]) < 0, np.float32(-1), np.float32(1))
        absurd = np.einsum("ij,ij->i", unit(between[:, :3]), flat) <= 0  # a normal that looks into its own triangle
        shaded[absurd] = flat[absurd]
        out[part] = shaded * side[:, None]

    in_chunks(work, len(face))
    return out
