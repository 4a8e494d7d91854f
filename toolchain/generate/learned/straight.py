"""A shape from straight pictures: what their outlines allow, less what the networks hold for empty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32
from toolchain.generate import hull
from toolchain.generate.learned.answer import CELL
from toolchain.generate.learned.bridge import along_z, bridged
from toolchain.generate.learned.field import finer
from toolchain.generate.learned.prior import RUNG, Answer, reach
from toolchain.generate.mesher import Grid, grid_about
from toolchain.generate.shape import Shape
from toolchain.generate.views import Registered

#: Cells by which the networks must set a surface further in to be followed, in part, and from twice that wholly: the
#: outlines are sharper than they are.
CLEAR = 1.5
THIN = 0.5  # cells: how deep in the matter the lines of sight must come that the networks left empty


def shape(answer: Answer, registered: Registered, resolution: int) -> Shape:
    """The field of pictures along one line of sight or more, `resolution` voxels along the box's longest side."""
    notes = {"sure": round(answer.sure, 3)}
    if registered.extents.all():
        plan = hull.shape(registered, resolution)
        return replace(
            plan,
            field=carved(plan, finer(answer, plan.grid)),
            reason=f"{plan.reason} What other props leave empty was hollowed out.",
            notes=plan.notes | notes,
        )
    extents = registered.extents.copy()
    extents[2] = 2 * min(reach(answer)[2] + CELL, answer.half[2])
    whole = replace(registered, extents=extents)
    grid = grid_about(extents, resolution)
    reason = "The pictures show one side; its depth is what other props of that look have."
    return Shape(filled(answer, whole, grid), grid, whole, RUNG, reason, notes)


def filled(answer: Answer, registered: Registered, grid: Grid) -> F32:
    """(nx, ny, nz) the answer behind the outline of pictures along z: nothing beside it, something behind all of it."""
    ((axis, plane),) = hull.silhouettes(registered, grid).items()
    outline = np.ascontiguousarray(np.broadcast_to(hull.spread(plane, axis), [len(a) for a in grid.axes]))
    return np.asarray(np.minimum(bridged(finer(answer, grid), outline, grid, along_z(grid)), outline), np.float32)


def carved(plan: Shape, matter: F32) -> F32:
    """(nx, ny, nz) `plan`'s field where `matter` agrees, and where it is nearest to on lines of sight left empty."""
    over = np.maximum(plan.field - matter, 0)
    field = plan.field - over * np.clip(over / (CLEAR * CELL) - 1, 0, 1)
    for axis in sorted({picture.plane.depth for picture in plan.registered.pictures}):
        there = plan.field.max(axis=axis) > 0
        best = np.where(plan.field > 0, field, -np.inf).max(axis=axis)
        field = np.minimum(field + np.expand_dims(lacking(best, there), axis), plan.field)
    return np.asarray(field, np.float32)


def lacking(best: F32, there: NDArray[np.bool_]) -> NDArray[np.floating]:
    """(H, W) what a field must gain along lines of sight, a little about them too, to be THIN cells deep somewhere.

    `best` (H, W): its greatest value along each; `there`: which of them the picture fills.
    """
    from scipy.ndimage import gaussian_filter, grey_dilation

    lack = np.where(there, np.maximum(THIN * CELL - best, 0), 0)
    return np.asarray(gaussian_filter(grey_dilation(lack, 3), 1.0))
