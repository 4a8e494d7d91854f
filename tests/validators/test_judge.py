"""The judge: which files of a folder it looks at, what it does with select, ignore, severities and failures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.validators.factory import clean, profile, with_texture
from validators import judge as module
from validators.finding import Finding, Where
from validators.judge import judge, judge_scene, unknown_choices
from validators.rules.base import Rule
from validators.scene import Scene


@pytest.fixture
def delivery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Scenes by path; `read` answers each file with its scene, or raises what stands there."""
    scenes: dict[str, object] = {}

    def read(path: Path, root: Path | None = None) -> Scene:
        found = scenes[path.relative_to(tmp_path).as_posix()]
        if isinstance(found, Exception):
            raise found
        return found  # type: ignore[return-value]

    monkeypatch.setattr("validators.read.read", read)
    return scenes


def lay(root: Path, scenes: dict[str, object]) -> Path:
    for name in scenes:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def image(name: str, **changes: object) -> Scene:
    base = with_texture(clean("unity"), 0, name=name, uri=name, **changes)
    return Scene(name, "image", textures=base.textures[:1], nbytes=10)


def test_a_folder_is_walked_in_order_and_bound_images_are_judged_once(
    tmp_path: Path, delivery: dict[str, object]
) -> None:
    big = with_texture(clean("unity"), 0, uri="tex/a.png", name="a.png", width=100, height=100)
    delivery |= {
        "Crate.fbx": big,
        "tex/a.png": image("a.png", width=100),
        "tex/b.png": image("b.png", width=100),
        ".hidden.png": image("h.png", width=100),
        ".cache/c.png": image("c.png", width=100),
        "notes.txt": None,
    }
    verdict = judge(lay(tmp_path, delivery), profile("unity"))
    assert verdict.files == ("Crate.fbx", "tex/a.png", "tex/b.png")
    assert [(f.where.file, f.code) for f in verdict.findings] == [("Crate.fbx", "tex.pot"), ("tex/b.png", "tex.pot")]
    assert verdict.counts == {"error": 2, "warning": 0, "info": 0} and not verdict.passed and not verdict.truncated
    assert (verdict.subject, verdict.profile, verdict.tier) == (tmp_path.name, "unity", "prop")


def test_one_file_and_the_tier(tmp_path: Path, delivery: dict[str, object]) -> None:
    delivery["Crate.glb"] = clean("portable")
    file = lay(tmp_path, delivery) / "Crate.glb"
    assert judge(file, profile("portable")).passed
    textures = judge(file, profile("portable"), tier="background")
    assert {f.code for f in textures.findings} == set() and textures.files == ("Crate.glb",)
    tight = profile("portable")
    tight = replace(tight, budget=replace(tight.budget, background=replace(tight.budget.background, triangles=100)))
    assert [f.code for f in judge(file, tight, tier="background").findings] == ["geo.budget"]
    assert judge(file, tight, tier="prop").passed
    with pytest.raises(ValueError, match='did you mean "prop"'):
        judge(file, tight, tier="prp")


