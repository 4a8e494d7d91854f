"""Slots beside the materials that props really have, written to slots.md beside this file.

Each prop is made anew from its pictures by the embedded generator, of five sides where nothing else is said, and each
face of the sculpt takes the material of the nearest true face that looks its way. Regions are matched to materials one
to one (Hungarian) and their IoU by area averaged over all materials of at least 1 % of the surface; a material without
a region counts 0. k-means goes over the same faces' Lab colours: its IoU is the mean over {seeds} seeds, each the best
of five starts on 20,000 faces drawn by that seed, for a single run of it may lie several hundredths off. Held-out props
are of packs that no training and no tuning saw.

Automatic slots: at most four (a hero's). The mask is painted over the front, the left and the top.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.bench.slots_props import LEAST, Prop, evaluation, held_out
from tests.conftest import SHARED
from toolchain.asset import Concept, Mesh, Painted, Reference, Sculpt
from toolchain.recipe import Recipe
from toolchain.stage import quiet

OUT = Path(__file__).with_name("slots.md")
CAMERAS = {"front": (0, 0), "left": (90, 0), "back": (180, 0), "right": (270, 0), "top": (0, 90)}
VERTICES = 40_000
SEEDS = 8
HELD_OUT = 8  # props of each pack
COLUMNS = (
    "prop",
    "materials",
    "found",
    "ours",
    "k-means our k",
    "ours told k",
    "k-means told k",
    "one slot",
    "painted mask",
    "faces",
    "s",
)


def made(prop: Prop) -> tuple[Sculpt, Reference]:
    """The sculpt of a prop's pictures, and the pictures."""
    from toolchain.generate import embedded
    from toolchain.intake import stage as intake

    concept = Concept("prop", "prop", {view: prop.folder / f"{view}.png" for view in prop.views})
    reference = intake.run(intake.params(Recipe("prop", "prop"), None), quiet, concept=concept).value
    return embedded.generate(reference, embedded.Params(vertices=VERTICES), quiet), reference


def truth(painted: Painted, mesh: Mesh) -> np.ndarray:
    """(F,) material of each face of `mesh`, fitted into the true box."""
    from toolchain.surface.materials import nearest_paint

    low, size = painted.mesh.positions.min(axis=0), np.ptp(painted.mesh.positions, axis=0)
    ours = (mesh.positions - mesh.positions.min(axis=0)) / np.maximum(np.ptp(mesh.positions, axis=0), 1e-9) * size + low
    placed = Painted(Mesh(painted.mesh.positions, painted.mesh.faces, slots=painted.mesh.slots), painted.paints)
    return nearest_paint(placed, Mesh(ours.astype(np.float32), mesh.faces))


def masked(reference: Reference, painted: Painted) -> Reference:
    """The pictures with a mask painted over the front, left and top: each material in a colour of its own."""
    from toolchain.report import render

    codes = np.array([[40 + 70 * (i % 4), 40 + 70 * (i // 4 % 4), 250 - 70 * (i // 16)] for i in range(48)], np.uint8)
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


def k_means(sculpt: Sculpt, count: int, seed: int) -> np.ndarray:
    """(F,) the best of five starts of k-means over the faces' Lab colours."""
    from scipy.cluster.vq import kmeans2, vq

    from toolchain.srgb import lab

    random = np.random.default_rng(seed)
    colours = lab(sculpt.colour[sculpt.mesh.faces].mean(axis=1))
    some = colours[random.choice(len(colours), min(len(colours), 20_000), replace=False)]
    runs = [kmeans2(some, count, minit="++", rng=random)[0] for _ in range(5)]
    return vq(colours, min(runs, key=lambda centre: float(vq(some, centre)[1].sum())))[0]


def row(prop: Prop) -> list[str | float]:
    """Numbers of one prop."""
    from toolchain.lowpoly.topology import areas
    from toolchain.surface import slots

    sculpt, reference = made(prop)
    true = truth(prop.painted, sculpt.mesh)
    area = areas(sculpt.mesh.positions, sculpt.mesh.faces)
    plain = Reference(tuple(view for view in reference.views if view.slots is None))

    def score(asked: slots.Params, pictures: Reference) -> tuple[float, int]:
        value = slots.run(asked, quiet, repair=sculpt, intake=pictures).value
        return mean_iou(value.faces, true, area)[0], len(value.slots)

    def peer(count: int) -> float:
        seeds = range(SEEDS if count > 1 else 1)
        return float(np.mean([mean_iou(k_means(sculpt, count, seed), true, area)[0] for seed in seeds]))

    kinds = mean_iou(true, true, area)[1]
    start = time.perf_counter()
    ours, found = score(slots.Params(max_slots=4), plain)
    seconds = time.perf_counter() - start
    told = score(slots.Params(max_slots=8, count=min(kinds, 8)), plain)[0]
    paint = score(slots.Params(max_slots=8), masked(reference, prop.painted))[0] if prop.framed else ""
    one = mean_iou(np.zeros(len(true), np.int64), true, area)[0]
    numbers = (kinds, found, ours, peer(found), told, peer(kinds), one, paint, len(sculpt.mesh.faces), seconds)
    return [prop.name, *numbers]


def table(props: Iterable[Prop], each: bool) -> str:
    """A row a prop, or a row a group, and one of the means."""
    rows, groups = [], []  # type: list[list[str | float]], list[str]
    for prop in props:
        rows.append(row(prop))
        groups.append(prop.group)

    def mean(name: str, some: list[list[str | float]]) -> list[str | float]:
        numbers = [[r[i] for r in some if r[i] != ""] for i in range(1, len(COLUMNS) - 2)]
        return [name, *(float(np.mean(np.array(n, float))) if n else "" for n in numbers), "", ""]

    shown = rows if each else []
    if not each:
        for group in dict.fromkeys(groups):
            some = [r for r, g in zip(rows, groups, strict=True) if g == group]
            shown.append(mean(f"{group} ({len(some)})", some))
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    for values in [*shown, mean(f"mean of {len(rows)}", rows)]:
        lines.append("| " + " | ".join(f"{v:.2f}" if isinstance(v, float) else str(v) for v in values) + " |")
    return "\n".join(lines) + "\n"


def evaluated() -> str:
    """Evaluation props of several materials."""
    return table(evaluation(SHARED / "eval"), True)


def held() -> str:
    """Held-out props, in the light of the evaluation set: means by pack."""
    with tempfile.TemporaryDirectory(prefix="dropforge-") as scratch:
        return table(held_out(SHARED / "train", Path(scratch), HELD_OUT), False)


def sunny() -> str:
    """The same props in sun and sky, from the front, the back and the left."""
    with tempfile.TemporaryDirectory(prefix="dropforge-") as scratch:
        return table(held_out(SHARED / "train", Path(scratch), HELD_OUT, sunny=True), False)


SECTIONS = {"eval": evaluated, "held": held, "sunny": sunny}


def main() -> None:
    """Measure, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections: eval, held, sunny")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    parts = ["# Slots\n", (__doc__ or "").split("\n\n", 1)[1].format(seeds=SEEDS)]
    for name in options.only.split(","):
        parts += [f"## {str(SECTIONS[name].__doc__).rstrip('.')}\n", SECTIONS[name]()]
        options.out.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
