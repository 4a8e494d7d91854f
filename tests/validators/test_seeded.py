"""Faults put into written deliverables are caught, all of them; nothing is said of the sound ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.validators.factory import profile
from tests.validators.seeded import Fault, judged, sound, written
from tests.validators.seeded_faults import FAULTS
from validators.rules import RULES

SOUND = sorted({(f.engine, f.form) for f in FAULTS})


@pytest.mark.parametrize(("engine", "form"), SOUND)
def test_nothing_is_said_of_a_sound_one(engine: str, form: str, tmp_path: Path) -> None:
    verdict = judged(tmp_path, written(sound(engine, form), engine), engine)
    assert not verdict.findings, [f.message for f in verdict.findings]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.code}-{f.engine}")
def test_a_fault_is_caught(fault: Fault, tmp_path: Path) -> None:
    verdict = judged(tmp_path, fault.made(), fault.engine)
    said = profile(fault.engine)
    hushed = said.rules.get(fault.code) == "off"
    assert hushed or fault.code in {f.code for f in verdict.findings}, sorted({f.code for f in verdict.findings})
    assert not any(f.code.startswith("rule.") for f in verdict.findings)


def test_every_rule_has_a_seeded_fault() -> None:
    assert {r.code for r in RULES} - {f.code for f in FAULTS} == set()
