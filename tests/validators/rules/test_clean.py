"""A clean asset draws no finding from any rule: the passing example of every rule for every engine."""

from __future__ import annotations

import numpy as np
import pytest

from tests.validators.factory import ENGINES, STEPS, clean, cube, profile
from validators.judge import judge_scene
from validators.rules import RULES


@pytest.mark.parametrize("engine", ENGINES)
def test_no_rule_objects_to_a_clean_scene(engine: str) -> None:
    assert judge_scene(clean(engine), profile(engine)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.code)
def test_each_rule_passes_a_clean_scene_even_at_its_gravest(rule) -> None:
    for engine in ENGINES:
        said = profile(engine)
        awake = profile(engine, rules={**said.rules, rule.code: "error"})
        if rule.code != "name.prefix" or engine == "unreal":  # the other engines' templates are looser than ours
            assert rule.check(clean(engine), awake) == []


def test_the_factory_makes_what_it_says() -> None:
    mesh = cube("c", 2, 2.0)
    assert len(mesh.triangles) == 6 * 2 * 4
    assert np.allclose(mesh.points.min(axis=0), (-1, 0, -1)) and np.allclose(mesh.points.max(axis=0), (1, 2, 1))
    a, b, c = (mesh.points[mesh.triangle_points[:, i]] for i in range(3))
    middle = np.array((0.0, 1.0, 0.0))
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), a - middle) > 0).all()
    assert [len(m.triangles) for m in clean("unity").meshes] == [12 * s * s for s in STEPS]
