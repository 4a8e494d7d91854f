"""`dropforge validate`: judge files and folders by profiles, report, or fix. `dropforge rule` explains a rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from engine_profiles.load import load
from engine_profiles.schema import TIERS
from engine_profiles.typed import nearest
from validators.judge import judge, rules_of, unknown_choices
from validators.report import FORMATS, render
from validators.report.text import PLAIN
from validators.report.text import render as render_text

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
    through it in a sentence a line. `paint(text, severity)` may colour the text report. Raises SettingsError for
    a profile that cannot be read.
    """
    wrong = [f"there is no file or folder {p}" for p in paths if not Path(p).exists()]
    wrong += [] if paths else ["give at least one file or folder"]
    wrong += [] if profile_names else ["give at least one profile"]
    wrong += [] if tier in TIERS else [f'there is no tier "{tier}"{nearest(tier, TIERS)}']
    wrong += [] if format in FORMATS else [f'there is no report format "{format}"{nearest(format, FORMATS)}']
    profiles = [load(name) for name in profile_names]
    wrong += unknown_choices([*select, *ignore], profiles)
    if wrong:
        out("\n".join(wrong))
        return USAGE
    verdicts = [judge(Path(p), profile, tier=tier, select=select, ignore=ignore) for p in paths for profile in profiles]
    report = render_text(verdicts, paint) if format == "text" else render(verdicts, format)
    out(report.removesuffix("\n"))
    return PASS if all(v.passed for v in verdicts) else FINDINGS


def run_fix(
    paths: Sequence[Path | str],
    profile_names: Sequence[str],
    tier: str,
    out: Callable[[str], object],
    in_place: bool = False,
) -> int:
    """Fix files by one profile and tell, through `out`, what was changed and what was found before and after.

    0 when nothing is left that is an error, 1 when something is, 2 when it was asked wrongly. Raises SettingsError for
    a profile that cannot be read.
    """
    from validators.fix.run import fix_file
    from validators.fix.tell import told

    wrong = [f"there is no file {p}" for p in paths if not Path(p).is_file()]
    wrong += [] if len(profile_names) == 1 else ["--fix takes one profile: names and units differ between engines"]
    profiles = [load(name) for name in profile_names]
    if wrong:
        out("\n".join(wrong))
        return USAGE
    done = [fix_file(Path(p), profiles[0], tier=tier, in_place=in_place) for p in paths]
    out("\n".join(told(d) for d in done))
    return FINDINGS if any(f.severity == "error" for d in done for f in d.after) else PASS


def run_rule(code: str, profile_names: Sequence[str], out: Callable[[str], object]) -> int:
    """What a rule checks, why, and how grave it is to each profile; every rule in a line where `code` is "".

    0, or 2 where there is no such rule. Raises SettingsError for a profile that cannot be read.
    """
    from validators.rules.docs import describe, title_of

    profiles = [load(name) for name in profile_names]
    rules = {rule.code: rule for profile in profiles for rule in rules_of(profile)}
    if not code:
        out("\n".join(f"{name:20} {title_of(rule)}" for name, rule in rules.items()))
        return PASS
    if code not in rules:
        out(f'there is no rule "{code}"{nearest(code, rules)}')
        return USAGE
    out(describe(rules[code], profiles))
    return PASS
