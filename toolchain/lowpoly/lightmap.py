"""The lightmap set: one square for the whole mesh, over all slots, in which no two triangles share a texel.

The charts of the first UV set serve again where they are sound, so that few vertices are split; where a level's
collapse has folded or turned a chart, or laid it over itself, it is cut anew. Charts stand on whole texels, as
Epic advises: an edge of a box-shaped chart then falls between texels and not through them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.asset import Mesh
from toolchain.stage import StageError

if TYPE_CHECKING:
    from toolchain.lowpoly.charts import Charts

PARTS = (1.0, 0.75, 0.5, 0.25, 0.0)  # of the padding, tried in this order
RECUTS = 3  # rounds of cutting charts that cover themselves by a texel


def lightmap(mesh: Mesh, px: int, padding: float) -> tuple[Mesh, dict[str, Any]]:
    """(`mesh` with `uv_light` (V', 2), measures): V' >= V, further vertices are copies; faces keep their order.

    `px` is the side of the lightmap, `padding` the least gap between charts in its texels. The padding gives way
    only where the charts would not fit at all: `padding_px` of the measures is the gap found in the result, looked
    for up to twice the padding. Raises StageError where not even that fits, ValueError for a mesh without triangles.
    """
    from toolchain.lowpoly.charts import by_box, recut
    from toolchain.lowpoly.gaps import least_gap
    from toolchain.lowpoly.topology import areas, weld_exact
    from toolchain.lowpoly.uvcheck import coverage, signed

    if not len(mesh.faces):
        raise ValueError("a mesh without triangles has no lightmap")
    first, weld = weld_exact(mesh.positions)
    points, faces = mesh.positions[first].astype(np.float64), weld[mesh.faces]
    charts = by_box(points, faces) if mesh.uv is None else _given(mesh, points, faces)
    for turn in range(RECUTS + 1):
        uv = _pack(charts, px, padding)
        clash = coverage(uv, charts.wedges, px)[1]
        if turn == RECUTS or not clash.any():
            break
        charts = recut(points, faces, charts, np.isin(charts.chart, charts.chart[clash]))
    made = _split(mesh, charts.wedges, uv)
    assert made.uv_light is not None
    laid = made.uv_light.astype(np.float64)
    flat = np.abs(signed(laid, made.faces)).sum()
    reach = max(2 * padding, 1.0) / px
    return made, {
        "charts": int(charts.chart.max()) + 1,
        "utilisation": round(float(flat), 4),
        "overlapping": int(coverage(laid, made.faces, px)[1].sum()),
        "padding_px": round(least_gap(laid[made.faces], charts.wedges, charts.chart, reach) * px, 3),
        "added_vertices": len(made.positions) - len(mesh.positions),
        "texels_per_m": round(float(np.sqrt(flat / max(areas(points, faces).sum(), 1e-30))) * px, 3),
    }


def _given(mesh: Mesh, points: np.ndarray, faces: np.ndarray) -> Charts:
    """The charts of the mesh's first UV set, unmirrored and at one scale; those that are no good cut anew."""
    from toolchain.lowpoly.charts import finish, recut

    assert mesh.uv is not None
    slot = np.zeros(len(mesh.positions))
    slot[mesh.faces] = mesh.slot_of_faces()[:, None]
    rows = np.concatenate((mesh.positions, mesh.uv, slot[:, None]), axis=1, dtype=np.float32) + np.float32(0)
    void = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.shape[1] * 4))).reshape(-1)
    _, first, index = np.unique(void, return_index=True, return_inverse=True)
    wedges = index.reshape(-1)[mesh.faces].astype(np.int64)
    charts, bad = finish(points, faces, wedges, mesh.uv[first].astype(np.float64))
    return recut(points, faces, charts, bad)


def _pack(charts: Charts, px: int, padding: float) -> np.ndarray:
    from toolchain.lowpoly.pack import pack_snapped

    for part in PARTS:
        try:
            return pack_snapped(charts, px, padding * part)[0]
        except ValueError:
            continue
    count = int(charts.chart.max()) + 1
    raise StageError(f"{count} charts do not fit into a lightmap of {px} pixels: raise the profile's lightmap.px.")


def _split(mesh: Mesh, wedges: np.ndarray, uv: np.ndarray) -> Mesh:
    """`mesh` with one vertex for each vertex and wedge; the first of a vertex keeps its index."""
    corner = mesh.faces.reshape(-1).astype(np.int64)
    _, at, index = np.unique(corner * len(uv) + wedges.reshape(-1), return_index=True, return_inverse=True)
    owner = corner[at]
    known = np.concatenate(([True], owner[1:] != owner[:-1]))
    count = len(mesh.positions)
    target = np.where(known, owner, count + np.cumsum(~known) - 1)
    source = np.concatenate((np.arange(count), owner[~known]))
    light = np.zeros((len(source), 2), np.float32)
    light[target] = np.clip(uv[wedges.reshape(-1)[at]], 0, 1)

    def pick(values: Any) -> Any:
        return None if values is None else values[source]

    return replace(
        mesh,
        positions=mesh.positions[source],
        normals=pick(mesh.normals),
        uv=pick(mesh.uv),
        tangents=pick(mesh.tangents),
        uv_light=light,
        faces=target[index.reshape(-1)].reshape(-1, 3).astype(np.int32),
    )
