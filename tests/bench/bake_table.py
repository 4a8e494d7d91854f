"""`make surfaces`: the bake measured beside its peers, written to bake.md beside this file.

Times are processor seconds of all threads, the least of three for ours: the machine may be shared, so read the
ratios. Blender's module is bpy 5.0.1 in the interpreter that DROPFORGE_BPY names; rows that need it, or the
evaluation data, are left out where those are absent.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.bake_relit import relit
from tests.conftest import SHARED
from tests.oracles import blender
from validators.child import call

OUT = Path(__file__).with_name("bake.md")
DENSE, BUDGET, SIZE, RAYS = 200_000, 5_000, 2048, 16
REACH = 0.25  # of AO, a share of the diagonal
TRUTH, COARSE = 256, 512  # samples, and size in pixels, of the AO that both are held against


def maps() -> list[str]:
    """Normal and AO maps of one dense solid (genus 2, antennae, ripples), from 200,000 triangles onto 5,000."""
    from tests.oracles.baker import Job, bake
    from tests.toolchain.lowpoly.room import walk
    from tests.toolchain.lowpoly.solids import antennae, sculpt

    small = walk(antennae(8000), triangles=500)
    Bake(small.made["repair"].value.mesh, small.made["unwrap"].value, 256).all()  # loads the compiled kernels
    done = walk(antennae(DENSE), triangles=BUDGET)
    high, low = done.made["repair"].value.mesh, done.made["unwrap"].value
    ours = Bake(high, low, SIZE)
    found = ours.all()
    for _ in range(2):
        again = ours.all()
        found.seconds = {k: min(found.seconds[k], again.seconds[k]) for k in found.seconds}
    s = found.seconds
    quick = min(ours.all(interleave=True).seconds["ao"] for _ in range(2))
    lines = [
        f"{len(high.faces):,} triangles onto {len(low.faces):,}, {SIZE} px, {len(found.texels.index):,} texels.",
        "",
        "| | processor s | times ours |",
        "|---|---|---|",
        f"| normals, ours, with the search tree | {s['normal']:.2f} | 1 |",
        f"| AO, {RAYS} rays, ours, alone | {s['ao']:.2f} | 1 |",
        f"| the same rays, bare embree, texel by texel | {s['bare']:.2f} | {s['bare'] / s['ao']:.2f} |",
        f"| AO, {RAYS} rays for each 2 x 2 texels (`bake.ao_interleave`) | {quick:.2f} | {quick / s['ao']:.2f} |",
    ]
    if blender.why_not() is not None:
        return [*lines, "", f"Cycles was not measured: {blender.why_not()}."]
    assert low.normals is not None and low.uv is not None
    dense = (high.positions, high.faces, sculpt(high).colour)
    flat = (low.positions, low.faces, low.normals, low.uv)
    spans = (ours.cage / ours.target.scale, REACH / ours.target.scale)
    made = bake(dense, flat, (Job("NORMAL", 1), Job("AO", RAYS)), SIZE, *spans)
    again = bake(dense, flat, (Job("AO", RAYS), Job("AO", TRUTH)), COARSE, *spans)
    whole = s["normal"] + s["ao"]
    lines += [
        f"| normals, Cycles, 1 sample | {made[0][1]:.2f} | {made[0][1] / s['normal']:.1f} |",
        f"| AO, Cycles, {RAYS} samples | {made[1][1]:.2f} | {made[1][1] / s['ao']:.1f}"
        f" ({made[1][1] / whole:.1f} of ours with all that comes before) |",
    ]
    at = found.texels.index[found.inner]
    normal = made[0][0].reshape(-1, 3)[at] * 2 - 1
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    turn = np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(normal - found.normal[found.inner], axis=1) / 2, 0, 1)))
    coarse, blocks = (Bake(high, low, COARSE).all(interleave) for interleave in (False, True))
    at = coarse.texels.index[coarse.inner]
    cycles, truth = (image.reshape(-1, 3)[at, 0] for image, _ in again)
    own, shared = coarse.open[coarse.inner], blocks.open[blocks.inner]
    return [
        *lines,
        "",
        f"Normals, ours against Cycles: mean **{turn.mean():.3f}** degrees, median {np.median(turn):.3f}, 99th "
        f"percentile **{np.quantile(turn, 0.99):.2f}**; texels whose centre lies in a triangle.",
        "",
        f"AO at {COARSE} px against Cycles at {TRUTH} samples, mean difference: ours "
        f"**{np.abs(own - truth).mean():.4f}** (signed {(own - truth).mean():+.4f}), for each 2 x 2 texels "
        f"{np.abs(shared - truth).mean():.4f}, "
        f"Cycles at {RAYS} samples {np.abs(cycles - truth).mean():.4f}.",
    ]


@dataclass(eq=False)
class Found:
    """What :class:`Bake` made: N texels, and processor seconds by step."""

    texels: Any
    inner: np.ndarray  # (N,) the centre lies in a triangle
    normal: np.ndarray  # (N, 3) tangent space
    open: np.ndarray  # (N,)
    seconds: dict[str, float]


class Bake:
    """The steps of the bake's stage, one by one, so that each can be timed."""

    def __init__(self, high: Any, low: Any, size: int) -> None:
        from toolchain.bake.rays import cage_distance, make_target
        from toolchain.bake.slot import make_surface

        self.high, self.low, self.size = high, low, size
        self.target = make_target(high)
        surface = make_surface(self.target, low)
        self.cage = cage_distance(self.target, surface.points, low.faces, 0.002, 0.03)[0]

    def all(self, interleave: bool = False) -> Found:
        """Normals from the building of the tree to the padded map; then AO on the points found; then its rays alone."""
        from toolchain.bake import ao
        from toolchain.bake.field import interpolate, unit
        from toolchain.bake.pad import find_gaps, pad
        from toolchain.bake.raster import rasterise
        from toolchain.bake.rays import make_target
        from toolchain.bake.slot import find, frame, make_surface, texel_length
        from toolchain.bake.threads import in_chunks
        from toolchain.bake.transfer import to_tangent_space

        start = time.process_time()
        target = make_target(self.high)
        surface = make_surface(target, self.low)
        texels = rasterise(self.low.uv, self.low.faces, self.size)
        count = len(texels.index)
        hits = find(target, surface, texels, self.cage)
        points, normals, packed = (np.zeros((count, 3), np.float32) for _ in range(3))

        def carry(part: slice) -> None:
            face, bary = hits.face[part], hits.bary[part]
            points[part] = interpolate(target.points, target.faces, face, bary)
            normals[part] = unit(interpolate(target.normals, target.faces, face, bary))
            packed[part] = to_tangent_space(normals[part], *frame(self.low, texels, part))[0]

        in_chunks(carry, count)
        pad(texels.image(packed), find_gaps(texels.coverage()))
        seconds = {"normal": time.process_time() - start}
        flat = target.flat[hits.face]
        start = time.process_time()
        seen = ao.occlusion(target, texels, points, normals, flat, RAYS, REACH, interleave)
        radius = 4 if interleave else 2
        reach = (2 * radius + 2) * texel_length(surface, texels, np.ones(len(self.low.faces), bool))
        seen = ao.smooth(seen, texels.index, texels.size, points, normals, reach, radius)
        seconds["ao"] = time.process_time() - start
        seconds["bare"] = 0.0 if interleave else self._bare(target, texels, points, normals, flat)
        inner = (texels.bary > 1e-4).all(axis=1)
        return Found(texels, inner, packed, seen, seconds)

    def _bare(self, target: Any, texels: Any, points: np.ndarray, normals: np.ndarray, flat: np.ndarray) -> float:
        from toolchain.bake import ao

        total, step = 0.0, 1 << 15
        lift = np.float32(ao._lift(target))
        for a in range(0, len(points), step):
            part = slice(a, a + step)
            start, ways = ao.hemisphere(
                points[part], normals[part], flat[part], lift, texels.index[part], texels.size, RAYS, False
            )
            far = np.full(len(start), REACH, np.float32)
            begin = time.process_time()
            target.scene.run(start, ways, dists=far, query="OCCLUDED")
            total += time.process_time() - begin
        return total


