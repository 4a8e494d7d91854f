"""The networks' answer moved and stretched until it casts the outline of its picture.

Neither network sees the outline whole: one tells the pose within some degrees, the other the shape within a cell or
two, and where the two do not meet the outline, lines of sight stay empty that a box would fill. Both are mended here
together, by descending from the outline that the answer casts, softened as Liu et al. 2019 (Soft Rasterizer) do.
The pitch stays as it was told: it and the height can hardly be told apart, and the pitch is known better.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from toolchain.generate.learned import prior
from toolchain.generate.learned.answer import HALF, MARGIN
from toolchain.generate.learned.camera import Pose
from toolchain.generate.learned.prior import Answer
from toolchain.generate.views import Picture
from toolchain.one_thread import one_thread

if TYPE_CHECKING:
    from torch import Tensor

SIDE, ALONG, DEPTH = 48, 40, 0.8  # lines of sight a side of the picture, places along each, how far they reach
#: Likely errors of yaw, near, across and up, and of the logarithms of the answer's width, height and depth.
LIKELY = (0.12, 0.15, 0.03, 0.03, 0.1, 0.1, 0.1)
TIMID = 0.0075  # what one likely error costs, beside the share of the outline that is missed
ROUNDS, RATE, KEPT = 40, 0.1, (0.9, 0.999)
SOFT = 1.5  # of the logits cast
MOST = 8.0  # of a logit, either way
NEAREST = 0.9
#: Answer.fills under which a picture without a name is not taken for what the networks know. Above it their shapes are
#: right or half right on concept pictures, below it wrecks; a rule for fronts looks as drawn at least.
ENOUGH = 0.75
GRAIN = 1024  # the pose and the sides are rounded to 1 / GRAIN, as last bits differ between machines


def shape(picture: Picture, pose: Pose) -> Answer:
    """The shape behind a picture that was taken from about `pose`, asked anew from where the first answer fits."""
    first = fit(prior.shape(picture, pose), picture)
    return fit(prior.shape(picture, first.pose), picture)


@one_thread()
def fit(answer: Answer, picture: Picture) -> Answer:
    """`answer` with the pose and the sides that fill the picture's outline best, near those that it has."""
    import torch

    mask = torch.from_numpy(prior.squared(picture, SIDE)[3])
    logits = torch.from_numpy(np.ascontiguousarray(answer.logits.transpose(2, 1, 0)))[None, None].clamp(-MOST, MOST)
    pose = answer.pose
    start = torch.tensor([pose.yaw, pose.near, pose.across, pose.up, *(math.log(h / HALF) for h in answer.half)])
    likely = torch.tensor(LIKELY)
    moved, mean, square = (torch.zeros(len(LIKELY)) for _ in range(3))
    for done in range(1, ROUNDS + 1):  # Adam (Kingma and Ba 2015); torch's own takes seconds to import
        moved.requires_grad_()
        loss = 1 - _filled(logits, start + moved * likely, pose.pitch, mask) + TIMID * (moved * moved).sum()
        (slope,) = torch.autograd.grad(loss, moved)
        mean = KEPT[0] * mean + (1 - KEPT[0]) * slope
        square = KEPT[1] * square + (1 - KEPT[1]) * slope * slope
        step = mean / (1 - KEPT[0] ** done) / (torch.sqrt(square / (1 - KEPT[1] ** done)) + 1e-8)
        moved = moved.detach() - RATE * step
    found = torch.round((start + moved * likely) * GRAIN) / GRAIN
    found[1] = found[1].clamp(0.0, NEAREST)
    yaw, near, across, up, *sides = found.tolist()
    wide, high, deep = (HALF * math.exp(side) for side in sides)
    fills = round(float(_filled(logits, found, pose.pitch, mask)), 3)
    return replace(answer, pose=Pose(yaw, pose.pitch, near, across, up), half=(wide, high, deep), fills=fills)


def _filled(logits: Tensor, at: Tensor, pitch: float, mask: Tensor) -> Tensor:
    """() IoU of `mask` (SIDE, SIDE) and what `logits` cast."""
    import torch

    cast = torch.sigmoid(SOFT * _cast(logits, at, pitch))
    return torch.minimum(cast, mask).sum() / torch.maximum(cast, mask).sum()


def _cast(logits: Tensor, at: Tensor, pitch: float) -> Tensor:
    """(SIDE, SIDE) greatest of `logits` (1, 1, z, y, x) along lines of sight; `at` (7,) as LIKELY names them."""
    import torch

    line = (torch.arange(SIDE) + 0.5) / SIDE * 2 - 1
    v, u = torch.meshgrid(-line * MARGIN, line * MARGIN, indexing="ij")
    depth = (((torch.arange(ALONG) + 0.5) / ALONG * 2 - 1) * DEPTH)[:, None, None]
    narrow = 1 - at[1].clamp(min=0) * depth
    seen = torch.stack(((u - at[2]) * narrow, (v - at[3]) * narrow, depth.expand(ALONG, SIDE, SIDE)), -1)
    cy, sy, cp, sp = torch.cos(at[0]), torch.sin(at[0]), math.cos(pitch), math.sin(pitch)
    rows = torch.stack((cy, 0 * cy, -sy, -sy * sp, cp + 0 * cy, -cy * sp, sy * cp, sp + 0 * cy, cy * cp)).reshape(3, 3)
    places = seen @ rows / (HALF * torch.exp(at[4:]))
    found = torch.nn.functional.grid_sample(logits, places[None], padding_mode="border", align_corners=False)
    return found[0, 0].amax(0)
