"""Colour of a sculpt's vertices from its pictures, and how each vertex came by it."""

from __future__ import annotations

import numpy as np

from toolchain.asset import F32, GUESSED, I32, MIRRORED, SEEN, U8
from toolchain.generate.evidence import OBLIQUE, OPPOSITE, facing, in_sight
from toolchain.generate.views import Picture, Registered

SHARP = 4  # power of the cosine: the picture that looks most squarely at a surface paints it
SECOND_HAND = 0.02  # weight of a colour copied from the other side, beside one that was seen
RIM_PX = 1.5  # pixels along the outline that may hold background
INK = 0.02  # of the subject's longest side: outlines are often inked or lit from behind this far in
SQUARE = 0.6  # cosine above which a surface is taken to show no outline
ROUNDS = 60  # of smoothing where nothing was seen


def project(registered: Registered, positions: F32, faces: I32, normals: F32, step: float) -> tuple[F32, U8]:
    """(V, 3) linear colour and (V,) evidence of vertices in the box of `registered`.

    Each vertex takes the mean of the pictures it is in sight of, weighted by how squarely they look at it: SEEN.
    What faces away from every picture takes the colour of the picture drawn from across, straight through the
    subject: MIRRORED for a left or right side, GUESSED for a front, back, top or bottom. The rest is
    filled from the neighbours by diffusion: GUESSED.
    """
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
            if picture.name in ("left", "right"):
                evidence[sight & (evidence == GUESSED)] = MIRRORED
        else:
            evidence[sight] = SEEN
        cosine = facing(normals, picture.plane, across)
        colour += weight[:, None] * sample(picture, registered.pixels(picture, positions), cosine)
        total += weight
    known = total > 0
    colour[known] /= total[known, None]
    return np.clip(fill(colour, known, positions, faces), 0, 1), evidence


def _copies(picture: Picture, drawn: set[str]) -> bool:
    """Whether `picture` also colours the side across from it: where nobody drew that side; never an underside."""
    side = picture.name if picture.name in OPPOSITE else "front"
    return OPPOSITE[side] not in drawn and side not in ("top", "bottom")


def sample(picture: Picture, pixels: np.ndarray, cosine: F32) -> F32:
    """(N, 3) linear colour at `pixels` (edge coordinates), bilinear, from inside the outline alone.

    Where a surface turns away (`cosine` from SQUARE down to OBLIQUE) the colour comes from further in, so that
    an inked outline is not smeared over the sides.
    """
    from scipy.ndimage import distance_transform_edt, map_coordinates

    distance = distance_transform_edt(picture.alpha >= 0.5) - 0.5
    where = (pixels[:, ::-1] - 0.5).T
    turned = np.clip((SQUARE - cosine) / (SQUARE - OBLIQUE), 0, 1)[:, None]
    out = np.zeros((len(pixels), 3), np.float32)
    for rim, share in ((RIM_PX, 1 - turned), (max(RIM_PX, INK * max(picture.wide, picture.high)), turned)):
        inner = _inside(picture, distance, rim)
        out += share * np.stack([map_coordinates(inner[..., k], where, order=1, mode="nearest") for k in range(3)], 1)
    return out


def _inside(picture: Picture, distance: F32, rim: float) -> F32:
    """(H, W, 3) the picture with each pixel outside, or within `rim` of the outline, as the nearest one further in."""
    from scipy.ndimage import distance_transform_edt

    sure = (distance > min(rim, 0.5 * float(distance.max()))) & (picture.alpha > 0.5)
    thin = distance_transform_edt(~sure) > 3 * rim  # a part too thin to have an inside keeps its midline
    sure |= thin & (picture.alpha > 0.9)
    if not sure.any():
        sure = picture.alpha >= picture.alpha.max()
    row, column = distance_transform_edt(~sure, return_distances=False, return_indices=True)
    return picture.rgb[row, column]


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
