"""The maps of one slot: raster, search, transfer, occlusion, padding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from toolchain.asset import EVIDENCE, F32, Mesh, Sculpt, TextureSet
from toolchain.bake import ao
from toolchain.bake.extra import Extra, make_extra
from toolchain.bake.field import face_normals, interpolate, nearest_corner, smooth_normals, unit
from toolchain.bake.pad import find_gaps, pad
from toolchain.bake.painted import Coat, look_up
from toolchain.bake.raster import Texels, rasterise
from toolchain.bake.rays import Hits, Target, search
from toolchain.bake.shots import Film, averaged, expose
from toolchain.bake.threads import in_chunks
from toolchain.bake.transfer import to_tangent_space
from toolchain.stage import Progress

#: A point on an edge lies on two faces, perhaps of two paints: this share of the way to the middle it lies on its own.
_INSET = np.float32(1e-4)
#: Least cosine between a ray and the face it leaves.
LEAN = 0.5


NOTHING = Extra()


@dataclass(frozen=True, eq=False)
class Surface:
    """LOD0 as the bake sees it."""

    mesh: Mesh
    points: F32  # (V, 3) unit box of the target
    ways: F32  # (V, 3) smooth normals over all splits: the directions rays take
    flat: F32  # (F, 3) unit face normals, zero for a face without area


def make_surface(target: Target, mesh: Mesh) -> Surface:
    """`mesh` in the target's box, with the directions of its rays."""
    points = target.to_unit(mesh.positions)
    return Surface(mesh, points, smooth_normals(points, mesh.faces), face_normals(points, mesh.faces))


def bake_slot(
    target: Target,
    surface: Surface,
    sculpt: Sculpt,
    only: NDArray[np.bool_],
    slot: int,
    cage: float,
    progress: Progress,
    *,
    size_px: int,
    ao_rays: int,
    ao_distance: float,
    ao_interleave: bool,
    coat: Coat | None = None,
    coat_reach: float = 0.0,
    films: tuple[Film, ...] = (),
    extra: Extra = NOTHING,
) -> tuple[TextureSet, dict[str, Any]] | None:
    """Maps and counts of the faces `only` (F,), or None where they own no texel.

    `coat`: the surface with the textures that the sculpt came with, read within `coat_reach` (unit box) of it.
    `films`: the pictures it was made from. `extra`: which further maps to make.
    """
    mesh = surface.mesh
    assert mesh.uv is not None and mesh.normals is not None
    progress(0.0, "laying out texels")
    texels = rasterise(mesh.uv, mesh.faces, size_px, only)
    count = len(texels.index)
    if not count:
        return None
    progress(0.05, "searching the sculpt")
    hits = find(target, surface, texels, cage)
    progress(0.2, "carrying normals and colour over")
    points, normals, albedo = (np.zeros((count, 3), np.float32) for _ in range(3))

    def carry(part: slice) -> None:
        face, bary = hits.face[part], hits.bary[part]
        points[part] = interpolate(target.points, target.faces, face, bary)
        normals[part] = unit(interpolate(target.normals, target.faces, face, bary))
        albedo[part] = interpolate(sculpt.colour, target.faces, face, bary)

    in_chunks(carry, count)
    evidence = sculpt.evidence[nearest_corner(target.faces, hits.face, hits.bary)]
    length = texel_length(surface, texels, only)
    exposed = 0.0
    if films:
        progress(0.21, "reading the pictures")
        colour, trust = expose(averaged(films, length), target, points, normals, evidence)
        albedo += (colour - albedo) * trust[:, None]
        exposed = float(trust.sum(dtype=np.float64))
    own: dict[str, F32] = {}  # maps that the sculpt's own textures give, and further ones
    unpainted, shaded = 0, normals
    if coat is not None:
        progress(0.22, "reading the model's own textures")
        metres = target.to_metres(interpolate(target.points, target.faces, hits.face, _inside(hits.bary)))
        layer = look_up(coat, metres, target.flat[hits.face], length / target.scale, coat_reach / target.scale)
        own = {name: values for name, values in layer.maps.items() if name not in ("albedo", "ao")}
        if "albedo" in layer.maps:
            albedo[layer.near] = layer.maps["albedo"][layer.near]
        if layer.normal is not None:
            shaded = np.asarray(np.where(np.any(layer.normal, axis=1, keepdims=True), layer.normal, normals))
        unpainted = count - int(layer.near.sum())
    packed, raised = np.zeros((count, 3), np.float32), np.zeros(count, np.bool_)

    def lay(part: slice) -> None:
        packed[part], raised[part] = to_tangent_space(shaded[part], *frame(mesh, texels, part))

    in_chunks(lay, count)
    flat = target.flat[hits.face]
    seen = ao.occlusion(
        target,
        texels,
        points,
        normals,
        flat,
        ao_rays,
        ao_distance,
        ao_interleave,
        lambda done: progress(0.25 + 0.6 * done, "ambient occlusion"),
    )
    radius = 4 if ao_interleave else 2
    reach = (2 * radius + 2) * length
    seen = ao.smooth(seen, texels.index, texels.size, points, normals, reach, radius)
    if coat is not None and "ao" in layer.maps:
        seen = np.minimum(seen, layer.maps["ao"])  # both tell of the same hollows: multiplied, they would count twice
    if extra.names:
        progress(0.85, "further maps")
        base = interpolate(surface.points, mesh.faces, texels.face, texels.bary)
        up = unit(interpolate(mesh.normals, mesh.faces, texels.face, texels.bary))
        own |= make_extra(extra, target, texels, points, normals, flat, base, up)
    progress(0.9, "padding")
    coverage = texels.coverage()
    gaps = find_gaps(coverage)

    def padded(values: NDArray[Any], least: float = 0.0, most: float = np.inf) -> F32:
        image = pad(texels.image(values), gaps)
        return np.clip(image, least, most, out=image)

    maps = {
        "albedo": padded(albedo, most=1.0),
        "normal": unit(padded(packed, least=-1.0).reshape(-1, 3)).reshape(*coverage.shape, 3),
        "ao": padded(seen, most=1.0),
        "evidence": padded(evidence / np.float32(3)),
    } | {name: padded(values) for name, values in own.items()}
    return TextureSet(slot, maps, coverage), {
        "texels": count,
        "missed": int(hits.missed.sum()),
        "unpainted": unpainted,
        "exposed": exposed,
        "own_maps": sorted(own.keys() - set(extra.names)),
        "raised": int(raised.sum()),
        "open": float(seen.sum(dtype=np.float64)),
        "faces_without_texel": int(only.sum()) - int(np.count_nonzero(np.bincount(texels.face))),
        "evidence": np.bincount(evidence, minlength=len(EVIDENCE)).tolist(),
    }


