"""Drawing, truth and a few steps of training: what a mistake in a sign would silently spoil."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from toolchain.generate.learned.answer import GRID, HALF, MARGIN, PICTURE, decode_pose
from toolchain.generate.learned.training.meshes import Model, evened, model_of
from toolchain.generate.learned.training.procedural import prop
from toolchain.generate.learned.training.samples import sample


def wedge() -> Model:
    """Uneven along every axis: a tetrahedron with its corner to the left, the top and the front."""
    positions = np.array([[-0.5, -0.3, -0.2], [0.5, 0.1, -0.2], [-0.3, 0.3, -0.1], [0.1, -0.2, 0.4]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)
    return model_of("wedge", positions, faces, np.full((4, 3), 0.5, np.float32))


@pytest.mark.parametrize("turn", [(0.0, 0.0, 0.0), (0.6, 0.3, 0.0), (-0.6, 0.3, 0.5), (1.2, -0.1, 0.7)])
def test_the_truth_casts_the_picture(turn: tuple[float, float, float]) -> None:
    """Cells that are matter, seen through the pose, cover what the picture covers."""
    random = np.random.default_rng(3)
    for model in (wedge(), prop(random), prop(random)):
        made = sample(model, random, turn)
        line = ((np.arange(GRID * 2) + 0.5) / GRID - 1) * HALF
        z, y, x = np.meshgrid(line, line, line, indexing="ij")
        there = np.repeat(np.repeat(np.repeat(made.matter > 100, 2, 0), 2, 1), 2, 2)
        seen = made.pose.project(np.stack((x, y, z), -1)[there])
        column = ((seen[:, 0] / MARGIN + 1) / 2 * PICTURE).astype(int)
        row = ((-seen[:, 1] / MARGIN + 1) / 2 * PICTURE).astype(int)
        cast = np.zeros((PICTURE, PICTURE), bool)
        inside = (row >= 0) & (row < PICTURE) & (column >= 0) & (column < PICTURE)
        cast[row[inside], column[inside]] = True
        drawn = made.picture[3] > 0.5
        assert (cast & drawn).sum() > 0.9 * drawn.sum()
        near = np.pad(drawn, 2)  # cells are thicker than pixels
        near = np.any([np.roll(near, (i, j), (0, 1)) for i in range(-2, 3) for j in range(-2, 3)], axis=0)[2:-2, 2:-2]
        assert (cast & near).sum() > 0.97 * cast.sum()


def test_a_model_even_front_and_back_alone_is_turned() -> None:
    random = np.random.default_rng(0)
    positions = random.random((40, 3)).astype(np.float32) * (1, 0.4, 0.3)
    faces = random.integers(0, 40, (30, 3)).astype(np.int32)
    both = np.concatenate((positions, positions * (1, 1, -1)))
    model = model_of(
        "half", both.astype(np.float32), np.concatenate((faces, faces + 40)), np.zeros((60, 3), np.float32)
    )
    filled = evened(model).solid()
    assert (filled & filled[::-1]).sum() / (filled | filled[::-1]).sum() > 0.95
    first = model.solid()
    assert (first & first[::-1]).sum() / (first | first[::-1]).sum() < 0.8


def test_procedural_props_are_closed_and_fill_their_box() -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        made = prop(random)
        assert np.ptp(made.positions, axis=0).max() == pytest.approx(1, abs=1e-5)
        edges = np.sort(made.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()


def test_a_pose_survives_the_bins() -> None:
    from toolchain.generate.learned.training.fit_turn import targets

    torch = pytest.importorskip("torch")
    truth = torch.tensor([[0.5, 0.3, 0.2, 0.01, -0.02], [-1.2, 0.9, 0.0, 0.0, 0.0]])
    yaw, pitch = targets(truth)
    for row, known in zip(torch.cat((yaw.log(), pitch.log(), truth[:, 2:]), 1).numpy(), truth.numpy(), strict=True):
        pose = decode_pose(row)
        assert [pose.yaw, pose.pitch, pose.near, pose.across, pose.up] == pytest.approx(known.tolist(), abs=0.02)
        back = np.concatenate((row[:36][::-1], row[36:55], [-row[55]], [row[56]]))
        assert decode_pose(row, back).yaw == pytest.approx(pose.yaw, abs=1e-3)


def test_both_networks_learn_and_take_up_where_they_left_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    from toolchain.generate.learned.training import fit_matter, fit_turn

    torch.manual_seed(0)
    random = np.random.default_rng(0)
    models = [prop(random) for _ in range(6)]
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(fit_matter, "BATCH", 2)
    monkeypatch.setattr(fit_matter, "EVERY", 2)
    monkeypatch.setattr(fit_matter, "WARM", 2)
    monkeypatch.setattr(fit_matter, "POOL", 4)
    monkeypatch.setattr(fit_turn, "POOL", 4)
    fit_matter.fit(models, models[:1], tmp_path, 2, lambda **line: told.append(line))
    fit_matter.fit(models, models[:1], tmp_path, 6, lambda **line: told.append(line))
    assert [line["step"] for line in told] == [2, 4, 6]
    assert told[2]["loss"] < told[0]["loss"]
    monkeypatch.setattr(fit_turn, "BATCH", 16)
    told.clear()
    fit_turn.fit(models, models, 96, 4, lambda **line: told.append(line))
    assert told[-1]["loss"] < told[0]["loss"]
