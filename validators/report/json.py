"""Verdicts as JSON for other programs. Keys are sorted; schema 1."""

from __future__ import annotations

import json
from collections.abc import Sequence

from validators.finding import SEVERITIES
from validators.judge import Verdict
from validators.report.words import TOOL, version

SCHEMA = 1


def render(verdicts: Sequence[Verdict]) -> str:
    """One JSON object that ends in a line break: schema, tool, passed, counts, truncated, verdicts."""
    document = {
        "schema": SCHEMA,
        "tool": {"name": TOOL, "version": version()},
        "passed": all(v.passed for v in verdicts),
        "counts": {s: sum(v.counts[s] for v in verdicts) for s in SEVERITIES},
        "truncated": any(v.truncated for v in verdicts),
        "verdicts": [
            {
                "subject": v.subject,
                "profile": v.profile,
                "tier": v.tier,
                "passed": v.passed,
                "counts": v.counts,
                "truncated": v.truncated,
                "files": list(v.files),
                "findings": [_finite(f.as_json()) for f in v.findings],
            }
            for v in verdicts
        ],
    }
    return json.dumps(document, sort_keys=True, indent=1, allow_nan=False) + "\n"


def _finite(finding: dict[str, object]) -> dict[str, object]:
    """JSON has no NaN and no infinity: such a measure is written as text."""
    return {k: str(v) if isinstance(v, float) and v - v != 0 else v for k, v in finding.items()}
