"""The whole job on our own pictures: deliveries as strangers read them, and that doing it twice costs nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from engine_profiles import load
from tests.letter_f import letter_f
from tests.oracles import blender, strangers
from toolchain.demo import CONCEPTS
from toolchain.report import render
from toolchain.report.render import Camera
from watch.build import Report, Request, build

ENGINES = ("unity", "unreal", "roblox", "portable")
#: Smaller than the defaults, so that the suite stays quick; every stage and every check runs all the same.
QUICK = {"generate": {"resolution": 80}, "bake": {"size_px": 128, "ao_rays": 4}}


def run(paths: list[Path], out: Path, engines: tuple[str, ...] = ENGINES, **more) -> Report:
    request = Request(tuple(paths), out, engines, more.pop("settings", QUICK), **more)
    return build(request, lambda *_: None, lambda _: None)


def digest(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


@pytest.fixture(scope="session")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A letter F drawn from the front and from its left, built for every engine. The F's arms point to its left, +X."""
    from PIL import Image

    root = tmp_path_factory.mktemp("spine")
    inbox = root / "in"
    inbox.mkdir()
    mesh = letter_f()
    for view, yaw in (("front", 0), ("left", 90)):
        hits = render.cast(mesh, Camera(yaw, 0, 0), 256)
        places = render.interpolate(mesh.positions, mesh.faces, hits)
        colours = np.where(places[:, 1:2] > 0.8, [[0.8, 0.02, 0.02]], [[0.02, 0.2, 0.8]])  # a red top arm
        Image.fromarray(render.picture(hits, colours, 256)).save(inbox / f"letter_{view}.png")
    sidecar = 'name = "Lettre É_LOD0"\nheight_m = 2.0\n[slots.paint]\nroughness = 0.9\n'
    (inbox / "letter.toml").write_text(sidecar, encoding="utf-8")
    report = run([inbox], root / "out")
    assert [o.status for o in report.outcomes] == ["passed"], report.outcomes
    return root / "out"


def delivered(out: Path, pattern: str) -> Path:
    found = list((out / "letter").glob(pattern))
    assert len(found) == 1, pattern
    return found[0]


def assert_letter(
    points: np.ndarray, left: int, up: int, front: int, sign: tuple[int, int, int], unit_m: float
) -> None:
    """Upright, two metres tall, its arms to its left, as deep as drawn. Axes are columns, signs theirs."""
    place = np.stack([points[:, a] * s for a, s in zip((left, up, front), sign, strict=True)], axis=1) * unit_m
    low, high = place.min(axis=0), place.max(axis=0)
    assert high[1] - low[1] == pytest.approx(2.0, rel=0.002)
    assert low[1] == pytest.approx(0.0, abs=0.01)
    assert (high - low)[[0, 2]] == pytest.approx([1.2, 0.4], rel=0.05)
    assert (low + high)[[0, 2]] / 2 == pytest.approx([0, 0], abs=0.02)
    top = place[(place[:, 1] > 1.65)]
    foot = place[(place[:, 1] < 0.6)]
    assert top[:, 0].max() > 0.55
    assert foot[:, 0].max() < 0.0


def test_unity_fbx_as_ufbx_reads_it(letters: Path) -> None:
    read = strangers.by_ufbx(delivered(letters, "unity/*.fbx"))
    assert read["unit_m"] == pytest.approx(1.0)
    assert read["up"] == "POSITIVE_Y"
    names = sorted(read["meshes"])
    assert names == [f"letter_LOD{i}" for i in range(4)]
    for name in names:
        assert_letter(read["meshes"][name]["points"], 0, 1, 2, (1, 1, 1), 1.0)
    counts = [len(read["meshes"][n]["sizes"]) for n in names]
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) == 4
    assert len(read["lod_groups"]) == 1


def test_unreal_fbx_as_ufbx_and_assimp_read_it(letters: Path) -> None:
    path = delivered(letters, "unreal/*.fbx")
    read = strangers.by_ufbx(path)
    assert read["unit_m"] == pytest.approx(0.01)
    assert read["up"] == "POSITIVE_Z"
    # front is +X, up +Z, and so left is +Y
    assert_letter(read["meshes"]["SM_letter_LOD0"]["points"], 1, 2, 0, (1, 1, 1), 0.01)
    hulls = [n for n in read["meshes"] if n.startswith("UCX_SM_letter_LOD0_")]
    assert hulls
    other = strangers.by_assimp(path)
    parts = [m["points"] for m in other["meshes"] if m["name"] == "SM_letter_LOD0"]
    assert_letter(np.concatenate(parts), 1, 2, 0, (1, 1, 1), 0.01)


