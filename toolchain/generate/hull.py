"""Visual hull as a smooth field: what all silhouettes allow, and where they contradict, what they allow best."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32
from toolchain.generate.mesher import Grid, grid_about
from toolchain.generate.sections import rounded
from toolchain.generate.shading import side_light
from toolchain.generate.shape import Shape
from toolchain.generate.views import Registered

#: The two axes of the picture plane seen along an axis, as the arrays here hold them: (first, second).
PLANE_AXES = {0: (2, 1), 1: (0, 2), 2: (0, 1)}
LOSS = 0.06  # of a section's silhouette that rounding may take


def silhouettes(registered: Registered, grid: Grid) -> dict[int, F32]:
    """Line of sight axis -> signed distance on nodes of the plane across it (axes of PLANE_AXES).

    Opposite views show one silhouette; where both were drawn their mean is taken, so that the outline runs
    midway between two drawings that disagree.
    """
    from toolchain.generate.distance import on_nodes

    planes: dict[int, list[F32]] = {}
    for picture in registered.pictures:
        p = picture.plane
        planes.setdefault(p.depth, []).append(
            on_nodes(registered, picture, grid.axes[p.right], grid.axes[p.up], 0.6 * grid.step)
        )
    return {axis: np.mean(fields, axis=0, dtype=np.float32) for axis, fields in planes.items()}


def spread(plane: F32, axis: int) -> F32:
    """A plane's field as a broadcastable (nx, ny, nz) view, constant along `axis`."""
    first, second = PLANE_AXES[axis]
    return np.expand_dims(plane if first < second else plane.T, axis)


def section(planes: dict[int, F32], along: int, step: float, power: float) -> F32:
    """Rounded sections across axis `along`, (nx, ny, nz), from the two planes that hold it."""
    one, two = (axis for axis in range(3) if axis != along)  # section axes; plane seen along `two` holds `one`
    lines = []
    for mine, seen_along in ((one, two), (two, one)):
        plane = planes[seen_along]
        lines.append(plane if PLANE_AXES[seen_along] == (mine, along) else plane.T)
    return np.moveaxis(rounded(lines[0], lines[1], step, power), 2, along)


def hull(planes: dict[int, F32], step: float, along: int, power: float) -> F32:
    """(nx, ny, nz) field: least of the silhouettes' distances, sections across `along` rounded to `power`.

    Rounding stops where it would take matter that a picture shows: a section that loses over LOSS of what
    the plain hull casts into the pictures stays as it is. A column of sight that a silhouette fills and
    the others would empty gets matter back where they forbid it least: every drawn part stands, if thinner
    than drawn elsewhere.
    """
    plain = reduce(np.minimum, (spread(plane, axis) for axis, plane in planes.items()))
    field = plain
    if np.isfinite(power):
        round_field = np.minimum(plain, section(planes, along, step, power))
        field = np.where(_robbed(plain, round_field, along), plain, round_field)
    for axis, plane in planes.items():
        field = _relief(field, plain, spread(plane, axis), axis, step)
    return field


def _robbed(plain: F32, rounded_field: F32, along: int) -> NDArray[np.bool_]:
    """Sections across `along` (a broadcastable mask) that lose over LOSS of a silhouette by rounding."""
    from scipy.ndimage import binary_dilation

    out = np.zeros(plain.shape[along], bool)
    for axis in {0, 1, 2} - {along}:
        across = 1 - [a for a in range(3) if a != axis].index(along)  # the section's other axis, once `axis` is gone
        before = (plain.max(axis) > 0).sum(across)
        after = (rounded_field.max(axis) > 0).sum(across)
        out |= before - after > LOSS * before
    shape = [1, 1, 1]
    shape[along] = -1
    return binary_dilation(out).reshape(shape)


def _relief(field: F32, plain: F32, silhouette: F32, axis: int, step: float) -> F32:
    """`field` raised in the columns along `axis` that the silhouette fills and even the plain hull leaves empty."""
    best = plain.max(axis=axis, keepdims=True)
    least = np.minimum(silhouette, 0.5 * step)  # matter half a step deep is enough to be meshed
    lack = np.where(silhouette > 0, np.maximum(least - best, 0), 0)
    if not (lack > 0).any():
        return field
    return np.maximum(field, np.where(lack > 0, np.minimum(plain + lack, silhouette), field))


#: Section powers tried against a third picture, from the rectangle to the ellipse.
POWERS = (np.inf, 4.0, 2.5, 2.0)
CLEARLY, MISSING = 0.015, 2.0  # by how much a rounded hull must agree better than the rectangular one; see _agreement
COVERED = 0.97  # of each silhouette that a rounded hull must keep
CHOICE = 80  # voxels along the longest side of the grid that the choice is made on
#: Without one: an ellipse where front and side are both lit from one side as round bodies are, and for things of curved
#: outline; a rounded rectangle for things whose front and side cast the same outline, as turned things do and posts;
#: a rectangle else. Chosen on 109 other props: IoU, F at 5 % 0.691, 0.888; without the light 0.681, 0.886;
#: rectangles throughout 0.669, 0.844; ellipses throughout 0.669, 0.888.
LIT, STRAIGHT, CURVED, ALIKE = 0.08, 0.88, 0.6, 0.93


