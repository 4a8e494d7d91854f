"""Verdicts as text, JSON, JUnit XML and SARIF, all made of the same findings.

Each module has one function, `render(verdicts) -> str`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from validators.judge import Verdict
from validators.report import json, junit, sarif, text

FORMATS: dict[str, Callable[[Sequence[Verdict]], str]] = {
    "text": text.render,
    "json": json.render,
    "junit": junit.render,
    "sarif": sarif.render,
}
