"""The generate stage: pictures to a Sculpt in canonical pose and metres, with its evidence.

+Y up, +Z the front, origin at the bottom centre of the box. What is measured is measured on the mesh that
is returned: silhouettes against the pictures, evidence by area.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine_profiles.schema import Profile
from engine_profiles.typed import opt
from toolchain.asset import Reference, Sculpt
from toolchain.recipe import DEFAULT_SIZE_M, Recipe
from toolchain.stage import Made, Progress, StageError
from validators.finding import Finding

NAME = "generate"
VERSION = 1
#: IoU of a silhouette with its picture under which the artist is told that the pictures contradict each other.
FAITHFUL = 0.95


@dataclass(frozen=True)
class Params:
    """Who makes the shape, how finely, and how large the thing is."""

    generator: str = opt("embedded", "who makes the 3D")
    vertices: int = opt(110_000, "about how many vertices; they carry the colour", low=5_000, high=400_000)
    resolution: int = opt(0, "voxels along the longest side; 0 chooses by `vertices`", low=0, high=512)
    smooth: int = opt(2, "rounds of smoothing of the mesh", low=0, high=20)
    size_m: float = opt(DEFAULT_SIZE_M, "size of the asset along `size_axis`", unit="m", low=1e-4, high=1000.0)
    size_axis: str = opt("longest", "which side `size_m` is", choices=("longest", "height"))
    size_source: str = opt("default", "where `size_m` comes from", choices=("default", "sidecar"))


def params(recipe: Recipe, _profile: Profile | None) -> Params:
    """Generator and size as the recipe asks."""
    return Params(
        generator=recipe.generator, size_m=recipe.size_m, size_axis=recipe.size_axis, size_source=recipe.size_source
    )


def run(params: Params, progress: Progress, *, intake: Reference) -> Made:
    """The Sculpt of `intake`'s pictures. StageError where no shape can be had."""
    from dataclasses import fields

    from toolchain.generate.evidence import shares
    from toolchain.generate.mesher import closed
    from toolchain.generate.table import generator

    maker = generator(params.generator)
    shared = {f.name for f in fields(maker.Params)} & {f.name for f in fields(Params)}
    asked = maker.Params(**{name: getattr(params, name) for name in sorted(shared)})

    def tell(share: float, what: str = "") -> None:
        progress(0.95 * share, what)

    raw = maker.generate(intake, asked, tell)
    _check(raw, params.generator)
    sculpt = stand(raw, params)
    if not closed(sculpt.mesh.faces):
        raise StageError("The generator's surface is not closed.", f"rung {raw.rung}")
    progress(1.0, "")
    mesh = sculpt.mesh
    iou = sculpt.notes.get("silhouette_iou", {})
    measures = {
        "rung": sculpt.rung,
        "reason": sculpt.reason,
        "size_m": [round(float(s), 6) for s in mesh.size],
        "size_source": sculpt.size_source,
        "triangles": len(mesh.faces),
        "vertices": len(mesh.positions),
        "evidence": shares(sculpt.evidence, mesh.positions, mesh.faces),
        **sculpt.notes,
    }
    findings = tuple(_unfaithful(view, value, len(iou)) for view, value in sorted(iou.items()) if value < FAITHFUL)
    return Made(sculpt, measures, findings)


def stand(sculpt: Sculpt, params: Params) -> Sculpt:
    """`sculpt` scaled to metres, its box's bottom centre moved to the origin."""
    positions = sculpt.mesh.positions.astype(np.float64)
    low, high = positions.min(0), positions.max(0)
    extent = high - low
    side = extent[1] if params.size_axis == "height" else extent.max()
    foot = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    moved = ((positions - foot) * (params.size_m / side)).astype(np.float32)
    return replace(sculpt, mesh=replace(sculpt.mesh, positions=moved), size_source=params.size_source)


def _check(sculpt: Sculpt, name: str) -> None:
    """What a generator gives is checked: it may be foreign code."""
    mesh, colour, count = sculpt.mesh, sculpt.colour, len(sculpt.mesh.positions)
    good = (
        count > 0
        and len(mesh.faces) > 0
        and bool(np.isfinite(mesh.positions).all())
        and int(mesh.faces.min()) >= 0
        and int(mesh.faces.max()) < count
        and bool((mesh.size > 0).all())
        and colour.shape == (count, 3)
        and bool(np.isfinite(colour).all())
        and sculpt.evidence.shape == (count,)
    )
    if not good:
        raise StageError(f'The generator "{name}" made no usable shape.', f"{count} vertices, {len(mesh.faces)} faces")


def _unfaithful(view: str, iou: float, views: int) -> Finding:
    text = f"The sculpt's outline and the {view.replace('_', '-')} picture's agree by only {iou:.0%}. "
    why, fix = (
        ("The pictures contradict each other there.", "Check that all views show the same pose at the same height.")
        if views > 1
        else ("Parts of it are finer than the sculpt.", "Raise `vertices` in [stage.generate].")
    )
    return Finding("generate.silhouette", "warning", text + why, fix, measured=iou, limit=FAITHFUL)
