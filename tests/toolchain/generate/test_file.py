"""A dropped model as its own generator: its place, its size, and the whole way to what is delivered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine_profiles.load import load
from tests.toolchain.intake.model_files import letter_glb, letter_obj, letter_ply
from tests.toolchain.intake.test_models import dropped
from toolchain import pipeline
from toolchain.asset import Concept, Dropped, Painted, Reference, Sculpt
from toolchain.codec import decode, encode
from toolchain.generate import file, stage
from toolchain.recipe import Recipe, read_recipe, settle_generator
from toolchain.stage import Made, StageError, quiet
from toolchain.store import Store


def made(model: Dropped | None, **params: object) -> Made:
    asked = {"generator": "file", "size_m": 0.0, "size_source": "file"} | params
    return stage.run(file.Params(**asked), quiet, intake=Reference((), model), state=Path("unused"))  # type: ignore[arg-type]


def settled(sidecar: Path | None = None) -> Recipe:
    concept = Concept("letter", "letter", {}, sidecar=sidecar, model=Path("letter.glb"))
    return settle_generator(read_recipe(concept, ("unity",)), concept, ())


def test_a_model_keeps_its_own_size_and_stands_on_the_ground() -> None:
    moved = dropped(letter_glb(translation=[3.0, 4.0, 5.0], scale=[0.5, 0.5, 0.5]).bytes(), ".glb")
    out = made(moved)
    assert out.measures["size_m"] == pytest.approx([0.3, 0.5, 0.1], abs=1e-5)
    assert out.measures["size_source"] == out.value.size_source == "file"
    assert out.value.mesh.positions.min(axis=0) == pytest.approx([-0.15, 0.0, -0.05], abs=1e-5)
    painted = out.value.painted.mesh.positions
    assert painted.min(axis=0) == pytest.approx(out.value.mesh.positions.min(axis=0), abs=1e-6)
    assert painted.max(axis=0) == pytest.approx(out.value.mesh.positions.max(axis=0), abs=1e-6)
    assert out.measures["evidence"]["seen"] == 1.0 and not out.findings


def test_the_sidecars_size_is_over_the_files(tmp_path: Path) -> None:
    recipe = settled()
    assert (recipe.generator, recipe.size_m, recipe.size_source) == ("file", 0.0, "file")
    sidecar = tmp_path / "letter.toml"
    sidecar.write_text("height_m = 2.0\n")
    recipe = settled(sidecar)
    assert (recipe.generator, recipe.size_m, recipe.size_source) == ("file", 2.0, "sidecar")
    params = stage.params(recipe, None)
    out = stage.run(params, quiet, intake=Reference((), dropped(letter_glb().bytes(), ".glb")), state=tmp_path)
    assert out.measures["size_m"] == pytest.approx([1.2, 2.0, 0.4], abs=1e-5)
    assert out.value.size_source == "sidecar"
    assert out.value.painted.mesh.size == pytest.approx([1.2, 2.0, 0.4], abs=1e-5)
    assert made(dropped(letter_glb().bytes(), ".glb"), size_m=3.0).value.size_source == "sidecar"  # by [stage.generate]


def test_a_file_without_a_unit_is_a_metre_long_and_says_so() -> None:
    text, beside = letter_obj()
    model = dropped(text, ".obj", beside)
    out = made(model)
    assert out.measures["size_m"] == pytest.approx([0.6, 1.0, 0.2], abs=1e-5)
    assert out.value.size_source == "default" and [f.code for f in out.findings] == ["generate.size"]
    stated = made(model, unit_m=0.01)
    assert stated.measures["size_m"] == pytest.approx([0.006, 0.01, 0.002], abs=1e-6)
    assert stated.value.size_source == "file" and not stated.findings


def test_an_unbelievable_size_is_not_taken() -> None:
    out = made(dropped(letter_glb(scale=[1e5, 1e5, 1e5]).bytes(), ".glb"))
    assert out.value.mesh.size.max() == pytest.approx(1.0)
    assert [(f.code, f.severity) for f in out.findings] == [("generate.size", "warning")]
    assert "100000 m" in out.findings[0].message


def test_an_upright_axis_can_be_stated() -> None:
    """An F modelled with +Z up and -Y in front, as Blender has it, in a format that has no word for it."""
    model = dropped(letter_ply(), ".ply")
    x, y, z = model.painted.mesh.positions.T
    lying = replace(model.painted.mesh, positions=np.stack((x, -z, y), axis=1))
    lying_model = replace(model, painted=replace(model.painted, mesh=lying))
    assert made(lying_model, up="+Z").value.mesh.positions == pytest.approx(made(model).value.mesh.positions, abs=1e-6)
    with pytest.raises(ValueError, match="one axis"):
        file.Params(up="+Z", front="-Z")


def test_every_pair_of_axes_is_a_rotation() -> None:
    from toolchain.generate.canonical import AXES, sculpt_of

    model = dropped(letter_glb().bytes(), ".glb")
    corners = model.painted.mesh
    for up in AXES:
        for front in AXES:
            if up[1] == front[1]:
                continue
            out = sculpt_of(replace(model, up=up, front=front), generator="file", rung="glb", reason="").mesh
            p = out.positions[out.faces].astype(np.float64)
            assert np.einsum("ij,ij->i", p[:, 0], np.cross(p[:, 1], p[:, 2])).sum() / 6 == pytest.approx(
                0.064, rel=1e-4
            )
    assert len(corners.faces) == 48


def test_no_model_is_a_sentence() -> None:
    with pytest.raises(StageError, match="needs a model"):
        made(None)


def test_pictures_beside_a_model_are_told_of() -> None:
    from toolchain.asset import View

    view = View("front", np.zeros((4, 4, 4), np.uint8), "given", "front.png")
    model = dropped(letter_glb().bytes(), ".glb")
    sculpt = file.generate(Reference((view,), model), file.Params(), quiet)
    assert sculpt.reason.endswith("The pictures beside it are for slots and the report.")
    assert len(sculpt.mesh.faces) == 48


def test_it_can_be_stored() -> None:
    out = made(dropped(letter_glb().bytes(), ".glb"))
    parts: list = []
    back = decode(encode(out, parts), parts).value
    assert isinstance(back, Sculpt) and isinstance(back.painted, Painted)
    assert back.painted.paints[0].maps.keys() == {"albedo", "ao", "metallic", "normal", "roughness"}


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, dict[str, bytes], pipeline.Built]:
    """The letter dropped as GLB, built for the portable profile: (what generate made, delivered files, the run)."""
    folder = tmp_path_factory.mktemp("drop")
    (folder / "letter.glb").write_bytes(letter_glb(scale=[2.0, 2.0, 2.0]).bytes())
    concept = Concept("letter", "letter", {}, model=folder / "letter.glb")
    profiles = {"portable": load("portable")}
    recipe = settle_generator(
        read_recipe(concept, ("portable",), {"bake": {"size_px": 512}}), concept, profiles.values()
    )
    store = Store(folder / "store")
    store.root.mkdir()
    built = pipeline.run(pipeline.plan(concept, recipe, profiles, "check"), store, lambda *_: None)
    files = {f.path: f.data for f in built.made["export/portable"].value.files}
    return built.made["generate"], files, built


def test_a_dropped_model_is_delivered_as_it_looked(delivered: tuple) -> None:
    """Colour, roughness, metal and shading at points of the surface: the delivered GLB against the source."""
    from toolchain.bake.painted import look_up, make_coat

    generate, files, _ = delivered
    glb = dropped(files["letter.glb"], ".glb")
    back = stage.stand(file.generate(Reference((), glb), file.Params(), quiet), file.Params(size_m=0.0))
    assert back.mesh.size == pytest.approx([1.2, 2.0, 0.4], abs=1e-3)
    source, target = make_coat(generate.value.painted), make_coat(back.painted)
    mesh = generate.value.painted.mesh
    p = mesh.positions[mesh.faces].astype(np.float64)
    flat = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    area = np.linalg.norm(flat, axis=1)
    rng = np.random.default_rng(0)
    face = rng.choice(len(p), 3000, p=area / area.sum())
    bary = 0.9 * rng.dirichlet((1, 1, 1), len(face)) + 0.1 / 3  # away from the edges, where paddings meet
    points = np.einsum("nk,nkd->nd", bary, p[face]).astype(np.float32)
    facing = (flat / area[:, None])[face].astype(np.float32)
    ours, theirs = (look_up(coat, points, facing, 1e-9, 0.02) for coat in (target, source))
    assert ours.near.all() and theirs.near.all()
    for name, bound in (("albedo", 0.02), ("roughness", 0.02), ("metallic", 0.03)):
        off = np.abs(ours.maps[name] - theirs.maps[name])
        assert off.mean() < bound / 3 and np.quantile(off, 0.98) < bound, name
    turn = np.degrees(np.arccos(np.clip(np.einsum("ij,ij->i", ours.normal, theirs.normal), -1, 1)))
    assert turn.mean() < 1.0 and np.quantile(turn, 0.98) < 4.0


def test_its_materials_are_its_slots(delivered: tuple) -> None:
    _, _, built = delivered
    slots = built.made["slots"]
    assert [s.name for s in slots.value.slots] == ["Red_paint", "Steel"]
    assert slots.measures["source"] == "material"
    assert not [f for f in built.made["check/portable"].findings if f.severity == "error"]
