"""The picture's light comes off where it is light, and paint stays paint."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import sphere
from toolchain import pipeline
from toolchain.asset import GUESSED, LEARNED, MIRRORED, SEEN, Mesh, Painted, Reference, Sculpt, Shot, Slot, Slots
from toolchain.bake.field import smooth_normals
from toolchain.srgb import LUMINANCE, srgb, srgb_to_linear
from toolchain.stage import quiet
from toolchain.surface import light
from toolchain.surface.sight import look, spread

SIDE = 160
SUN = np.array((-0.5, 0.7, 0.5)) / np.linalg.norm((-0.5, 0.7, 0.5))
FRONT = np.array([[100.0, 0, 0, 80], [0, -100.0, 0, 80], [0, 0, 0, 1]])


def ball() -> Mesh:
    return sphere(0.7, (0, 0, 0), 48)


def pictured(mesh: Mesh, paint, lit: bool, gloss: float = 0.0) -> tuple[Sculpt, np.ndarray]:  # type: ignore[no-untyped-def]
    """A sculpt with a front picture, its vertex colours from there, and the true albedo of each pixel."""
    normals = smooth_normals(mesh.positions, mesh.faces)
    shot = Shot("front", np.zeros((SIDE, SIDE, 4), np.uint8), FRONT, np.array((0, 0, 1.0, 0)))
    sight = look(mesh, normals, shot)
    inside = sight.face >= 0
    normal = spread(normals, mesh.faces, sight.face, sight.bary)
    place = spread(mesh.positions, mesh.faces, sight.face, sight.bary)
    albedo = np.where(inside[..., None], paint(place), 0).astype(np.float32)
    shade = 0.3 + 0.75 * np.clip(normal @ SUN, 0, None) if lit else np.ones(inside.shape)
    half = SUN + np.array((0, 0, 1))
    spot = gloss * np.clip(normal @ (half / np.linalg.norm(half)), 0, 1) ** 120
    colour = albedo * shade[..., None] + np.where(inside, spot, 0)[..., None]
    rgba = np.dstack((np.round(srgb(np.clip(colour, 0, 1)) * 255).astype(np.uint8), inside.astype(np.uint8) * 255))
    shot = replace(shot, rgba=rgba)
    x, y = np.clip(sight.pixels.astype(int), 0, SIDE - 1).T
    evidence = np.where(sight.seen, SEEN, GUESSED).astype(np.uint8)
    vertex = srgb_to_linear(rgba[..., :3])[y, x]
    return Sculpt(mesh, vertex, evidence, "test", "hull", "", "default", shots=(shot,)), albedo


def two_tone(place: np.ndarray) -> np.ndarray:
    return np.where(place[..., :1] > 0, (0.08, 0.1, 0.3), (0.6, 0.25, 0.12))


def plain(place: np.ndarray) -> np.ndarray:
    return np.full((*place.shape[:-1], 3), (0.5, 0.2, 0.15))


def paler_upwards(place: np.ndarray) -> np.ndarray:
    """Paint that follows the shape as a weak light from above would."""
    return np.exp(0.3 * place[..., 1:2]) * (0.4, 0.3, 0.2)


def unlit(sculpt: Sculpt, **more):  # type: ignore[no-untyped-def]
    slots = Slots((Slot("main", "single"),), np.zeros(len(sculpt.mesh.faces), np.int32))
    return light.run(light.Params(**more), quiet, repair=sculpt, slots=slots, intake=Reference(()))


def error(sculpt: Sculpt, albedo: np.ndarray) -> float:
    """Scale-invariant RMSE of the picture, away from the outline."""
    from scipy.ndimage import binary_erosion

    inside = binary_erosion(albedo.any(axis=-1), iterations=5)
    a, t = srgb_to_linear(sculpt.shots[0].rgba[..., :3])[inside], albedo[inside]
    return float(np.sqrt(((a * (a * t).sum() / (a * a).sum() - t) ** 2).mean()))


@pytest.mark.parametrize("paint", [plain, two_tone])
def test_a_sun_comes_off_and_two_paints_stay_two(paint) -> None:  # type: ignore[no-untyped-def]
    sculpt, albedo = pictured(ball(), paint, lit=True)
    made = unlit(sculpt)
    assert made.measures["done"]
    assert error(made.value, albedo) < 0.5 * error(sculpt, albedo)
    lamp = np.array(made.measures["pictures"][0]["lamps"][0]["towards"])
    assert lamp @ SUN > 0.8
    if paint is two_tone:  # the dark half stays dark against the pale one
        picture = srgb_to_linear(made.value.shots[0].rgba[..., :3])
        true = albedo[80, 105].mean() / albedo[80, 55].mean()
        assert picture[80, 105].mean() / picture[80, 55].mean() == pytest.approx(true, rel=0.35)


@pytest.mark.parametrize("paint", [plain, two_tone, paler_upwards])
def test_flat_lit_pictures_are_left_alone(paint) -> None:  # type: ignore[no-untyped-def]
    sculpt, _ = pictured(ball(), paint, lit=False)
    made = unlit(sculpt)
    assert not made.measures["done"] and made.value is sculpt
    assert made.measures["reason"]


def test_a_light_that_the_network_does_not_see_is_not_taken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """However well the shape explains the picture: paint does so too at times."""
    from toolchain.surface.learned import estimate as asked

    sculpt, _ = pictured(ball(), plain, lit=True)
    found = asked.estimate
    monkeypatch.setattr(asked, "estimate", lambda *given: replace(found(*given), sure=-5.0))
    made = unlit(sculpt)
    assert made.value is sculpt and made.measures["reason"]
    assert made.measures["pictures"][0]["contrast"] > 0.2


def test_vertex_colours_follow_their_picture_and_the_back_is_filled() -> None:
    sculpt, _ = pictured(ball(), plain, lit=True)
    after = unlit(sculpt).value
    square = (smooth_normals(sculpt.mesh.positions, sculpt.mesh.faces)[:, 2] > 0.5) & (sculpt.evidence == SEEN)
    assert after.colour[square].std(axis=0).mean() < 0.5 * sculpt.colour[square].std(axis=0).mean()
    assert np.array_equal(after.evidence, sculpt.evidence)
    assert np.isfinite(after.colour).all() and after.colour.min() >= 0 and after.colour.max() <= 1
    back = sculpt.mesh.positions[:, 2] < -0.3
    assert after.colour[back].std(axis=0).mean() < 0.6 * max(sculpt.colour[back].std(axis=0).mean(), 0.02)


def test_a_mirrored_half_keeps_its_pattern_and_loses_its_twins_light() -> None:
    """The left half is seen; the right half was copied from it, and no picture shows it."""
    from toolchain.surface.infill import recolour
    from toolchain.surface.sight import Sight

    mesh = ball()
    normals = mesh.positions / np.linalg.norm(mesh.positions, axis=1, keepdims=True)
    x, y, _ = mesh.positions.T
    stripes = np.where(np.floor(y * 8) % 2 == 0, 0.6, 0.1)
    light_ = np.where(y > 0, 1.5, 0.5)
    lit, paint = (np.repeat(c[:, None], 3, 1).astype(np.float32) for c in (stripes * light_, stripes))
    seen = x < 0
    pixels = np.stack((80 + 100 * x, 80 - 100 * y), 1).astype(np.float64)
    row, column = np.mgrid[:SIDE, :SIDE]
    high = (80 - row - 0.5) / 100
    pattern = np.where(np.floor(high * 8) % 2 == 0, 0.6, 0.1)[..., None] * np.ones(3)
    before = (pattern * np.where(high > 0, 1.5, 0.5)[..., None]).astype(np.float32)
    facing, none = np.ones(len(x), np.float32), np.zeros(len(x), np.bool_)
    blank = np.zeros((SIDE, SIDE, 3), np.float32)
    sight = Sight(column.astype(np.int32), blank, pixels, mesh.positions, facing, seen, none)
    evidence = np.where(seen, SEEN, MIRRORED).astype(np.uint8)
    after = [pattern.astype(np.float32)]
    out, unreached = recolour(lit, evidence, [sight], [before], after, mesh.faces, mesh.positions, normals)
    away = (np.abs(y * 8 - np.round(y * 8)) > 0.15) & (np.abs(y) > 0.1)  # not on a border, where pixels are mixed
    np.testing.assert_allclose(out[away], paint[away], atol=0.03)
    assert not unreached.any()
    evidence = np.where(seen, SEEN, GUESSED).astype(np.uint8)
    guessed, unreached = recolour(lit, evidence, [sight], [before], after, mesh.faces, mesh.positions, normals)
    assert np.abs(guessed[away & ~seen] - paint[away & ~seen]).mean() > 0.05
    assert np.array_equal(unreached, ~seen)

    seen = mesh.positions[:, 2] > -0.3  # the front and the sides; the back was guessed from them
    sight = Sight(column.astype(np.int32), blank, pixels, mesh.positions, facing, seen, none)
    away &= (mesh.positions[:, 2] < -0.35) & (np.abs(y) < 0.35)
    errors = []
    for kind in (LEARNED, GUESSED):
        evidence = np.where(seen, SEEN, kind).astype(np.uint8)
        out, unreached = recolour(lit, evidence, [sight], [before], after, mesh.faces, mesh.positions, normals)
        assert np.array_equal(unreached, ~seen)
        errors.append(np.abs(out[away] - paint[away]).mean())
    assert errors[0] < 0.5 * errors[1], errors


@pytest.mark.parametrize("whole", [True, False])
def test_a_back_with_a_fronts_broad_colours_takes_none_of_its_lines(whole: bool) -> None:
    """A line down the front, ink that the light's removal changed: the back that never had it must not get it."""
    from toolchain.surface.infill import recolour
    from toolchain.surface.sight import Sight

    mesh = ball()
    x, y, z = mesh.positions.T
    row, column = np.mgrid[:SIDE, :SIDE]
    line = (np.abs(column - SIDE // 2) < 3)[..., None] & np.ones(3, bool)
    before, after = (np.where(line, ink, paint).astype(np.float32) for ink, paint in ((0.05, 0.4), (0.15, 0.4)))
    pixels = np.stack((80 + 100 * x, 80 - 100 * y), 1).astype(np.float64)
    face = np.where(np.hypot(row - 80, column - 80) < 45, 0, -1).astype(np.int32)
    bary = np.zeros((SIDE, SIDE, 3), np.float32)
    sight = Sight(face, bary, pixels, mesh.positions, np.ones(len(x), np.float32), z > 0, z < 0, whole)
    normals = mesh.positions / np.linalg.norm(mesh.positions, axis=1, keepdims=True)
    colour = np.full((len(x), 3), 0.4, np.float32)
    evidence = np.where(z > 0, SEEN, GUESSED).astype(np.uint8)
    out, _ = recolour(colour, evidence, [sight], [before], [after], mesh.faces, mesh.positions, normals)
    marked = np.abs(out[z < -0.1] - 0.4).max() > 0.1
    assert marked == whole


def test_a_highlight_is_filled_and_a_label_stays() -> None:
    sculpt, albedo = pictured(ball(), plain, lit=True, gloss=0.6)
    with_, without = unlit(sculpt, highlights=True), unlit(sculpt)
    assert with_.measures["pictures"][0]["highlights"] > 0
    assert error(with_.value, albedo) < error(without.value, albedo)

    def labelled(place: np.ndarray) -> np.ndarray:
        near = (np.abs(place[..., 0] - 0.1) < 0.06) & (np.abs(place[..., 1]) < 0.06)
        return np.where(near[..., None], 0.85, plain(place))

    sculpt, albedo = pictured(ball(), labelled, lit=True)
    for highlights in (True, False):
        picture = srgb_to_linear(unlit(sculpt, highlights=highlights).value.shots[0].rgba[..., :3])
        true = albedo[80, 90].mean() / albedo[80, 70].mean()
        assert picture[80, 90].mean() / picture[80, 70].mean() == pytest.approx(true, rel=0.15)


def test_strength_bounds_and_off() -> None:
    sculpt, _ = pictured(ball(), plain, lit=True)
    before = srgb_to_linear(sculpt.shots[0].rgba[..., :3])
    inside = before.any(axis=-1)

    def change(**more) -> float:  # type: ignore[no-untyped-def]
        after = srgb_to_linear(unlit(sculpt, **more).value.shots[0].rgba[..., :3])
        ratio = after[inside].mean(axis=-1) / np.maximum(before[inside].mean(axis=-1), 1e-3)
        return float(np.quantile(ratio, 0.99) / np.quantile(ratio, 0.01))

    assert change(strength=0.5) < 0.8 * change()
    assert change(darkest=0.8, brightest=1.2, highlights=False) < 1.2 / 0.8 * 1.05
    for more in ({"off": True}, {"strength": 0.0}):
        made = unlit(sculpt, **more)
        assert made.value is sculpt and not made.measures["done"]


def test_mean_brightness_stays_and_two_runs_agree() -> None:
    sculpt, _ = pictured(ball(), two_tone, lit=True)
    one, two = unlit(sculpt), unlit(sculpt)
    before, after = ((srgb_to_linear(s.shots[0].rgba[..., :3]) @ LUMINANCE).mean() for s in (sculpt, one.value))
    assert after == pytest.approx(before, rel=0.05)
    assert np.array_equal(one.value.colour, two.value.colour) and one.measures == two.measures
    assert np.array_equal(one.value.shots[0].rgba, two.value.shots[0].rgba)


def test_own_textures_and_unplaced_pictures_are_left_alone() -> None:
    sculpt, _ = pictured(ball(), plain, lit=True)
    textured = replace(sculpt, painted=Painted(sculpt.mesh, ()))
    for thing in (textured, replace(sculpt, shots=())):
        assert unlit(thing).value is thing


def test_a_picture_that_misses_the_sculpt_changes_nothing() -> None:
    sculpt, _ = pictured(ball(), plain, lit=True)
    away = FRONT.copy()
    away[0, 3] = 1e6
    lost = replace(sculpt, shots=(replace(sculpt.shots[0], matrix=away),))
    assert unlit(lost).value is lost


def test_a_camera_nearby() -> None:
    """A picture in perspective has no far side to copy from."""
    sculpt, _ = pictured(ball(), plain, lit=True)
    focal, away = 300.0, 3.0
    matrix = np.array([[focal, 0, -80, 80 * away], [0, -focal, -80, 80 * away], [0, 0, -1, away]])
    near = replace(sculpt, shots=(replace(sculpt.shots[0], matrix=matrix, eye=np.array((0, 0, away, 1.0))),))
    made = unlit(near)
    assert made.measures["done"]
    front = sculpt.mesh.positions[:, 2] > 0.45
    assert made.value.colour[front].std(axis=0).mean() < 0.6 * sculpt.colour[front].std(axis=0).mean()


def test_the_strength_re_runs_only_what_takes_colour() -> None:
    """What stands below `light` in the table, and nothing else."""
    below = {"light"}
    for stage in pipeline.STAGES:
        if below & set(stage.needs):
            below.add(stage.name)
    assert below == {"light", "bake", "pack", "export", "check", "report"}
