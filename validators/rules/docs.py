"""RULES.md, made of the rules' own docstrings: `python -m validators.rules.docs` writes it."""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from engine_profiles.load import BUILT_IN, load
from engine_profiles.schema import Profile
from validators.rules import RULES
from validators.rules.base import Rule

HEADINGS = ("Checks", "Why it fails in the engine", "How to fix")
PATH = Path(__file__).parent.parent / "RULES.md"
FAMILIES = {
    "file": "File",
    "path": "Path",
    "geo": "Geometry",
    "xf": "Axes, units, transforms",
    "nrm": "Normals",
    "tan": "Tangents",
    "uv": "UVs",
    "lm": "Lightmaps",
    "mat": "Materials",
    "tex": "Textures",
    "lod": "Levels of detail",
    "col": "Collision",
    "name": "Names",
    "scene": "Scene",
    "meta": "Unity's .meta files",
}


@dataclass(frozen=True)
class Doc:
    """A rule's documentation, by heading, each part on one line."""

    title: str
    checks: str
    why: str
    fix: str


def doc_of(rule: Rule) -> Doc:
    """The docstring of the rule's module, by heading. Raises ValueError when one is missing or out of order."""
    text = inspect.cleandoc(sys.modules[rule.faults.__module__].__doc__ or "")
    lines = text.splitlines()
    at = [lines.index(heading) if heading in lines else -1 for heading in HEADINGS]
    if not lines or min(at) <= 0 or at != sorted(at):
        raise ValueError(f"{rule.code}: its docstring needs a title, then {', '.join(HEADINGS)}")
    cuts = [*at, len(lines)]
    return Doc(_joined(lines[: at[0]]), *(_joined(lines[a + 1 : b]) for a, b in pairwise(cuts)))


def title_of(rule: Rule) -> str:
    """The rule in a sentence; what a studio's rule without a docstring advises."""
    try:
        return doc_of(rule).title
    except (ValueError, KeyError):
        return rule.fix


def describe(rule: Rule, profiles: Sequence[Profile]) -> str:
    """A rule for a terminal: its documentation, and its severity for each profile."""
    levels = ", ".join(f"{p.name} {rule.severity_for(p)}" for p in profiles)
    try:
        doc = doc_of(rule)
    except (ValueError, KeyError):  # a studio's own need not be documented
        return f"{rule.code}\n\n  How to fix\n    {rule.fix}\n\n  Severity: {levels}"
    parts = zip(HEADINGS, (doc.checks, doc.why, doc.fix), strict=True)
    text = "".join(f"\n  {head}\n{textwrap.indent(textwrap.fill(body, 96), '    ')}\n" for head, body in parts)
    return f"{rule.code}: {doc.title}\n{text}\n  Severity: {levels}"


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())


def markdown() -> str:
    """The whole of RULES.md."""
    profiles = [load(name) for name in BUILT_IN]
    out = [
        "# Rules",
        "",
        "Made from the rules' docstrings by `python -m validators.rules.docs`; change those, not this file.",
        "",
        'A profile changes a severity under `[rules]`: `"geo.watertight" = "error"`, or `"off"`. A rule may call '
        "some of what it finds less grave than its severity; it never calls it graver.",
        "",
        f"| Rule | {' | '.join(BUILT_IN)} | |",
        f"|---|{'---|' * len(BUILT_IN)}---|",
    ]
    for rule in RULES:
        levels = " | ".join(rule.severity_for(p) for p in profiles)
        out.append(f"| [{rule.code}](#{rule.code.replace('.', '')}) | {levels} | {doc_of(rule).title} |")
    family = ""
    for rule in RULES:
        if rule.code.partition(".")[0] != family:
            family = rule.code.partition(".")[0]
            out += ["", f"## {FAMILIES[family]}"]
        doc = doc_of(rule)
        out += [
            "",
            f"### {rule.code}",
            "",
            doc.title,
            "",
            f"* **Checks.** {doc.checks}",
            f"* **Why it fails in the engine.** {doc.why}",
            f"* **How to fix.** {doc.fix}",
        ]
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    PATH.write_text(markdown(), encoding="utf-8")
