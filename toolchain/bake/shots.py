"""Colour straight from the pictures a sculpt was made of, for each texel that one of them sees.

A sculpt's vertices hold a sample each few pixels; a texture can hold every pixel. A texel that a picture looks at
squarely, well inside the outline and with nothing close before it takes the picture's own colour; towards the
edges of that it fades into the colour of the vertices, which the same pictures painted (`generate.colour`), so
that nothing shows where a picture ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numba
import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, MIRRORED, U8, Shot
from toolchain.bake.field import across, unit
from toolchain.bake.rays import Target
from toolchain.bake.threads import in_chunks
from toolchain.generate.colour import RIM_PX, SHARP, SQUARE, layers, turned
from toolchain.generate.evidence import OBLIQUE, OPPOSITE
from toolchain.srgb import srgb_to_linear

RING = 4  # rays about the one to the eye: what stands close beside it may be drawn over the texel
MARGIN_PX = 2.0  # how far about
FADE_PX = 3.0  # from the rim inwards, over which a picture comes to be trusted


@dataclass(frozen=True, eq=False)
class Film:
    """A shot made ready: all in the target's unit box."""

    matrix: NDArray[np.float64]  # (3, 4) to pixels of the shot
    eye: NDArray[np.float64]  # (4,)
    layers: tuple[F32, F32]  # (h, w, 3) linear: the picture from inside its outline, and from further in
    inside: F32  # (H, W) pixels to the outline, negative outside
    mirrored: bool  # looks straight through from the other side, where nobody drew that


def make_films(shots: tuple[Shot, ...], target: Target) -> tuple[Film, ...]:
    """`shots` in the box of `target`.

    A left side also colours the right where that was not drawn, and the other way round; as `generate.colour` does.
    """
    from scipy.ndimage import distance_transform_edt

    out = []
    drawn = {shot.view for shot in shots}
    for shot in shots:
        alpha = shot.rgba[..., 3].astype(np.float32) / np.float32(255)
        solid = alpha >= 0.5
        if not solid.any():
            continue
        moved = shot.moved(target.centre, target.scale)
        inside = np.asarray(distance_transform_edt(solid) - distance_transform_edt(~solid), np.float32)
        longest = max(np.ptp(np.flatnonzero(solid.any(axis))) + 1 for axis in (0, 1))
        pair = layers(srgb_to_linear(shot.rgba[..., :3]), alpha, float(longest))
        out.append(Film(moved.matrix, moved.eye, pair, inside, False))
        if shot.view in ("left", "right") and OPPOSITE[shot.view] not in drawn and moved.eye[3] == 0:
            out.append(Film(moved.matrix, -moved.eye, pair, inside, True))
    return tuple(out)


def averaged(films: tuple[Film, ...], texel: float) -> tuple[Film, ...]:
    """`films` shrunk to the footprint of a `texel` (its side on the surface, unit box) where they are finer."""
    out = []
    for film in films:
        near, deep = (_shrunk(layer, pixels_a_unit(film.matrix) * texel) for layer in film.layers)
        out.append(replace(film, layers=(near, deep)))
    return tuple(out)


def pixels_a_unit(matrix: NDArray[np.float64]) -> float:
    """How many pixels a unit of length at the origin takes, seen squarely by a shot's `matrix`."""
    x, y, w = matrix[:, 3]
    across = np.linalg.norm(matrix[0, :3] * w - matrix[2, :3] * x) / w**2
    down = np.linalg.norm(matrix[1, :3] * w - matrix[2, :3] * y) / w**2
    return float(np.sqrt(across * down))


def _shrunk(image: F32, finer: float) -> F32:
    import cv2

    if finer <= 1:
        return image
    size = tuple(max(1, round(n / finer)) for n in (image.shape[1], image.shape[0]))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)


def expose(films: tuple[Film, ...], target: Target, points: F32, normals: F32, evidence: U8) -> tuple[F32, F32]:
    """(N, 3) linear colour and (N,) trust in it, 0..1, at `points` (N, 3) of the sculpt with smooth `normals`.

    Pictures weigh by the cosine of their line of sight to the power SHARP, as for vertices; `evidence` (N,) says
    where a mirrored picture may stand in.
    """
    colour, trust = np.zeros((len(points), 3), np.float32), np.zeros(len(points), np.float32)

    def work(part: slice) -> None:
        total = np.zeros(len(points[part]), np.float32)
        for film in films:
            rows, share, weight, read = _exposed(film, target, points[part], normals[part], evidence[part])
            colour[part][rows] += weight[:, None] * read
            total[rows] += weight
            trust[part][rows] = np.maximum(trust[part][rows], share)
        colour[part] /= np.maximum(total, 1e-12)[:, None]

    in_chunks(work, len(points))
    return colour, trust


