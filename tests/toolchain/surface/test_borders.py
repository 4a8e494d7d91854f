"""Cuts cost what they should, and painted borders are straight: on the sculpt and on every level of detail."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from engine_profiles import load
from tests.toolchain.lowpoly.solids import sculpt, sphere
from tests.toolchain.surface.test_slots import GREEN, RED, view
from toolchain.asset import Mesh, Reference
from toolchain.lowpoly import lods, reduce, unwrap
from toolchain.lowpoly.topology import cross
from toolchain.recipe import Recipe
from toolchain.stage import quiet
from toolchain.surface import slots
from toolchain.surface.borders import price, trim
from toolchain.surface.cutting import energy, settle
from toolchain.surface.tiles import seams, tiles


def test_two_labels_are_settled_at_the_least_energy() -> None:
    """Against every labelling there is."""
    for seed in range(8):
        rng = np.random.default_rng(seed)
        cost = rng.random((9, 2))
        pairs = np.array([(i, j) for i in range(9) for j in range(i) if rng.random() < 0.35])
        weight = rng.random(len(pairs)) * 0.5
        best = min(energy(np.array(label), cost, pairs, weight) for label in product((0, 1), repeat=9))
        assert energy(settle(cost, pairs, weight), cost, pairs, weight) == pytest.approx(best, abs=1e-5)


def test_three_labels_come_near_it() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        cost = rng.random((7, 3))
        pairs = np.array([(i, i + 1) for i in range(6)])
        weight = rng.random(6) * 0.4
        best = min(energy(np.array(label), cost, pairs, weight) for label in product(range(3), repeat=7))
        assert energy(settle(cost, pairs, weight), cost, pairs, weight) <= 1.1 * best


def test_tiles_keep_to_the_edge_of_what_differs() -> None:
    side = 40
    pairs = np.array(
        [(i, i + 1) for i in range(side * side) if i % side < side - 1] + [(i, i + side) for i in range(side**2 - side)]
    )
    value = np.where(np.arange(side * side) % side < 17, 0.0, 30.0) + np.random.default_rng(0).random(side * side)
    gap = np.abs(value[pairs[:, 0]] - value[pairs[:, 1]])
    made = tiles(pairs, gap, np.full(side * side, 1 / side**2), 0.5, 1 / 100)
    left = np.arange(side * side) % side < 17
    assert not set(made[left]) & set(made[~left])
    assert len(set(made)) < 110


def border_length(mesh: Mesh, label: np.ndarray) -> float:
    found = seams(mesh.positions, mesh.faces, _normals(mesh))
    cut = label[found.pairs[:, 0]] != label[found.pairs[:, 1]]
    return float(found.length[cut].sum())


def _normals(mesh: Mesh) -> np.ndarray:
    normal = cross(mesh.positions, mesh.faces)
    return normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)


def test_a_saw_is_trimmed_to_a_line() -> None:
    mesh = sphere(0.5, (0, 0.5, 0), 80)
    middle = mesh.positions[mesh.faces].mean(axis=1)
    saw = (middle[:, 0] + 0.03 * np.sign(np.sin(40 * middle[:, 1])) > 0).astype(np.int64)
    area = np.linalg.norm(cross(mesh.positions, mesh.faces), axis=1)
    cost = 0.2 * np.stack((saw, 1 - saw), axis=1) * (area / area.sum())[:, None]
    found = seams(mesh.positions, mesh.faces, _normals(mesh))
    made = trim(saw, cost, found.pairs, 0.02 * price(found, float(np.sqrt(area.sum() / 2))), 8)
    assert border_length(mesh, made) < 0.7 * border_length(mesh, saw)
    far = np.abs(middle[:, 0]) > 0.1
    assert np.array_equal(made[far], saw[far])


def test_a_border_keeps_to_a_crease() -> None:
    """Two flat walls that meet at a right angle, labelled a little off the corner by faces nobody is sure of."""
    n = 20
    u, v = np.meshgrid(np.linspace(-1, 1, 2 * n + 1), np.linspace(0, 1, n + 1), indexing="ij")
    points = np.stack((np.minimum(u, 0), v, np.maximum(u, 0)), axis=-1).reshape(-1, 3)
    i = np.arange(2 * n)[:, None] * (n + 1) + np.arange(n)[None]
    a, b, c, d = (x.reshape(-1) for x in (i, i + n + 1, i + n + 2, i + 1))
    mesh = Mesh(points.astype(np.float32), np.concatenate((np.stack((a, b, c), 1), np.stack((a, c, d), 1))))
    along = u.reshape(-1)[mesh.faces].mean(axis=1)
    label = (along > 0.12).astype(np.int64)
    found = seams(mesh.positions, mesh.faces, _normals(mesh))
    made = trim(label, np.zeros((len(label), 2)), found.pairs, price(found, 1.0), 8)
    assert np.array_equal(made, (along > 0).astype(np.int64))


def test_painted_borders_are_clean_and_survive_on_every_level() -> None:
    """Half a ball painted: the border is a great circle, in the sculpt and in each delivered level."""
    mesh = sphere(0.5, (0, 0.5, 0), 44)
    paint = np.zeros((300, 300, 3), np.uint8)
    paint[:, :150], paint[:, 150:] = RED, GREEN
    made = slots.run(slots.Params(), quiet, repair=sculpt(mesh), intake=Reference((view("front", paint),)))
    circle = np.pi * 1.0
    assert border_length(mesh, made.value.faces) < 1.3 * circle
    profile, recipe, whole = load("unreal"), Recipe("prop", "prop"), sculpt(mesh)
    budget = replace(reduce.params(recipe, profile), triangles=900)
    low = reduce.run(budget, quiet, repair=whole, slots=made.value).value
    flat = unwrap.run(unwrap.params(recipe, profile), quiet, reduce=low).value
    levels = lods.run(lods.params(recipe, profile), quiet, unwrap=flat, repair=whole).value.levels
    assert len(levels) >= 3
    for lod in levels:
        flat, index = np.unique(lod.mesh.positions, axis=0, return_inverse=True)
        welded = Mesh(flat, index.reshape(-1)[lod.mesh.faces])
        label = lod.mesh.slot_of_faces()
        assert set(label) == {0, 1}
        assert border_length(welded, label) < 1.3 * circle
        middle = welded.positions[welded.faces].mean(axis=1)
        side = np.sign(middle[:, 0]) == np.sign(np.median(middle[label == 1][:, 0]))
        areas = np.linalg.norm(cross(welded.positions, welded.faces), axis=1)
        assert areas[side != (label == 1)].sum() < 0.04 * areas.sum()
