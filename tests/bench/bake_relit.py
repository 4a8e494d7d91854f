"""Low poly with baked maps beside the sculpt it came from, relit: PSNR of our maps and of Cycles' on the same LOD0."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.conftest import SHARED
from tests.oracles import blender
from validators.child import call

DENSE, BUDGET, SIZE, PX = 100_000, 1_500, 1024, 256
VIEWS = [(30.0 * i, (20.0, -15.0, 50.0)[i % 3]) for i in range(12)]  # azimuth, elevation, degrees
LIGHTS = np.vstack((np.eye(3), -np.eye(3))) * 0.8 + [[0.1, 0.2, 0.3]]


def relit(names: tuple[str, ...] = (), before: str = "") -> list[str]:
    """The evaluation props, each triangle cut until there are 100,000, with their own colours a vertex, onto 1,500
    triangles and 1024 px: PSNR (dB, linear light) against the dense one under 6 lights, mean of 12 views."""
    # The props of `names`, or all, are measured; other rows stay as the table `before` has them.
    if not (SHARED / "eval").is_dir():
        return ["The evaluation data is not beside this checkout."]
    rows = dict(_rows(before)) if names else {}
    for folder in sorted(p for p in (SHARED / "eval").iterdir() if p.is_dir()):
        if not names or folder.name in names:
            rows[folder.name] = call(_one, folder, deadline_s=900)
    lines = ["| | ours | Blender's maps | no normal map |", "|---|---|---|---|"]
    lines += [f"| {name} | {_cells(rows[name])} |" for name in sorted(rows)]
    columns = [[row[i] for row in rows.values() if row[0] is not None] for i in range(3)]
    means = [None if None in column else statistics.mean(v for v in column if v is not None) for column in columns]
    return [*lines, f"| **mean of {len(columns[0])}** | {_cells(means)} |"]


def _cells(values: Sequence[float | None]) -> str:
    return " | ".join("-" if v is None else f"{v:.2f}" for v in values)


def _rows(table: str) -> Iterator[tuple[str, list[float | None]]]:
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].strip("-") and "*" not in cells[0]:
            yield cells[0], [None if cell == "-" else float(cell) for cell in cells[1:]]


def _one(folder: Path) -> list[float | None]:
    from engine_profiles import load
    from tests.oracles.baker import Job, bake
    from tests.toolchain.lowpoly.solids import one_slot
    from toolchain.bake import stage
    from toolchain.lowpoly import reduce, unwrap
    from toolchain.recipe import Recipe
    from toolchain.stage import StageError, quiet

    profile, recipe = load("unreal"), Recipe("prop", "prop")
    try:
        whole = _sculpt(folder)
        budget = replace(reduce.params(recipe, profile), triangles=BUDGET)
        low = reduce.run(budget, quiet, repair=whole, slots=one_slot(whole.mesh)).value
        flat = unwrap.run(replace(unwrap.params(recipe, profile), texture_px=SIZE), quiet, reduce=low).value
    except StageError:
        return [None, None, None]
    made = stage.run(
        stage.Params(size_px=SIZE, ao_rays=1), quiet, repair=whole, slots=one_slot(whole.mesh), unwrap=flat
    )
    ours = made.value.sets[0].maps
    plain = np.zeros_like(ours["normal"]) + np.float32([0, 0, 1])
    both = {"ours": (ours["albedo"], ours["normal"]), "plain": (ours["albedo"], plain)}
    if blender.why_not() is None:
        cage = made.measures["cage"] * whole.mesh.diagonal
        normal, colour = bake(
            (whole.mesh.positions, whole.mesh.faces, whole.colour),
            (flat.positions, flat.faces, flat.normals, flat.uv),
            (Job("NORMAL", 4, 16), Job("EMIT", 4, 16)),
            SIZE,
            cage,
            1.0,
        )
        both["blender"] = (colour[0], normal[0] * 2 - 1)
    score = _psnr(whole, flat, both)
    return [score["ours"], score.get("blender"), score["plain"]]


def _sculpt(folder: Path) -> Any:
    """A prop, dense and mended, with the colours of its textures at the vertices."""
    from tests.toolchain.lowpoly.data import densified
    from toolchain.asset import Mesh, Sculpt
    from toolchain.bake.painted import look_up, make_coat
    from toolchain.bake.rays import make_target
    from toolchain.generate.canonical import sculpt_of
    from toolchain.intake.model_child import load as open_model
    from toolchain.recipe import Recipe
    from toolchain.repair import stage as repair
    from toolchain.stage import StageError, quiet

    answer = open_model((folder / "gt.glb").read_bytes(), ".glb", "gt.glb", {}, "")
    if isinstance(answer, str):
        raise StageError(answer)
    dropped = sculpt_of(answer[0], generator="file", rung="glb", reason="", notes={})
    whole = repair.run(repair.params(Recipe("prop", "prop"), None), quiet, generate=dropped).value
    mesh = densified(whole.mesh, DENSE)
    target, coat = make_target(mesh), make_coat(whole.painted)
    layer = look_up(coat, mesh.positions, target.normals, 0.002 * mesh.diagonal, 0.02 * mesh.diagonal)
    colour = np.full((len(mesh.positions), 3), 0.5, np.float32)
    colour[layer.near] = layer.maps["albedo"][layer.near] if "albedo" in layer.maps else 0.5
    seen = np.zeros(len(mesh.positions), np.uint8)
    return Sculpt(Mesh(mesh.positions, mesh.faces), np.clip(colour, 0, 1), seen, "file", "glb", "", "file")


def _psnr(whole: Any, flat: Any, both: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    from toolchain.bake.field import interpolate, smooth_normals, unit
    from toolchain.bake.rays import make_target
    from toolchain.bake.seams import sample
    from toolchain.bake.transfer import to_world

    dense, low = make_target(whole.mesh), make_target(flat)
    smooth = smooth_normals(whole.mesh.positions, whole.mesh.faces)
    wrong: dict[str, list[float]] = {name: [] for name in both}
    for azimuth, elevation in VIEWS:
        face, bary, shown = _seen(dense, whole.mesh, azimuth, elevation)
        truth = _lit(
            interpolate(whole.colour, whole.mesh.faces, face, bary),
            unit(interpolate(smooth, whole.mesh.faces, face, bary)),
        )
        face, bary, ours = _seen(low, whole.mesh, azimuth, elevation)
        frame = interpolate(np.concatenate((flat.normals, flat.tangents), axis=1), flat.faces, face, bary)
        uv = interpolate(flat.uv, flat.faces, face, bary).astype(np.float64)
        for name, (albedo, normal) in both.items():
            world = to_world(sample(normal, uv), frame[:, :3], frame[:, 3:6], np.sign(frame[:, 6]))
            image, meant = np.zeros((2, PX * PX, len(LIGHTS), 3), np.float32)
            image[ours], meant[shown] = _lit(sample(albedo, uv), world), truth
            either = ours | shown
            wrong[name].append(float(((image - meant)[either] ** 2).mean()))
    return {name: float(np.mean(-10 * np.log10(np.maximum(values, 1e-12)))) for name, values in wrong.items()}


def _lit(albedo: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """(N, L, 3) Lambert's law under each light, and a little from everywhere."""
    ways = LIGHTS / np.linalg.norm(LIGHTS, axis=1, keepdims=True)
    return albedo[:, None] * (0.1 + 0.9 * np.maximum(normal @ ways.T.astype(np.float32), 0))[..., None]


def _seen(target: Any, frame: Any, azimuth: float, elevation: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Face (N,), barycentrics (N, 3) and pixels (PX * PX,) bool of an orthographic view fitted to `frame`."""
    a, e = np.radians(azimuth), np.radians(elevation)
    towards = np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])
    right = np.array([np.cos(a), 0, -np.sin(a)])
    up = np.cross(towards, right)
    low, high = frame.positions.min(axis=0), frame.positions.max(axis=0)
    grid = ((np.arange(PX) + 0.5) / PX - 0.5) * float(np.linalg.norm(high - low))
    x, y = np.meshgrid(grid, grid)
    start = (low + high) / 2 + x.reshape(-1, 1) * right + y.reshape(-1, 1) * up
    start = target.to_unit((start + towards * 2 * np.linalg.norm(high - low)).astype(np.float32))
    way = np.tile((-towards).astype(np.float32), (PX * PX, 1))
    found = target.scene.run(start, way, dists=np.full(len(way), 10, np.float32), output=1)
    hit = found["primID"] >= 0
    u, v = found["u"][hit], found["v"][hit]
    return found["primID"][hit], np.stack((1 - u - v, u, v), axis=1).astype(np.float32), hit