def _exposed(
    film: Film, target: Target, points: F32, normals: F32, evidence: U8
) -> tuple[NDArray[np.int64], F32, F32, F32]:
    """Rows that the film sees, their trust, weight and colour."""
    ways = _ways(film.eye, points)
    cosine = np.einsum("ij,ij->i", normals, ways)
    facing = (cosine > OBLIQUE) & ((evidence == MIRRORED) if film.mirrored else np.True_)
    rows = np.flatnonzero(facing)
    laid = points[rows].astype(np.float64) @ film.matrix[:, :3].T + film.matrix[:, 3]
    front = laid[:, 2] > 0
    rows, laid = rows[front], laid[front]
    pixels = (laid[:, :2] / laid[:, 2:]).astype(np.float32)
    inside = read(film.inside[..., None], pixels, film.inside.shape)[:, 0]
    share = _ramp(cosine[rows], OBLIQUE, SQUARE) * _ramp(inside, RIM_PX, RIM_PX + FADE_PX)
    some = share > 0
    rows, pixels, share, cosine = rows[some], pixels[some], share[some], cosine[rows[some]]
    margin = np.float32(MARGIN_PX / pixels_a_unit(film.matrix))
    share = share * _open(target, points[rows], normals[rows], ways[rows], cosine, margin)
    some = share > 0
    rows, pixels, share, cosine = rows[some], pixels[some], share[some], cosine[some]
    deep = turned(cosine)[:, None]
    near, far = (read(image, pixels, film.inside.shape) for image in film.layers)
    return rows, share, (cosine**SHARP * share).astype(np.float32), near * (1 - deep) + far * deep


def _ways(eye: NDArray[np.float64], points: F32) -> F32:
    """(N, 3) unit directions to the eye."""
    away = np.broadcast_to(eye[:3], points.shape) - points * eye[3]
    return unit(away)


def _ramp(values: F32, low: float, high: float) -> F32:
    """0 at `low`, 1 at `high`, smooth at both ends."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _open(target: Target, points: F32, normals: F32, ways: F32, cosine: F32, margin: np.float32) -> F32:
    """(N,) 0 where something stands between point and eye, 1 where nothing does within `margin` of the line either.

    Rays start above the surface by as much as it rises over the margin, so that a slope does not hide itself.
    """
    tilt = np.sqrt(np.maximum(1 - cosine**2, 0)) / np.maximum(cosine, np.float32(OBLIQUE))
    far = np.full(len(points), 2.0, np.float32)
    start = points + normals * np.float32(1e-4) + ways * (margin * (np.float32(0.75) + tilt))[:, None]
    free = np.asarray(target.scene.run(start, ways, dists=far.copy(), query="OCCLUDED") < 0)
    one, two = across(ways)
    around = np.zeros(len(points), np.float32)
    for k in range(RING):
        turn = 2 * np.pi * (k + 0.5) / RING
        beside = start + margin * (np.float32(np.cos(turn)) * one + np.float32(np.sin(turn)) * two)
        around += target.scene.run(beside, ways, dists=far.copy(), query="OCCLUDED") < 0
    return np.where(free, around / np.float32(RING), np.float32(0))


def read(image: F32, pixels: F32, shape: tuple[int, ...]) -> F32:
    """(N, C) bilinear values of `image` at `pixels` (N, 2) x, y of a picture of `shape`, clamped at the border.

    Edge coordinates: the first pixel's centre is (.5, .5). `image` may be the picture shrunk.
    """
    scale = np.array([image.shape[1] / shape[1], image.shape[0] / shape[0]])
    return _bilinear(image, pixels, scale)


@numba.njit(cache=True, nogil=True)
def _bilinear(image, pixels, scale):
    high, wide, channels = image.shape
    out = np.zeros((len(pixels), channels), np.float32)
    for i in range(len(pixels)):
        x = min(max(pixels[i, 0] * scale[0] - 0.5, 0.0), wide - 1.0)
        y = min(max(pixels[i, 1] * scale[1] - 0.5, 0.0), high - 1.0)
        x0, y0 = int(x), int(y)
        x1, y1 = min(x0 + 1, wide - 1), min(y0 + 1, high - 1)
        fx, fy = x - x0, y - y0
        for k in range(channels):
            top = image[y0, x0, k] * (1 - fx) + image[y0, x1, k] * fx
            low = image[y1, x0, k] * (1 - fx) + image[y1, x1, k] * fx
            out[i, k] = top * (1 - fy) + low * fy
    return out
