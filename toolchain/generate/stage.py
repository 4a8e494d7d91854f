"""The generate stage: pictures to a Sculpt in canonical pose and metres, with its evidence.

+Y up, +Z the front, origin at the bottom centre of the box. What is measured is measured on the mesh that
is returned: silhouettes against the pictures, evidence by area.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from engine_profiles.schema import Profile
from toolchain.asset import F32, Reference, Sculpt
from toolchain.generate.ask import Ask
from toolchain.recipe import DEFAULT_SIZE_M, Recipe
from toolchain.stage import Made, Progress, StageError
from validators.finding import Finding

NAME = "generate"
VERSION = 9
#: IoU of a silhouette with its picture under which the artist is told that the pictures contradict each other.
FAITHFUL = 0.95


def params(recipe: Recipe, _profile: Profile | None) -> Ask:
    """The generator's own Params, with the size that the recipe asks for."""
    from toolchain.generate.table import generator

    return generator(recipe.generator).Params(
        generator=recipe.generator, size_m=recipe.size_m, size_axis=recipe.size_axis, size_source=recipe.size_source
    )


def run(params: Ask, progress: Progress, *, intake: Reference, state: Path) -> Made:
    """The Sculpt of `intake`'s pictures. StageError where no shape can be had."""
    from toolchain.generate.evidence import shares
    from toolchain.generate.table import ready

    maker = ready(params.generator)

    def tell(share: float, what: str = "") -> None:
        progress(0.95 * share, what)

    raw = maker.generate(intake, params, tell, state)
    _check(raw, params.generator)
    sculpt = stand(raw, params)
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
    if not params.size_m and sculpt.size_source == "default":
        findings += (_unsized(sculpt),)
    return Made(sculpt, measures, findings)


def stand(sculpt: Sculpt, params: Ask) -> Sculpt:
    """`sculpt` and what is painted on it scaled to metres, its box's bottom centre moved to the origin.

    With `size_m` 0 a file that states its size keeps it; one that does not is DEFAULT_SIZE_M long.
    """
    positions = sculpt.mesh.positions.astype(np.float64)
    low, high = positions.min(0), positions.max(0)
    extent = high - low
    side = extent[1] if params.size_axis == "height" else extent.max()
    foot = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    asked, source = params.size_m, "sidecar" if params.size_source == "file" else params.size_source
    if not asked:
        asked, source = (float(side), "file") if sculpt.size_source == "file" else (DEFAULT_SIZE_M, "default")

    def moved(points: F32) -> F32:
        return ((points.astype(np.float64) - foot) * (asked / side)).astype(np.float32)

    painted = sculpt.painted
    if painted is not None:
        painted = replace(painted, mesh=replace(painted.mesh, positions=moved(painted.mesh.positions)))
    mesh = replace(sculpt.mesh, positions=moved(sculpt.mesh.positions))
    shots = tuple(shot.moved(foot, asked / side) for shot in sculpt.shots)
    return replace(sculpt, mesh=mesh, size_source=source, painted=painted, shots=shots)


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


def _unsized(sculpt: Sculpt) -> Finding:
    stated = sculpt.notes.get("file_size_m")
    text = f"The file says that it is {stated:g} m long" if stated else "The file does not say in what unit it is"
    return Finding(
        "generate.size",
        "info" if not stated else "warning",
        f"{text}; its longest side was made {DEFAULT_SIZE_M:g} m.",
        "Give size_m or height_m in the sidecar, or unit_m in [stage.generate].",
        measured=stated,
    )


def _unfaithful(view: str, iou: float, views: int) -> Finding:
    text = f"The sculpt's outline and the {view.replace('_', '-')} picture's agree by only {iou:.0%}. "
    why, fix = (
        ("The pictures contradict each other there.", "Check that all views show the same pose at the same height.")
        if views > 1
        else ("Parts of it are finer than the sculpt.", "Raise `vertices` in [stage.generate].")
    )
    return Finding("generate.silhouette", "warning", text + why, fix, measured=iou, limit=FAITHFUL)
