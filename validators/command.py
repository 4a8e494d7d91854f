"""`dropforge validate`: judge files and folders by profiles, and write the report."""

from __future__ import annotations

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
    paths: Sequence[Path | str],
    profile_names: Sequence[str],
    tier: str,
    format: str,  # noqa: A002
    out: Callable[[str], object],
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    paint: Callable[[str, str], str] = PLAIN,
) -> int:
    """0 when nothing is an error, 1 when something is, 2 when it was asked wrongly.

    `out`, such as print, is given the whole report once, without its last line break; what was asked wrongly is told
    through it in a sentence a line. `paint(text, severity)` may colour the text report. Raises SettingsError for a
    profile that cannot be read.
    """
    wrong = [f"there is no file or folder {p}" for p in paths if not Path(p).exists()]
    wrong += [] if paths else ["give at least one file or folder"]
    wrong += [] if profile_names else ["give at least one profile"]
    wrong += [] if tier in TIERS else [f'there is no tier "{tier}"{nearest(tier, TIERS)}']
    wrong += [] if format in FORMATS else [f'there is no report format "{format}"{nearest(format, FORMATS)}']
    wrong += unknown_choices([*select, *ignore])
    if wrong:
        out("\n".join(wrong))
        return USAGE
    profiles = [load(name) for name in profile_names]
    verdicts = [judge(Path(p), profile, tier=tier, select=select, ignore=ignore) for p in paths for profile in profiles]
    report = partial(render, paint=paint) if format == "text" else FORMATS[format]
    out(report(verdicts).removesuffix("\n"))
    return PASS if all(v.passed for v in verdicts) else FINDINGS
