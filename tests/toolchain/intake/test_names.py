"""Stems to concepts and views."""

from __future__ import annotations

import pytest

from toolchain.asset import VIEWS
from toolchain.intake.decode import FORMATS
from toolchain.intake.names import PICTURES, parse


@pytest.mark.parametrize(
    ("stem", "concept", "view", "slots"),
    [
        ("helmet", "helmet", "single", False),
        ("helmet_front", "helmet", "front", False),
        ("helmet-back", "helmet", "back", False),
        ("Helmet.left", "Helmet", "left", False),
        ("HELMET_RIGHT", "HELMET", "right", False),
        ("helmet top", "helmet", "top", False),
        ("helmet__bottom", "helmet", "bottom", False),
        ("helmet_side", "helmet", "left", False),
        ("helmet_rear", "helmet", "back", False),
        ("helmet_left_side", "helmet", "left", False),
        ("helmet_front_view", "helmet", "front", False),
        ("helmet_three_quarter", "helmet", "three_quarter", False),
        ("helmet-three-quarter", "helmet", "three_quarter", False),
        ("helmet_threequarter", "helmet", "three_quarter", False),
        ("helmet_3q", "helmet", "three_quarter", False),
        ("helmet.slots", "helmet", "single", True),
        ("helmet_front.slots", "helmet", "front", True),
        ("Helmet.Back.SLOTS", "Helmet", "back", True),
        ("front", "", "front", False),
        ("Side", "", "left", False),
        ("3q.slots", "", "three_quarter", True),
        ("backpack", "backpack", "single", False),
        ("desktop", "desktop", "single", False),
        ("leftover", "leftover", "single", False),
        ("laptop", "laptop", "single", False),
        ("inside", "inside", "single", False),
        ("top_hat", "top_hat", "single", False),
        ("left_over", "left_over", "single", False),
        ("slots", "slots", "single", False),
        ("slot_machine", "slot_machine", "single", False),
        ("desktop_front", "desktop", "front", False),
        ("Gro\u0308ße_front", "Größe", "front", False),  # a decomposed umlaut, as macOS names files
        ("", "", "single", False),
    ],
)
def test_parse(stem: str, concept: str, view: str, slots: bool) -> None:
    assert parse(stem) == (concept, view, slots)


def test_every_view_of_the_house_can_be_named() -> None:
    assert {parse(f"x_{view}").view for view in VIEWS} == set(VIEWS)


def test_pictures_are_what_decode_reads() -> None:
    assert {s for suffixes in FORMATS.values() for s in suffixes} == PICTURES
