"""A studio's own rule: ten lines beside its profile, heard in the verdict, and told in a sentence when it is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine_profiles import Profile, SettingsError, load
from tests.validators.factory import clean
from validators.command import run_rule
from validators.judge import judge_scene, unknown_choices

RULE = """
from validators import Fault, Rule

def faults(case):
    for node, mesh in case.finest():
        if len(mesh.triangles) > 100:
            yield Fault(f"{node.name} has {len(mesh.triangles)} triangles.", where=case.at(node))

RULE = Rule("studio.light", "warning", faults, "Use fewer.")
"""


def studio(folder: Path, text: str = RULE, more: str = "") -> Profile:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "light.py").write_text(text, encoding="utf-8")
    head = 'schema = 1\nname = "studio"\ntitle = "Studio"\nextends = "unity"\n'
    (folder / "studio.toml").write_text(head + 'rule_files = ["rules/light.py"]\n' + more, encoding="utf-8")
    return load(str(folder / "studio.toml"))


def test_it_is_heard_at_its_severity(tmp_path: Path) -> None:
    (found,) = judge_scene(clean("unity"), studio(tmp_path))
    assert (found.code, found.severity, found.message) == ("studio.light", "warning", "Crate_LOD0 has 192 triangles.")
    (graver,) = judge_scene(clean("unity"), studio(tmp_path, more='[rules]\n"studio.light" = "error"\n'))
    assert graver.severity == "error"


def test_a_changed_rule_is_a_changed_profile(tmp_path: Path) -> None:
    assert studio(tmp_path) != studio(tmp_path, RULE.replace("100", "500"))
    assert str(tmp_path) not in repr(studio(tmp_path))


def test_it_can_be_selected_and_explained(tmp_path: Path) -> None:
    said: list[str] = []
    profile = studio(tmp_path)
    assert unknown_choices(["studio.light", "studio"], [profile]) == []
    assert unknown_choices(["studio.light"], []) != []
    assert run_rule("studio.light", [str(tmp_path / "studio.toml")], said.append) == 0
    assert "Use fewer." in said[0] and "studio warning" in said[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = ", "light.py is not valid Python: line 1"),
        ("1 / 0", "light.py failed as it was read: ZeroDivisionError"),
        ("RULE = 3", "light.py holds no RULE"),
        (RULE.replace("studio.light", "geo.finite"), 'calls its rule "geo.finite", which is taken'),
        (RULE.replace("studio.light", "Light!"), "write it as studio.what"),
        (RULE.replace("warning", "fatal"), "use error, warning or info"),
    ],
)
def test_a_broken_rule_is_one_sentence_and_an_error(tmp_path: Path, text: str, says: str) -> None:
    (found,) = judge_scene(clean("unity"), studio(tmp_path, text))
    assert (found.code, found.severity) == ("rule.unusable", "error") and says in found.message


def test_a_rule_that_raises_is_told_and_hides_nothing(tmp_path: Path) -> None:
    (found,) = judge_scene(clean("unity"), studio(tmp_path, RULE.replace("len(mesh.triangles) > 100", "mesh.nothing")))
    assert found.code == "rule.failed" and "studio.light" in found.message


@pytest.mark.parametrize("name", ["../light.py", "light.txt", "absent.py"])
def test_a_file_that_is_no_rule_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "light.txt").write_text("", encoding="utf-8")
    head = 'schema = 1\nname = "studio"\ntitle = "Studio"\nextends = "unity"\n'
    (tmp_path / "studio.toml").write_text(head + f'rule_files = ["{name}"]\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"studio\.toml, line 5: "):
        load(str(tmp_path / "studio.toml"))
