"""Unwrap: LOD0 gets UVs, one exact square a slot, and normals and tangents to bake with.

Charts come from xatlas in a child process, and from our own box projection where it fails, or for the
single charts of it that are turned over or cover themselves. Packing is ours: see :mod:`pack`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine_profiles import Profile
from engine_profiles.typed import opt
from toolchain.asset import Mesh
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress, StageError
from validators.finding import Finding

if TYPE_CHECKING:
    from toolchain.lowpoly.charts import Charts

NAME = "unwrap"
VERSION = 1
RECUTS = 3  # rounds of cutting charts that cover themselves


@dataclass(frozen=True)
class Params:
    """How the UVs are laid out."""

    texture_px: int = opt(1024, "side of each slot's texture", unit="px", low=16, high=16384)
    padding: float = opt(0.0078125, "gap between charts: 8 px at 1024", unit="of the side", low=0.0, high=0.1)
    hard_angle: float = opt(
        60.0, "edges sharper than this are hard where charts are split", unit="degrees", low=0.0, high=180.0
    )
    deadline_s: float = opt(60.0, "longest that xatlas may take on a slot", unit="s", low=1.0, high=3600.0)


def params(recipe: Recipe, profile: Profile | None) -> Params:
    """The texture size of the recipe's tier."""
    return Params() if profile is None else Params(texture_px=profile.tier(recipe.tier).texture_px)


def run(params: Params, progress: Progress, *, reduce: Mesh) -> Made:
    """The mesh with split vertices, UVs in 0..1 per slot, normals and tangents; faces in the same order."""
    from toolchain.bake.tangents import add_tangents
    from toolchain.lowpoly.uvcheck import signed, stretch

    faces, slots = reduce.faces.astype(np.int64), reduce.slot_of_faces()
    wedges, blocks, offset = np.zeros_like(faces), [], 0
    measures: list[dict[str, Any]] = []
    findings: list[Finding] = []
    present = [int(s) for s in np.unique(slots)]
    for i, slot in enumerate(present):
        progress(0.05 + 0.8 * i / len(present), f"slot {slot + 1}")
        mine = np.flatnonzero(slots == slot)
        charts, rung, mended = _charts(reduce.positions, faces[mine], params.deadline_s)
        uv, scale, padding = _pack(charts, params)
        measured, clash = _measure(uv, charts, params.texture_px)
        for _ in range(RECUTS):  # what covers itself by a texel only shows at the texture's own size
            if not clash.any():
                break
            bad = np.isin(charts.chart, charts.chart[clash])
            charts = _recut(reduce.positions, faces[mine], charts, bad)
            mended += int(bad.sum())
            uv, scale, padding = _pack(charts, params)
            measured, clash = _measure(uv, charts, params.texture_px)
        density = scale * params.texture_px
        measures.append(
            measured
            | {
                "slot": slot,
                "rung": rung,
                "charts": int(charts.chart.max()) + 1,
                "recut_faces": mended,
                "padding_px": round(padding, 3),
                "texels_per_m": round(density, 3),
                "stretch": stretch(reduce.positions, faces[mine], uv, charts.wedges),
            }
        )
        if clash.any():
            findings.append(
                Finding(
                    "unwrap.overlap",
                    "error",
                    f"{clash.sum()} triangles share texels with another triangle.",
                    "Raise the texture size or the triangle budget.",
                    measured=int(clash.sum()),
                    limit=0,
                )
            )
        if padding < params.padding * params.texture_px - 1e-9:
            findings.append(
                Finding(
                    "unwrap.padding",
                    "warning",
                    f"There are too many small charts for a gap of {params.padding:.2%}.",
                    "Raise the texture size.",
                    measured=round(padding, 3),
                    limit=params.padding * params.texture_px,
                )
            )
        wedges[mine] = charts.wedges + offset
        offset += len(uv)
        blocks.append(uv)
    texture = np.concatenate(blocks)
    progress(0.9, "normals and tangents")
    mesh, hard = split(reduce, wedges, texture, params.hard_angle)
    mesh = add_tangents(mesh)
    if mesh.uv is None or not np.isfinite(mesh.uv).all() or mesh.uv.min() < 0 or mesh.uv.max() > 1:
        raise StageError("The unwrap left the texture's square.")
    mirrored = int((signed(mesh.uv.astype(np.float64), mesh.faces) < 0).sum())
    return Made(
        mesh,
        {
            "slots": measures,
            "vertices": len(mesh.positions),
            "triangles": len(mesh.faces),
            "hard_edges": hard,
            "mirrored": mirrored,
            "texture_px": params.texture_px,
        },
        tuple(findings),
    )


