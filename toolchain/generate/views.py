"""Named views brought into one box: which picture axis is which axis of the subject, and at what scale.

The subject's frame is canonical (+X its left, +Y up, +Z front), centred on its bounding box, longest
side 1. A picture tells its own width and height only up to its scale; pictures of one thing must agree
on the sides they share. :func:`register` finds the box by least squares over the logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, U8, Reference, Shot, View
from toolchain.srgb import srgb, srgb_to_linear
from toolchain.stage import StageError

LARGEST_PX = 1024  # longest side of a subject in pixels; no voxel grid of ours resolves more
SPECK = 2e-4  # of the subject's area: smaller separate pieces do not count for its bounding box
TINIEST_PX = 8  # longest side of a subject that still has a shape


@dataclass(frozen=True)
class Plane:
    """How an orthographic picture lies in the subject's frame."""

    right: int  # subject axis along the picture's right
    right_sign: int
    up: int
    up_sign: int
    depth: int  # subject axis along the line of sight
    towards: int  # sign of `depth` towards the camera


PLANES = {
    "front": Plane(0, 1, 1, 1, 2, 1),
    "back": Plane(0, -1, 1, 1, 2, -1),
    "left": Plane(2, -1, 1, 1, 0, 1),
    "right": Plane(2, 1, 1, 1, 0, -1),
    "top": Plane(0, 1, 2, -1, 1, 1),
    "bottom": Plane(0, 1, 2, 1, 1, -1),
}


@dataclass(frozen=True, eq=False)
class Picture:
    """One view, cropped to its subject with a margin, at working size."""

    name: str  # as the Reference calls it
    plane: Plane
    rgb: F32  # (H, W, 3) linear, straight
    alpha: F32  # (H, W) 0..1
    box: tuple[float, float, float, float]  # left, top, right, bottom of the subject, pixels (edge, not centre)

    @property
    def wide(self) -> float:
        """Width of the subject, pixels."""
        return self.box[2] - self.box[0]

    @property
    def high(self) -> float:
        """Height of the subject, pixels."""
        return self.box[3] - self.box[1]

    def rgba(self) -> U8:
        """(H, W, 4) sRGB, straight alpha."""
        colour = np.round(srgb(np.clip(self.rgb, 0, 1)) * 255).astype(np.uint8)
        return np.dstack((colour, np.round(self.alpha * 255).astype(np.uint8)))


