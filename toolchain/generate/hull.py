"""Visual hull as a smooth field: what all silhouettes allow, and where they contradict, what they allow best."""

from __future__ import annotations

from functools import reduce

import numpy as np

from toolchain.asset import F32
from toolchain.generate.mesher import Grid
from toolchain.generate.sections import rounded
from toolchain.generate.views import Registered

#: The two axes of the picture plane seen along an axis, as the arrays here hold them: (first, second).
PLANE_AXES = {0: (2, 1), 1: (0, 2), 2: (0, 1)}


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
            on_nodes(registered, picture, grid.axes[p.right], grid.axes[p.up], 0.6 * grid.step))
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


def hull(planes: dict[int, F32], step: float, powers: dict[int, float]) -> F32:
    """(nx, ny, nz) field: least of the silhouettes' distances, sections across `powers` axes rounded.

    A column of sight that a silhouette fills and the others would empty gets matter back where they
    forbid it least: every drawn part stands, if thinner than drawn elsewhere.
    """
    field = reduce(np.minimum, (spread(plane, axis) for axis, plane in planes.items()))
    for along, power in powers.items():
        field = np.minimum(field, section(planes, along, step, power))
    for axis, plane in planes.items():
        field = np.maximum(field, _relief(field, spread(plane, axis), axis, step))
    return field


def _relief(field: F32, silhouette: F32, axis: int, step: float) -> F32:
    """`field` raised in the columns along `axis` where the silhouette's inside has lost its matter."""
    best = field.max(axis=axis, keepdims=True)
    least = np.minimum(silhouette, 0.5 * step)  # matter half a step deep is enough to be meshed
    lack = np.where(silhouette > 0, np.maximum(least - best, 0), 0)
    if not (lack > 0).any():
        return field
    return np.minimum(field + lack, silhouette)
