"""Whatever comes in, what goes out is closed, outward and at the origin, or one sentence says why not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.toolchain.hostile import hostile
from tests.toolchain.lowpoly.solids import blob, sculpt, sphere, together
from toolchain.asset import GUESSED, Mesh
from toolchain.lowpoly.topology import topology, volumes
from toolchain.repair import stage
from toolchain.repair.solid import remesh
from toolchain.stage import Made, StageError, quiet


def repair(mesh: Mesh, **asked: Any) -> Made:
    made = stage.run(stage.Params(**asked), quiet, generate=sculpt(mesh))
    out = made.value.mesh
    assert topology(out.faces).closed
    assert volumes(out.positions, out.faces)[0] > 0
    assert np.isfinite(out.positions).all() and np.isfinite(made.value.colour).all()
    assert made.value.colour.min() >= 0 and made.value.colour.max() <= 1
    assert len(made.value.colour) == len(made.value.evidence) == len(out.positions)
    low, high = out.positions.min(axis=0), out.positions.max(axis=0)
    middle = (low + high) / 2
    assert abs(low[1]) < 1e-5 and abs(middle[0]) < 1e-5 and abs(middle[2]) < 1e-5
    return made


def test_a_good_sculpt_is_left_alone() -> None:
    mesh = blob()
    made = repair(mesh)
    assert made.measures["rung"] == "kept"
    assert np.array_equal(made.value.mesh.faces, mesh.faces)
    assert np.array_equal(made.value.mesh.positions, mesh.positions)
    assert not made.findings


def test_size_is_what_was_asked() -> None:
    made = repair(blob(), size_m=2.5, size_axis="height")
    assert abs(made.value.mesh.size[1] - 2.5) < 1e-5


def test_floaters_go_and_parts_stay() -> None:
    specks = [sphere(0.012, (1.0 + 0.1 * i, 0.5, 0)) for i in range(5)]
    made = repair(together(blob(), sphere(0.15, (1.2, 0.2, 0)), *specks))
    assert made.measures["floaters"] == 5
    assert made.measures["after"]["components"] == 2


def test_small_parts_beside_the_body_stay() -> None:
    mesh = blob()
    top = mesh.positions[np.argmax(mesh.positions[:, 1])]
    made = repair(together(mesh, sphere(0.02, (top[0], top[1] + 0.02, top[2]))))
    assert made.measures["after"]["components"] == 2


def test_the_last_part_stays_however_small() -> None:
    made = repair(sphere(0.001, (0, 5, 0)))
    assert made.measures["after"]["components"] == 1


def test_inside_out_and_voids() -> None:
    mesh = blob()
    assert repair(Mesh(mesh.positions, mesh.faces[:, ::-1])).measures["changed"]["turned_outward"] == 1
    ball = sphere(0.4, (0, 0, 0), 30)
    void = sphere(0.2, (0, 0, 0))
    made = repair(together(ball, Mesh(void.positions, void.faces[:, ::-1])))
    assert made.measures["changed"]["hidden_faces"] == len(void.faces)
    assert len(made.value.mesh.faces) == len(ball.faces)


@pytest.mark.parametrize("fault", ["nan", "range", "twice", "soup", "turned"])
def test_small_faults_are_mended_without_a_new_skin(fault: str) -> None:
    mesh, rng = blob(40), np.random.default_rng(0)
    points, faces = mesh.positions.copy(), mesh.faces.copy()
    if fault == "nan":
        points[rng.integers(0, len(points), 8)] = np.nan
    elif fault == "range":
        faces = np.concatenate((faces, [[0, 1, 10**7], [-1, 2, 3]])).astype(np.int32)
    elif fault == "twice":
        faces = np.concatenate((faces, faces[:200], faces[:30, ::-1]))
    elif fault == "soup":
        points, faces = points[faces].reshape(-1, 3), np.arange(faces.size, dtype=np.int32).reshape(-1, 3)
    else:
        some = rng.random(len(faces)) < 0.02
        faces[some] = faces[some][:, ::-1]
    made = repair(Mesh(points, faces))
    assert made.measures["rung"] in ("kept", "mended")
    assert made.measures["drift_percent"] < 0.5
    assert abs(len(made.value.mesh.faces) - len(mesh.faces)) < 200


def test_a_hole_is_filled() -> None:
    mesh = blob(40)
    gap = np.linalg.norm(mesh.positions[mesh.faces].mean(axis=1) - (0, 0, 0), axis=1) < 0.07
    assert gap.any()
    made = repair(Mesh(mesh.positions, mesh.faces[~gap]))
    assert made.measures["rung"] == "mended"
    assert made.measures["before"]["holes"] == 1


def test_a_cloud_gets_a_skin() -> None:
    made = repair(Mesh(*hostile()["soup_5k"]), cells=48)
    assert made.measures["rung"] == "solid"
    assert made.measures["drift_percent"] < 3
    assert [f.code for f in made.findings] == ["repair.rebuilt"]


@pytest.mark.parametrize(
    "mesh",
    [
        Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32)),
        Mesh(np.full((3, 3), np.nan, np.float32), np.array([[0, 1, 2]], np.int32)),
        Mesh(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32)),
        Mesh(np.zeros((3, 2), np.float32), np.array([[0, 1, 2]], np.int32)),
    ],
    ids=["empty", "nan", "point", "flat"],
)
def test_nothing_to_repair_is_one_sentence(mesh: Mesh) -> None:
    with pytest.raises(StageError) as told:
        stage.run(stage.Params(), quiet, generate=sculpt(mesh))
    assert str(told.value).endswith(".")


def test_colour_and_evidence_follow_the_surface() -> None:
    mesh = blob(40)
    given = sculpt(mesh)
    evidence = np.where(mesh.positions[:, 0] > 0, GUESSED, 0).astype(np.uint8)
    object.__setattr__(given, "evidence", evidence)
    object.__setattr__(given, "mesh", Mesh(mesh.positions, mesh.faces[:, ::-1][5:]))
    made = stage.run(stage.Params(), quiet, generate=given).value
    out = made.mesh.positions
    assert np.abs(made.colour - np.clip(np.abs(out), 0, 1)).max() < 0.06
    clear = np.abs(out[:, 0]) > 0.03
    assert np.array_equal(made.evidence[clear] == GUESSED, out[clear, 0] > 0)


def test_the_skin_is_close() -> None:
    mesh = blob(40)
    points, faces = remesh(mesh.positions, mesh.faces, 64)
    assert topology(faces).closed
    grown = volumes(points, faces)[0] / volumes(mesh.positions, mesh.faces)[0]
    assert 1.0 < grown < 1.06
