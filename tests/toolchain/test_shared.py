"""What is made once stays made for as long as what it was made of lives, and no longer."""

from __future__ import annotations

import gc

import numpy as np

from toolchain.asset import Mesh
from toolchain.shared import _MADE, once


def mesh() -> Mesh:
    return Mesh(np.zeros((3, 3), np.float32), np.zeros((1, 3), np.int32))


def test_the_same_thing_and_key_are_made_once() -> None:
    one, other, made = mesh(), mesh(), []

    def make() -> int:
        made.append(1)
        return len(made)

    assert [once(one, "a", make), once(one, "a", make), once(one, "b", make), once(other, "a", make)] == [1, 1, 2, 3]


def test_it_is_let_go_with_what_it_was_made_of() -> None:
    gc.collect()  # what other tests left behind
    before = len(_MADE)
    one = mesh()
    once(one, "a", lambda: np.zeros(10))
    assert len(_MADE) == before + 1
    del one
    gc.collect()
    assert len(_MADE) == before