def _charts(positions: np.ndarray, faces: np.ndarray, deadline_s: float) -> tuple[Charts, str, int]:
    """(charts of the faces, rung, faces that were cut anew by box projection)."""
    from toolchain.lowpoly.charts import by_box, by_xatlas, finish
    from toolchain.lowpoly.topology import compact
    from validators import child

    local, used = compact(faces, len(positions))
    points = np.ascontiguousarray(positions[used], np.float32)
    try:
        size = float(np.ptp(points, axis=0).max()) or 1.0
        wedges, uv = child.call(by_xatlas, (points - points.min(axis=0)) / size, local, deadline_s=deadline_s)
    except (child.ChildError, ValueError, RuntimeError):
        return by_box(points, local), "box", len(local)
    charts, bad = finish(points, local, wedges, uv)
    if bad.all():
        return by_box(points, local), "box", len(local)
    return _recut(points, local, charts, bad), "xatlas", int(bad.sum())


def _recut(positions: np.ndarray, faces: np.ndarray, charts: Charts, bad: np.ndarray) -> Charts:
    """`charts` with those of the faces `bad` (F,) (whole charts) cut anew by box projection."""
    from toolchain.lowpoly.charts import by_box, drop_charts, join

    if not bad.any():
        return charts
    if bad.all():
        return by_box(positions, faces)
    good, again = np.flatnonzero(~bad), np.flatnonzero(bad)
    return join(drop_charts(charts, good), good, by_box(positions, faces[again]), again)


def _pack(charts: Charts, params: Params) -> tuple[np.ndarray, float, float]:
    """(uv, scale, padding in px): the padding gives way only where nothing fits otherwise."""
    from toolchain.lowpoly.pack import pack

    padding = params.padding * params.texture_px
    for part in (1.0, 0.5, 0.25, 0.0):
        try:
            uv, scale = pack(charts, params.texture_px, padding * part)
        except ValueError:
            continue
        return uv, scale, padding * part
    raise StageError(f"The charts do not fit into {params.texture_px} pixels.")


def _measure(uv: np.ndarray, charts: Charts, size: int) -> tuple[dict[str, Any], np.ndarray]:
    """(measures, faces (F,) that share a texel with another)."""
    from toolchain.lowpoly.uvcheck import coverage, signed

    owner, clash = coverage(uv, charts.wedges, size)
    measured = {
        "utilisation": round(float(np.abs(signed(uv, charts.wedges)).sum()), 4),
        "texels": int((owner >= 0).sum()),
        "overlapping": int(clash.sum()),
    }
    return measured, clash


def split(mesh: Mesh, wedges: np.ndarray, uv: np.ndarray, hard_angle: float) -> tuple[Mesh, int]:
    """(mesh with one vertex for each wedge and normal, hard edges). `mesh` is welded; faces keep their order."""
    from toolchain.lowpoly.normals import corner_groups

    group, normals, hard = corner_groups(mesh.positions, mesh.faces, wedges, hard_angle)
    key = wedges.astype(np.int64) * (int(group.max()) + 1) + group
    _, first, index = np.unique(key, return_index=True, return_inverse=True)
    corner = mesh.faces.reshape(-1)[first]
    return Mesh(
        mesh.positions[corner],
        index.reshape(-1, 3).astype(np.int32),
        normals=normals[group.reshape(-1)[first]].astype(np.float32),
        uv=np.clip(uv[wedges.reshape(-1)[first]], 0, 1).astype(np.float32),
        slots=mesh.slots,
    ), hard
