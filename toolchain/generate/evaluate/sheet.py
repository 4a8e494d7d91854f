"""The contact sheet: a row a prop, the pictures given, a turntable of ours, a turntable of the truth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import U8, Mesh, Reference, Sculpt
from toolchain.generate.evaluate.job import Row
from toolchain.generate.evaluate.table import worst
from toolchain.generate.evaluate.truth import Truth, albedo
from toolchain.generate.mesher import vertex_normals
from toolchain.report import render
from toolchain.report.pictures import YAWS, cutout
from toolchain.report.render import Hits

CELL = 112
MOST = 40  # rows of one sheet, worst first
_GROUND = (0.82, 0.82, 0.82)


def strip(reference: Reference, sculpt: Sculpt, truth: Truth) -> U8:
    """(2 * CELL, W, 3): the pictures at the left; eight sides of ours above the same of the truth."""
    views = [cutout(view, CELL) for view in reference.views[:4]]
    given = np.full((2 * CELL, 2 * CELL, 3), 255, np.uint8)
    for i, view in enumerate(views):
        y, x = i // 2 * CELL, i % 2 * CELL
        given[y : y + view.shape[0], x : x + view.shape[1]] = view[..., :3]
    mesh, known = sculpt.mesh, truth.painted.mesh
    normals = vertex_normals(mesh.positions, mesh.faces)
    ours = _turntable(
        mesh,
        lambda hits: render.interpolate(sculpt.colour, mesh.faces, hits),
        lambda hits: render.interpolate(normals, mesh.faces, hits),
    )
    corners = known.positions[known.faces].reshape(-1, 3)
    flat = vertex_normals(corners, np.arange(len(corners)).reshape(-1, 3))
    theirs = _turntable(
        known, lambda hits: albedo(truth.painted, hits.face, hits.bary), lambda hits: flat[3 * hits.face]
    )
    return np.concatenate((given, np.concatenate((ours, theirs), axis=0)), axis=1)


def sheet(rows: list[Row]) -> U8 | None:
    """(H, W, 3) strips of the rows that have one, worst first, each under its name and figures; None without any."""
    from PIL import Image, ImageDraw

    bar, parts = 14, []
    for row in worst(rows, MOST):
        if row.strip is None:
            continue
        label = Image.new("RGB", (row.strip.shape[1], bar), "white")
        iou, f5 = row.measures["iou"], row.measures["f5"]
        ImageDraw.Draw(label).text((2, 1), f"{row.case}  IoU {iou:.3f}  F@5 % {f5:.3f}  {row.rung}", fill="black")
        parts += [np.asarray(label), row.strip]
    return np.concatenate(parts, axis=0) if parts else None


def _turntable(mesh: Mesh, paint: Callable[[Hits], NDArray], facing: Callable[[Hits], NDArray]) -> U8:
    """(CELL, 8 * CELL, 3); `paint` gives linear colours and `facing` normals where rays meet the mesh."""
    cells = []
    for yaw in YAWS:
        camera = render.Camera(float(yaw), 20.0)
        hits = render.cast(mesh, camera, CELL)
        normals, colours = facing(hits), paint(hits)
        normals = np.where((normals * hits.view).sum(1, keepdims=True) < 0, -normals, normals)  # sheets have two sides
        shades = render.light(colours, normals, hits.view, np.ones(len(colours)), 0.9, 0.0, camera.yaw)
        cells.append(render.picture(hits, shades, CELL, _GROUND)[..., :3])
    return np.concatenate(cells, axis=1)
