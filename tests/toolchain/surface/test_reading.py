"""When a light is believed in: where the network is sure, the picture uneven, and the light strong."""

from __future__ import annotations

import numpy as np
import pytest

from toolchain.surface.reading import NONE, WHOLE, seems_lit, share_of_shape
from toolchain.surface.shading import Fit


def test_what_is_not_sure_is_left_and_what_is_sure_is_taken_off() -> None:
    assert seems_lit(NONE - 0.1, 0.0, 0.0) == 0.0
    assert seems_lit((NONE + WHOLE) / 2, 0.0, 0.0) == pytest.approx(0.5)
    assert seems_lit(WHOLE + 0.1, 0.0, 0.0) == 1.0


def test_even_pictures_and_weak_lights_must_be_surer() -> None:
    assert seems_lit(5.0, 0.2, 0.35) == 1.0
    assert seems_lit(5.0, 0.9, 0.35) == 0.0
    assert seems_lit(5.0, 0.2, 0.1) == 0.0


def test_no_contrast_makes_a_light_of_what_the_network_takes_for_paint() -> None:
    assert seems_lit(0.0, 0.0, 5.0) == 0.0


@pytest.mark.parametrize("which", [0, 2])
def test_belief_never_falls_with_sureness_or_contrast(which: int) -> None:
    given = [5.0, 0.3, 0.2]
    found = []
    for value in np.linspace(-20, 20, 300) if which == 0 else np.linspace(0, 2, 300):
        given[which] = float(value)
        found.append(seems_lit(*given))
    assert found == sorted(found) and found[0] == 0 and found[-1] == 1


def test_both_lights_are_heard_where_the_shape_explains_the_picture() -> None:
    fit = Fit(np.zeros((1, 3)), 0.35, 0.4, 0.1, 1.0)
    assert 0.2 < share_of_shape(fit) < 0.8
    assert share_of_shape(Fit(np.zeros((1, 3)), 0.35, 0.4, 0.1, 0.0)) == 0.0
