"""Unwrap: LOD0 gets UVs, one exact square a slot, and normals and tangents to bake with.

Charts come from xatlas in a child process (:mod:`atlas`), and from our own box projection where it fails, or for the
single charts of it that are turned over or cover themselves. Charts that pack badly are cut (:mod:`divide`); of
several cuts the one that fills the square best for its seams is packed (:mod:`pack`). Measures are of what is
delivered (:mod:`uvmeasure`).
"""

from __future__ import annotations

import contextlib
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
    from toolchain.lowpoly.atlas import Cut
    from toolchain.lowpoly.charts import Charts

NAME = "unwrap"
VERSION = 2
CLEAN_PX = 256  # the smallest mip in which charts do not mix, where Params.mips leaves it to the texture's size
RECUTS = 3  # rounds of cutting charts that cover themselves
SEAM_WORTH = 0.25  # a layout with 4 % more seam must fill the square 1 % better
CROWDS = (0.0, 0.5)  # how eagerly large charts are cut, see :mod:`divide`


@dataclass(frozen=True)
class Params:
    """How the UVs are laid out."""

    texture_px: int = opt(1024, "side of each slot's texture", unit="px", low=16, high=16384)
    mips: int = opt(
        0,
        "smaller mips in which charts keep apart: the gap is 2 to that power; 0: down to the mip of 256 px, "
        "4 texels at 1024 and 8 at 2048",
        unit="mips",
        low=0,
        high=8,
    )
    texels_per_m: float = opt(
        0.0, "texel density that is asked for; 0 asks for none", unit="texels per metre", low=0.0, high=1e6
    )
    hard_angle: float = opt(
        60.0, "edges sharper than this are hard where charts are split", unit="degrees", low=0.0, high=180.0
    )
    deadline_s: float = opt(30.0, "longest that xatlas may take on a slot", unit="s", low=1.0, high=3600.0)

    @property
    def padding_px(self) -> float:
        """Texels between charts."""
        return float(2 ** (self.mips or max(1, (self.texture_px // CLEAN_PX).bit_length() - 1)))


def params(recipe: Recipe, profile: Profile | None) -> Params:
    """The texture size of the recipe's tier, and the profile's texel density."""
    if profile is None:
        return Params()
    return Params(texture_px=profile.tier(recipe.tier).texture_px, texels_per_m=profile.textures.texels_per_m)


def run(params: Params, progress: Progress, *, reduce: Mesh) -> Made:
    """The mesh with split vertices, UVs in 0..1 per slot, normals and tangents; faces in the same order."""
    from toolchain.bake.tangents import add_tangents
    from toolchain.lowpoly.topology import areas
    from toolchain.lowpoly.uvcheck import signed
    from toolchain.lowpoly.uvmeasure import layout

    faces, slots = reduce.faces.astype(np.int64), reduce.slot_of_faces()
    if not len(faces) or not np.isfinite(reduce.positions).all() or not areas(reduce.positions, faces).sum() > 0:
        raise StageError("There is nothing to unwrap: the reduced mesh has no surface, or broken numbers.")
    wedges, blocks, offset = np.zeros_like(faces), [], 0
    measures: list[dict[str, Any]] = []
    findings: list[Finding] = []
    present = [int(s) for s in np.unique(slots)]
    for i, slot in enumerate(present):
        progress(0.05 + 0.8 * i / len(present), f"slot {slot + 1}")
        mine = np.flatnonzero(slots == slot)
        laid = _lay(reduce.positions, faces[mine], params)
        uv = np.clip(laid.uv, 0, 1).astype(np.float32)  # what is measured is what is delivered
        args = (uv.astype(np.float64), laid.charts.wedges, laid.charts.chart, params.texture_px, params.padding_px)
        measured = layout(reduce.positions, faces[mine], *args)
        measured |= {"slot": slot, "rung": laid.rung, "recut_faces": laid.recut, "padding_px": round(laid.padding, 3)}
        measures.append(measured)
        findings.extend(_judge(measured, params))
        wedges[mine] = laid.charts.wedges + offset
        offset += len(uv)
        blocks.append(uv)
    progress(0.9, "normals and tangents")
    mesh, hard = split(reduce, wedges, np.concatenate(blocks), params.hard_angle)
    mesh = add_tangents(mesh)
    if mesh.uv is None or not np.isfinite(mesh.uv).all() or mesh.uv.min() < 0 or mesh.uv.max() > 1:
        raise StageError("The unwrap left the texture's square.")
    figures = {
        "slots": measures,
        "vertices": len(mesh.positions),
        "triangles": len(mesh.faces),
        "hard_edges": hard,
        "mirrored": int((signed(mesh.uv.astype(np.float64), mesh.faces) < 0).sum()),
        "texture_px": params.texture_px,
    }
    return Made(mesh, figures, tuple(findings))


@dataclass(frozen=True, eq=False)
class Laid:
    """Charts of one slot in their square."""

    charts: Charts
    uv: np.ndarray  # (W, 2) in 0..1
    padding: float  # texels that were asked for in the end
    rung: str  # xatlas, box
    recut: int  # faces cut anew by box projection


def _lay(positions: np.ndarray, faces: np.ndarray, params: Params) -> Laid:
    """The charts of a slot's faces, packed; those that still cover themselves by a texel are cut anew."""
    from toolchain.lowpoly.charts import recut
    from toolchain.lowpoly.uvcheck import coverage

    charts, rung, mended = _best_charts(positions, faces, params)
    for turn in range(RECUTS + 1):  # what covers itself by a texel only shows at the texture's own size
        uv, padding = _pack(charts, params)
        clash = coverage(uv, charts.wedges, params.texture_px)[1]
        if turn == RECUTS or not clash.any():
            break
        bad = np.isin(charts.chart, charts.chart[clash])
        charts = recut(positions, faces, charts, bad)
        mended += int(bad.sum())
    return Laid(charts, uv, padding, rung, mended)


def _best_charts(positions: np.ndarray, faces: np.ndarray, params: Params) -> tuple[Charts, str, int]:
    """(charts of the faces, rung, faces that were cut anew by box projection): of several cuts the best."""
    from toolchain.lowpoly.atlas import by_xatlas
    from toolchain.lowpoly.charts import by_box, finish, recut
    from toolchain.lowpoly.divide import divide
    from toolchain.lowpoly.pack import fill
    from toolchain.lowpoly.topology import compact
    from toolchain.lowpoly.uvmeasure import seam_length
    from validators import child

    local, used = compact(faces, len(positions))
    points = np.ascontiguousarray(positions[used], np.float32)
    gap = params.padding_px / params.texture_px
    size = float(np.ptp(points, axis=0).max()) or 1.0
    cuts: list[Cut] = []
    with contextlib.suppress(child.ChildError, ValueError, RuntimeError):  # the rung tells of it
        unit = (points - points.min(axis=0)) / size
        child.call(by_xatlas, unit, local, deadline_s=params.deadline_s, on_message=cuts.append)
    sound = []
    for wedges, uv in cuts:
        charts, bad = finish(points, local, wedges, uv)
        if not bad.all():
            sound.append((recut(points, local, charts, bad), int(bad.sum())))
    rung = "xatlas" if sound else "box"
    whole = sound or [(by_box(points, local), len(local))]
    least = max(min(seam_length(points, local, charts.wedges) for charts, _ in whole), 1e-9 * size)
    best: tuple[float, Charts, int] | None = None
    for charts, mended in whole:
        for crowd in CROWDS:
            parts = divide(charts, gap, crowd)
            longer = seam_length(points, local, parts.wedges) / least - 1
            worth = fill(parts, gap) * (1 - SEAM_WORTH * longer)
            if best is None or worth > best[0]:
                best = worth, parts, mended
    assert best is not None
    return best[1], rung, best[2]


def _pack(charts: Charts, params: Params) -> tuple[np.ndarray, float]:
    """(uv, padding in texels): the padding gives way only where nothing fits otherwise."""
    from toolchain.lowpoly.pack import pack

    for part in (1.0, 0.5, 0.25, 0.0):
        padding = params.padding_px * part
        try:
            return pack(charts, padding / params.texture_px)[0], padding
        except ValueError:
            continue
    raise StageError(f"The charts do not fit into {params.texture_px} pixels.")


def _judge(measured: dict[str, Any], params: Params) -> list[Finding]:
    """What of a slot's layout misses what was asked."""
    slot, found = f"slot {measured['slot'] + 1}", []
    if clash := measured["overlapping"]:
        text = f"{clash} triangles of {slot} share texels with another triangle."
        fix = "Raise the texture size or the triangle budget."
        found.append(Finding("unwrap.overlap", "error", text, fix, measured=clash, limit=0))
    if (gap := measured["gap_px"]) < params.padding_px - 0.01:  # UVs are 32-bit floats
        text = f"The charts of {slot} come within {gap:g} texels of each other; {params.padding_px:g} are asked for."
        fix = "Raise the texture size: there are too many small charts for this one."
        found.append(Finding("unwrap.padding", "warning", text, fix, measured=gap, limit=params.padding_px))
    density, wanted = measured["texels_per_m"], params.texels_per_m
    if 0 < density < wanted:
        size = params.texture_px * 2 ** int(np.ceil(np.log2(wanted / density)))
        text = f"{slot.capitalize()} has {density:.0f} texels per metre; {wanted:g} are asked for."
        fix = f"A texture of {size} pixels would reach it."
        found.append(Finding("unwrap.density", "warning", text, fix, measured=density, limit=wanted))
    return found


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
        uv=uv[wedges.reshape(-1)[first]].astype(np.float32),
        slots=mesh.slots,
    ), hard