def test_an_empty_folder_never_passes(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("nothing")
    verdict = judge(tmp_path, profile("unity"))
    assert not verdict.passed and [f.code for f in verdict.findings] == ["file.none"]


def test_links_are_not_followed(tmp_path: Path, delivery: dict[str, object]) -> None:
    outside = tmp_path / "outside"
    lay(tmp_path, {"outside/x.png": None, "in/keep.txt": None})
    (tmp_path / "in" / "x.png").symlink_to(outside / "x.png")
    (tmp_path / "in" / "folder").symlink_to(outside, target_is_directory=True)
    assert judge(tmp_path / "in", profile("unity")).files == ()


def test_select_and_ignore(tmp_path: Path, delivery: dict[str, object]) -> None:
    scene = with_texture(clean("unity"), 0, width=100, height=100, uri="../x.png")
    broken = Finding("file.malformed", "error", "A part is broken.")
    delivery["Crate.fbx"] = replace(scene, findings=(broken,))
    file = lay(tmp_path, delivery) / "Crate.fbx"

    def codes(**choice: tuple[str, ...]) -> list[str]:
        return [f.code for f in judge(file, profile("unity"), **choice).findings]

    assert codes() == ["file.malformed", "tex.absolute_path", "tex.pot"]
    assert codes(select=("tex.pot",)) == ["file.malformed", "tex.pot"]
    assert codes(select=("geo",)) == ["file.malformed"]
    assert codes(ignore=("tex",)) == ["file.malformed"]
    assert codes(ignore=("tex.pot", "file.")) == ["tex.absolute_path"]
    assert codes(select=("te",)) == ["file.malformed"]  # a family, not a beginning of letters


def test_unknown_choices_are_told() -> None:
    assert unknown_choices(["tex", "geo.", "uv.range", "file.malformed", "rule.failed"]) == []
    assert unknown_choices(["tex.pto"]) == ['there is no rule "tex.pto"; did you mean "tex.pot"?']


def test_readers_findings_take_the_profiles_severity(tmp_path: Path) -> None:
    scene = replace(clean("unity"), findings=(Finding("file.suffix", "error", "Wrong suffix."),))
    assert [(f.code, f.severity, f.profile, f.where.file) for f in judge_scene(scene, profile("unity"))] == [
        ("file.suffix", "error", "unity", "Crate.fbx")
    ]
    said = profile("unity")
    for severity, left in (("info", ["info"]), ("off", [])):
        changed = profile("unity", rules={**said.rules, "file.suffix": severity})
        assert [f.severity for f in judge_scene(scene, changed)] == left


def test_a_missing_texture_is_told_once() -> None:
    scene = with_texture(clean("unity"), 0, missing=True, format="", uri="tex/gone.png")
    part = Finding("file.missing_part", "error", '"tex/gone.png" is not there.', where=Where(pointer="/Texture/0"))
    buffer = Finding("file.missing_part", "error", '"model.bin" is not there.')
    found = judge_scene(replace(scene, findings=(part, buffer)), profile("unity"))
    assert [f.code for f in found] == ["file.missing_part", "tex.missing"] and "model.bin" in found[0].message
    unselected = judge_scene(replace(scene, findings=(part,)), profile("unity"), select=("geo",))
    assert [f.code for f in unselected] == ["file.missing_part"]


def test_what_cannot_be_read_is_a_finding_and_nothing_is_made_up_about_it(
    tmp_path: Path, delivery: dict[str, object]
) -> None:
    lost = Scene("a.fbx", "fbx", findings=(Finding("file.malformed", "error", "Not an FBX."),))
    delivery |= {"a.fbx": lost, "b.fbx": RuntimeError("boom"), "c.fbx": clean("unity")}
    verdict = judge(lay(tmp_path, delivery), profile("unity"))
    assert [(f.where.file, f.code) for f in verdict.findings] == [
        ("a.fbx", "file.malformed"),
        ("b.fbx", "file.unreadable"),
    ]


def test_a_rule_that_fails_is_named_and_the_others_still_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(case: object) -> object:
        raise ZeroDivisionError("by zero")
        yield

    rules = (Rule("geo.bang", "warning", explode, "-"), *module.RULES)  # type: ignore[arg-type]
    monkeypatch.setattr(module, "RULES", rules)
    found = judge_scene(with_texture(clean("unity"), 0, width=100, height=100), profile("unity"))
    assert [(f.code, f.severity) for f in found] == [("rule.failed", "error"), ("tex.pot", "error")]
    assert "geo.bang" in found[0].message and "by zero" in found[0].fix


def test_a_misspelt_rule_in_a_profile_is_told(tmp_path: Path, delivery: dict[str, object]) -> None:
    delivery["Crate.glb"] = clean("portable")
    said = profile("portable", rules={"geo.watertigth": "error", "file.malformed": "warning"})
    verdict = judge(lay(tmp_path, delivery), said)
    assert [(f.code, f.measured) for f in verdict.findings] == [("rule.unknown", "geo.watertigth")]
    assert 'did you mean "geo.watertight"' in verdict.findings[0].fix


@pytest.mark.parametrize("engine", ["unity", "unreal", "roblox", "portable"])
def test_built_in_profiles_name_rules_that_exist(engine: str) -> None:
    assert set(profile(engine).rules) <= {rule.code for rule in module.RULES}


def test_a_verdict_is_bounded_and_stable(
    tmp_path: Path, delivery: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery |= {f"{i}.png": image(f"{i}.png", width=100) for i in range(30)}
    lay(tmp_path, delivery)
    once, twice = judge(tmp_path, profile("unity")), judge(tmp_path, profile("unity"))
    assert once.findings == twice.findings and len(once.findings) > 30
    monkeypatch.setattr(module, "MOST_FINDINGS", 10)
    cut = judge(tmp_path, profile("unity"))
    assert len(cut.findings) == 10 and cut.truncated
    delivery["z.png"] = image("z.png", missing=True)
    (tmp_path / "z.png").write_bytes(b"x")
    soft = profile("unity", rules={"tex.pot": "info", "name.allowed": "info"})
    assert not judge(tmp_path, soft).passed  # the one error is in the last file
    monkeypatch.setattr(module, "MOST_FILES", 5)
    short = judge(tmp_path, soft)
    assert short.truncated and "file.too_many" in {f.code for f in short.findings}


def test_real_images_in_a_folder(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(np.zeros((64, 100, 3), np.uint8)).save(tmp_path / "T_Crate_D.png")
    (tmp_path / "T_Crate_N.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    found = {(f.where.file, f.code) for f in judge(tmp_path, profile("unreal")).findings}
    assert ("T_Crate_D.png", "tex.pot") in found
    assert any(file == "T_Crate_N.png" and code in ("file.malformed", "tex.missing") for file, code in found)
