"""Drawing, truth and a few steps of training: what a mistake in a sign would silently spoil."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from toolchain.generate.learned.answer import DEEP, GRID, HALF, MARGIN, PICTURE, decode_pose
from toolchain.generate.learned.camera import Pose
from toolchain.generate.learned.training.draw import Look, paint
from toolchain.generate.learned.training.meshes import Model, evened, model_of
from toolchain.generate.learned.training.procedural import prop
from toolchain.generate.learned.training.samples import SETS, Sample, lone, mistaken, straight, subject_of
from toolchain.generate.learned.training.wear import wear


def wedge() -> Model:
    """Uneven along every axis: a tetrahedron with its corner to the left, the top and the front."""
    positions = np.array([[-0.5, -0.3, -0.2], [0.5, 0.1, -0.2], [-0.3, 0.3, -0.1], [0.1, -0.2, 0.4]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)
    return model_of("wedge", positions, faces, np.full((4, 3), 0.5, np.float32))


def agree(made: Sample, view: int) -> None:
    """Cells that are matter, seen through the told camera, cover what the picture covers."""
    fine = 4  # points along a cell: a narrow side fills its picture as a wide one does
    line = ((np.arange(GRID * fine) + 0.5) / GRID / fine * 2 - 1) * HALF
    z, y, x = np.meshgrid(line, line, line, indexing="ij")
    there = np.kron(made.matter > 100, np.ones((fine,) * 3, bool))
    cells = np.stack((x, y, z, np.ones_like(x)), -1)[there] @ made.matrices[view].T
    seen = cells[:, :2] / cells[:, 2:]
    column = ((seen[:, 0] / MARGIN + 1) / 2 * PICTURE).astype(int)
    row = ((-seen[:, 1] / MARGIN + 1) / 2 * PICTURE).astype(int)
    cast = np.zeros((PICTURE, PICTURE), bool)
    inside = (row >= 0) & (row < PICTURE) & (column >= 0) & (column < PICTURE)
    cast[row[inside], column[inside]] = True
    drawn = made.pictures[view, 3] > 0.5
    assert (cast & drawn).sum() > 0.9 * drawn.sum()
    around = [(i, j) for i in range(-3, 4) for j in range(-3, 4)]  # cells are thicker than pixels
    near = np.any([np.roll(np.pad(drawn, 3), way, (0, 1)) for way in around], axis=0)[3:-3, 3:-3]
    assert (cast & near).sum() > 0.97 * cast.sum()


@pytest.mark.parametrize("turn", [(0.6, 0.3, 0.0), (-0.6, 0.3, 0.5), (1.2, -0.1, 0.7)])
def test_the_truth_casts_the_picture(turn: tuple[float, float, float]) -> None:
    random = np.random.default_rng(3)
    for model in (wedge(), prop(random), prop(random)):
        agree(lone(subject_of(model, random, exact=True), random, turn, False, 0.0), 0)


def test_the_truth_of_a_front_reaches_deeper() -> None:
    """Twice as long as wide: beyond a cube about its front, within the one that fronts are answered in."""
    random = np.random.default_rng(3)
    long = model_of("long", wedge().positions * np.float32([0.4, 0.5, 1]), wedge().faces, wedge().colours)
    made = lone(subject_of(long, random, exact=True), random, (0.0, 0.0, 0.0), True, 0.0)
    agree(made, 0)
    deep = np.flatnonzero((made.matter > 100).any((1, 2)))
    width = np.flatnonzero((made.matter > 100).any((0, 1)))
    told = np.ptp(long.positions[:, 2]) / np.ptp(long.positions[:, 0])
    assert (np.ptp(deep) + 1) * DEEP / (np.ptp(width) + 1) == pytest.approx(told, rel=0.2)


@pytest.mark.parametrize("views", SETS)
def test_the_truth_casts_all_straight_views(views: tuple[str, ...]) -> None:
    random = np.random.default_rng(3)
    for model in (wedge(), prop(random)):
        made = straight(subject_of(model, random, exact=True), random, views)
        for view in range(len(views)):
            agree(made, view)


def test_an_estimate_is_off_and_an_exact_one_is_not() -> None:
    random = np.random.default_rng(3)
    pose = Pose(0.5, 0.3, 0.4, 0.01, 0.02)
    assert mistaken(pose, random, 0.0) == pose
    off = [abs(mistaken(pose, random, 1.0).yaw - pose.yaw) for _ in range(200)]
    assert 0.02 < float(np.median(off)) < 0.15


def test_wear_is_the_same_from_every_side_and_differs_from_subject_to_subject() -> None:
    random = np.random.default_rng(3)
    at = random.uniform(-0.5, 0.5, (500, 3))
    worn = [made for made in (wear(random) for _ in range(20)) if made]
    assert 5 < len(worn) < 20
    for made in worn:
        factors = made(at)
        assert factors.shape == (500, 3) and (factors > 0).all() and np.array_equal(factors, made(at))
    assert sum(float(np.ptp(made(at))) > 0.05 for made in worn) > len(worn) * 0.8


def test_corners_are_darker_and_undersides_too() -> None:
    """A step away from the camera: dark below the step, where `corners` asks for it; and a floor seen from below."""
    depth = np.zeros((64, 64), np.float32)
    depth[:32] = 0.3
    up = np.array((0, 0, 1), np.float32)
    normal = np.broadcast_to(up, (64, 64, 3)).copy()
    colour = np.full((64, 64, 3), 0.5, np.float32)
    plain = Look((0, 1, 0), 1.0, 0, 0, 0, 0)
    flat, _ = paint(colour, normal, depth, plain)
    assert np.ptp(flat) == 0
    dark, _ = paint(colour, normal, depth, replace(plain, corners=0.5))
    assert dark[33, 32, 0] < 0.9 * dark[60, 32, 0] and dark[20, 32, 0] == pytest.approx(0.5)
    below, _ = paint(colour, normal, depth, replace(plain, sky=0.5, upright=(0, 0, -1)))
    assert below.max() == pytest.approx(0.25)


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
    monkeypatch.setattr(fit_matter, "SIZES", {1: 2, 2: 1, 3: 1, 4: 1})
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
