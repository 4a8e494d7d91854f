"""Colour of a sculpt's vertices from its pictures, and how each vertex came by it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, GUESSED, I32, MIRRORED, SEEN, U8
from toolchain.generate.evidence import OBLIQUE, OPPOSITE, facing, in_sight
from toolchain.generate.sight import Camera
from toolchain.generate.sight import in_sight as seen_by
from toolchain.generate.views import Picture, Registered

SHARP = 4  # power of the cosine: the picture that looks most squarely at a surface paints it
SECOND_HAND = 0.02  # weight of a colour copied from the other side, beside one that was seen
RIM_PX = 1.5  # pixels along the outline that may hold background
INK = 0.02  # of the subject's longest side: outlines are often inked or lit from behind this far in
SQUARE = 0.6  # cosine above which a surface is taken to show no outline
ROUNDS = 60  # of smoothing where nothing was seen
EVEN, MIRROR_PX = 0.8, 128  # mirror IoU from which a subject has two even halves; longest side of the masks compared
BROAD, BROAD_PX = 0.4, 96  # of the width, the reach of the median; longest side of the picture it is taken on


def project(
    registered: Registered,
    positions: F32,
    faces: I32,
    normals: F32,
    step: float,
    cameras: tuple[Camera, ...] = (),
) -> tuple[F32, U8]:
    """(V, 3) linear colour and (V,) evidence of vertices in the box of `registered`.

    Each vertex takes the mean of the pictures it is in sight of, weighted by how squarely they look at it: SEEN.
    `cameras` have pictures from anywhere else.
    What faces away from every picture takes the colour of the picture drawn from across, straight through the
    subject. A left or right side is taken whole: MIRRORED where another picture shows two even halves, else GUESSED.
    Of a front or back only the broad colours are taken, for a face has no twin behind: GUESSED. The rest is filled
    from the neighbours by diffusion: GUESSED.
    """
    even = max((mirror_iou(p.alpha >= 0.5) for p in registered.pictures if p.plane.right == 0), default=0.0) > EVEN
    total = np.zeros(len(positions), np.float32)
    colour = np.zeros((len(positions), 3), np.float32)
    evidence = np.full(len(positions), GUESSED, np.uint8)
    drawn = {picture.name for picture in registered.pictures}
    tasks = [(picture, False) for picture in registered.pictures]
    tasks += [(picture, True) for picture in registered.pictures if _copies(picture, drawn)]
    for picture, across in tasks:
        sight = in_sight(positions, faces, normals, picture.plane, step, across)
        weight = np.where(sight, facing(normals, picture.plane, across) ** SHARP, 0).astype(np.float32)
        if across:
            weight *= SECOND_HAND
            if picture.name not in ("left", "right"):
                picture = replace(picture, rgb=broad(picture.rgb, picture.alpha))  # noqa: PLW2901 - the same one, blurred
            elif even:
                evidence[sight & (evidence == GUESSED)] = MIRRORED
        else:
            evidence[sight] = SEEN
        cosine = facing(normals, picture.plane, across)
        colour += weight[:, None] * sample(picture, registered.pixels(picture, positions), cosine)
        total += weight
    for camera in cameras:
        seen, turned_to = seen_by(camera, positions, faces, positions, normals, step)
        weight = np.where(seen, turned_to**SHARP, 0).astype(np.float32)
        colour += weight[:, None] * sample(camera.picture, camera.pixels(positions), turned_to)
        total += weight
        evidence[seen] = SEEN
    known = total > 0
    colour[known] /= total[known, None]
    return np.clip(fill(colour, known, positions, faces), 0, 1), evidence


def _copies(picture: Picture, drawn: set[str]) -> bool:
    """Whether `picture` also colours the side across from it: where nobody drew that side; never an underside."""
    side = picture.name if picture.name in OPPOSITE else "front"
    return OPPOSITE[side] not in drawn and side not in ("top", "bottom")


def mirror_iou(mask: NDArray[np.bool_]) -> float:
    """IoU of a mask (H, W), not empty, with its mirror image left to right, about the upright line that fits best."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    tight = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    skip = max(1, max(tight.shape) // MIRROR_PX)
    small = tight[::skip, ::skip]
    reach = small.shape[1] // 2
    field = np.pad(small, ((0, 0), (reach, reach)))
    image = field[:, ::-1]
    shifts = (np.roll(image, shift, axis=1) for shift in range(-reach, reach + 1))
    return max(float((field & other).sum() / max((field | other).sum(), 1)) for other in shifts)


