"""Every wrong call is one sentence and exit code 2; the light commands answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from toolchain.cli import main


def call(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    try:
        code = main(list(argv))
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("build", "nowhere.png"), "There is no nowhere.png"),
        (("build", ".", "--profile", "untiy"), 'did you mean "unity"'),
        (("build", ".", "--profile", ","), "names no engine"),
        (("build", ".", "--until", "bakee"), 'did you mean "bake"'),
        (("build", ".", "--from", "x"), 'There is no stage "x"'),
        (("build", ".", "--set", "bake"), "must be STAGE.FIELD=VALUE"),
        (("profile", "check", "none.toml"), 'there is no profile file "none.toml"'),
        (("profile", "show", "unrael"), 'did you mean "unreal"'),
        (("status", "nowhere"), "There is no nowhere"),
        (("watch", "nowhere", "out"), "There is no nowhere"),
        (("why", "nowhere.png"), "There is no nowhere.png"),
        (("validate", "nowhere.glb"), "nowhere.glb"),
        (("bild",), "invalid choice"),
    ],
)
def test_wrong_calls(capsys, tmp_path: Path, monkeypatch, argv: tuple[str, ...], words: str) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = call(capsys, *argv)
    assert code == 2
    assert words in err
    assert "Traceback" not in err


def test_an_empty_folder_is_told(capsys, tmp_path: Path) -> None:
    code, _, err = call(capsys, "build", str(tmp_path), "--out", str(tmp_path / "out"))
    assert code == 2
    assert "No picture found" in err


def test_an_outbox_inside_the_inbox_is_refused(capsys, tmp_path: Path) -> None:
    code, _, err = call(capsys, "watch", str(tmp_path), str(tmp_path / "out"), "--once")
    assert code == 2
    assert "inside the inbox" in err


def test_profiles(capsys, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = call(capsys, "profile", "show")
    assert code == 0
    assert out.split()[0] == "unity"
    code, out, _ = call(capsys, "profile", "new", "mine", "--extends", "unreal")
    (tmp_path / "mine.toml").write_text(out, encoding="utf-8")
    assert call(capsys, "profile", "check", "mine.toml")[0] == 0
    code, out, _ = call(capsys, "profile", "show", "mine.toml")
    assert json.loads(out)["budget"]["prop"]["triangles"] == 4000
    assert json.loads(call(capsys, "profile", "schema")[1])["properties"]["budget"]


def test_bad_settings_are_told_before_anything_is_built(capsys, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (64, 64), "white").save(tmp_path / "a.png")
    (tmp_path / "a.toml").write_text("size_mm = 3\n")
    code, out, _ = call(capsys, "build", str(tmp_path), "--out", str(tmp_path / "out"), "--json")
    outcome = json.loads(out)["assets"]["a"]
    assert code == 1
    assert outcome["status"] == "broken"
    assert outcome["message"] == 'a.toml, line 1: unknown key "size_mm"; did you mean "size_m"?'
    assert not (tmp_path / "out" / "a").exists()


def test_a_broken_picture_is_one_sentence_and_the_rest_goes_on(capsys, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 50)
    code, out, _ = call(capsys, "build", str(tmp_path), "--out", str(tmp_path / "out"), "--json", "--until", "intake")
    outcome = json.loads(out)["assets"]["bad"]
    assert code == 1
    assert (outcome["status"], outcome["fault"]) == ("broken", "input")
    assert "bad.png" in outcome["message"]
    assert "Traceback" not in outcome["message"]