def find(target: Target, surface: Surface, texels: Texels, cage: float) -> Hits:
    """The sculpt's point for each texel."""
    points, ways = (np.zeros((len(texels.index), 3), np.float32) for _ in range(2))

    def aim(part: slice) -> None:
        face, bary = texels.face[part], texels.bary[part]
        points[part] = interpolate(surface.points, surface.mesh.faces, face, _inside(bary))
        ways[part] = upright(interpolate(surface.ways, surface.mesh.faces, face, bary), surface.flat[face])

    in_chunks(aim, len(points))
    return search(target, points, ways, cage)


@numba.njit(cache=True, nogil=True)
def upright(ways, flat):
    """(N, 3) unit `ways`, turned in their plane with the face normals `flat` until they rise LEAN above the face.

    At the rim of a thin sheet the smooth normal looks along the sheet, or to its other side: a ray along it would
    find that side.
    """
    out = unit(ways)
    for i in range(len(out)):
        x, y, z = out[i]
        fx, fy, fz = flat[i]
        rise = x * fx + y * fy + z * fz
        if rise < LEAN and (fx != 0 or fy != 0 or fz != 0):
            ax, ay, az = x - fx * rise, y - fy * rise, z - fz * rise
            along = np.sqrt(ax * ax + ay * ay + az * az)
            share = np.sqrt(1 - LEAN * LEAN) / along if along > 0 else 0.0
            out[i, 0], out[i, 1], out[i, 2] = fx * LEAN + ax * share, fy * LEAN + ay * share, fz * LEAN + az * share
            if along == 0:
                out[i] = flat[i]
    return out


def _inside(bary: F32) -> F32:
    return bary * (1 - _INSET) + _INSET / np.float32(3)


def frame(mesh: Mesh, texels: Texels, part: slice) -> tuple[F32, F32, F32]:
    """Normal (N, 3), tangent (N, 3) and sign (N,) as a vertex shader hands them to a pixel: not normalised."""
    assert mesh.normals is not None and mesh.tangents is not None
    face, bary = texels.face[part], texels.bary[part]
    between = interpolate(np.concatenate((mesh.normals, mesh.tangents), axis=1), mesh.faces, face, bary)
    return between[:, :3], between[:, 3:6], np.sign(between[:, 6])


def texel_length(surface: Surface, texels: Texels, only: NDArray[np.bool_]) -> float:
    """Typical side of a texel on the surface, unit box."""
    corners = surface.points[surface.mesh.faces[only]].astype(np.float64)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    return float(np.sqrt(area / len(texels.index)))