def broad(rgb: F32, alpha: F32) -> F32:
    """(H, W, 3) a picture's colours level by level without its details: a median along the rows, inside the outline."""
    import cv2
    from scipy.ndimage import median_filter

    height, width = alpha.shape
    scale = min(1.0, BROAD_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    inner = layers(rgb, alpha, max(height, width))[1]
    small = np.asarray(cv2.resize(inner, size, interpolation=cv2.INTER_AREA), np.float32)
    reach = max(3, round(BROAD * size[0]) | 1)
    calm = np.stack([median_filter(small[..., k], (3, reach), mode="nearest") for k in range(3)], axis=-1)
    return np.asarray(cv2.resize(calm, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def sample(picture: Picture, pixels: np.ndarray, cosine: F32) -> F32:
    """(N, 3) linear colour at `pixels` (edge coordinates), bilinear, from inside the outline alone.

    Where a surface turns away (`cosine` from SQUARE down to OBLIQUE) the colour comes from further in, so that
    an inked outline is not smeared over the sides.
    """
    from scipy.ndimage import map_coordinates

    where = (pixels[:, ::-1] - 0.5).T
    deep = turned(cosine)[:, None]
    out = np.zeros((len(pixels), 3), np.float32)
    both = layers(picture.rgb, picture.alpha, max(picture.wide, picture.high))
    for inner, share in zip(both, (1 - deep, deep), strict=True):
        out += share * np.stack([map_coordinates(inner[..., k], where, order=1, mode="nearest") for k in range(3)], 1)
    return out


def turned(cosine: F32) -> F32:
    """(N,) share of the layer from further in: 0 where a surface is looked at squarely, 1 where it slips away."""
    return np.clip((np.float32(SQUARE) - cosine) / np.float32(SQUARE - OBLIQUE), 0, 1)


def layers(rgb: F32, alpha: F32, longest: float) -> tuple[F32, F32]:
    """Two pictures (H, W, 3) of a subject `longest` pixels long: from inside its rim, and from behind inked lines."""
    return _inside(rgb, alpha, RIM_PX), _inside(rgb, alpha, max(RIM_PX, INK * longest))


def _inside(rgb: F32, alpha: F32, rim: float) -> F32:
    """(H, W, 3) the picture with each pixel outside, or within `rim` of the outline, as the nearest one further in."""
    from scipy.ndimage import distance_transform_edt

    distance = distance_transform_edt(alpha >= 0.5) - 0.5
    sure = (distance > min(rim, 0.5 * float(distance.max()))) & (alpha > 0.5)
    thin = distance_transform_edt(~sure) > 3 * rim  # a part too thin to have an inside keeps its midline
    sure |= thin & (alpha > 0.9)
    if not sure.any():
        sure = alpha >= alpha.max()
    row, column = distance_transform_edt(~sure, return_distances=False, return_indices=True)
    return rgb[row, column]


def fill(colour: F32, known: np.ndarray, positions: F32, faces: I32) -> F32:
    """Colour where it is not `known`: the nearest known vertex's, then smoothed over the surface."""
    from scipy.sparse import coo_matrix, diags
    from scipy.spatial import cKDTree

    if known.all():
        return colour
    if not known.any():
        return np.full_like(colour, 0.5)
    out = colour.copy()
    hole = np.flatnonzero(~known)
    out[hole] = colour[known][cKDTree(positions[known]).query(positions[hole])[1]]
    n = len(positions)
    one, two = faces[:, [0, 1, 2]].ravel(), faces[:, [1, 2, 0]].ravel()
    links = coo_matrix((np.ones(len(one), np.float32), (one, two)), shape=(n, n)).tocsr()
    links = links + links.T
    rows = links[hole]
    mean = diags(1 / np.maximum(np.asarray(rows.sum(1)).ravel(), 1)).astype(np.float32) @ rows
    for _ in range(ROUNDS):
        out[hole] = mean @ out
    return out
