"""`make geometry`: the geometry rooms measured beside their peers, written to geometry.md beside this file.

Each section runs in a process of its own, after one small run that loads the compiled kernels, so that its
seconds are the work's and its memory is its own. Peers run in the same minutes on the same machine: read the
ratios. Sections that need the evaluation data, or Blender, say so where those are absent.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.conftest import SHARED
from validators.child import ChildError, call

OUT = Path(__file__).with_name("geometry.md")
DENSE = 200_000
BUDGET = 5_000
WORST = 300


def reduction() -> list[str]:
    """One dense solid of genus 2 with antennae to 5,000 triangles."""
    from tests.oracles import blender
    from tests.oracles.decimate import decimate
    from tests.toolchain.lowpoly.solids import antennae
    from toolchain.lowpoly.simplify import simplify

    mesh = antennae(DENSE)
    points, faces = mesh.positions, mesh.faces
    small = antennae(5000)
    simplify(small.positions, small.faces, 500)  # loads the compiled kernels
    rows = [("ours", *_best(lambda: _arrays(simplify(points, faces, BUDGET))))]
    if blender.why_not() is None:
        runs = [decimate(points, faces, BUDGET) for _ in range(3)]
        rows.append(("Blender Decimate", runs[0][0], runs[0][1], min(r[2] for r in runs)))
    rows.append(("pymeshlab, topology kept", *_best(lambda: _pymeshlab(points, faces))))
    lines = [f"{len(faces):,} triangles to {BUDGET:,}; distances as % of the diagonal, the worse direction.", ""]
    lines += ["| | triangles | mean | max | closed | genus | s | times ours |", "|---|---|---|---|---|---|---|---|"]
    for name, low, cells, seconds in rows:
        mean, most, closed, genus = _judge(low, cells, points, faces)
        kept = str(genus) if closed else "-"
        lines.append(
            f"| {name} | {len(cells)} | {mean:.4f} | {most:.3f} | {'yes' if closed else 'no'} | {kept} | "
            f"{seconds:.2f} | {seconds / rows[0][3]:.1f} |"
        )
    return lines


def room() -> list[str]:
    """All geometry stages on one dense solid, for the profile that asks for most (Unreal)."""
    lines = ["| triangles | repair | reduce | unwrap | lods | collision | all, s | memory, GB |", "|" + "---|" * 8]
    for count in (DENSE, 1_000_000, 2_000_000):
        seconds, peak = call(_room, count, deadline_s=600)
        lines.append(
            f"| {count:,} | "
            + " | ".join(f"{seconds[k]:.2f}" for k in ("repair", "reduce", "unwrap", "lods", "collision"))
            + f" | **{sum(seconds.values()):.1f}** | {peak:.2f} |"
        )
    return lines


def _room(count: int) -> tuple[dict[str, float], float]:
    from tests.toolchain.lowpoly.room import walk
    from tests.toolchain.lowpoly.solids import antennae

    walk(antennae(20_000), triangles=1000)
    mesh = antennae(count)
    done = walk(mesh)
    return done.seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def real() -> list[str]:
    """The evaluation props, densified to 100,000 triangles: budgets, errors, UVs, hulls."""
    if not (SHARED / "eval").is_dir():
        return ["The evaluation data is not beside this checkout."]
    rows = []
    for folder in sorted(p for p in (SHARED / "eval").iterdir() if p.is_dir()):
        rows.append(call(_real, folder, deadline_s=300))
    lines = ["| | LOD0..3 | mean % | max % | UV used | charts | stretch | hulls | overshoot |", "|" + "---|" * 9]
    lines += ["| " + " | ".join(str(v) for v in row) + " |" for row in rows]
    used = [row[4] for row in rows if isinstance(row[4], float)]
    lines += ["", f"UV utilisation: median **{statistics.median(used):.3f}**, least {min(used):.3f}."]
    failed = [row[0] for row in rows if "fault" in str(row[1])]
    return [*lines, f"Budget misses and crashes: {len(failed)} of {len(rows)} {failed or ''}".rstrip() + "."]


def _real(folder: Path) -> tuple[object, ...]:
    from tests.toolchain.lowpoly.data import densified, ground_truth
    from tests.toolchain.lowpoly.room import walk
    from toolchain.stage import StageError

    try:
        done = walk(densified(ground_truth(folder), 100_000))
    except StageError as error:
        return (folder.name, f"fault: {error}", *[""] * 7)
    levels = done.made["lods"].measures["levels"]
    slot = done.made["unwrap"].measures["slots"][0]
    hulls = done.made["collision"].measures
    counts = "/".join(str(level["triangles"]) for level in levels)
    return (
        folder.name,
        counts + (f" fault: {done.errors}" if done.errors or levels[0]["triangles"] > BUDGET else ""),
        *(round(levels[0][k], 4) for k in ("error_mean_percent", "error_percent")),
        *(slot[k] for k in ("utilisation", "charts")),
        slot["stretch"] if not isinstance(slot["stretch"], dict) else next(iter(slot["stretch"].values())),
        *(hulls[k] for k in ("hulls", "overshoot")),
    )


def worst() -> list[str]:
    """The most broken training meshes and the hostile set: every one a mesh within its budget, or one sentence."""
    from tests.toolchain.hostile import hostile

    lines = ["| set | meshes | made | refused in a sentence | budget missed | crashed |", "|" + "---|" * 6]
    sets: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = {"hostile": hostile()}
    if (SHARED / "train").is_dir():
        from tests.toolchain.lowpoly.data import most_broken

        sets[f"train, the {WORST} worst"] = most_broken(SHARED / "train", WORST)
    for name, meshes in sets.items():
        ends = _ends(meshes)
        count = {end: sum(e == end for e in ends.values()) for end in ("made", "refused", "missed", "crashed")}
        lines.append(f"| {name} | {len(ends)} | " + " | ".join(str(n) for n in count.values()) + " |")
        lines += [f"* {key}: {end}" for key, end in ends.items() if end in ("missed", "crashed")]
    return lines


def _ends(meshes: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, str]:
    """What became of each mesh. One child walks many; what ends it has crashed, and the next takes the rest."""
    todo, ends = list(meshes), {}  # type: list[str], dict[str, str]
    while todo:
        said: list[tuple[str, str]] = []
        try:
            call(_walk_all, [(key, *meshes[key]) for key in todo], deadline_s=1800, on_message=said.append)
        except ChildError:
            said.append((todo[len(said)], "crashed"))
        ends |= dict(said)
        todo = todo[len(said) :]
    return ends


def _walk_all(meshes: list[tuple[str, np.ndarray, np.ndarray]], send: Callable[[tuple[str, str]], None]) -> None:
    for key, points, faces in meshes:
        try:
            send((key, _walked(points, faces)))
        except Exception:
            send((key, "crashed"))


def _walked(points: np.ndarray, faces: np.ndarray) -> str:
    from tests.toolchain.lowpoly.room import walk
    from toolchain.asset import Mesh
    from toolchain.stage import StageError

    try:
        done = walk(Mesh(points, faces), triangles=1000)
    except StageError:
        return "refused"
    return "missed" if done.errors or len(done.made["reduce"].value.faces) > 1000 else "made"


def _arrays(made: object) -> tuple[np.ndarray, np.ndarray]:
    return made.positions, made.faces  # type: ignore[attr-defined]


def _best(run: Callable[[], tuple[np.ndarray, np.ndarray]], rounds: int = 3) -> tuple[np.ndarray, np.ndarray, float]:
    least = np.inf
    for _ in range(rounds):
        start = time.perf_counter()
        low, cells = run()
        least = min(least, time.perf_counter() - start)
    return low, cells, least


def _pymeshlab(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    import pymeshlab

    meshes = pymeshlab.MeshSet()
    meshes.add_mesh(pymeshlab.Mesh(points.astype(np.float64), faces))
    meshes.meshing_decimation_quadric_edge_collapse(targetfacenum=BUDGET, preservetopology=True, preservenormal=True)
    return meshes.current_mesh().vertex_matrix(), meshes.current_mesh().face_matrix()


def _judge(low: np.ndarray, cells: np.ndarray, points: np.ndarray, faces: np.ndarray) -> tuple[float, float, bool, int]:
    from toolchain.lowpoly.distance import two_sided
    from toolchain.lowpoly.topology import topology

    apart = two_sided(low, cells, points, faces, count=200_000)
    share = 100 / float(np.linalg.norm(np.ptp(points, axis=0)))
    shape = topology(cells)
    edges = 3 * len(cells) // 2
    genus = shape.components - (shape.vertices - edges + len(cells)) // 2
    return apart.mean * share, apart.greatest * share, shape.closed, genus


SECTIONS: dict[str, tuple[str, Callable[[], list[str]]]] = {
    "reduce": ("Reduction beside its peers", reduction),
    "room": ("The whole room", room),
    "real": ("Twenty props, densified to 100,000 triangles, at 5,000", real),
    "worst": ("Broken and hostile meshes, at 1,000", worst),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    head = f"# Geometry, measured\n\n`make geometry` wrote this, on {os.cpu_count()} cores.\n"
    parts = _parts(options.out)
    for name in options.only.split(","):
        title, section = SECTIONS[name]
        about = str(section.__doc__).partition("\n")[0]
        parts[title] = "\n".join(["", about, "", *call(section, deadline_s=3600), ""])
        kept = [f"## {t}\n{parts[t]}" for t, _ in SECTIONS.values() if t in parts]
        options.out.write_text("\n".join([head, *kept]), encoding="utf-8")


def _parts(path: Path) -> dict[str, str]:
    """The sections that a table holds already, by title: those not measured now stay."""
    if not path.exists():
        return {}
    found = path.read_text(encoding="utf-8").split("\n## ")[1:]
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in found}


if __name__ == "__main__":
    main()
