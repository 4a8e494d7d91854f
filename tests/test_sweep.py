"""The long run, `make sweep`: every concept picture and view set beside the checkout, at the settings a user gets."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from watch.build import Request, build

ENGINES = ("unity", "unreal", "roblox")
#: Least share with no error-level finding. What falls short is named by the failure.
PASSING = 0.9


def sweep(inbox: Path, out: Path) -> None:
    report = build(Request((inbox,), out, ENGINES, {}, jobs=2), lambda *_: None, lambda _: None)
    counts = Counter(o.status for o in report.outcomes)
    troubles = {
        o.asset: o.message or sorted({f["code"] for f in o.findings if f["severity"] == "error"})
        for o in report.outcomes
        if o.status != "passed"
    }
    assert counts["broken"] == 0, troubles
    assert counts["passed"] >= PASSING * len(report.outcomes), troubles


@pytest.mark.slow
@pytest.mark.shared
def test_every_concept_picture(shared: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    inbox.mkdir()
    for path in (shared / "concepts").iterdir():
        if path.suffix in (".png", ".jpg", ".webp"):
            shutil.copy(path, inbox)
    sweep(inbox, tmp_path / "out")


@pytest.mark.slow
@pytest.mark.shared
def test_every_front_left_back_set(shared: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    for folder in (shared / "eval").iterdir():
        (inbox / folder.name).mkdir(parents=True)
        for view in ("front", "left", "back"):
            shutil.copy(folder / f"{view}.png", inbox / folder.name)
    sweep(inbox, tmp_path / "out")
