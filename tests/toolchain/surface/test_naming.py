"""Colours in plain words."""

from __future__ import annotations

import pytest

from toolchain.asset import safe_name
from toolchain.srgb import srgb_to_linear
from toolchain.surface.naming import colour_word, given, names_for


def word(text: str) -> str:
    import numpy as np

    rgb = np.uint8([[int(text[i : i + 2], 16) for i in (0, 2, 4)]])
    red, green, blue = (float(c) for c in srgb_to_linear(rgb)[0])
    return colour_word((red, green, blue))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("000000", "black"),
        ("202124", "black"),
        ("555555", "dark_grey"),
        ("909090", "grey"),
        ("ffffff", "white"),
        ("d02020", "red"),
        ("6a0d10", "dark_red"),
        ("ff8c00", "orange"),
        ("f2d21b", "yellow"),
        ("2e9e3a", "green"),
        ("2050d0", "blue"),
        ("0a1a60", "dark_blue"),
        ("8030b0", "purple"),
        ("8b5a2b", "brown"),
        ("4a2c14", "dark_brown"),
        ("d8c8a0", "beige"),
        ("ff9ec0", "pink"),
    ],
)
def test_a_colour_is_called_what_people_call_it(text: str, name: str) -> None:
    assert word(text) == name == safe_name(name)


def test_names_are_apart_and_say_metal() -> None:
    assert names_for([(0.2, 0.2, 0.2), (0.21, 0.2, 0.2), (0.2, 0.2, 0.2)], [False, False, True]) == (
        "grey",
        "grey_2",
        "grey_metal",
    )


def test_given_names_go_where_they_were_seen_else_by_size() -> None:
    found = ("red", "grey", "black")
    assert given(found, ()) == found
    assert given(found, ("slide", "black")) == ("slide", "grey", "black")
    assert given(found, ("a", "b", "c", "d")) == ("a", "b", "c")
