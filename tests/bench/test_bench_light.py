"""Light removal of one picture against a grey division of it; its fit against plain non-negative least squares."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench.light_table import grey_division
from tests.toolchain.surface.test_light import ball, pictured, two_tone
from toolchain.asset import Reference, Slot, Slots
from toolchain.stage import quiet
from toolchain.surface import light, shading

LIT = pictured(ball(), two_tone, lit=True)[0]
SLOTS = Slots((Slot("main", "single"),), np.zeros(len(LIT.mesh.faces), np.int32))


@pytest.mark.benchmark(group="light, the whole stage")
def test_ours(benchmark) -> None:  # type: ignore[no-untyped-def]
    made = benchmark(light.run, light.Params(), quiet, repair=LIT, slots=SLOTS, intake=Reference(()))
    assert made.measures["done"]


@pytest.mark.benchmark(group="light, the whole stage")
def test_peer_grey_division(benchmark) -> None:  # type: ignore[no-untyped-def]
    assert benchmark(grey_division, LIT.shots[0].rgba).shape[2] == 3


def problem() -> tuple[np.ndarray, ...]:
    """What a fit takes, of 2,000 points of a ball of one paint in a known light."""
    rng = np.random.default_rng(0)
    normals = rng.normal(size=(2000, 3)).astype(np.float32)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    ways = np.random.default_rng(1).normal(size=(127, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    lamps = np.clip(normals @ ways.T, 0, None)
    offered = np.column_stack((np.ones(2000), lamps)).astype(np.float32)
    shade = 0.4 + offered[:, 5]
    colour = (shade[:, None] * (0.5, 0.3, 0.2)).astype(np.float32)
    return offered, colour, normals[:, :2].astype(np.float64), normals, np.append(0.0, ways[:, 1])


@pytest.mark.benchmark(group="light, fit of 128 shadings to 2000 places")
def test_fit(benchmark) -> None:  # type: ignore[no-untyped-def]
    offered, colour, places, normals, heights = problem()
    found = benchmark(shading.fit, offered, colour, places, normals, heights)
    level = colour.mean(axis=1) / (offered @ found.weights.mean(axis=1))
    assert level.std() < 0.1 * level.mean()


@pytest.mark.benchmark(group="light, fit of 128 shadings to 2000 places")
def test_peer_nnls_of_one_paint(benchmark) -> None:  # type: ignore[no-untyped-def]
    from scipy.optimize import nnls

    offered, colour, *_ = problem()
    assert benchmark(nnls, offered.astype(np.float64), colour.mean(axis=1).astype(np.float64))[1] < 1
