"""Telling materials apart beside k-means over the same faces' colours, which knows their number and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import sculpt, sphere
from toolchain.asset import Sculpt

COLOURS = np.array([(0.5, 0.03, 0.03), (0.7, 0.7, 0.7), (0.03, 0.08, 0.5)])


@pytest.fixture(scope="module")
def banded() -> Sculpt:
    """A ball of 54,000 faces in three paints, with noise."""
    thing = sculpt(sphere(0.5, (0, 0.5, 0), 100))
    band = np.minimum((thing.mesh.positions[:, 1] * 3).astype(int), 2)
    noise = 1 + 0.05 * np.random.default_rng(0).normal(size=(len(band), 1))
    return replace(thing, colour=(COLOURS[band] * noise).clip(0, 1).astype(np.float32))


@pytest.mark.benchmark(group="slots")
def test_ours(benchmark: Any, banded: Sculpt) -> None:
    from toolchain.surface.auto import find

    assert benchmark(find, banded, 4).label.max() == 2


@pytest.mark.benchmark(group="slots")
def test_k_means_of_scipy(benchmark: Any, banded: Sculpt) -> None:
    from scipy.cluster.vq import kmeans2

    from toolchain.srgb import lab

    colours = lab(banded.colour[banded.mesh.faces].mean(axis=1))
    label = benchmark(lambda: kmeans2(colours, 3, minit="++", rng=np.random.default_rng(0))[1])
    assert label.max() == 2
