"""Verdicts as plain text for people: by file, the gravest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from validators.finding import Finding
from validators.judge import Verdict
from validators.report.words import visible
from validators.rules.words import count

PLAIN: Callable[[str, str], str] = lambda text, severity: text  # noqa: E731 - a default, named to be passed on


def render(verdicts: Sequence[Verdict], paint: Callable[[str, str], str] = PLAIN) -> str:
    """A report that ends in a line break. `paint(text, severity)` may colour severities, and "pass"."""
    return "\n".join(_verdict(v, paint) for v in verdicts)


def _verdict(verdict: Verdict, paint: Callable[[str, str], str]) -> str:
    n = verdict.counts
    lines = [f"{visible(verdict.subject)} by {verdict.profile}, {verdict.tier} tier"]
    for file, findings in groupby(verdict.findings, key=lambda f: f.where.file):
        lines += ["", f"  {visible(file) or '(delivery)'}"]
        for finding in findings:
            lines += _finding(finding, paint)
    tally = ", ".join((count(n["error"], "error"), count(n["warning"], "warning"), f"{n['info']:,} for information"))
    result = paint("passed", "pass") if verdict.passed else paint("failed", "error")
    lines += ["", f"  {result}: {tally}, {count(len(verdict.files), 'file')} checked"]
    if verdict.truncated:
        lines.append("  There is more than is listed here.")
    return "\n".join(lines) + "\n"


def _finding(finding: Finding, paint: Callable[[str, str], str]) -> list[str]:
    lines = [f"    {paint(f'{finding.severity:<7}', finding.severity)}  {visible(finding.message)}  [{finding.code}]"]
    place = finding.where.text().removeprefix(finding.where.file).removeprefix(": ")
    said = [f"measured {_number(finding.measured)}"] if finding.measured not in (None, "") else []
    said += [f"limit {_number(finding.limit)}"] if finding.limit not in (None, "") else []
    for detail in (place, ", ".join(said), finding.fix and f"Fix: {finding.fix}"):
        if detail:
            lines.append(f"             {visible(detail)}")
    return lines


def _number(value: float | int | str | None) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}" if isinstance(value, float) else str(value)
