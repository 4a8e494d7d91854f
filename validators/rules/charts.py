"""UV charts on the texture's own grid: which chart owns a texel, and how far charts keep apart."""

from __future__ import annotations

import numpy as np

from validators.columns import alike
from validators.rules.join import components
from validators.rules.uvgrid import samples
from validators.scene import F64, I32, SceneMesh


def charts(mesh: SceneMesh, uv_set: int) -> I32:
    """(T,) chart of each triangle: those that share a point at one UV belong together."""
    uv = np.round(mesh.uvs[uv_set], 6)
    welded = np.zeros(len(mesh.corner_point), np.int64)
    welded[mesh.triangles.ravel()] = mesh.welded_triangles.ravel()
    place, _ = alike(welded, *uv.T)
    corners = place[mesh.triangles]
    _, part = components(int(corners.max(initial=-1)) + 1, corners[:, [0, 1]].ravel(), corners[:, [1, 2]].ravel())
    return part[corners[:, 0]]


def least_gap(uv: F64, chart: I32, size: int, most: int) -> tuple[int, int]:
    """(free texels between the two nearest charts, pairs of texels nearer than `most`), `most` where none is nearer.

    uv (T, 3, 2) in 0..1, chart (T,). A texel is owned by the chart that holds its centre, so that the answer is
    right within one texel. Charts that lie on one another are the business of another rule.
    """
    owner = np.full((size + 2 * most, size + 2 * most), -1, np.int32)
    x, y, triangle = samples(np.mod(uv, 1.0) if uv.min() < 0 or uv.max() > 1 else uv, size)
    owner[y + most, x + most] = chart[triangle]
    inner = owner[most : most + size, most : most + size]
    least, near = most, 0
    for dy in range(most + 1):
        for dx in range(-most if dy else 1, most + 1):
            free = max(abs(dx), dy) - 1
            other = owner[most + dy : most + dy + size, most + dx : most + dx + size]
            clash = int(((inner >= 0) & (other >= 0) & (inner != other)).sum())
            if clash:
                least, near = min(least, free), near + clash
    return least, near
