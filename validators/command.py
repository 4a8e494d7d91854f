"""`dropforge validate`: judge files and folders by profiles, and write the report."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from engine_profiles.load import load
from engine_profiles.schema import TIERS
from engine_profiles.typed import nearest
from validators.judge import judge, unknown_choices
from validators.report import FORMATS
from validators.report.text import PLAIN, render

PASS, FINDINGS, USAGE = 0, 1, 2


def run_validate(
    paths: Sequence[Path | str], profile_names: Sequence[str], tier: str = "prop", format: str = "text",  # noqa: A002
    out: Path | None = None, select: Sequence[str] = (), ignore: Sequence[str] = (), *,
    write: Callable[[str], object], paint: Callable[[str, str], str] = PLAIN,
) -> int:
    """0 when nothing is an error, 1 when something is, 2 when it was asked wrongly.

    The report goes to the file `out`, or to `write`; what was asked wrongly is told through `write` in a sentence each.
    `paint(text, severity)` may colour the text report. Raises SettingsError for a profile that cannot be read.
    """
    wrong = [f"there is no file or folder {p}" for p in paths if not Path(p).exists()]
    wrong += [] if paths else ["give at least one file or folder"]
    wrong += [] if profile_names else ["give at least one profile"]
    wrong += [] if tier in TIERS else [f'there is no tier "{tier}"{nearest(tier, TIERS)}']
    wrong += [] if format in FORMATS else [f'there is no report format "{format}"{nearest(format, FORMATS)}']
    wrong += unknown_choices([*select, *ignore])
    if out is not None and not out.parent.is_dir():
        wrong.append(f"the folder of {out} does not exist")
    if wrong:
        write("".join(f"{sentence}\n" for sentence in wrong))
        return USAGE
    profiles = [load(name) for name in profile_names]
    verdicts = [judge(Path(p), profile, tier=tier, select=select, ignore=ignore) for p in paths for profile in profiles]
    rendering = partial(render, paint=paint) if format == "text" and out is None else FORMATS[format]
    report = rendering(verdicts)
    if out is None:
        write(report)
    else:
        _write(out, report)
    return PASS if all(v.passed for v in verdicts) else FINDINGS


def _write(path: Path, text: str) -> None:
    """The whole report or none: written beside its place and renamed."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
