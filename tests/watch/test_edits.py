"""What artists and engines change in a project outlives our next delivery, and is told; nothing else is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from watch import edits, late
from watch import swap as swapping
from watch.edits import EDITED, NEW, OURS, aside, settle
from watch.place import PRIVATE
from watch.project import stage_project, standing, stands
from watch.publish import publish, recover
from watch.retire import retire

META = "fileFormatVersion: 2\nguid: {}\nv: {}\n"
MINE, THEIRS = "a" * 32, "b" * 32


def delivery(version: str, **more: str) -> dict[str, bytes]:
    files = {
        "crate.fbx": f"mesh {version}",
        "crate.fbx.meta": META.format(MINE, version),
        "M_crate.mat": f"tex: {{guid: {MINE}}} {version}",
        "M_crate.mat.meta": META.format("c" * 32, ""),
    }
    return {k: v.encode() for k, v in (files | more).items()}


def put(root: Path, files: dict[str, bytes], build: str) -> list[str]:
    """Deliver; codes of what was said."""
    staged = stage_project(root, "crate", "unity", files, build)
    publish(staged)
    assert not list((root / PRIVATE / "staging").iterdir())
    return [f["code"] for f in staged.findings]


def text(root: Path, path: str) -> str:
    return (root / "crate" / path).read_text()


@pytest.fixture(params=[True, False], ids=["exchange", "two renames"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(swapping, "_exchange", lambda one, other: False)


def test_what_nobody_touched_is_replaced_without_a_word(tmp_path: Path, either_way: None) -> None:
    assert put(tmp_path, delivery("1"), "b1") == []
    assert put(tmp_path, delivery("2"), "b2") == []
    assert {p: text(tmp_path, p).encode() for p in delivery("2")} == delivery("2")
    assert {p.name for p in (tmp_path / "crate").iterdir()} == {*delivery("2"), OURS}


def test_an_edited_sidecar_stays_and_ours_is_offered(tmp_path: Path, either_way: None) -> None:
    put(tmp_path, delivery("1"), "b1")
    (tmp_path / "crate/M_crate.mat").write_text("tuned by hand")
    assert put(tmp_path, delivery("2"), "b2") == ["publish.kept"]
    assert text(tmp_path, "M_crate.mat") == "tuned by hand"
    assert text(tmp_path, f"{NEW}/M_crate.mat").endswith("2")
    assert text(tmp_path, "crate.fbx") == "mesh 2"
    (told,) = standing(tmp_path, "crate")["findings"]
    assert told["stage"] == "publish" and "M_crate.mat was edited" in told["message"] and NEW in told["fix"]
    assert put(tmp_path, delivery("3"), "b3") == ["publish.kept"]
    assert text(tmp_path, "M_crate.mat") == "tuned by hand" and text(tmp_path, f"{NEW}/M_crate.mat").endswith("3")


def test_an_edit_alone_is_nothing_to_speak_of(tmp_path: Path) -> None:
    """Godot writes its paths into every .import: as long as ours has not changed there is nothing to compare."""
    put(tmp_path, delivery("1"), "b1")
    (tmp_path / "crate/M_crate.mat").write_text("tuned by hand")
    changed = delivery("1", **{"crate.fbx": "mesh 2"})
    assert put(tmp_path, changed, "b2") == []
    assert text(tmp_path, "M_crate.mat") == "tuned by hand" and not (tmp_path / "crate" / NEW).exists()


def test_the_ways_out_of_an_offer(tmp_path: Path) -> None:
    put(tmp_path, delivery("1"), "b1")
    (tmp_path / "crate/M_crate.mat").write_text("tuned by hand")
    put(tmp_path, delivery("2"), "b2")
    assert stands(tmp_path, "crate", "b2")
    (tmp_path / "crate" / NEW / "M_crate.mat").unlink()  # theirs is to stay
    assert not stands(tmp_path, "crate", "b2"), "the record is to be written anew"
    assert put(tmp_path, delivery("2"), "b2") == []
    assert text(tmp_path, "M_crate.mat") == "tuned by hand" and not (tmp_path / "crate" / NEW).exists()
    assert put(tmp_path, delivery("3"), "b3") == ["publish.kept"]
    (tmp_path / "crate/M_crate.mat").write_bytes((tmp_path / "crate" / NEW / "M_crate.mat").read_bytes())
    assert put(tmp_path, delivery("4"), "b4") == []  # taken, and so ours again
    (tmp_path / "crate/M_crate.mat").write_text("tuned again")
    assert put(tmp_path, delivery("5"), "b5") == ["publish.kept"]
    (tmp_path / "crate/M_crate.mat").unlink()  # ours is to come back
    assert not stands(tmp_path, "crate", "b5")
    assert put(tmp_path, delivery("5"), "b5") == []
    assert text(tmp_path, "M_crate.mat").endswith("5") and not (tmp_path / "crate" / NEW).exists()


def test_an_edited_model_is_replaced_and_laid_aside(tmp_path: Path) -> None:
    put(tmp_path, delivery("1"), "b1")
    for edit in ("sculpted", "sculpted again"):
        (tmp_path / "crate/crate.fbx").write_text(edit)
        assert put(tmp_path, delivery("2"), "b2") == ["publish.replaced"]
        assert text(tmp_path, "crate.fbx") == "mesh 2"
    kept = sorted(p.read_text() for p in (tmp_path / "crate" / EDITED).iterdir())
    assert kept == ["sculpted", "sculpted again"]
    assert put(tmp_path, delivery("3"), "b3") == []
    assert len(list((tmp_path / "crate" / EDITED).iterdir())) == 2


def test_a_strangers_file_in_our_place_is_theirs(tmp_path: Path) -> None:
    (tmp_path / "crate").mkdir()
    (tmp_path / "crate/M_crate.mat").write_text("made before us")
    (tmp_path / "crate/crate.fbx").write_text("made before us")
    assert sorted(put(tmp_path, delivery("1"), "b1")) == ["publish.kept", "publish.replaced"]
    assert text(tmp_path, "M_crate.mat") == "made before us"
    assert [p.read_text() for p in (tmp_path / "crate" / EDITED).iterdir()] == ["made before us"]


def test_what_is_no_longer_delivered_stays_if_it_was_edited(tmp_path: Path) -> None:
    extra = {"M_old.mat": "old", "M_old.mat.meta": META.format("d" * 32, ""), "T_old.png": "px", "T_old.png.meta": "m"}
    put(tmp_path, delivery("1", **extra), "b1")
    (tmp_path / "crate/M_old.mat").write_text("tuned by hand")
    (tmp_path / "crate/T_old.png.meta").write_text("max size 512")
    assert sorted(put(tmp_path, delivery("2"), "b2")) == ["publish.left", "publish.replaced"]
    assert text(tmp_path, "M_old.mat") == "tuned by hand"
    assert (tmp_path / "crate/M_old.mat.meta").exists(), "a guid goes with its file"
    assert not (tmp_path / "crate/T_old.png").exists() and not (tmp_path / "crate/T_old.png.meta").exists()
    assert [p.read_text() for p in (tmp_path / "crate" / EDITED).iterdir()] == ["max size 512"]
    assert put(tmp_path, delivery("3"), "b3") == []
    assert text(tmp_path, "M_old.mat") == "tuned by hand"


def test_the_projects_guid_goes_into_all_we_deliver(tmp_path: Path) -> None:
    put(tmp_path, delivery("1"), "b1")
    (tmp_path / "crate/crate.fbx.meta").write_text(META.format(THEIRS, "1"))  # Unity made a new one for a copy
    assert put(tmp_path, delivery("2"), "b2") == ["publish.kept"]
    assert THEIRS in text(tmp_path, "crate.fbx.meta") and MINE not in text(tmp_path, f"{NEW}/crate.fbx.meta")
    assert text(tmp_path, "M_crate.mat") == f"tex: {{guid: {THEIRS}}} 2"


def test_a_list_of_the_older_form_is_read(tmp_path: Path) -> None:
    put(tmp_path, delivery("1"), "b1")
    names = {"schema": 1, "asset": "crate", "engine": "unity", "build": "b1", "files": sorted(delivery("1"))}
    (tmp_path / "crate" / OURS).write_text(json.dumps(names))
    said = put(tmp_path, delivery("2"), "b2")  # of a sidecar nobody knows whether it was edited
    assert set(said) == {"publish.kept"} and len(said) == 2
    assert text(tmp_path, "crate.fbx") == "mesh 2" and not (tmp_path / "crate" / EDITED).exists()


@pytest.mark.parametrize("policy", ["archive", "remove"])
def test_retiring_leaves_what_was_edited(tmp_path: Path, policy: str) -> None:
    outbox, project = tmp_path / "out", tmp_path / "game"
    outbox.mkdir()
    project.mkdir()
    put(project, delivery("1"), "b1")
    (project / "crate/M_crate.mat").write_text("tuned by hand")
    for _ in range(2):
        said = retire(policy, outbox, [project], "crate")
    assert {p.name for p in (project / "crate").iterdir()} == {"M_crate.mat", "M_crate.mat.meta"}
    assert "gone" in said
    put(project, delivery("2"), "b2")
    assert text(project, "M_crate.mat") == "tuned by hand"


def test_retiring_takes_a_folder_that_is_ours_alone(tmp_path: Path) -> None:
    put(tmp_path, delivery("1"), "b1")
    retire("remove", tmp_path / "out", [tmp_path], "crate")
    assert not (tmp_path / "crate").exists()


def test_an_edit_saved_between_staging_and_publishing(tmp_path: Path, either_way: None) -> None:
    put(tmp_path, delivery("1"), "b1")
    staged = stage_project(tmp_path, "crate", "unity", delivery("2"), "b2")
    for path in ("M_crate.mat", "crate.fbx", "Crate.prefab"):
        (tmp_path / "crate" / path).write_text(f"late {path}")
    publish(staged)
    assert text(tmp_path, "M_crate.mat") == "late M_crate.mat"
    assert text(tmp_path, "Crate.prefab") == "late Crate.prefab"
    assert text(tmp_path, "crate.fbx") == "mesh 2"
    assert [p.read_text() for p in (tmp_path / "crate" / EDITED).iterdir()] == ["late crate.fbx"]
    assert put(tmp_path, delivery("3"), "b3") == ["publish.kept"]


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
@pytest.mark.parametrize("where", ["staged", "exchanged", "aside", "swapped"])
def test_a_kill_anywhere_loses_no_edit(tmp_path: Path, where: str) -> None:
    """A publisher that is killed with an edit in the folder, and one that came late; the next start mends it."""
    put(tmp_path, delivery("1"), "b1")
    (tmp_path / "crate/M_crate.mat").write_text("tuned by hand")
    code = (
        "import json, sys; from pathlib import Path\n"
        "from watch import swap; from watch.project import stage_project; from watch.publish import publish\n"
        f"if {where == 'aside'}: swap._exchange = lambda one, other: False\n"
        "root, files = Path(sys.argv[1]), {k: v.encode() for k, v in json.loads(sys.argv[2]).items()}\n"
        "staged = stage_project(root, 'crate', 'unity', files, 'b2')\n"
        "(root / 'crate/Crate.prefab').write_text('late'); publish(staged)\n"
    )
    told = json.dumps({k: v.decode() for k, v in delivery("2").items()})
    around = os.environ | {"DROPFORGE_FAULT": f"{where}=kill", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path), told], env=around, check=False, timeout=60)
    assert done.returncode == -9
    for _ in range(2):
        recover(tmp_path)
    assert not list((tmp_path / PRIVATE / "staging").iterdir())
    assert text(tmp_path, "M_crate.mat") == "tuned by hand"
    assert text(tmp_path, "Crate.prefab") == "late"
    new = where in ("exchanged", "swapped")
    assert text(tmp_path, "crate.fbx") == ("mesh 2" if new else "mesh 1")
    assert standing(tmp_path, "crate")["build"] == ("b2" if new else "b1")
    assert put(tmp_path, delivery("3"), "b3") == ["publish.kept"]


def test_every_state_of_a_file_has_one_answer(tmp_path: Path) -> None:
    """Delivered before or not, standing as it was, edited or gone, delivered now or not: never lost, never both."""
    for path in ("M.mat", "T.png"):
        for was in (None, b"1"):
            for there in (None, b"1", b"2", b"edit"):
                for now in (None, b"1", b"2"):
                    folder = tmp_path / f"{path}{was}{there}{now}"
                    folder.mkdir()
                    if there is not None:
                        (folder / path).write_bytes(there)
                    record = {"files": {path: _sha(was)}} if was else {}
                    made = settle({path: now} if now else {}, folder, record)
                    assert not made.ours.keys() & made.theirs.keys()
                    if now:
                        assert (path in made.ours) != (path in made.theirs)
                    if there not in (None, was, now):  # edited, or a stranger's
                        assert path in made.theirs.values()
                        assert made.findings or now in (None, was)
                    if there in (None, was):
                        assert not made.findings


def _sha(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def test_names_aside_and_snapshots(tmp_path: Path) -> None:
    assert aside("Maps/T_a.png", "0123456789") == f"{EDITED}/Maps/T_a.01234567.png"
    assert late.snapshot(tmp_path / "nowhere").files == {}
    late.rescue(tmp_path, tmp_path)  # nothing was staged here
    assert edits.is_sidecar("crate.fbx.META") and not edits.is_sidecar("upload.json")
