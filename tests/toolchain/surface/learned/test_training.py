"""Scenes, pictures and a few steps of training: what a mistake in a sign would silently spoil."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from tests.toolchain.lowpoly.solids import sphere
from toolchain.generate.learned.training.meshes import Model, model_of
from toolchain.generate.learned.training.samples import subject_of
from toolchain.surface.learned.net import SIDE, Shade, told
from toolchain.surface.learned.training import fit as training
from toolchain.surface.learned.training import scenes as drawing
from toolchain.surface.learned.training.lights import Light, Sun, banded
from toolchain.surface.learned.training.pictures import DIM, Scenes, scenes_of, spread


def ball() -> Model:
    mesh = sphere(0.5, (0, 0, 0), 24)
    return model_of("ball", mesh.positions, mesh.faces, np.full((len(mesh.faces), 3), 0.4, np.float32))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other on a busy machine take minutes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def some() -> Scenes:
    return scenes_of([ball()], 6, 0)


def seen(model: Model) -> drawing.Seen:
    return drawing._look(subject_of(model, np.random.default_rng(0), exact=True), np.eye(3), 0.0)


def in_light(view: drawing.Seen, towards: tuple[float, float, float], casts: bool = True) -> np.ndarray:
    """(SIDE, SIDE) brightness under one sun and a little sky."""
    way = np.array(towards) / np.linalg.norm(towards)
    light = Light((Sun(way, np.ones(3), 0.0, casts),), np.full(3, 0.1), np.full(3, 0.1), 1.0, 0.0, 0, 0.0, 8.0)
    shade, spot = drawing._lit(view, light, *drawing._openness(view))
    assert shade.mean() == pytest.approx(1, abs=1e-3) and not spot.any()
    return drawing._pixels(view, shade)[0]


def test_a_ball_is_bright_where_its_sun_is() -> None:
    view, middle = seen(ball()), SIDE // 2
    left, above = in_light(view, (-1, 0, 0.5)), in_light(view, (0, 1, 0.5))
    assert left[:, :middle].mean() > 2 * left[:, middle:].mean()
    assert above[:middle].mean() > 2 * above[middle:].mean()
    sky, ground = drawing._openness(view)
    assert np.allclose(sky + ground, 1, atol=0.05)  # nothing hides the sky from a ball
    up = drawing._pixels(view, sky[:, None])[0]
    assert up[:middle].sum() > 2 * up[middle:].sum()


def test_what_stands_in_the_way_casts_a_shadow() -> None:
    """A plate above a ball, and the sun above both."""
    mesh = sphere(0.3, (0, 0, 0), 24)
    plate = np.array([[-0.6, 0.45, -0.6], [0.6, 0.45, -0.6], [0.6, 0.45, 0.6], [-0.6, 0.45, 0.6]], np.float32)
    positions = np.concatenate((mesh.positions, plate))
    faces = np.concatenate((mesh.faces, np.array([[0, 2, 1], [0, 3, 2]]) + len(mesh.positions)))
    view = seen(model_of("both", positions, faces.astype(np.int32), np.full((len(faces), 3), 0.4, np.float32)))
    with_, without = (in_light(view, (0, 1, 0.3), casts)[SIDE // 2 - 8, SIDE // 2] for casts in (True, False))
    assert with_ < 0.4 * without


def test_ink_runs_along_edges() -> None:
    """Of a ball that is its outline, and of a box its creases."""
    view, middle = seen(ball()), SIDE // 2
    edges = drawing._pixels(view, drawing._edges(view, 1)[:, None].astype(np.float32))[0]
    assert edges[middle - 5 : middle + 5, middle - 5 : middle + 5].max() < 0.5
    rows = np.flatnonzero(edges[:, middle])
    assert edges[rows[0], middle] > 0.3 and edges[rows[-1], middle] > 0.3


def test_a_toon_ramp_keeps_dark_and_light() -> None:
    values = banded(np.linspace(0, 1, 101).astype(np.float32), 3)
    assert len(np.unique(values)) == 4 and values[0] == 0 and values[-1] == 1
    assert np.all(np.diff(values) >= 0)


def test_a_picture_over_its_shading_is_its_paint(some: Scenes) -> None:
    lots = [some.some(torch.arange(6), torch.Generator().manual_seed(k)) for k in range(8)]
    flat = 0
    for lot in lots:
        inside = (lot.cover > 0.99).expand_as(lot.picture)
        back = (lot.paint + DIM) * lot.shade.exp() - DIM
        assert (back - lot.picture)[inside].abs().median() < 0.03  # grain and bytes
        assert not lot.picture[(lot.cover == 0).expand_as(lot.picture)].any()
        dull = lot.light < training.DULL
        flat += int(dull.sum())
        assert (spread(lot.shade.mean(1, keepdim=True), lot.cover)[dull] < 0.1).all()
        assert (lot.picture >= 0).all() and (lot.picture <= 1).all()
    assert 3 < flat < 30


def test_scenes_are_drawn_alike_from_one_seed(some: Scenes) -> None:
    again = scenes_of([ball()], 2, 0)
    assert torch.equal(again.shades, some.shades[:2]) and torch.equal(again.paints, some.paints[:2])
    assert torch.equal(again.shapes, some.shapes[:2])
    assert len(some) == 6 and torch.isfinite(some.shades).all()


def test_the_sculpt_of_a_picture_lies_under_it(some: Scenes) -> None:
    """Every second scene has one: its normals go about where the true ones go, and outside of the picture are none."""
    true, ours = some.shapes.float().unbind(1)
    assert ours[1::2].abs().max() == 0
    for cover, one, other in zip(some.cover[::2].float(), true[::2], ours[::2], strict=True):
        inside = (cover > 0.99) & (other[:3].norm(dim=0) > 0.8)
        assert inside.float().sum() > 0.7 * (cover > 0.99).float().sum()
        assert (one[:3] * other[:3]).sum(0)[inside].mean() > 0.7
        assert (other.abs().sum(0) > 0)[cover == 0].float().mean() < 0.05
        assert one[3].min() >= 0 and one[3].max() < 1.05


def test_loss_is_least_at_the_truth(some: Scenes) -> None:
    lot = some.some(torch.arange(6), torch.Generator().manual_seed(0))
    sure = (2 * (lot.light > training.BRIGHT).float() - 1) * 20
    best = training.loss_of(lot.shade, sure, lot)
    assert best < 1e-3
    assert training.loss_of(lot.shade + 0.3, sure, lot) < 1e-3  # one factor does not count
    assert training.loss_of(0 * lot.shade, sure, lot) > best + 0.01
    assert training.loss_of(lot.shade, -sure, lot) > best + 1
    truth = torch.log(lot.picture.clamp(min=1e-4) / lot.paint.clamp(min=1e-4)) * (lot.cover > 0)
    assert (training.albedo_error(truth, lot) < 0.02).all()


def test_a_few_steps_learn_something(some: Scenes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "BATCH", 4)
    monkeypatch.setattr(training, "WARM", 2)
    torch.manual_seed(0)
    said: list[dict[str, object]] = []
    weights = training.fit(some, some, 12, lambda **told_: said.append(told_), every=6)
    assert len(said) == 2 and said[1]["loss"] < said[0]["loss"]  # type: ignore[operator]
    net = Shade()
    net.load_state_dict(weights)
    lot = some.some(torch.arange(2), torch.Generator().manual_seed(0))
    shade, lit = net.eval()(told(lot.picture, lot.cover, lot.shape))
    assert shade.shape == (2, 3, SIDE, SIDE) and lit.shape == (2,)
    assert torch.isfinite(shade).all() and not shade[:, :1][lot.cover == 0].any()
