"""The truth stands where the pictures' cameras say: in the evaluation set, and in the set that the benchmark draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.bench.props import write_prop
from tests.toolchain.generate.evaluate.props import FACES, corners
from toolchain.generate.evaluate.cases import Case, matrix, read_cases
from toolchain.generate.evaluate.measure import silhouette
from toolchain.generate.evaluate.truth import read_truth
from toolchain.generate.score import centred, overlap


def agreement(case: Case) -> dict[str, float]:
    truth, out = read_truth(case.truth), {}
    for view, path in sorted(case.pictures.items()):
        mask = np.asarray(Image.open(path).convert("RGBA"))[..., 3] >= 128
        camera = matrix(case.cameras[view], mask.shape[1], mask.shape[0])
        out[view] = overlap(silhouette(camera, centred(truth.positions), truth.faces, *mask.shape), mask)
    return out


def test_a_drawn_prop_lies_where_it_was_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lopsided thing, so that a mirrored or swapped view would not fit."""
    monkeypatch.setattr("tests.bench.props.SIDE", 160)
    points = np.concatenate([corners((0.5, 1.0, 0.3)), corners((0.3, 0.1, 0.6)) + np.array([0.2, 0.35, 0.25])])
    points = centred(points).astype(np.float32)
    faces = np.concatenate([FACES, FACES + 8])
    colours = np.repeat(np.array([[200, 30, 30], [30, 30, 200]], np.uint8), 12, axis=0)
    write_prop(tmp_path / "set" / "lump", points, faces, colours)
    (case,) = read_cases(tmp_path / "set")
    fits = agreement(case)
    assert len(fits) == 7
    assert min(fits.values()) > 0.97, fits
    front = np.asarray(Image.open(case.pictures["front"]))
    x, y, w = matrix(case.cameras["front"], 160, 160) @ np.append(points[8:].max(0), 1)
    assert (
        front[round(y / w) + 2, round(x / w) - 2, 2] > 100
    )  # the blue bar's upper corner, on its left: the right here


@pytest.mark.shared
@pytest.mark.parametrize("prop", ["kk_taxi", "q_axe_double"])
def test_the_evaluation_cameras_are_read_rightly(shared: Path, prop: str) -> None:
    fits = agreement(read_cases(shared / "eval", (prop,))[0])
    assert min(fits.values()) > 0.96, fits
