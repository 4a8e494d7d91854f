"""Every rule has a failing example, and says what it must about it."""

from __future__ import annotations

import pytest

from tests.validators.factory import profile
from tests.validators.rules.examples import EXAMPLES, IMAGE
from validators.judge import judge_scene
from validators.rules import RULES
from validators.rules.base import MOST, Fault, Rule

BY_CODE = {rule.code: rule for rule in RULES}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.code}-{e.engine}-{e.says[:20]}")
def test_the_rule_objects(example) -> None:
    found = BY_CODE[example.code].check(example.scene(), profile(example.engine))
    hits = [f for f in found if example.says in f.message]
    assert hits, [f.message for f in found]
    finding = hits[0]
    assert (finding.code, finding.severity, finding.profile) == (example.code, example.severity, example.engine)
    assert finding.where.file and finding.fix
    assert finding.message[0].isupper() or not finding.message[0].isalpha() or "_" in finding.message.split()[0]
    assert finding.message.endswith(".") and finding.fix.endswith(".")


def test_every_rule_has_a_failing_example() -> None:
    assert sorted({e.code for e in EXAMPLES}) == sorted(BY_CODE)


def test_codes_do_not_repeat() -> None:
    assert len(BY_CODE) == len(RULES)


def test_off_is_off_and_a_named_rule_is_heard() -> None:
    example = next(e for e in EXAMPLES if e.code == "nrm.smoothing")
    assert not BY_CODE["nrm.smoothing"].check(example.scene(), profile("unreal", rules={"nrm.smoothing": "off"}))
    assert not BY_CODE["nrm.smoothing"].check(example.scene(), profile("portable"))
    heard = BY_CODE["nrm.smoothing"].check(example.scene(), profile("portable", rules={"nrm.smoothing": "info"}))
    assert [f.severity for f in heard] == ["info"]


def test_a_rule_is_bounded() -> None:
    rule = Rule("x.y", "error", lambda case: (Fault(f"Fault {i}.") for i in range(5000)), "Fix it.")
    found = rule.check(IMAGE.__class__("a.glb", "glb"), profile("portable"))
    assert len(found) == MOST + 1 and found[-1].measured == 5000 and "4,980 more" in found[-1].message


def test_softer_never_makes_graver() -> None:
    rule = Rule("x.y", "info", lambda case: iter([Fault("A fault.", softer="warning")]), "Fix it.")
    assert [f.severity for f in rule.check(IMAGE.__class__("a.glb", "glb"), profile("portable"))] == ["info"]


def test_a_loose_image_is_judged_as_a_texture_alone() -> None:
    assert judge_scene(IMAGE, profile("unreal")) == []
    assert [f.code for f in judge_scene(IMAGE, profile("unity"))] == ["tex.normal_sign"]
