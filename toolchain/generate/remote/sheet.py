"""The contact sheet of candidates: a row for each, from four sides, so that a person can choose by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from toolchain.asset import U8, Sculpt

PX = 192
YAWS = (-30.0, 60.0, 150.0, 240.0)
BAND = 26  # pixels of the number's column
TAKEN, OTHER = (64, 160, 96, 255), (120, 120, 120, 255)


def contact_sheet(sculpts: list[Sculpt | None], taken: int) -> U8:
    """(N * PX, BAND + 4 * PX, 4) uint8 sRGB; the row of the one `taken` has a green number, a bad one is empty."""
    from PIL import Image, ImageDraw

    sheet = Image.new("RGBA", (BAND + PX * len(YAWS), PX * len(sculpts)), (255, 255, 255, 255))
    pen = ImageDraw.Draw(sheet)
    for row, sculpt in enumerate(sculpts):
        pen.rectangle((0, row * PX, BAND - 1, (row + 1) * PX - 1), fill=TAKEN if row == taken else OTHER)
        pen.text((8, row * PX + 8), str(row + 1), fill=(255, 255, 255, 255), font_size=16)
        for column, yaw in enumerate(YAWS if sculpt is not None else ()):
            assert sculpt is not None
            cell = Image.fromarray(_shaded(sculpt, yaw), "RGBA")
            sheet.alpha_composite(cell, (BAND + column * PX, row * PX))
    return np.asarray(sheet)


def _shaded(sculpt: Sculpt, yaw: float) -> U8:
    from toolchain.report import render

    mesh, camera = sculpt.mesh, render.Camera(yaw, 12.0)
    hits = render.cast(mesh, camera, PX)
    a, b, c = (mesh.positions[mesh.faces[:, i]].astype(np.float64) for i in range(3))
    normals = np.cross(b - a, c - a)
    normals = (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30))[hits.face]
    normals = np.where((normals * hits.view).sum(1, keepdims=True) < 0, -normals, normals)
    albedo = render.interpolate(sculpt.colour, mesh.faces, hits)
    colours = render.light(albedo, normals, hits.view, np.ones(len(albedo)), 0.8, 0.0, yaw)
    return render.picture(hits, colours, PX)
