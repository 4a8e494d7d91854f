"""Rules of a studio's own: Python files that its profile names in `rule_files`, each with a RULE.

    from validators import Fault, Rule

    def faults(case):
        for node, mesh in case.finest():
            if len(mesh.triangles) % 2:
                yield Fault(f"{node.name} has an odd number of triangles.", where=case.at(node))

    RULE = Rule("studio.even", "warning", faults, "Add or drop a triangle.")

They run with all rights of whoever runs the check, as any Python does: a profile is trusted like a program.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import ModuleType

from engine_profiles.schema import Profile
from validators.rules.base import Rule


class RuleFault(ValueError):
    """A rule file that cannot be used: one sentence."""


def own_rules(profile: Profile) -> tuple[Rule, ...]:
    """The profile's own rules, in the order of their files. Raises RuleFault."""
    from validators.rules import RULES

    known = {rule.code for rule in RULES}
    found: list[Rule] = []
    for name, text in profile.own_rules.items():
        rule = _load(name, text)
        if rule.code in known:
            raise RuleFault(f'{name}.py calls its rule "{rule.code}", which is taken')
        known.add(rule.code)
        found.append(rule)
    return tuple(found)


@lru_cache(maxsize=64)
def _load(name: str, text: str) -> Rule:
    module = ModuleType(f"studio_rule_{name}")
    try:
        exec(compile(text, f"{name}.py", "exec"), module.__dict__)  # noqa: S102 - the profile's author asked for it
    except SyntaxError as error:
        raise RuleFault(f"{name}.py is not valid Python: line {error.lineno}, {error.msg}") from None
    except Exception as error:  # noqa: BLE001 - whatever a studio's file does, the check says so in a sentence
        raise RuleFault(f"{name}.py failed as it was read: {type(error).__name__}: {error}") from None
    rule = getattr(module, "RULE", None)
    if not isinstance(rule, Rule):
        raise RuleFault(f"{name}.py holds no RULE; end it with RULE = Rule(...)")
    if not re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", rule.code):
        raise RuleFault(f'{name}.py calls its rule "{rule.code}"; write it as studio.what')
    if rule.severity not in ("error", "warning", "info"):
        raise RuleFault(f'{name}.py gives its rule the severity "{rule.severity}"; use error, warning or info')
    return rule
