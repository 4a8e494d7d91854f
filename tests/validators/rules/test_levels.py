"""Levels that are not there: told only where one more would save something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine_profiles.schema import LodChain
from tests.validators.factory import clean, profile
from validators.rules.col_missing import RULE as COLLISION
from validators.rules.lod_missing import RULE
from validators.scene import Scene


def first(levels: int) -> Scene:
    scene = clean("unity")
    return replace(scene, nodes=scene.nodes[: 1 + levels])


@pytest.mark.parametrize(
    ("levels", "ratios", "told"),
    [
        (1, (0.5,), True),
        (1, (0.25,), True),  # 48 triangles
        (1, (0.24,), False),  # 46: our own chain ends here as well
        (1, (), False),
        (2, (0.57, 0.5), True),  # 96 after 108
        (2, (0.6, 0.5625), False),  # 108 after 108 saves nothing
        (2, (0.6, 0.2), False),
        (2, (0.5,), False),
        (3, (0.5,), False),  # more than asked
    ],
)
def test_a_level_is_missed_where_it_would_save(levels: int, ratios: tuple[float, ...], told: bool) -> None:
    found = RULE.check(first(levels), profile("unity", lod=LodChain(ratios)))
    assert [(f.measured, f.limit) for f in found] == ([(levels, len(ratios) + 1)] if told else [])


def test_a_file_without_levels_is_not_asked_for_them() -> None:
    said = profile("unity")
    plain = replace(said, deliverable=tuple(replace(d, lods="none") for d in said.deliverable))
    assert RULE.check(first(1), plain) == []
    gap = first(4)
    gap = replace(gap, nodes=(*gap.nodes[:2], *gap.nodes[3:4]))
    assert RULE.check(gap, said) == [], "a gap is lod.sequence's"


def test_collision_is_missed_where_it_is_asked_for() -> None:
    scene, said = clean("unreal"), profile("unreal")
    bare = replace(scene, nodes=tuple(n for n in scene.nodes if n.purpose != "collision"))
    assert [f.code for f in COLLISION.check(bare, said)] == ["col.missing"]
    no_style = replace(said, collision=replace(said.collision, style="none"))
    no_file = replace(said, deliverable=tuple(replace(d, collision=False) for d in said.deliverable))
    assert COLLISION.check(bare, no_style) == COLLISION.check(bare, no_file) == []
    assert COLLISION.check(replace(bare, nodes=()), said) == [], "a file that draws nothing is told of by others"
