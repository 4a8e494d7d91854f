"""The shipped shading network on a ball whose light is known."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

import cv2
import numpy as np

from tests.toolchain.surface.test_light import FRONT, ball, pictured, plain, two_tone
from toolchain.asset import F32, Mesh, Shot
from toolchain.bake.field import smooth_normals
from toolchain.srgb import LUMINANCE, srgb_to_linear
from toolchain.surface.learned import estimate as asked
from toolchain.surface.learned.estimate import Estimate, Under, beneath, boxed, estimate, facing, read_by_net
from toolchain.surface.sight import look, spread


def under(mesh: Mesh, shot: Shot) -> Under:
    normals = smooth_normals(mesh.positions, mesh.faces)
    sight = look(mesh, normals, shot)
    seen = spread(normals, mesh.faces, sight.face, sight.bary)
    seen /= np.maximum(np.linalg.norm(seen, axis=-1, keepdims=True), 1e-6)
    return beneath(shot, mesh, sight.face >= 0, seen, np.ones(sight.face.shape, np.float32))


BALL = under(ball(), pictured(ball(), plain, lit=False)[0].shots[0])


def picture(paint, lit: bool) -> tuple[F32, F32, F32]:  # type: ignore[no-untyped-def]
    """(picture, alpha, log brightness of the picture over that of the paint)."""
    sculpt, albedo = pictured(ball(), paint, lit)
    rgba = sculpt.shots[0].rgba
    linear, alpha = srgb_to_linear(rgba[..., :3]), rgba[..., 3] / np.float32(255)
    return linear, alpha, np.log((linear @ LUMINANCE + 0.004) / (albedo @ LUMINANCE + 0.004))


def read(linear: F32, alpha: F32, below: Under = BALL) -> Estimate:
    found = estimate(linear, alpha, below)
    assert found is not None
    return found


def test_the_weights_are_small() -> None:
    assert len(resources.files("toolchain.surface.learned").joinpath(asked.WEIGHTS).read_bytes()) < 4e6


def test_a_lit_ball_is_read_as_lit_and_from_where() -> None:
    linear, alpha, truth = picture(plain, lit=True)
    found, inside = read(linear, alpha), cv2.erode(alpha, np.ones((7, 7))) > 0.9
    grey = found.shade @ LUMINANCE
    assert found.sure > 0
    assert np.corrcoef(grey[inside], truth[inside])[0, 1] > 0.9
    left = (grey - truth)[inside]
    assert left.std() < 0.5 * truth[inside].std()


def test_a_flat_lit_ball_has_hardly_any_light() -> None:
    linear, alpha, _ = picture(plain, lit=False)
    lit, flat = (read(*picture(plain, light)[:2]).shade[alpha > 0.9].std() for light in (True, False))
    assert flat < 0.2 * lit
    assert read(linear, alpha).sure < 0


def test_a_picture_without_a_sculpt_under_it_is_read_too() -> None:
    linear, alpha, truth = picture(plain, lit=True)
    nothing = Under(np.zeros((*alpha.shape, 4), np.float32), np.zeros(alpha.shape, np.bool_))
    shade = read(linear, alpha, nothing).shade @ LUMINANCE
    inside = cv2.erode(alpha, np.ones((7, 7))) > 0.9
    assert np.corrcoef(shade[inside], truth[inside])[0, 1] > 0.7


def test_mirrored_and_enlarged_pictures_are_answered_alike() -> None:
    linear, alpha, _ = picture(two_tone, lit=True)
    one = read(linear, alpha).shade
    other = Under(BALL.fields[:, ::-1] * np.float32((-1, 1, 1, 1)), BALL.there[:, ::-1])
    mirrored = read(np.ascontiguousarray(linear[:, ::-1]), np.ascontiguousarray(alpha[:, ::-1]), other)
    inside = alpha > 0.9
    np.testing.assert_allclose(one[inside], mirrored.shade[:, ::-1][inside], atol=0.05)
    wide = [cv2.resize(x, (400, 400), interpolation=cv2.INTER_CUBIC) for x in (linear, alpha, BALL.fields)]
    larger = read(wide[0].clip(0, 1), wide[1].clip(0, 1), Under(wide[2], wide[1] > 0.5)).shade
    enlarged = cv2.resize(larger, alpha.shape[::-1], interpolation=cv2.INTER_AREA)
    well = cv2.erode(alpha, np.ones((7, 7))) > 0.9
    assert np.abs(enlarged - one)[well].mean() < 0.07


def test_the_same_picture_the_same_bytes_and_a_brighter_one_nearly() -> None:
    linear, alpha, _ = picture(two_tone, lit=True)
    one, two, darker = read(linear, alpha), read(linear, alpha), read(linear * np.float32(0.7), alpha)
    assert one.shade.tobytes() == two.shade.tobytes() and one.sure == two.sure
    assert np.abs(one.shade - darker.shade)[alpha > 0.9].mean() < 0.08


def test_borders_of_light_stay_sharp() -> None:
    """An answer of two levels, blurred as its pixels blur it, is enlarged along what guides it."""
    side, high = 96, 600
    at = (np.arange(side) + 0.5) / side
    step = np.where(at < 0.5, -0.5, 0.5).astype(np.float32)
    blurred = np.tile(cv2.blur(step[None], (3, 1)), (side, 1))
    wide = high / (2 * asked.MARGIN)
    box = ((high - wide) / 2, (high - wide) / 2, (high + wide) / 2, (high + wide) / 2)
    plain_ = cv2.resize(blurred, (high, high), interpolation=cv2.INTER_LINEAR)[high // 2]
    for guide in (0, 1):  # the picture's brightness, the sculpt's normals
        fine, full = np.zeros((side, side, 5), np.float32), np.zeros((high, high, 5), np.float32)
        fine[..., guide] = blurred
        full[..., guide] = np.where((np.arange(high) + 0.5) / high < 0.5, -0.5, 0.5)
        answer = np.repeat(blurred[..., None], 3, 2)
        out = asked.widened(answer, np.ones((side, side), np.float32), fine, full, box)[high // 2, :, 1]
        jump = out[high // 2 + 3] - out[high // 2 - 4]
        assert jump > 0.8
        assert plain_[high // 2 + 3] - plain_[high // 2 - 4] < 0.6 * jump


def test_a_sculpt_is_told_as_its_camera_sees_it() -> None:
    mesh = ball()
    shot = Shot("front", np.zeros((160, 160, 4), np.uint8), FRONT, np.array((0, 0, 1.0, 0)))
    np.testing.assert_allclose(facing(shot, mesh), np.eye(3), atol=1e-9)
    side_on = np.array([[0, 0, -100.0, 80], [0, -100.0, 0, 80], [0, 0, 0, 1]])
    right = replace(shot, matrix=side_on, eye=np.array((1.0, 0, 0, 0)))
    np.testing.assert_allclose(facing(right, mesh), [[0, 0, -1], [0, 1, 0], [1, 0, 0]], atol=1e-9)
    focal, away = 300.0, 3.0
    matrix = np.array([[focal, 0, -80, 80 * away], [0, -focal, -80, 80 * away], [0, 0, -1, away]])
    near = replace(shot, matrix=matrix, eye=np.array((0, 0, away, 1.0)))
    np.testing.assert_allclose(facing(near, mesh), np.eye(3), atol=0.02)
    box = boxed(BALL.there.astype(np.float32))
    assert box is not None
    told = read_by_net(BALL, box)
    half = (told.shape[1] // 2, told.shape[2] // 2)
    assert told[2][half[0], half[1]] > 0.95 and told[3][half[0], half[1]] > 0.95
    assert told[0][half[0], -18] > 0.4 > -0.4 > told[0][half[0], 17]
    assert told[1][17, half[1]] > 0.4 and not told[:, 0, 0].any()


def test_nothing_is_read_from_nothing() -> None:
    def none(side: int) -> Under:
        return Under(np.zeros((side, side, 4), np.float32), np.zeros((side, side), np.bool_))

    assert estimate(np.zeros((50, 50, 3), np.float32), np.zeros((50, 50), np.float32), none(50)) is None
    speck = np.zeros((50, 50), np.float32)
    speck[20:23, 20:23] = 1
    assert estimate(np.full((50, 50, 3), 0.5, np.float32), speck, none(50)) is None
    black = np.zeros((50, 50, 3), np.float32)
    assert np.isfinite(read(black, np.ones((50, 50), np.float32), none(50)).shade).all()
