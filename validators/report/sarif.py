"""Verdicts as SARIF 2.1.0 (OASIS), which code hosts show beside a change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from validators.finding import Finding
from validators.judge import Verdict
from validators.report.words import TOOL, version
from validators.rules import RULES
from validators.rules.docs import Doc, doc_of

LEVEL = {"error": "error", "warning": "warning", "info": "note"}
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


def render(verdicts: Sequence[Verdict]) -> str:
    """A SARIF log with one run a verdict; keys sorted."""
    return (
        json.dumps(
            {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(v) for v in verdicts]}, sort_keys=True, indent=1
        )
        + "\n"
    )


def _run(verdict: Verdict) -> dict[str, Any]:
    docs = {rule.code: doc_of(rule) for rule in RULES}
    codes = sorted({f.code for f in verdict.findings})
    return {
        "tool": {
            "driver": {
                "name": TOOL,
                "semanticVersion": version(),
                "rules": [_rule(code, docs.get(code)) for code in codes],
            }
        },
        "automationDetails": {"id": f"{TOOL}/{verdict.profile}/{verdict.tier}/"},
        "artifacts": [{"location": {"uri": quote(_utf8(file))}} for file in verdict.files],
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, codes.index(f.code)) for f in verdict.findings],
        "properties": {"profile": verdict.profile, "tier": verdict.tier, "truncated": verdict.truncated},
    }


def _rule(code: str, doc: Doc | None) -> dict[str, Any]:
    if doc is None:  # a reader's finding
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": doc.title},
        "fullDescription": {"text": doc.why},
        "help": {"text": doc.fix},
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    where = finding.where
    text = f"{finding.message} {finding.fix}".strip()
    out: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": LEVEL[finding.severity],
        "message": {"text": text},
    }
    location: dict[str, Any] = {}
    if where.file:
        location["physicalLocation"] = {"artifactLocation": {"uri": quote(_utf8(where.file))}}
        if where.offset is not None:
            location["physicalLocation"]["region"] = {"byteOffset": where.offset}
    named = [(where.node, "object"), (where.material, "object"), (where.texture, "resource"), (where.pointer, "member")]
    if logical := [{"fullyQualifiedName": name, "kind": kind} for name, kind in named if name]:
        location["logicalLocations"] = logical
    if location:
        out["locations"] = [location]
    said = {
        k: v if isinstance(v, int | str) else f"{v:.9g}"
        for k, v in (("measured", finding.measured), ("limit", finding.limit))
        if v is not None
    }
    if where.faces:
        said["faces"] = " ".join(map(str, where.faces))
    return out | ({"properties": said} if said else {})


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # a file name need not be text; its percent code always is
