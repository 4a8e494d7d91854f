"""A shape from one line of sight: the outline is kept, the depth behind it is a rule chosen by the outline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from toolchain.asset import F32
from toolchain.generate import depth
from toolchain.generate.distance import on_nodes
from toolchain.generate.hull import PLANE_AXES
from toolchain.generate.mesher import PAD, Grid, grid_about
from toolchain.generate.outline import Outline, read_outline
from toolchain.generate.shape import Shape
from toolchain.generate.views import Registered

# Thresholds and depths were chosen on 110 props of another set, seen from the front and at three quarters.
RECTANGLE = 0.96  # share of its least rectangle from which an outline is a box's
LONG = 0.35  # `narrow` below which a thing is long
LEANING = 12.0  # degrees from upright or level from which a long thing was drawn leaning
EVEN = 0.8  # mirror IoU from which a thing can have been turned on a lathe


def shape(registered: Registered, resolution: int) -> Shape:
    """The field min(D - |depth|, outline distance) of pictures along one line of sight, D by the chosen rung."""
    sight = registered.pictures[0].plane.depth
    right, up = PLANE_AXES[sight]
    grid, distance = silhouette(registered, resolution)
    outline = read_outline(np.asarray(distance > 0))
    rung, reason, half = choose(distance, grid.step, outline)

    reach = int(np.ceil(half.max() / grid.step)) + PAD
    along = (np.arange(-reach, reach + 1) * grid.step).astype(np.float32)
    field = np.minimum(half[:, :, None] - np.abs(along), distance[:, :, None])  # axes: right, up, depth
    order = [(right, up, sight).index(axis) for axis in range(3)]
    axes = [grid.axes[0], grid.axes[1], grid.axes[2]]
    axes[sight] = along
    extents = registered.extents.copy()
    extents[sight] = 2 * float(half.max())
    notes = {"outline": {k: round(float(v), 3) for k, v in vars(outline).items()}}
    return Shape(
        np.transpose(field, order),
        Grid((axes[0], axes[1], axes[2]), grid.step),
        replace(registered, extents=extents),
        rung,
        reason,
        notes,
    )


def silhouette(registered: Registered, resolution: int) -> tuple[Grid, F32]:
    """A grid about the box, and the signed distance on its nodes across the one line of sight, positive inside."""
    right, up = PLANE_AXES[registered.pictures[0].plane.depth]
    grid = grid_about(registered.extents, resolution)
    distances = [on_nodes(registered, p, grid.axes[right], grid.axes[up], 0.6 * grid.step) for p in registered.pictures]
    distance: F32 = np.asarray(np.mean(distances, axis=0), np.float32)
    return grid, distance if (distance > 0).any() else distances[0]  # two drawings of thin things may nowhere meet


def choose(distance: F32, step: float, outline: Outline) -> tuple[str, str, F32]:
    """Rung, reason and half depths for a signed distance on nodes (positive inside).

    In turn: a rectangle is a box; a long thing drawn leaning, or level, is a plate as thick as its narrow
    parts; what is even about its upright (or, better, its level) axis is a solid of revolution run by run;
    the rest is inflated.
    """
    inside = distance[distance > 0]
    wide, high = (np.ptp(np.flatnonzero((distance > 0).any(axis))) * step for axis in (1, 0))
    least = max(0.75 * step, 1e-6)  # half a depth that the grid can still hold
    if outline.filled > RECTANGLE:
        deep = max(0.5 * min(wide, high), least)
        return (
            "box",
            f"The outline fills {outline.filled:.0%} of a rectangle, so it became a box as deep as its shorter side.",
            depth.plate(distance, deep, 1.5 * step),
        )
    leans = min(abs(outline.lean), 90 - abs(outline.lean))
    even = max(outline.upright, outline.level)
    if outline.narrow < LONG and (leans > LEANING or abs(outline.lean) > 45) and even < EVEN:
        thick = max(float(np.quantile(inside, 0.9)), least)
        return (
            "plate",
            "The thing is long and was drawn lying or leaning, so it became a plate as thick as its narrow parts.",
            depth.plate(distance, thick, thick),
        )
    if even >= EVEN:
        turned = outline.level > outline.upright + 0.1 and outline.aspect > 1.0
        half = depth.revolve(distance.T, step).T if turned else depth.revolve(distance, step)
        name, match = ("level", outline.level) if turned else ("upright", outline.upright)
        return (
            "revolve",
            f"The outline matches its mirror image about its {name} axis by {match:.0%}, so it was "
            "turned about that axis.",
            np.where(distance > 0, np.maximum(half, least), 0).astype(np.float32),
        )
    return (
        "inflate",
        "The outline is neither a rectangle nor even about an axis, so it was inflated.",
        np.where(distance > 0, np.maximum(depth.inflate(distance, step), least), 0).astype(np.float32),
    )
