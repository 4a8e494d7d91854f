"""`dropforge why`: which stages would run now, and because of what, against the manifest in the outbox."""

from __future__ import annotations

import dataclasses
from typing import Any

from toolchain.pipeline import Node, Plan


def why(plan: Plan, manifest: dict[str, Any] | None) -> list[tuple[str, str]]:
    """(node label, reason) in order; an empty list when nothing would run."""
    if manifest is None:
        return [(node.label, "never built, or its files in the outbox are not whole") for node in plan.nodes]
    then = {record["stage"]: record for record in manifest.get("stages", [])}
    reasons = []
    for node in plan.nodes:
        old = then.get(node.label)
        if old is None:
            reasons.append((node.label, "new since then"))
        elif old["key"] != node.key:
            reasons.append((node.label, _changed(node, old, plan, manifest)))
    return reasons


def _changed(node: Node, old: dict[str, Any], plan: Plan, manifest: dict[str, Any]) -> str:
    parts = []
    if old["version"] != node.version:
        parts.append(f"the stage is now version {node.version}, was {old['version']}")
    parts += _differences(old["params"], dataclasses.asdict(node.params), "")
    for name, key in node.inputs.items():
        if old["inputs"].get(name) == key:
            continue
        parts.append(_pictures(plan.sources, manifest.get("sources", {})) if name == "concept" else f"{name} changes")
    return "; ".join(parts) or "its inputs are others"


def _pictures(now: dict[str, dict[str, str]], then: dict[str, dict[str, str]]) -> str:
    words = []
    for role in sorted({*now, *then}):
        if role not in then:
            words.append(f"{now[role]['file']} is new")
        elif role not in now:
            words.append(f"{then[role]['file']} is gone")
        elif now[role] != then[role]:
            words.append(f"{now[role]['file']} changed")
    return ", ".join(words) or "the drop changed"


def _differences(old: Any, new: Any, at: str) -> list[str]:
    """`triangles 5000 -> 4000`, one a leaf."""
    if isinstance(new, tuple):
        new = list(new)
    if isinstance(old, dict) and isinstance(new, dict):
        return [d for k in sorted({*old, *new}) for d in _differences(old.get(k), new.get(k), f"{at}.{k}".lstrip("."))]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [d for i, (a, b) in enumerate(zip(old, new, strict=True)) for d in _differences(a, b, f"{at}.{i}")]
    return [] if old == new else [f"{at} {old} -> {new}"]
