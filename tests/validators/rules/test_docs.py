"""RULES.md is what the docstrings say."""

from __future__ import annotations

import pytest

from validators.rules import RULES
from validators.rules.docs import FAMILIES, PATH, doc_of, markdown


def test_rules_md_is_fresh() -> None:
    assert PATH.read_text(encoding="utf-8") == markdown(), "run: python -m validators.rules.docs"


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.code)
def test_each_docstring_has_its_headings(rule) -> None:
    doc = doc_of(rule)
    assert all(part.endswith(".") or part.endswith("...") for part in (doc.title, doc.checks, doc.why, doc.fix))
    assert rule.code.partition(".")[0] in FAMILIES
    module = rule.faults.__module__.rpartition(".")[2]
    assert module == rule.code.replace(".", "_")


def test_a_missing_heading_is_told() -> None:
    rule = RULES[0]
    with pytest.raises(ValueError, match=r"x\.y: its docstring needs"):
        doc_of(type(rule)("x.y", "error", test_rules_md_is_fresh, "-"))  # type: ignore[arg-type]
