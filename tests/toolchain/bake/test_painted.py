"""Baking from a model's own textures: what is delivered shows what the file showed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.letter_f import letter_f
from tests.toolchain.intake.model_files import SIDE, letter_glb, maps
from toolchain.asset import Mesh, Painted, Sculpt, Slot, Slots, TextureSet
from toolchain.bake import stage
from toolchain.bake.painted import look_up, make_coat, shrink
from toolchain.bake.raster import rasterise
from toolchain.bake.slot import frame
from toolchain.bake.tangents import add_tangents
from toolchain.bake.transfer import to_world
from toolchain.generate.canonical import sculpt_of
from toolchain.intake.model_child import load
from toolchain.stage import Made, quiet
from toolchain.surface.maps import linear, sample


@pytest.fixture(scope="module")
def letter() -> Sculpt:
    """The dropped F, as repair would hand it on: closed, with its paint."""
    answer = load(letter_glb().bytes(), ".glb", "letter.glb", {}, "")
    assert not isinstance(answer, str)
    return sculpt_of(answer[0], generator="file", rung="glb", reason="", notes={})


def baked(sculpt: Sculpt, low: Mesh, size: int = 128, **params: object) -> Made:
    slots = Slots((Slot("paint", "mask"), Slot("steel", "mask")), np.zeros(len(sculpt.mesh.faces), np.int32))
    return stage.run(
        stage.Params(size_px=size, ao_rays=4, **params),  # type: ignore[arg-type]
        quiet,
        repair=sculpt,
        slots=slots,
        unwrap=low,
    )


def inner(textures: TextureSet) -> np.ndarray:
    """Texels whose eight neighbours are covered too: their centres lie well inside a chart."""
    import cv2

    return cv2.erode(textures.coverage.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0


@pytest.fixture(scope="module")
def same(letter: Sculpt) -> Made:
    """Onto a LOD0 with the UVs of the file, at twice its texels."""
    return baked(letter, letter_f(), 2 * SIDE)


def at_centres(image: np.ndarray, size: int, srgb: bool = False) -> np.ndarray:
    """(size, size, C) of `image` read at the centres of a `size` square."""
    grid = (np.arange(size) + 0.5) / size
    u, v = np.meshgrid(grid, grid[::-1])
    return sample(image, np.stack((u, v), -1).reshape(-1, 2).astype(np.float32), srgb).reshape(size, size, -1)


def test_colour_roughness_and_metal_arrive_as_they_were(same: Made) -> None:
    textures, pictures = same.value.sets[0], maps()
    rows = inner(textures)
    albedo = at_centres(pictures["albedo"], 2 * SIDE, srgb=True)
    assert np.abs(textures.maps["albedo"] - albedo)[rows].max() < 0.01
    orm = at_centres(pictures["orm"], 2 * SIDE)
    assert np.abs(textures.maps["roughness"] - orm[..., 1])[rows].max() < 0.01
    assert np.abs(textures.maps["metallic"] - orm[..., 2])[rows].max() < 0.02
    assert (textures.maps["ao"] <= orm[..., 0] + 0.01)[rows].all()
    assert "emissive" not in textures.maps
    assert same.measures["painted"] == {
        "far": 0.0,
        "maps": {"paint": ["metallic", "roughness"], "steel": ["emissive", "metallic", "roughness"]},
    }


def test_numbers_without_a_map_fill_their_slot(same: Made) -> None:
    steel = same.value.sets[1].maps
    rows = inner(same.value.sets[1])
    assert steel["albedo"][rows] == pytest.approx(np.tile((0.2, 0.3, 0.4), (int(rows.sum()), 1)), abs=1e-5)
    assert steel["roughness"][rows] == pytest.approx(0.25) and steel["metallic"][rows] == pytest.approx(1.0)
    assert steel["emissive"][rows] == pytest.approx(np.tile((0.0, 0.5, 1.0), (int(rows.sum()), 1)))


def test_the_normal_map_arrives_with_its_green_up(same: Made) -> None:
    textures = same.value.sets[0]
    expected = at_centres(maps()["normal"], 2 * SIDE) * 2 - 1
    expected /= np.linalg.norm(expected, axis=-1, keepdims=True)
    rows = inner(textures)
    turn = np.degrees(np.linalg.norm(textures.maps["normal"] - expected, axis=-1))[rows]
    assert turn.mean() < 0.3 and turn.max() < 1.5
    assert np.abs(expected[rows][:, :2]).max() > 0.2  # there was something to carry


def test_a_normal_map_survives_other_uvs(letter: Sculpt) -> None:
    """LOD0's charts are turned by a quarter and mirrored: the world normals must not notice."""
    f = letter_f()
    assert f.uv is not None
    turned = add_tangents(replace(f, uv=np.ascontiguousarray(f.uv[:, ::-1]), tangents=None))
    made = baked(letter, turned, 2 * SIDE)
    assert turned.uv is not None
    only = turned.slot_of_faces() == 0
    texels = rasterise(turned.uv, turned.faces, 2 * SIDE, only)
    packed = made.value.sets[0].maps["normal"].reshape(-1, 3)[texels.index]
    world = to_world(packed, *frame(turned, texels, slice(None)))
    uv = np.einsum("nk,nkc->nc", texels.bary, f.uv[f.faces[texels.face]]).astype(np.float32)
    tangent_space = sample(maps()["normal"], uv) * 2 - 1
    tangent_space /= np.linalg.norm(tangent_space, axis=1, keepdims=True)
    assert f.normals is not None and f.tangents is not None
    corner = f.faces[texels.face, 0]  # the F's faces are flat: any corner's frame is the face's
    expected = to_world(tangent_space, f.normals[corner], f.tangents[corner, :3], f.tangents[corner, 3])
    rows = inner(made.value.sets[0]).reshape(-1)[texels.index]
    turn = np.degrees(np.linalg.norm(world - expected, axis=1))[rows]
    assert turn.mean() < 0.4 and turn.max() < 2.5


