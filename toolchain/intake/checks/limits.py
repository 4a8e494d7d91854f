"""The reference checklist as a table: which figure, how far it may go, and what to tell the artist.

The limits were set so that the forty concept pictures of the evaluation data, which a person would
accept, draw few findings, and so that synthetic faults (tests/toolchain/intake/test_checks.py) draw theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from validators.finding import Finding, Where


@dataclass(frozen=True)
class Limit:
    """One row. `message` may use {file}, {measured} and {limit}."""

    code: str
    figure: str  # key among the figures; a figure that is None was not judged
    low: float | None  # measured below it: a finding
    high: float | None  # measured above it: a finding
    severity: str
    message: str
    fix: str
    percent: bool = False  # show shares as percent


LIMITS = (
    Limit(
        "ref.resolution",
        "subject_px",
        16,
        None,
        "error",
        "The subject in {file} is {measured} px large: too small to build anything from.",
        "Use a picture in which the subject is at least 512 px large.",
    ),
    Limit(
        "ref.resolution",
        "subject_px",
        256,
        None,
        "warning",
        "The subject in {file} is {measured} px large; textures will look coarse.",
        "Use a larger picture: 1024 px or more for the subject is best.",
    ),
    Limit(
        "ref.blur",
        "sharp_px",
        256,
        None,
        "warning",
        "{file} is blurred: it holds the detail of a sharp subject only {measured} px large.",
        "Use a sharp original, not an enlarged or compressed copy.",
    ),
    Limit(
        "ref.small",
        "frame_share",
        0.3,
        None,
        "warning",
        "The subject spans {measured} of the frame in {file}; the cut-out may miss fine parts.",
        "Crop the picture closer to the subject, leaving a margin all around.",
        percent=True,
    ),
    Limit(
        "ref.frame",
        "cut_off",
        None,
        0.02,
        "warning",
        "The subject runs out of the frame in {file}: {measured} of a side of it lies on the picture's edge.",
        "Leave a margin all around, so that the whole subject is seen.",
        percent=True,
    ),
    Limit(
        "ref.several",
        "parts",
        None,
        1,
        "warning",
        "{file} shows {measured} separate things; they are built as one asset.",
        "Drop one picture for each asset, or connect the parts.",
    ),
    Limit(
        "ref.contrast",
        "faint",
        None,
        0.25,
        "warning",
        "{measured} of the outline in {file} has almost the background's colour; the cut-out there is a guess.",
        "Use a background that differs from the subject, or export the picture with a transparent background.",
        percent=True,
    ),
    Limit(
        "ref.openings",
        "openings",
        None,
        0.01,
        "info",
        "Enclosed parts in {file} of the background's colour ({measured} of the subject) were cut out as openings.",
        "If they are paint and not openings, export the picture with a transparent background.",
        percent=True,
    ),
    Limit(
        "ref.shadow",
        "ground_shadow",
        None,
        0.12,
        "info",
        "{file} shows a strong shadow on the ground ({measured} of the subject's size). It was cut away.",
        "Look at the cut-out; soft, even light or a transparent background avoids this.",
        percent=True,
    ),
    Limit(
        "ref.shadow",
        "alpha_shadow",
        None,
        0.05,
        "warning",
        "{file} seems to carry a drop shadow in its transparency ({measured} of the subject's size).",
        "Switch the drop shadow off before exporting.",
        percent=True,
    ),
    Limit(
        "ref.dark",
        "crushed",
        None,
        0.35,
        "info",
        "{measured} of the subject in {file} is too dark to show any detail.",
        "Use soft, even light without hard shadows across the subject.",
        percent=True,
    ),
    Limit(
        "ref.transparent",
        "clear",
        None,
        0.05,
        "warning",
        "{measured} of the subject in {file} is half transparent: built solid, or open where less than half opaque.",
        "Paint transparent parts opaque.",
        percent=True,
    ),
    Limit(
        "ref.mirror",
        "glints",
        None,
        0.025,
        "info",
        "{file} shows mirror-like highlights over {measured} of the subject; they will be baked into its colour.",
        "Use soft, even light, and paint mirrors matt.",
        percent=True,
    ),
)


def judge(figures: Mapping[str, Any], file: str, limits: tuple[Limit, ...] = LIMITS) -> tuple[Finding, ...]:
    """Findings of one view; of several rows with one code the first that fires speaks."""
    found: dict[str, Finding] = {}
    for row in limits:
        value = figures.get(row.figure)
        if value is None or row.code in found:
            continue
        bound = row.low if row.low is not None and value < row.low else row.high
        if bound is None or (bound == row.high and value <= bound):
            continue
        shown = f"{value:.0%}" if row.percent else f"{value:g}"
        text = row.message.format(file=file, measured=shown, limit=bound)
        found[row.code] = Finding(row.code, row.severity, text, row.fix, Where(file=file), value, bound)
    return tuple(found.values())