def job() -> list[str]:
    """The whole job after generation: a sculpt of 200,000 triangles to Unity, Unreal and Roblox, from cold processes.

    Ours is `dropforge build` with all checks and the report; 5,000 triangles, 4 LODs, 2048 px, 16 AO rays.
    """
    from tests.toolchain.lowpoly.solids import antennae, sculpt
    from toolchain.asset import Mesh
    from toolchain.export.sculpt_glb import write_sculpt_glb
    from validators.read import read

    mesh = antennae(DENSE)
    centre = (mesh.positions.min(axis=0) + mesh.positions.max(axis=0)) / 2 * np.float32([1, 0, 1])
    mesh = Mesh(mesh.positions - centre, mesh.faces)
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        (room / "solid.glb").write_bytes(write_sculpt_glb(sculpt(mesh)))
        sets = ("reduce.triangles=5000", "bake.size_px=2048", "unwrap.texture_px=2048", "lods.ratios=[0.5,0.25,0.125]")
        command = [sys.executable, "-m", "toolchain.cli", "build", str(room / "solid.glb"), "--out", str(room / "out")]
        ours = _spent([*command, *(word for text in sets for word in ("--set", text))], room)
        delivered = next((room / "out").rglob("roblox/*.glb"))
        rows = [("ours", ours, _apart(read(delivered), np.diag([-0.28, 0.28, -0.28]), mesh))]
        peer = SHARED / "peers" / "blender_job.py"
        if blender.why_not() is None and peer.is_file():
            theirs = _spent(
                [os.environ[blender.VARIABLE], str(peer), str(room / "solid.glb"), str(room / "peer")], room
            )
            rows.append(("Blender", theirs, _apart(read(room / "peer/roblox/solid.glb"), np.eye(3), mesh)))
    lines = ["| | processor s | times ours | triangles | LOD0 mean % | max % |", "|" + "---|" * 6]
    for name, spent, (count, mean, most) in rows:
        lines.append(f"| {name} | {spent:.1f} | {spent / ours:.1f} | {count} | {mean:.4f} | {most:.3f} |")
    return lines


