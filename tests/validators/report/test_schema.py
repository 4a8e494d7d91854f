"""The JSON report is what its schema says, for every rule's failing example and for broken numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.validators.factory import profile
from tests.validators.rules.examples import EXAMPLES
from validators.finding import Finding, Where
from validators.judge import Verdict, judge_scene
from validators.report import json as report

jsonschema = pytest.importorskip("jsonschema")
SCHEMA = json.loads((Path(report.__file__).parent / "schema.json").read_text(encoding="utf-8"))


def verdict(findings: list[Finding]) -> Verdict:
    return Verdict("x", "unity", "prop", tuple(findings), ("a.fbx",))


def valid(text: str) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(text))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_rule_speaks_by_the_schema() -> None:
    found = [f for e in EXAMPLES for f in judge_scene(e.scene(), profile(e.engine), select=(e.code,))]
    assert {f.code for f in found} >= {e.code for e in EXAMPLES}
    valid(report.render([verdict(found)]))


def test_nothing_found_and_numbers_that_are_none() -> None:
    valid(report.render([]))
    valid(report.render([verdict([Finding("a.b", "error", "X.", where=Where(offset=0), measured=float("nan"))])]))


def test_what_is_not_in_the_schema_fails() -> None:
    spoilt = json.loads(report.render([verdict([Finding("a.b", "error", "X.")])]))
    spoilt["verdicts"][0]["findings"][0]["severity"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        valid(json.dumps(spoilt))
