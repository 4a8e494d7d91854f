"""Which way a service's model faces, by the outlines of the pictures it was made from.

What services publish of their axes is thin, and differs by model. Up is the format's; about up there are four ways
to stand. Each is looked at as the pictures were, without perspective, and the outlines are compared.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import Mesh
from toolchain.generate.remote.states import Picture

#: Yaw of the camera that sees a view of a thing which faces +Z, in quarter turns towards its left.
TURNS = {"front": 0, "single": 0, "left": 1, "back": 2, "right": 3}
FRONTS = ("+Z", "+X", "-Z", "-X")
PX = 96
#: By how much (IoU) another way must fit better than the one the service is known for: pictures are drawn freely,
#: and one without a view's name may show any side.
NAMED, UNNAMED = 0.04, 0.12


def front_of(mesh: Mesh, pictures: tuple[Picture, ...], known: str) -> tuple[str, dict[str, float]]:
    """(axis that is the front, how well each way fits as IoU). `mesh` has +Y up; `known` stands unless another
    way fits clearly better. The IoUs are {} where no picture tells."""
    shown = {p.view: outline(_alpha(p)) for p in pictures if p.view in TURNS}
    if not shown:
        return known, {}
    sides = [_seen(mesh, 90.0 * turn) for turn in range(4)]
    fit = {
        front: float(np.mean([_iou(sides[(k + TURNS[view]) % 4], mask) for view, mask in shown.items()]))
        for k, front in enumerate(FRONTS)
    }
    best = max(FRONTS, key=lambda front: (fit[front], front == known))
    clear = NAMED if set(shown) != {"single"} else UNNAMED
    told = {front: round(value, 3) for front, value in fit.items()}
    return (best if fit[best] >= fit[known] + clear else known), told


def outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(PX, PX): the subject's box in the middle, its longest side PX. All False for an empty mask."""
    from PIL import Image

    out = np.zeros((PX, PX), bool)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return out
    crop = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = PX / max(crop.shape)
    tall, wide = (max(1, round(n * scale)) for n in crop.shape)
    fitted = np.asarray(Image.fromarray(crop.astype(np.uint8) * 255).resize((wide, tall), Image.Resampling.BOX)) > 127
    top, left = (PX - tall) // 2, (PX - wide) // 2
    out[top : top + tall, left : left + wide] = fitted
    return out


def _seen(mesh: Mesh, yaw: float) -> NDArray[np.bool_]:
    from toolchain.report import render

    hits = render.cast(mesh, render.Camera(yaw, 0.0, 0.0, 1.02), PX)
    side = PX * render.SAMPLES
    mask = np.zeros(side * side, bool)
    mask[hits.where] = True
    return outline(mask.reshape(side, side))


def _alpha(picture: Picture) -> NDArray[np.bool_]:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(picture.png)))[..., 3] > 127


def _iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float((a & b).sum() / max((a | b).sum(), 1))
