"""Slots beside the materials that props really have, written to slots.md beside this file.

The props of the evaluation set that come with several materials are made anew from five of their pictures by the
embedded generator, and each face of the sculpt takes the material of the nearest true face that looks its way. Regions
are matched to materials one to one (Hungarian) and their IoU by area averaged over all materials of at least 1 % of
the surface; a material without a region counts 0. k-means goes over the same faces' Lab colours.
"""

from __future__ import annotations

import argparse
import json
import struct
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.conftest import SHARED
from toolchain.asset import Concept, Mesh, Reference, Sculpt, View
from toolchain.recipe import Recipe
from toolchain.stage import quiet

OUT = Path(__file__).with_name("slots.md")
VIEWS = ("front", "back", "left", "right", "top")
CAMERAS = {"front": (0, 0), "left": (90, 0), "back": (180, 0), "right": (270, 0), "top": (0, 90)}
LEAST = 0.01
VERTICES = 40_000


def several_materials(folder: Path) -> bool:
    """Whether a prop's gt.glb names more than one material."""
    data = (folder / "gt.glb").read_bytes()
    tree = json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])
    return len({p.get("material") for mesh in tree["meshes"] for p in mesh["primitives"]}) > 1


def made(folder: Path) -> tuple[Sculpt, Reference]:
    """The sculpt of a prop's pictures, and the pictures."""
    from toolchain.generate import embedded
    from toolchain.intake import stage as intake

    concept = Concept("prop", "prop", {view: folder / f"{view}.png" for view in VIEWS})
    reference = intake.run(intake.params(Recipe("prop", "prop"), None), quiet, concept=concept).value
    return embedded.generate(reference, embedded.Params(vertices=VERTICES), quiet), reference


def truth(folder: Path, sculpt: Sculpt) -> tuple[np.ndarray, Any]:
    """(F,) material of each face of the sculpt, and the true model (painted)."""
    from toolchain.asset import Painted
    from toolchain.intake.models import read_model
    from toolchain.surface.materials import nearest_paint

    painted = read_model((folder / "gt.glb").read_bytes(), ".glb", "gt.glb").painted
    low, size = painted.mesh.positions.min(axis=0), np.ptp(painted.mesh.positions, axis=0)
    mesh = sculpt.mesh
    ours = (mesh.positions - mesh.positions.min(axis=0)) / np.ptp(mesh.positions, axis=0) * size + low
    placed = Painted(Mesh(painted.mesh.positions, painted.mesh.faces, slots=painted.mesh.slots), painted.paints)
    return nearest_paint(placed, Mesh(ours.astype(np.float32), mesh.faces)), painted


def masked(reference: Reference, painted: Any, folder: Path) -> Reference:
    """The pictures with a mask painted over the front, left and top: each material in a colour of its own."""
    from dataclasses import replace

    from toolchain.report import render

    codes = np.array([[40 + 70 * (i % 4), 40 + 70 * (i // 4), 250] for i in range(16)], np.uint8)
    slots, out = painted.mesh.slot_of_faces(), []
    middle = (painted.mesh.positions.min(axis=0) + painted.mesh.positions.max(axis=0)) / 2
    centred = Mesh((painted.mesh.positions - middle).astype(np.float32), painted.mesh.faces)
    for view in reference.views:
        if view.name not in ("front", "left", "top"):
            out.append(view)
            continue
        side = view.rgba.shape[0]
        hits = render.cast(centred, render.Camera(*CAMERAS[view.name], 0), side)
        full = np.zeros(((side * render.SAMPLES) ** 2, 3), np.uint8)
        full[hits.where] = codes[slots[hits.face]]
        mask = full.reshape(side, render.SAMPLES, side, render.SAMPLES, 3)[:, 0, :, 0]
        out.append(replace(view, slots=np.ascontiguousarray(mask)))
    return Reference(tuple(out))


def mean_iou(label: np.ndarray, true: np.ndarray, area: np.ndarray) -> tuple[float, int]:
    """(mean IoU over the true regions, how many there are)."""
    from scipy.optimize import linear_sum_assignment

    both = np.zeros((int(true.max()) + 1, int(label.max()) + 1))
    np.add.at(both, (true, label), area)
    union = both.sum(axis=1)[:, None] + both.sum(axis=0)[None] - both
    iou = (both / np.maximum(union, 1e-30))[both.sum(axis=1) >= LEAST * area.sum()]
    rows, columns = linear_sum_assignment(-iou)
    return float(iou[rows, columns].sum() / len(iou)), len(iou)


def k_means(sculpt: Sculpt, count: int) -> np.ndarray:
    """(F,) the best of five runs of k-means over the faces' Lab colours."""
    from scipy.cluster.vq import kmeans2, vq

    from toolchain.srgb import lab

    colours = lab(sculpt.colour[sculpt.mesh.faces].mean(axis=1))
    some = colours[:: max(1, len(colours) // 20_000)]
    runs = [kmeans2(some, count, minit="++", rng=np.random.default_rng(seed))[0] for seed in range(5)]
    return vq(colours, min(runs, key=lambda centre: float(vq(some, centre)[1].sum())))[0]


def row(folder: Path) -> list[Any]:
    """Numbers of one prop."""
    from toolchain.lowpoly.topology import areas
    from toolchain.surface import slots

    sculpt, reference = made(folder)
    true, painted = truth(folder, sculpt)
    area = areas(sculpt.mesh.positions, sculpt.mesh.faces)
    start = time.perf_counter()
    auto = slots.run(slots.Params(max_slots=4), quiet, repair=sculpt, intake=Reference(_plain(reference)))
    seconds = time.perf_counter() - start
    paint = slots.run(slots.Params(max_slots=8), quiet, repair=sculpt, intake=masked(reference, painted, folder))
    found = len(auto.value.slots)
    ours, kinds = mean_iou(auto.value.faces, true, area)
    asked = slots.Params(max_slots=8, count=min(kinds, 8))
    told = slots.run(asked, quiet, repair=sculpt, intake=Reference(_plain(reference)))
    return [
        folder.name,
        kinds,
        found,
        ours,
        mean_iou(told.value.faces, true, area)[0],
        mean_iou(k_means(sculpt, kinds), true, area)[0],
        mean_iou(k_means(sculpt, found), true, area)[0],
        mean_iou(np.zeros(len(true), np.int64), true, area)[0],
        mean_iou(paint.value.faces, true, area)[0],
        len(sculpt.mesh.faces),
        seconds,
    ]


def _plain(reference: Reference) -> tuple[View, ...]:
    return tuple(view for view in reference.views if view.slots is None)


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[])
    only = parser.parse_args().only
    folders = sorted(f for f in (SHARED / "eval").iterdir() if (f / "gt.glb").is_file())
    rows = [row(f) for f in folders if several_materials(f) and (not only or f.name in only)]
    mean = ["mean", "", "", *(float(np.mean([r[i] for r in rows])) for i in range(3, 9)), "", ""]
    columns = (
        "prop, materials, found, ours, ours told k, k-means told k, k-means our k, one slot, painted mask, faces, s"
    )
    head = f"| {columns.replace(', ', ' | ')} |"
    lines = ["# Slots", "", *(__doc__ or "").split("\n\n", 1)[1].strip().splitlines(), ""]
    lines += ["Automatic slots: at most four (a hero's). The mask is painted over the front, the left and the top.", ""]
    lines += [head, "|" + "---|" * 11]
    for values in [*rows, mean]:
        lines.append("| " + " | ".join(f"{v:.2f}" if isinstance(v, float) else str(v) for v in values) + " |")
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
