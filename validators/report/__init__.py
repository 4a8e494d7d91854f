"""Verdicts as text, JSON, JUnit XML and SARIF, all made of the same findings.

Each module has one function, `render(verdicts) -> str`.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from validators.judge import Verdict

FORMATS = ("text", "json", "junit", "sarif")


def render(verdicts: Sequence[Verdict], form: str) -> str:
    """The report in one of FORMATS; the module of that name is loaded when it is asked for."""
    text: str = import_module(f"validators.report.{form}").render(verdicts)
    return text
