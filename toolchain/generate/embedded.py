"""The generator that ships: silhouettes to a closed shape, pictures to its colours. No connection, no GPU.

The ladder: pictures from two or three sides make a visual hull, which small networks that learned from game props
hollow out; a lone picture from aside, or a boxy front, is completed by them; every other front, alone or with its back,
and every picture without a name whose outline their answer would not fill, becomes a shape by the rule that its outline
fits best.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine_profiles.typed import opt
from toolchain.asset import GUESSED, LEARNED, Mesh, Reference, Sculpt
from toolchain.generate.ask import Ask
from toolchain.stage import Progress

if TYPE_CHECKING:
    from toolchain.generate.learned.prior import Answer
    from toolchain.generate.views import Picture

NAME = "embedded"
WHERE, PRICE = "here", ""
CAN = ("1-6 views", "colour")
LICENCE = "Dropforge's own Apache-2.0 code and weights, learned from CC0 and MIT-0 models: what it makes is yours."
COARSE = 96  # voxels along the longest side of the grid that counts surface nodes
FINEST = 448
MOST_NODES = 24_000_000  # of a grid: 96 MB a field


@dataclass(frozen=True)
class Params(Ask):
    """How finely the shape is made."""

    vertices: int = opt(110_000, "about how many vertices", low=5_000, high=400_000)
    resolution: int = opt(0, "voxels along the longest side; 0 chooses by `vertices`", low=0, high=512)
    smooth: int = opt(2, "rounds of Taubin's filter", low=0, high=20)
    learned: bool = opt(True, "complete pictures by what was learned of game props")


def available() -> str | None:
    """Always: it needs what Dropforge is installed with."""
    return None


def generate(reference: Reference, params: Params, progress: Progress, state: Path | None = None) -> Sculpt:
    """A closed sculpt in a box centred on the origin, longest side about 1. StageError for empty pictures."""
    from toolchain.generate.colour import project
    from toolchain.generate.evidence import outline_iou, silhouette_iou
    from toolchain.generate.learned import prior, snug
    from toolchain.generate.mesher import crossings, surface, vertex_normals
    from toolchain.generate.plan import lies_flat, plan_of
    from toolchain.generate.views import aside_of, pictures_of, register

    progress(0.0, "registering the views")
    pictures, assumed = pictures_of(reference)
    registered = register(pictures)
    if params.learned and len(pictures) == 1 and pictures[0].name in prior.VIEWS and not lies_flat(registered):
        progress(0.05, "asking where the picture was taken from")
        pose = prior.read_pose(pictures[0])
        if pose != prior.FRONT:
            answer = snug.shape(pictures[0], pose)
            if answer.fills >= snug.ENOUGH or pictures[0].name != "single":
                return learned(answer, pictures[0], params, progress)
            assumed += f" Completed as other props are, it would not fill its outline (IoU {answer.fills:.2f})."

    progress(0.1, "shaping")
    resolution = params.resolution
    rung = plan_of(registered, aside_of(reference), resolution or COARSE, params.learned)
    plan = rung.first
    if not resolution:
        resolution = _finer(plan.field.shape, crossings(plan.field), params.vertices)
        plan = rung.shape(registered, resolution)
    progress(0.4, "meshing")
    positions, faces = surface(plan.field, plan.grid, params.smooth)
    normals = vertex_normals(positions, faces)
    progress(0.6, "colouring")
    colour, evidence = project(plan.registered, positions, faces, normals, plan.grid.step, rung.beside)
    if plan.rung == prior.RUNG:
        evidence[evidence == GUESSED] = LEARNED
    notes: dict[str, Any] = {
        "resolution": resolution,
        "silhouette_iou": silhouette_iou(plan.registered, positions, faces),
        "view_disagreement": {k: round(v, 4) for k, v in registered.disagreement.items()},
        **plan.notes,
    }
    for camera in rung.beside:
        notes["silhouette_iou"][camera.picture.name] = outline_iou(camera.picture, camera.pixels(positions), faces)
    reason = " ".join(filter(None, (plan.reason, assumed, rung.told)))
    progress(1.0, "")
    shots = tuple(plan.registered.shot(picture) for picture in plan.registered.pictures)
    shots += tuple(camera.shot() for camera in rung.beside)
    mesh = Mesh(positions, faces, normals)
    return Sculpt(mesh, colour, evidence, NAME, plan.rung, reason, "", notes, shots=shots)


def learned(answer: Answer, picture: Picture, params: Params, progress: Progress) -> Sculpt:
    """The sculpt of a lone picture by the networks' answer."""
    from toolchain.generate.learned.build import build
    from toolchain.generate.learned.field import field_of
    from toolchain.generate.mesher import crossings

    resolution = params.resolution
    if not resolution:
        field, _ = field_of(answer, picture, COARSE)
        resolution = _finer(field.shape, crossings(field), params.vertices)
    return build(answer, picture, resolution, params.smooth, progress)


def _finer(shape: tuple[int, ...], found: int, wanted: int) -> int:
    """The resolution that gives about `wanted` surface vertices, by what COARSE gave; bounded by memory."""
    resolution = COARSE * np.sqrt(wanted / max(found, 1))
    nodes = float(np.prod(shape)) * (resolution / COARSE) ** 3
    if nodes > MOST_NODES:
        resolution *= (MOST_NODES / nodes) ** (1 / 3)
    return int(np.clip(resolution, COARSE // 2, FINEST))
