"""Which files are one concept, in whatever order and from whichever system they come."""

from __future__ import annotations

from pathlib import Path

from watch.gather import find, gather
from watch.group import group


def drop(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def concepts(root: Path) -> dict:
    return {c.id: c for c in group(find(root), root).concepts}


def test_views_mask_and_sidecar_are_one_concept(tmp_path: Path) -> None:
    drop(tmp_path, "helmet.png", "helmet_front.png", "helmet_back.jpg", "helmet.slots.png", "helmet.toml", "axe.webp")
    found = concepts(tmp_path)
    assert set(found) == {"helmet", "axe"}
    helmet = found["helmet"]
    assert {k: p.name for k, p in helmet.views.items()} == {
        "single": "helmet.png",
        "front": "helmet_front.png",
        "back": "helmet_back.jpg",
    }
    assert helmet.slots["single"].name == "helmet.slots.png"
    assert helmet.sidecar == tmp_path / "helmet.toml"


def test_a_folder_of_views(tmp_path: Path) -> None:
    drop(tmp_path, "helmet/front.png", "helmet/left.png", "helmet/helmet.toml", "props/old crate.png")
    found = concepts(tmp_path)
    assert set(found) == {"helmet", "old_crate"}
    assert set(found["helmet"].views) == {"front", "left"}
    assert found["helmet"].sidecar is not None


def test_leftovers_say_why(tmp_path: Path) -> None:
    drop(tmp_path, "front.png", "notes.txt", "alone.toml", "mask.slots.png", "a_front.png", "a_front.jpg")
    reasons = {x.path.name: x.reason for x in group(find(tmp_path), tmp_path).leftovers}
    assert set(reasons) == {"front.png", "notes.txt", "alone.toml", "mask.slots.png", "a_front.png"}
    assert "already" in reasons["a_front.png"]


def test_hidden_passing_and_linked_files_are_not_drops(tmp_path: Path) -> None:
    drop(tmp_path, ".hidden.png", "a.png.part", "b.png.crdownload", "c.tmp", "d.png~", "real.png")
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert [p.name for p in find(tmp_path)] == ["real.png"]


def test_same_name_in_two_folders_stays_two_assets(tmp_path: Path) -> None:
    drop(tmp_path, "a/crate.png", "b/crate.png", "c/Crate.png")
    found = concepts(tmp_path)
    assert len(found) == 3
    assert all(name.lower().startswith("crate_") for name in found)
    assert set(found) == set(concepts(tmp_path))


def test_gather_takes_named_files_alone_with_their_sidecar(tmp_path: Path) -> None:
    drop(
        tmp_path, "eval/front.png", "eval/left.png", "eval/top.png", "axe.png", "axe.toml", "axe.slots.png", "other.png"
    )
    named = gather([tmp_path / "eval/front.png", tmp_path / "eval/left.png", tmp_path / "axe.png"]).concepts
    by_id = {c.id: c for c in named}
    assert set(by_id["eval"].views) == {"front", "left"}
    assert by_id["axe"].sidecar is not None
    assert set(by_id["axe"].slots) == {"single"}
    assert set(by_id) == {"eval", "axe"}


def test_gather_takes_a_folder_of_views_for_one_concept(tmp_path: Path) -> None:
    drop(tmp_path, "eval/front.png", "eval/left.png", "eval/notes.txt")
    assert [(c.id, sorted(c.views)) for c in gather([tmp_path / "eval"]).concepts] == [("eval", ["front", "left"])]


def test_letter_case_does_not_part_what_belongs_together(tmp_path: Path) -> None:
    drop(tmp_path, "Helmet_front.png", "helmet_Back.PNG", "HELMET.toml", "HELMET_FRONT.slots.png")
    (found,) = group(find(tmp_path), tmp_path).concepts
    assert set(found.views) == {"front", "back"}
    assert set(found.slots) == {"front"}
    assert found.sidecar is not None


def test_gather_of_two_folders_keeps_two_assets_of_one_name_apart(tmp_path: Path) -> None:
    drop(tmp_path, "a/crate.png", "b/crate.png", "a/front.png")
    found = gather([tmp_path / "a", tmp_path / "b"]).concepts
    assert len({c.id for c in found}) == 3
    assert [c.id for c in found] == [c.id for c in gather([tmp_path / "a", tmp_path / "b"]).concepts]


def test_gather_takes_relative_paths(tmp_path: Path, monkeypatch) -> None:
    drop(tmp_path, "eval/front.png", "eval/front.slots.png", "eval.toml")
    monkeypatch.chdir(tmp_path / "eval")
    for paths in ([Path("front.png")], [Path()], [Path("../eval")]):
        (found,) = gather(paths).concepts
        assert found.id == "eval"
        assert found.sidecar is not None