@dataclass(frozen=True, eq=False)
class Registered:
    """Pictures in one box."""

    pictures: tuple[Picture, ...]
    extents: NDArray[np.float64]  # (3,) sides of the box, longest 1; 0 where no picture shows that side
    disagreement: dict[str, float]  # view -> how far its proportions are from the box's, as a share

    def pixels(self, picture: Picture, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, 2) x, y in pixels (edge coordinates: the first pixel's centre is .5) of (N, 3) points in the box."""
        p, (left, _, _, bottom) = picture.plane, picture.box
        across = points[:, p.right] * p.right_sign / self.extents[p.right] + 0.5
        up = points[:, p.up] * p.up_sign / self.extents[p.up] + 0.5
        return np.stack([left + across * picture.wide, bottom - up * picture.high], axis=1)

    def shot(self, picture: Picture) -> Shot:
        """`picture` and its place in the box."""
        p, (left, _, _, bottom) = picture.plane, picture.box
        matrix, eye = np.zeros((3, 4)), np.zeros(4)
        matrix[0, p.right] = p.right_sign * picture.wide / self.extents[p.right]
        matrix[0, 3] = left + picture.wide / 2
        matrix[1, p.up] = -p.up_sign * picture.high / self.extents[p.up]
        matrix[1, 3] = bottom - picture.high / 2
        matrix[2, 3] = 1.0
        eye[p.depth] = p.towards
        return Shot(picture.name, picture.rgba(), matrix, eye)


def picture_of(view: View, plane: Plane) -> Picture:
    """Crop `view` to its subject and bring it to working size. StageError where there is nothing to see."""
    import cv2

    alpha = view.rgba[..., 3]
    rows, columns = np.flatnonzero((alpha > 127).any(1)), np.flatnonzero((alpha > 127).any(0))
    if len(rows) == 0:
        raise StageError(
            f"{view.source}: nothing of the subject is left after the background was removed.",
            "every alpha value is below one half",
        )
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    if max(bottom - top, right - left) < TINIEST_PX:
        raise StageError(
            f"{view.source}: the subject is {right - left} x {bottom - top} pixels, too small to have a shape."
        )
    scale = min(1.0, LARGEST_PX / max(bottom - top, right - left))
    margin = int(np.ceil(4 / scale))
    padded = np.pad(view.rgba, ((margin, margin), (margin, margin), (0, 0)))[
        top : bottom + 2 * margin, left : right + 2 * margin
    ]
    cover = padded[..., 3:].astype(np.float32) / 255.0
    colour = srgb_to_linear(padded[..., :3]) * cover
    if scale < 1.0:
        size = tuple(max(1, round(n * scale)) for n in (padded.shape[1], padded.shape[0]))
        cover = np.asarray(cv2.resize(cover, size, interpolation=cv2.INTER_AREA), np.float32)[..., None]
        colour = np.asarray(cv2.resize(colour, size, interpolation=cv2.INTER_AREA), np.float32)
    colour = colour / np.maximum(cover, 1e-4)
    return Picture(view.name, plane, colour.astype(np.float32), cover[..., 0], _box(cover[..., 0]))


def _box(alpha: F32) -> tuple[float, float, float, float]:
    """Sub-pixel bounding box of alpha >= 1/2, specks aside: where the greatest alpha of a column crosses 1/2."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats((alpha >= 0.5).astype(np.uint8), connectivity=8)
    if count > 2:
        areas = stats[:, cv2.CC_STAT_AREA]
        specks = np.flatnonzero(areas < SPECK * areas[1:].sum())
        alpha = np.where(np.isin(labels, specks[specks > 0]), 0, alpha)

    def ends(profile: F32) -> tuple[float, float]:
        inside = np.flatnonzero(profile >= 0.5)
        first, last = int(inside[0]), int(inside[-1])
        before = profile[first - 1] if first else 0.0
        after = profile[last + 1] if last + 1 < len(profile) else 0.0
        return (
            first - 0.5 + (0.5 - before) / (profile[first] - before),
            last + 1.5 - (0.5 - after) / (profile[last] - after),
        )

    left, right = ends(alpha.max(0))
    top, bottom = ends(alpha.max(1))
    return float(left), float(top), float(right), float(bottom)


def register(pictures: tuple[Picture, ...]) -> Registered:
    """The box whose sides fit all pictures best, each at a scale of its own.

    Unknowns: log of three extents and of a scale a picture; each picture gives two equations
    (log extent - log scale = log pixels). Least squares, smallest norm; a picture is later stretched to the
    box, so that a drawing 2-5 % off still meets the others at its edges.
    """
    rows, right = [], []
    for i, picture in enumerate(pictures):
        for axis, pixels in ((picture.plane.right, picture.wide), (picture.plane.up, picture.high)):
            row = np.zeros(3 + len(pictures))
            row[axis], row[3 + i] = 1.0, -1.0
            rows.append(row)
            right.append(np.log(pixels))
    matrix, pixels_log = np.array(rows), np.array(right)
    solution = np.linalg.lstsq(matrix, pixels_log, rcond=None)[0]
    residual = np.abs(matrix @ solution - pixels_log)
    seen = sorted({axis for p in pictures for axis in (p.plane.right, p.plane.up)})
    extents = np.zeros(3)
    extents[seen] = np.exp(solution[seen])
    extents /= extents.max()
    off = {p.name: float(np.expm1(2 * residual[2 * i : 2 * i + 2].max())) for i, p in enumerate(pictures)}
    return Registered(pictures, extents, off)


def pictures_of(reference: Reference) -> tuple[tuple[Picture, ...], str]:
    """Pictures to make a shape of, and what had to be assumed, as a sentence ("" if nothing).

    A three-quarter picture does not lie in one of the box's planes: beside straight views it is not among them
    (:func:`aside_of` has it); alone it is taken for a front, as is a picture without a view's name.
    """
    by_name = {view.name: view for view in reference.views}
    named = tuple(picture_of(by_name[name], plane) for name, plane in PLANES.items() if name in by_name)
    if named:
        return named, ""
    for name in ("single", "three_quarter"):
        if name in by_name:
            kind = "three-quarter picture" if name == "three_quarter" else "picture"
            return (picture_of(by_name[name], PLANES["front"]),), f"The {kind} was taken for a front view."
    raise StageError("There is no picture to make a shape of.")


def aside_of(reference: Reference) -> Picture | None:
    """The three-quarter picture beside straight ones."""
    by_name = {view.name: view for view in reference.views}
    straight = by_name.keys() & PLANES.keys()
    for name in ("three_quarter", "single"):
        if straight and name in by_name:
            return picture_of(by_name[name], PLANES["front"])
    return None