@pytest.mark.parametrize(
    ("pattern", "left", "front", "unit_m"), [("roblox/*.glb", -1, -1, 0.28), ("portable/*.glb", 1, 1, 1.0)]
)
def test_glb_as_assimp_reads_it(letters: Path, pattern: str, left: int, front: int, unit_m: float) -> None:
    read = strangers.by_assimp(delivered(letters, pattern))
    assert_letter(np.concatenate([m["points"] for m in read["meshes"]]), 0, 1, 2, (left, 1, front), unit_m)


@pytest.mark.parametrize("engine", ["unreal", "portable"])
def test_usdz_as_pxr_reads_it(letters: Path, engine: str) -> None:
    from pxr import Usd, UsdGeom, UsdValidation

    stage = Usd.Stage.Open(str(delivered(letters, f"{engine}/*.usdz")))
    assert UsdGeom.GetStageUpAxis(stage) == "Y"
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    meshes = [UsdGeom.Mesh(p) for p in stage.Traverse() if p.IsA(UsdGeom.Mesh)]
    points = np.concatenate(
        [np.asarray(m.GetPointsAttr().Get()) for m in meshes if m.ComputePurpose() in ("default", "render")]
    )
    assert_letter(points, 0, 1, 2, (1, 1, 1), 1.0)
    context = UsdValidation.ValidationContext(UsdValidation.ValidationRegistry().GetOrLoadAllValidators())
    assert [e.GetMessage() for e in context.Validate(stage)] == []


@pytest.mark.skipif(blender.why_not() is not None, reason=blender.why_not() or "")
@pytest.mark.parametrize(
    ("pattern", "columns", "signs"),
    [
        # Blender stands a Y-up file up: (x, y, z) -> (x, -z, y); the Unreal file is Z-up already, front +X.
        ("unity/*.fbx", (0, 2, 1), (1, 1, -1)),
        ("unreal/*.fbx", (1, 2, 0), (1, 1, 1)),
        ("portable/*.glb", (0, 2, 1), (1, 1, -1)),
        ("portable/*.usdz", (0, 2, 1), (1, 1, -1)),
    ],
)
def test_blender_imports_every_format_at_its_true_size(
    letters: Path, pattern: str, columns: tuple, signs: tuple
) -> None:
    read = blender.read(delivered(letters, pattern))
    lod0 = [
        o
        for n, o in read["objects"].items()
        if o["type"] == "MESH" and not n.startswith("UCX") and not re.search("LOD[1-9]", n)
    ]
    assert lod0
    assert_letter(np.concatenate([np.array(o["points"]) for o in lod0]), *columns, signs, 1.0)
    for item in lod0:
        assert item["materials"]
        layer = next(iter(item["uv"].values()))
        assert min(layer["low"]) >= 0 and max(layer["high"]) <= 1
    images = [m["images"] for m in read["materials"].values() if m["images"]]
    assert images and all("Base Color" in i and "Normal" in i for i in images)
    assert all(i["size"][0] == 128 for i in read["images"].values() if i["size"][0])


def test_khronos_validator_finds_no_error(letters: Path, tmp_path: Path) -> None:
    modules = os.environ.get("DROPFORGE_NODE_MODULES", "")
    if not modules or shutil.which("node") is None:
        pytest.skip("DROPFORGE_NODE_MODULES does not name a folder with gltf-validator, or there is no node")
    for engine in ("roblox", "portable"):
        script = (
            f"const v=require({json.dumps(modules + '/gltf-validator')});const fs=require('fs');"
            "v.validateBytes(new Uint8Array(fs.readFileSync(process.argv[1])))"
            ".then(r=>console.log(JSON.stringify(r.issues)))"
        )
        done = subprocess.run(
            ["node", "-e", script, str(delivered(letters, f"{engine}/*.glb"))],
            capture_output=True,
            text=True,
            check=True,
        )
        issues = json.loads(done.stdout)
        assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]


