"""The answer made to fill its outline."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.toolchain.generate.learned.test_prior import PITCH, QUICK, YAW, chest, picture
from toolchain.asset import F32, Reference, View
from toolchain.generate import embedded
from toolchain.generate.learned import prior, snug
from toolchain.generate.learned.answer import HALF
from toolchain.generate.learned.camera import Pose
from toolchain.stage import quiet


def slab(wide: float, high: float, deep: float) -> F32:
    """Logits of a box of these half sides."""
    place, _, _ = prior.axes(prior.Answer(Pose(), np.zeros(1, np.float32), 1.0))
    far = np.maximum.outer(np.maximum.outer(np.abs(place) / wide, np.abs(place) / high), np.abs(place) / deep)
    return ((1 - far) * 20).astype(np.float32)


def drawn(answer: prior.Answer) -> View:
    """The outline that an answer casts, as a picture without a name."""
    import torch

    pose = answer.pose
    at = torch.tensor([pose.yaw, pose.near, pose.across, pose.up, *(math.log(h / HALF) for h in answer.half)])
    logits = torch.from_numpy(np.ascontiguousarray(answer.logits.transpose(2, 1, 0)))[None, None]
    cast = torch.sigmoid(snug.SOFT * snug._cast(logits, at, pose.pitch))
    fine = torch.nn.functional.interpolate(cast[None, None], scale_factor=4, mode="bilinear")[0, 0].numpy()
    rgba = np.full((*fine.shape, 4), 128, np.uint8)
    rgba[..., 3] = np.round(fine * 255)
    return View("single", rgba, "given", "single.png")


def test_a_box_that_stands_and_measures_otherwise_is_found() -> None:
    truth = prior.Answer(Pose(YAW, PITCH, 0.3), slab(0.5, 0.3, 0.35), 1.0, (HALF * 1.05, HALF * 0.9, HALF))
    which = picture(drawn(truth))
    start = replace(truth, pose=Pose(YAW + math.radians(8), PITCH, 0.1), half=(HALF,) * 3)
    found = snug.fit(start, which)
    assert found.pose.pitch == PITCH
    assert abs(found.pose.yaw - YAW) < abs(start.pose.yaw - YAW)
    assert found.half[1] / found.half[0] == pytest.approx(0.9 / 1.05, abs=0.08)  # how large it is, no picture tells
    assert found.fills > _as_it_is(start, which) + 0.05


def _as_it_is(answer: prior.Answer, which: object) -> float:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snug, "ROUNDS", 0)
        return snug.fit(answer, which).fills  # type: ignore[arg-type]


def test_what_has_another_shape_does_not_fill_its_outline() -> None:
    """A tall post behind the outline of a wide board: no likely change of it makes one of the other."""
    board = prior.Answer(Pose(YAW, PITCH), slab(0.5, 0.1, 0.2), 1.0)
    post = replace(board, logits=slab(0.1, 0.5, 0.1))
    assert snug.fit(post, picture(drawn(board))).fills < 0.5
    assert snug.fit(board, picture(drawn(board))).fills > 0.9


def test_a_picture_without_a_name_that_nothing_learned_fills_is_shaped_by_a_rule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = chest()[2]
    unnamed = replace(named, name="single")
    kept = embedded.generate(Reference((unnamed,)), QUICK, quiet)
    assert kept.rung == "learned" and kept.notes["fills"] >= snug.ENOUGH
    monkeypatch.setattr(snug, "ENOUGH", 1.01)
    ruled = embedded.generate(Reference((unnamed,)), QUICK, quiet)
    assert ruled.rung != "learned"
    assert "would not fill its outline" in ruled.reason
    assert embedded.generate(Reference((named,)), QUICK, quiet).rung == "learned"
