"""A studio's own profile, made as the README says: its budgets, names, packing, sizes, levels, collision and normals
are obeyed in what is delivered, and the validator catches each of them broken.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine_profiles import load, template
from engine_profiles.schema import Names, Textures
from tests.oracles import strangers
from validators.judge import judge
from watch.build import Request, build

#: What the director writes below the lines of `dropforge profile new studio --extends unreal`; the README's example.
CHANGES = """
[names]
object = "ST_{asset}"
mesh = "ST_{asset}_LOD{lod}"
material = "MI_{asset}_{slot}"
texture = "TX_{asset}_{slot}_{suffix}"
reserved_prefixes = ["SM_"]

[lod]
ratios = [0.5]
screen = [0.4, 0.05]

[textures]
normal = "opengl"
folder = "Maps"
max_px = 512
warn_px = 512

[collision]
style = "none"

[[deliverable]]
format = "fbx"
file = "ST_{asset}.fbx"
up = "+Z"
front = "+X"
unit_m = 0.01
lods = "group"
collision = false

[[map]]
suffix = "BC"
pack = "RGB=albedo"
role = "base_color"
color_space = "srgb"
[[map]]
suffix = "NRM"
pack = "RGB=normal"
role = "normal"
[[map]]
suffix = "MRA"
pack = "R=metallic G=roughness B=ao"
role = "mask"
"""
#: The prop is built as a background one, which is quick.
TIER = "background"
SIDECAR = f'tier = "{TIER}"\n[slots.main]\nroughness = 0.7\nmetallic = 0.0\n'
BUDGET = """\
[budget.prop]
triangles = 4000
texture_px = 512
[budget.hero]
texture_px = 512
[budget.background]
triangles = 600
texture_px = 256
slots = 1

"""
QUICK = {"generate": {"resolution": 80}, "bake": {"ao_rays": 4}}


@pytest.fixture(scope="module")
def studio(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An evaluation prop built by the studio's profile and by the one it extends, and the profile beside it."""
    root = tmp_path_factory.mktemp("studio")
    text = template("studio", "unreal")
    assert text.count("[budget.prop]\ntriangles = 4000\n") == 1
    text = text.replace("[budget.prop]\ntriangles = 4000\n", BUDGET).replace("[rules]\n", CHANGES + "[rules]\n")
    (root / "studio.toml").write_text(text, encoding="utf-8")
    views = tuple(shared / "eval" / "boombox" / f"{view}.png" for view in ("front", "left", "back"))
    (root / "boombox").mkdir()
    for view in views:
        (root / "boombox" / view.name).write_bytes(view.read_bytes())
    (root / "boombox" / "boombox.toml").write_text(SIDECAR, encoding="utf-8")
    profile = str(root / "studio.toml")
    report = build(
        Request((root / "boombox",), root / "out", ("unreal", profile), QUICK), lambda *_: None, lambda _: None
    )
    assert [o.status for o in report.outcomes] == ["passed"], report.outcomes
    return root


@pytest.fixture
def copied(studio: Path, tmp_path: Path) -> Path:
    """The delivery, to be broken."""
    import shutil

    return Path(shutil.copytree(studio / "out/boombox/studio", tmp_path / "studio"))


def codes(folder: Path, studio: Path, severities: tuple[str, ...] = ("error",), **changes: object) -> set[str]:
    profile = replace(load(str(studio / "studio.toml")), **changes)  # type: ignore[arg-type]
    return {f.code for f in judge(folder, profile, tier=TIER).findings if f.severity in severities}


@pytest.mark.shared
def test_every_change_is_obeyed(studio: Path) -> None:
    place = studio / "out/boombox/studio"
    maps = [f"Maps/TX_boombox_main_{suffix}.png" for suffix in ("BC", "MRA", "NRM")]
    found = sorted(p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file())
    assert found == [*maps, "ST_boombox.fbx", "import_boombox.py"]
    read = strangers.by_ufbx(place / "ST_boombox.fbx")
    assert read["roots"] == ["ST_boombox"] and sorted(read["meshes"]) == ["ST_boombox_LOD0", "ST_boombox_LOD1"]
    first, second = (int((read["meshes"][f"ST_boombox_LOD{i}"]["sizes"] - 2).sum()) for i in (0, 1))
    assert first <= 600 and 0.4 * first <= second <= 0.5 * first
    assert list(read["materials"]) == ["MI_boombox_main"]
    bound = read["materials"]["MI_boombox_main"]["textures"].values()
    assert {t["relative"].replace("\\", "/") for t in bound} <= set(maps)
    assert len(read["lod_groups"][0]["levels"]) == 2
    for path in maps:
        with Image.open(place / path) as image:
            assert image.size == (256, 256)
    mask = np.asarray(Image.open(place / "Maps/TX_boombox_main_MRA.png").convert("RGB"))
    assert (mask[..., 0] == 0).all() and (abs(mask[..., 1] - 0.7 * 255) <= 1).all(), "as the sidecar says"
    assert mask[..., 2].std() > 10, "the occlusion is of the shape, not one value"
    script = (place / "import_boombox.py").read_text(encoding="utf-8")
    wired = dict(re.findall(r"\('([RGB])',\s*'(MP_[A-Z_]+)'", script))
    assert wired == {"R": "MP_METALLIC", "G": "MP_ROUGHNESS", "B": "MP_AMBIENT_OCCLUSION"}
    assert "'flip_green': True" in script, "Unreal reads DirectX, the studio keeps OpenGL"