def test_colour_lands_where_it_was_painted(letters: Path) -> None:
    """The sculpt's red is at the top, its blue below, in front as behind."""
    from toolchain.store import Store

    key = next(s["key"] for s in manifest(letters)["stages"] if s["stage"] == "repair")
    sculpt = Store(letters / ".dropforge" / "store").load(key).value
    heights = sculpt.mesh.positions[:, 1]
    assert sculpt.colour[heights > 1.75, 0].mean() > 0.6
    assert sculpt.colour[heights < 1.4, 2].mean() > 0.6
    assert (sculpt.evidence == 0).mean() > 0.3


def manifest(out: Path) -> dict:
    return json.loads((out / "letter" / "asset.json").read_text(encoding="utf-8"))


def test_the_manifest_accounts_for_every_file(letters: Path) -> None:
    found, place = manifest(letters), letters / "letter"
    on_disk = {p: (place / p).stat().st_size for p in digest(place) if p != "asset.json"}
    assert found["files"] == on_disk
    for engine in ENGINES:
        assert found["engines"][engine]["status"] == "passed"
        for path, entry in found["engines"][engine]["files"].items():
            assert entry["sha256"] == hashlib.sha256((place / engine / path).read_bytes()).hexdigest()
    assert found["name"] == "Lettre É_LOD0"
    assert found["size"] == {"asked_m": 2.0, "axis": "height", "source": "sidecar"}
    assert [s["stage"] for s in found["stages"]][-1] == "report"


def test_budgets_are_bounds(letters: Path) -> None:
    for record in manifest(letters)["stages"]:
        stage, _, engine = record["stage"].partition("/")
        if stage == "lods":
            levels = record["measures"]["levels"]
            assert levels[0]["triangles"] <= load(engine).budget.prop.triangles
            assert all(level["triangles"] <= level["asked"] for level in levels)


def test_no_output_holds_a_path_of_this_machine(letters: Path) -> None:
    needles = [os.fsencode(str(p)) for p in (letters, Path.home(), Path(__file__).parent.parent) if len(str(p)) > 5]
    for path in (letters / "letter").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(n in data for n in needles), path.name


def test_a_second_run_does_nothing_in_under_a_second(letters: Path) -> None:
    before = digest(letters / "letter")
    inbox = letters.parent / "in"
    start = time.perf_counter()
    report = run([inbox], letters)
    assert time.perf_counter() - start < 1.0
    assert report.outcomes[0].ran == ()
    assert digest(letters / "letter") == before


def test_a_deleted_output_comes_back_without_work(letters: Path) -> None:
    before = digest(letters / "letter")
    shutil.rmtree(letters / "letter" / "unity")
    assert run([letters.parent / "in"], letters).outcomes[0].ran == ()
    assert digest(letters / "letter") == before


def test_a_look_alone_runs_packing_and_after(letters: Path, tmp_path: Path) -> None:
    shutil.copytree(letters.parent, tmp_path / "copy")
    sidecar = tmp_path / "copy/in/letter.toml"
    sidecar.write_text(sidecar.read_text(encoding="utf-8").replace("0.9", "0.2"), encoding="utf-8")
    ran = {label.partition("/")[0] for label in run([tmp_path / "copy/in"], tmp_path / "copy/out").outcomes[0].ran}
    assert ran == {"pack", "export", "check", "report"}


def test_the_same_bytes_on_another_run(letters: Path, tmp_path: Path) -> None:
    run([letters.parent / "in"], tmp_path)
    assert digest(tmp_path / "letter") == digest(letters / "letter")


def test_until_generate_leaves_a_sculpt(tmp_path: Path) -> None:
    report = run([CONCEPTS / "lantern.png"], tmp_path, until="generate")
    assert report.outcomes[0].status == "partial"
    assert set(digest(tmp_path / "lantern")) == {"asset.json", "sculpt.glb"}
    read = strangers.by_assimp(tmp_path / "lantern" / "sculpt.glb")
    points = read["meshes"][0]["points"]
    assert np.ptp(points[:, 1]) == pytest.approx(0.36, rel=0.01)
    assert points[:, 1].min() == pytest.approx(0, abs=1e-3)
    assert run([CONCEPTS / "lantern.png"], tmp_path, until="generate").outcomes[0].ran == ()


def test_the_page_shows_what_there_is(letters: Path) -> None:
    html = (letters / "letter" / "report.html").read_text(encoding="utf-8")
    for name in re.findall(r'src="([^"]+)"', html):
        assert (letters / "letter" / name).is_file()
    assert "Lettre É_LOD0" in html
    assert html.count("<h2>") == 8
