"""`dropforge build`: incremental, parallel, exit-coded, and known to ninja. Built here by a quick stand-in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine_profiles.typed import SettingsError
from tests.watch.studio import drop, folder
from toolchain.manifest import build_id
from toolchain.version import VERSION
from watch import build as module
from watch import stamp
from watch.build import Request, build
from watch.claim import claim
from watch.depfile import target, text
from watch.gather import gather
from watch.publish import stage
from watch.worker import Job, Outcome, plan_job

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Jobs that were run; each gives a folder that the real plan will find to be up to date."""
    ran: list[str] = []

    def quick(job: Job, tell: Callable[..., None], pool: object) -> Outcome:
        ran.append(job.concept.id)
        with claim(job.concept, job.home.state / "claims", job.follow_links) as held:
            made = folder(build_id(plan_job(job, held)))
        staged = stage(job.outbox, job.concept.id, made.files, job.keep)
        return Outcome(job.concept.id, job.concept.name, "passed", ran=("all",), staged=(staged,))

    monkeypatch.setattr(module, "run_job", quick)
    return ran


def run(tree: Path, out: Path, **more: object) -> module.Report:
    return build(Request((tree,), out, ("unity",), {}, **more), lambda *_: None, lambda _: None)  # type: ignore[arg-type]


def age(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the files had been written long before the build."""
    real = module.HashCache.clock
    monkeypatch.setattr(module.HashCache, "clock", lambda self: real(self) + 10_000_000_000)


def test_only_what_changed_is_built(tmp_path: Path, built: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    tree, out = tmp_path / "tree", tmp_path / "out"
    for name in "abc":
        drop(tree / f"{name}.png")
    age(tree, monkeypatch)
    assert run(tree, out, jobs=2).exit_code == 0
    run(tree, out)
    assert sorted(built) == ["a", "b", "c"]
    drop(tree / "b.png", "edited")
    drop(tree / "c_back.png")
    (out / "a/unity/a.txt").unlink()
    built.clear()
    run(tree, out)
    assert sorted(built) == ["a", "b", "c"]


def test_a_stamp_holds_only_while_everything_does(
    tmp_path: Path, built: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, out = tmp_path / "tree", tmp_path / "out"
    drop(tree / "a.png")
    age(tree, monkeypatch)
    run(tree, out)
    plans: list[str] = []
    monkeypatch.setattr(module, "up_to_date", lambda job, hashed: plans.append(job.concept.id))
    run(tree, out)
    assert plans == []
    build(Request((tree,), out, ("unity",), {"bake": {"ao_rays": 4}}), lambda *_: None, lambda _: None)
    assert plans == ["a"]
    monkeypatch.setattr(stamp, "VERSION", VERSION + "x")
    run(tree, out)
    assert plans == ["a", "a"]


def test_a_stamp_is_never_kept_of_a_file_just_written(tmp_path: Path, built: list[str]) -> None:
    drop(tmp_path / "tree/a.png")
    run(tmp_path / "tree", tmp_path / "out")
    assert not (tmp_path / "out/.dropforge/stamps").exists()


def test_links_in_a_build_tree_are_followed_when_named(tmp_path: Path, built: list[str]) -> None:
    drop(tmp_path / "real.png")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/a.png").symlink_to(tmp_path / "real.png")
    report = build(
        Request((tmp_path / "tree/a.png",), tmp_path / "out", ("unity",), {}), lambda *_: None, lambda _: None
    )
    assert [o.status for o in report.outcomes] == ["passed"]


def test_the_depfile_names_what_was_read(tmp_path: Path, built: list[str]) -> None:
    tree = tmp_path / "my tree"
    drop(tree / "a#1.png")
    drop(tree / "a$2.png")
    made = tmp_path / "props.json"
    run(tree, tmp_path / "out", depfile=Path(f"{made}.d"))
    rule = Path(f"{made}.d").read_text()
    assert rule.startswith(f"{made}: ")
    assert "my\\ tree/a\\#1.png" in rule
    assert "a$$2.png" in rule
    assert f"{tree}".replace(" ", "\\ ") in rule.replace("\\\n", "").split("  ")[1]
    assert json.loads(made.read_text())["exit_code"] == 0
    with pytest.raises(ValueError, match=r"must end in \.d"):
        target(Path("props.json"))
    assert text(Path("o"), [Path("x/a")]) == "o: \\\n  x \\\n  x/a\n"


def test_a_publish_option_is_checked(tmp_path: Path) -> None:
    import argparse

    from watch.command import projects

    for asked in ("unity", "=x", f"roblox={tmp_path}", f"unity={tmp_path}/none"):
        with pytest.raises(SettingsError, match="--publish"):
            projects(argparse.Namespace(publish=[asked]), ("unity",))
    assert projects(argparse.Namespace(publish=[f"unity={tmp_path}"]), ("unity",)) == (("unity", tmp_path),)


def test_a_thousand_assets_with_nothing_to_do_take_under_a_second(tmp_path: Path) -> None:
    """Processor seconds of the whole command, so that other work on the machine does not count."""
    resource = pytest.importorskip("resource")
    tree, out = tmp_path / "tree", tmp_path / "out"
    for i in range(1000):
        drop(tree / f"p{i}.png")
    asked = ""
    for concept in gather([tree]).concepts:
        job = Job(concept, out, ("unity",), state=out / ".dropforge")
        asked = asked or stamp.asked(job)
        (out / concept.id / "unity").mkdir(parents=True)
        for path, data in folder(concept.id).files.items():
            (out / concept.id / path).write_bytes(data)
        stamp.keep(job, asked, stamp.marks(job), Outcome(concept.id, concept.name, "passed"), 2**62)

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = ["-m", "toolchain.cli", "build", str(tree), "--out", str(out), "--profile", "unity"]
        done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == 0, done.stderr
        assert "1000 had nothing to do" in done.stderr
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    seconds = min(once() for _ in range(3))
    sys.stdout.write(f"\na build of 1000 with nothing to do: {seconds:.2f} s\n")
    assert seconds < 1.0
