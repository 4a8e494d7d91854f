"""Joining: without a clear pair all is one, a clear pair keeps the unclear ones; and what tells paleness."""

from __future__ import annotations

import numpy as np
import pytest

from toolchain.surface import kinds
from toolchain.surface.apart import Tally, clues

AREA = np.array([0.5, 0.3, 0.2])


def sums(area: np.ndarray = AREA, linear: np.ndarray | None = None) -> Tally:
    count = len(area)
    none, colour = np.zeros((count, 3)), np.full((count, 3), 0.2) if linear is None else linear
    square, cube = np.zeros((count, count)), np.zeros((count, count, 3))
    return Tally(area, area, none, np.zeros((count, 3, 3)), none, colour * area[:, None], square, square.copy(), cube)


def likely(monkeypatch: pytest.MonkeyPatch, *pairs: float) -> None:
    """Of labels (0, 1), (0, 2) and (1, 2): how likely each is two, whatever joins."""
    table = dict(zip(((0, 1), (0, 2), (1, 2)), pairs, strict=True))
    monkeypatch.setattr(kinds, "apart", lambda _, one, two: table[one, two])


def test_no_clear_pair_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    likely(monkeypatch, 0.5, 0.55, 0.5)
    into, sure, doubt = kinds.join(sums(), 0.4, 0.6, 4, 0.01)
    assert into.tolist() == [0, 0, 0] and doubt == 0.55 and sure[0] == pytest.approx(0.45)


def test_a_clear_pair_keeps_the_unclear_one(monkeypatch: pytest.MonkeyPatch) -> None:
    likely(monkeypatch, 0.5, 0.9, 0.9)
    into, sure, _ = kinds.join(sums(), 0.4, 0.6, 4, 0.01)
    assert into.tolist() == [0, 1, 2] and sure.tolist() == [0.5, 0.5, 0.9]


def test_below_the_bar_and_over_the_most_the_least_likely_go(monkeypatch: pytest.MonkeyPatch) -> None:
    likely(monkeypatch, 0.3, 0.9, 0.8)
    assert kinds.join(sums(), 0.4, 0.6, 4, 0.01)[0].tolist() == [0, 0, 2]
    likely(monkeypatch, 0.9, 0.7, 0.8)
    assert kinds.join(sums(), 0.4, 0.6, 2, 0.01)[0].tolist() == [0, 1, 0]


def test_what_is_too_small_goes_however_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    likely(monkeypatch, 0.99, 0.99, 0.98)
    assert kinds.join(sums(np.array([0.5, 0.495, 0.005])), 0.4, 0.6, 4, 0.01)[0].tolist() == [0, 1, 1]


def test_the_paler_of_two_is_asked_for_by_brightness() -> None:
    red, pale = np.array([0.2, 0.02, 0.02]), np.array([0.6, 0.5, 0.5])
    fall = clues(sums(np.array([0.5, 0.5]), np.stack((red, pale))), 0, 1)[-1]
    assert fall > 0.3
    assert clues(sums(np.array([0.5, 0.5]), np.stack((pale, red))), 0, 1)[-1] == pytest.approx(fall)
    assert clues(sums(np.array([0.5, 0.5]), np.stack((red, 2 * red))), 0, 1)[-1] == pytest.approx(0, abs=0.1)