def test_the_files_own_hard_edges_are_kept(letter: Sculpt) -> None:
    """Without them the welded F would be shaded as round: its smooth normals look past the corners."""
    textures = baked(letter, letter_f()).value.sets[1]
    flat = textures.maps["normal"][inner(textures)]
    assert flat[:, 2].min() > 0.999
    painted = letter.painted
    assert painted is not None
    bare = replace(letter, painted=replace(painted, mesh=replace(painted.mesh, normals=None)))
    rounded = baked(bare, letter_f()).value.sets[1]
    assert rounded.maps["normal"][inner(rounded)][:, 2].min() < 0.9


def test_a_surface_turned_inside_out_shades_the_same(letter: Sculpt) -> None:
    painted = letter.painted
    assert painted is not None and painted.mesh.normals is not None
    inside = Painted(
        replace(painted.mesh, faces=painted.mesh.faces[:, ::-1].copy(), normals=-painted.mesh.normals),
        painted.paints[1:] * 2,
    )
    textures = baked(replace(letter, painted=inside), letter_f()).value.sets[1]
    assert textures.maps["normal"][inner(textures)][:, 2].min() > 0.999


def test_what_lies_far_takes_the_vertex_colour_and_is_counted(letter: Sculpt) -> None:
    painted = letter.painted
    assert painted is not None
    low = painted.mesh.positions[painted.mesh.faces].max(axis=1)[:, 1] < 0.45
    half = replace(letter, painted=replace(painted, mesh=_only(painted.mesh, low)))
    half = replace(half, colour=np.tile(np.float32((1, 0, 1)), (len(letter.mesh.positions), 1)))
    made = baked(half, letter_f(), 128)
    assert 0.3 < made.measures["painted"]["far"] < 0.8
    assert [f.code for f in made.findings if f.code == "bake.unpainted"] == ["bake.unpainted"]
    texture, rows = made.value.sets[0], inner(made.value.sets[0])
    magenta = (np.abs(texture.maps["albedo"] - (1, 0, 1)).max(axis=-1) < 1e-5) & rows
    assert 0.3 < magenta.sum() / rows.sum() < 0.9
    top = int(0.5 * 128)  # the front's v is y / 2: row 64 is its top
    assert magenta[top + 4 : top + 20].any() and not magenta[128 - 16 :].any()


def _only(mesh: Mesh, keep: np.ndarray) -> Mesh:
    assert mesh.slots is not None
    return replace(mesh, faces=mesh.faces[keep], slots=mesh.slots[keep])


def test_textures_finer_than_the_texels_are_averaged_in_linear_light() -> None:
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    assert linear(stripes, True, 4) == pytest.approx(0.5, abs=1e-6)
    assert linear(stripes[:250, :250], True, 4).shape == (62, 62, 3)
    assert linear(stripes[..., 0], False, 1000).shape == (1, 1, 1)
    assert shrink(1.0, (1024, 1024), 1 / 256) == 4 and shrink(1.0, (1024, 1024), 1 / 4096) == 1


def test_strips_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    from toolchain.surface import maps as module

    image = np.random.default_rng(0).integers(0, 256, (96, 60, 3), np.uint8)
    whole = linear(image, True, 3)
    monkeypatch.setattr(module, "_STRIP", 1000)
    assert np.array_equal(linear(image, True, 3), whole)


def test_uvs_repeat() -> None:
    image = maps()["albedo"]
    uv = np.random.default_rng(0).random((100, 2)).astype(np.float32)
    assert sample(image, uv + np.float32((3, -2))) == pytest.approx(sample(image, uv), abs=1e-3)
    assert np.isfinite(sample(image, np.float32([[np.nan, np.inf], [1e30, -1e30]]))).all()


def test_both_sides_of_a_thin_sheet_keep_their_own_paint(letter: Sculpt) -> None:
    """Two coincident sides, a hair apart: the side that faces the asker answers."""
    square = np.float32([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    points = np.concatenate((square, square - np.float32((0, 0, 1e-4))))
    faces = np.int32([[0, 1, 2], [0, 2, 3], [4, 6, 5], [4, 7, 6]])
    red, blue = (
        replace(letter.painted.paints[1], factors={"albedo": c})  # type: ignore[union-attr]
        for c in ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    )
    coat = make_coat(Painted(Mesh(points, faces, slots=np.int32([0, 0, 1, 1])), (red, blue)))
    here = np.float32([[0.3, 0.4, 0.0], [0.3, 0.4, 0.0]])
    layer = look_up(coat, here, np.float32([[0, 0, 1], [0, 0, -1]]), 0.01, 0.02)
    assert layer.maps["albedo"].tolist() == [[1, 0, 0], [0, 0, 1]] and layer.near.all()
