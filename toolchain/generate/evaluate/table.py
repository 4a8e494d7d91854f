"""Rows to means, to Markdown, to JSON, and held against what was asked for at least."""

from __future__ import annotations

import statistics
from typing import Any

from engine_profiles.typed import SettingsError, nearest
from toolchain.generate.evaluate.job import Row
from toolchain.generate.evaluate.measure import FAILED

WORST = 10
LESS_IS_BETTER = ("chamfer", "colour", "yaw", "seconds", "memory_mb")
COLUMNS = {
    "iou": ("IoU", ".3f"),
    "f2": ("F@2 %", ".3f"),
    "f5": ("F@5 %", ".3f"),
    "f10": ("F@10 %", ".3f"),
    "chamfer": ("Chamfer", ".4f"),
    "around": ("8 silhouettes", ".3f"),
    "given": ("given views", ".3f"),
    "from_there": ("from their cameras", ".3f"),
    "colour": ("colour ΔE", ".1f"),
    "yaw": ("yaw off, deg", ".0f"),
    "seconds": ("s, median", ".1f"),
    "memory_mb": ("MB, most", ".0f"),
}


def by_views(rows: list[Row]) -> dict[str, list[Row]]:
    """Rows by their set of views, written front+left; in the rows' order."""
    out: dict[str, list[Row]] = {}
    for row in rows:
        out.setdefault("+".join(row.views), []).append(row)
    return out


def means(rows: list[Row]) -> dict[str, float]:
    """Mean measures of one set of views, `seconds` their median, `memory_mb` the most; `props` and `failed` counted.

    A failed job counts as measure.FAILED says; for `colour` and `yaw` and where nothing was measured it is left out.
    """
    out: dict[str, float] = {"props": len(rows), "failed": sum(bool(r.fault) for r in rows)}
    measured = {name for row in rows for name in row.measures} | {"iou", "f5"}
    for name in COLUMNS:
        if name in measured:
            values = [row.measures.get(name, FAILED.get(name) if row.fault else None) for row in rows]
            known = [value for value in values if value is not None]
            if known:
                out[name] = round(statistics.fmean(known), 4)
    good = [row for row in rows if not row.fault] or rows
    out["seconds"] = round(statistics.median(row.seconds for row in good), 2)
    out["memory_mb"] = max(row.memory_mb for row in rows)
    return out


def worst(rows: list[Row], count: int = WORST) -> list[Row]:
    """Failed rows, then those of the lowest F-score at 5 %."""
    return sorted(rows, key=lambda row: (not row.fault, row.measures.get("f5", 0.0), row.case))[:count]


def markdown(rows: list[Row]) -> str:
    """A line a set of views, then the worst of each set by name."""
    groups = by_views(rows)
    lines = ["| views | props | failed | " + " | ".join(title for title, _ in COLUMNS.values()) + " |"]
    lines.append("|" + "---|" * (3 + len(COLUMNS)))
    for views, group in groups.items():
        mean = means(group)
        cells = [format(mean[name], form) if name in mean else "-" for name, (_, form) in COLUMNS.items()]
        lines.append(f"| {views} | {mean['props']} | {mean['failed']} | " + " | ".join(cells) + " |")
    for views, group in groups.items():
        lines += ["", f"Worst of {views} (IoU / F@5 %):"]
        for row in worst(group):
            told = row.fault or f"{row.measures['iou']:.2f} / {row.measures['f5']:.2f}, {row.rung}"
            lines.append(f"* {row.case}: {told}")
    return "\n".join(lines) + "\n"


def as_json(rows: list[Row], generator: str, version: str) -> dict[str, Any]:
    """Means and rows, with no path and no host in them."""
    groups = by_views(rows)
    return {
        "schema": 1,
        "dropforge": version,
        "generator": generator,
        "means": {views: means(group) for views, group in groups.items()},
        "rows": [row.as_json() for row in rows],
    }


def floors(text: str) -> dict[str, float]:
    """`iou=0.5,f5=0.7` as numbers; measures of which less is better are bounds from above. SettingsError if wrong."""
    out = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, value = part.partition("=")
        if name not in COLUMNS:
            raise SettingsError("--least", None, f'there is no measure "{name}"{nearest(name, COLUMNS)}')
        try:
            out[name] = float(value)
        except ValueError:
            raise SettingsError("--least", None, f'"{part}" must be MEASURE=NUMBER, such as iou=0.5') from None
    return out


def missed(rows: list[Row], asked: dict[str, float]) -> list[str]:
    """A sentence for each mean that misses what was asked."""
    out = []
    for views, group in by_views(rows).items():
        mean = means(group)
        for name, bound in asked.items():
            value, less = mean.get(name), name in LESS_IS_BETTER
            if value is None:
                out.append(f"{views}: {name} was not measured.")
            elif value > bound if less else value < bound:
                out.append(f"{views}: {name} is {value:g}, asked was {'at most' if less else 'at least'} {bound:g}.")
    return out