def shape(registered: Registered, resolution: int) -> Shape:
    """Hull of pictures along two or three lines of sight, its cross-sections as round as the evidence says.

    Sections are taken across the upright axis where front and side are drawn, else across the axis that both
    drawn planes hold. A third picture is the evidence where there is one: its own straight outline, else the power
    whose hull of the other two casts the silhouette most like it. Without one the two outlines and their light are.
    """
    along, power, why = choose(registered)
    grid = grid_about(registered.extents, resolution)
    field = hull(silhouettes(registered, grid), grid.step, along, power)
    kind = {np.inf: "rectangular", 4.0: "rounded", 2.5: "nearly elliptical", 2.0: "elliptical"}[power]
    views = " and ".join(picture.name for picture in registered.pictures)
    return Shape(
        field,
        grid,
        registered,
        "hull",
        f"The {views} pictures were carved into one hull; {why} {kind} cross-sections.",
        {"section_power": 0.0 if np.isinf(power) else power},
    )


def choose(registered: Registered) -> tuple[int, float, str]:
    """The axis that sections are taken across, their power, and why; on a grid of its own, whatever the mesh's."""
    grid = grid_about(registered.extents, CHOICE)
    planes = silhouettes(registered, grid)
    along = next(iter({0, 1, 2} - planes.keys()), 1)
    if len(planes) < 3:
        return along, *_by_two(registered, planes, grid.step)
    if straightness(planes[along], grid.step) > STRAIGHT:
        return along, np.inf, "the third picture's straight outline shows"
    pair = {axis: plane for axis, plane in planes.items() if axis != along}
    agreement = {power: _agreement(hull(pair, grid.step, along, power), planes[along], along) for power in POWERS}
    for power in sorted(POWERS, key=lambda power: -agreement[power]):
        if power == np.inf or agreement[power] <= agreement[np.inf] + CLEARLY:
            break
        field = hull(planes, grid.step, along, power)
        if min(_covered(field, plane, axis) for axis, plane in planes.items()) >= COVERED:
            return along, power, "the third picture's outline agrees best with"
    return along, np.inf, "the third picture's outline asks for"


def _by_two(registered: Registered, planes: dict[int, F32], step: float) -> tuple[float, str]:
    upright = planes.keys() == {0, 2}
    lit = [max(side_light(p) for p in registered.pictures if p.plane.depth == axis) for axis in planes]
    if upright and min(lit) > LIT:
        return 2.5, "the light on both sides speaks for"
    straight = max(straightness(plane, step) for plane in planes.values())
    if straight > STRAIGHT:
        return np.inf, "straight upright and level outlines speak for"
    if straight < CURVED:
        return 2.5, "curved and slanting outlines speak for"
    if upright and _likeness(planes[0] > 0, planes[2] > 0) > ALIKE:
        return 4.0, "front and side cast the same outline, which speaks for"
    return np.inf, "nothing shows round sides, so it has"


def _likeness(one: NDArray[np.bool_], two: NDArray[np.bool_]) -> float:
    """IoU of two masks centred on each other along axis 0."""
    wide = max(len(one), len(two))
    one, two = (np.pad(mask, (((wide - len(mask)) // 2,) * 2, (0, 0))) for mask in (one, two))  # lengths are odd
    return float((one & two).sum() / max((one | two).sum(), 1))


def _agreement(field: F32, plane: F32, along: int) -> float:
    """IoU of a hull's silhouette with a picture's, less MISSING times the share of the picture that it misses.

    What a hull covers beyond a picture may be hidden in the two others; what it misses is a contradiction.
    """
    theirs, ours = spread(plane, along) > 0, field.max(axis=along, keepdims=True) > 0
    both, drawn = (ours & theirs).sum(), max(theirs.sum(), 1)
    return float(both / max((ours | theirs).sum(), 1) - MISSING * (1 - both / drawn))


def _covered(field: F32, plane: F32, axis: int) -> float:
    """Share of a silhouette that a hull covers."""
    drawn = spread(plane, axis) > 0
    return float(((field.max(axis=axis, keepdims=True) > 0) & drawn).sum() / max(drawn.sum(), 1))


def straightness(plane: F32, step: float) -> float:
    """Share of the outline that runs within 10 degrees of the picture's upright or level."""
    across, up = np.gradient(plane)
    outline = np.abs(plane) < step
    length = np.maximum(np.hypot(across, up), 1e-12)
    return float((np.maximum(np.abs(across), np.abs(up)) / length > 0.985)[outline].mean()) if outline.any() else 0.0