def _spent(command: list[str], room: Path) -> float:
    """Processor seconds of a command and all its children."""

    def so_far() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = so_far()
    done = subprocess.run(command, capture_output=True, text=True, timeout=3000, cwd=room, check=False)
    if done.returncode not in (0, 1):
        raise AssertionError(f"{command[:4]} ended with {done.returncode}: {done.stdout[-1500:]}{done.stderr[-1500:]}")
    return so_far() - before


def _apart(scene: Any, turn: np.ndarray, mesh: Any) -> tuple[int, float, float]:
    """Triangles, and mean and greatest two-sided distance to `mesh`, % of its diagonal."""
    from toolchain.lowpoly.distance import two_sided

    node = next(n for n in scene.nodes if n.mesh is not None)
    held = scene.meshes[node.mesh]
    points = (held.points @ node.world[:3, :3].T + node.world[:3, 3]) @ turn.T
    faces = held.triangle_points
    apart = two_sided(points.astype(np.float32), faces.astype(np.int32), mesh.positions, mesh.faces, count=200_000)
    return len(faces), 100 * apart.mean / mesh.diagonal, 100 * apart.greatest / mesh.diagonal


SECTIONS: dict[str, tuple[str, Callable[..., list[str]]]] = {
    "maps": ("Maps beside Cycles", maps),
    "relit": ("Relit beside the sculpt", relit),
    "job": ("The whole job", job),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--props", default="", help="of relit: measure these props, and keep the other rows")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    head = (
        f"# The bake, measured\n\n`make surfaces` wrote this, on {os.cpu_count()} cores. Times are processor seconds.\n"
    )
    kept: dict[str, str] = {}
    if options.out.exists():
        old = options.out.read_text(encoding="utf-8").split("\n## ")[1:]
        kept = {part.partition("\n")[0]: part.partition("\n")[2] for part in old}
    for name in options.only.split(","):
        title, section = SECTIONS[name]
        about = str(section.__doc__).strip()
        asked = (tuple(filter(None, options.props.split(","))), kept.get(title, "")) if section is relit else ()
        kept[title] = "\n".join(["", " ".join(about.split()), "", *call(section, *asked, deadline_s=3600), ""])
        text = [f"## {t}\n{kept[t]}" for t, _ in SECTIONS.values() if t in kept]
        options.out.write_text("\n".join([head, *text]), encoding="utf-8")


if __name__ == "__main__":
    main()