@pytest.mark.shared
def test_the_delivery_is_clean_and_the_stock_one_is_not_the_studios(studio: Path) -> None:
    """The same asset as the stock profile has it breaks each thing that the studio changed, and is told so."""
    out = studio / "out/boombox"
    assert codes(out / "studio", studio, ("error", "warning")) == set()
    wanted = {"geo.budget", "tex.size", "tex.normal_sign", "name.reserved", "name.prefix", "col.leak"}
    assert wanted <= codes(out / "unreal", studio, ("error", "warning"))
    assert "tex.normal_sign" in {f.code for f in judge(out / "studio", load("unreal"), tier=TIER).findings}


def paint(path: Path, change: object) -> None:
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(change(pixels), np.uint8)).save(out, "PNG")  # type: ignore[operator]
    path.write_bytes(out.getvalue())


@pytest.mark.shared
def test_what_is_broken_by_hand_is_caught(studio: Path, copied: Path) -> None:
    maps = copied / "Maps"
    whole = {p: p.read_bytes() for p in copied.rglob("*") if p.is_file()}

    def broken(severities: tuple[str, ...] = ("error",)) -> set[str]:
        found = codes(copied, studio, severities)
        for path in [p for p in copied.rglob("*") if p.is_file() and p not in whole]:
            path.unlink()
        for path, data in whole.items():
            path.write_bytes(data)
        return found

    paint(maps / "TX_boombox_main_NRM.png", lambda p: np.stack((p[..., 0], 255 - p[..., 1], p[..., 2]), axis=2))
    assert "tex.normal_sign" in broken()
    paint(maps / "TX_boombox_main_MRA.png", lambda p: p[..., ::-1])
    assert "tex.packing" in broken(("error", "warning"))
    paint(maps / "TX_boombox_main_BC.png", lambda p: p.repeat(4, axis=0).repeat(4, axis=1))
    assert "tex.size" in broken(("error", "warning"))
    (maps / "TX_boombox_main_BC.png").rename(maps / "T_boombox_BC.png")
    assert "tex.missing" in broken()
    assert broken(("error", "warning")) == set(), "all is as it was"


@pytest.mark.shared
def test_what_a_file_says_against_the_profile_is_caught(studio: Path) -> None:
    """The same delivery, judged by a profile that has moved on: what was obeyed is what is checked."""
    place, profile = studio / "out/boombox/studio", load(str(studio / "studio.toml"))
    small = replace(profile.budget, background=replace(profile.budget.background, triangles=300))
    assert "geo.budget" in codes(place, studio, budget=small)
    small = replace(profile.budget, background=replace(profile.budget.background, texture_px=128))
    assert "tex.size" in codes(place, studio, ("error", "warning"), budget=small)
    renamed: Names = replace(profile.names, reserved_prefixes=("ST_",))
    assert "name.reserved" in codes(place, studio, ("error", "warning"), names=renamed)
    turned: Textures = replace(profile.textures, normal="directx")
    assert "tex.normal_sign" in codes(place, studio, textures=turned)
    alone = tuple(replace(d, lods="none") for d in profile.deliverable)
    assert "lod.forbidden" in codes(place, studio, ("error", "warning"), deliverable=alone)


def test_the_commands_of_the_readme(tmp_path: Path) -> None:
    """`profile new`, `check`, `show` and `schema` are enough to write one: the schema knows each key of it."""
    run = [sys.executable, "-m", "toolchain.cli", "profile"]
    made = subprocess.run([*run, "new", "studio", "--extends", "unreal"], capture_output=True, text=True, check=True)
    (tmp_path / "studio.toml").write_text(made.stdout + CHANGES.replace("512", "8192"), encoding="utf-8")
    subprocess.run([*run, "check", str(tmp_path / "studio.toml")], capture_output=True, check=True)
    schema = subprocess.run([*run, "schema"], capture_output=True, text=True, check=True).stdout
    json.loads(schema)
    for key in re.findall(r"^(\w+) = ", CHANGES, re.MULTILINE):
        assert f'"{key}"' in schema
