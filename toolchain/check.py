"""The check stage: what was written is laid out as an engine would find it and judged by the validators.

The validators read the files as a stranger would; nothing but bytes passes between writer and judge.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from engine_profiles.schema import Profile
from engine_profiles.typed import opt
from toolchain.asset import Delivery
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress

NAME = "check"
VERSION = 1


@dataclass(frozen=True)
class Params:
    """By what the delivery is judged."""

    profile: Profile = opt(help="the whole profile: every limit, name and severity")
    tier: str = opt("prop", "which budget applies")


def params(recipe: Recipe, profile: Profile | None) -> Params:
    """The recipe's tier under the engine's profile."""
    if profile is None:
        raise ValueError("check runs for an engine")
    return Params(profile, recipe.tier)


def run(params: Params, progress: Progress, *, export: Delivery) -> Made:
    """Judge a delivery. The value is {"status": "passed" | "failed"}; the findings are the verdict's."""
    from validators.judge import judge

    with tempfile.TemporaryDirectory(prefix="dropforge-check-") as folder:
        root = Path(folder) / params.profile.name
        for file in export.files:
            path = root / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
        progress(0.1, "reading what was written")
        verdict = judge(root, params.profile, tier=params.tier)
    counts = Counter(f.severity for f in verdict.findings)
    status = "failed" if counts["error"] else "passed"
    measures = {
        "errors": counts["error"],
        "warnings": counts["warning"],
        "infos": counts["info"],
        "files": len(export.files),
    }
    return Made({"status": status}, measures, tuple(verdict.findings))
