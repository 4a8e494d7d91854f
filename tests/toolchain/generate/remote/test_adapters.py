"""What each adapter's Params take and what it says it costs."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

import pytest

from engine_profiles.typed import json_schema
from toolchain.generate.remote.states import Price
from toolchain.generate.table import MODULES

HOSTED = sorted(m.rpartition(".")[2] for m in MODULES.values() if m.startswith("toolchain.generate.remote."))


def module(name: str) -> Any:
    return importlib.import_module(f"toolchain.generate.remote.{name}")


def test_all_are_in_the_table() -> None:
    assert HOSTED == ["fal", "hunyuan", "meshy", "replicate", "rodin", "stability", "tripo"]


@pytest.mark.parametrize("name", HOSTED)
def test_it_is_described(name: str) -> None:
    made = module(name)
    assert name == made.NAME
    assert made.WHERE == "hosted"
    assert "\n" not in made.LICENCE
    properties = json_schema(made.Params)["properties"]
    assert all(p.get("description") for p in properties.values()), properties
    assert not any("key" in field or "secret" in field for field in properties)


PRICES = [
    ("meshy", {}, 1, 30),
    ("meshy", {"should_texture": False}, 1, 20),
    ("meshy", {"texture_resolution": "8k", "ultra_mode": True}, 1, 40),
    ("meshy", {"ai_model": "meshy-5"}, 1, 15),
    ("meshy", {"model_type": "smart-topology", "texture_resolution": "8k"}, 1, 20),
    ("tripo", {}, 1, 45),
    ("tripo", {"texture": False}, 1, 15),
    ("tripo", {"texture_quality": "extreme", "geometry_quality": "detailed", "smart_low_poly": True}, 1, 95),
    ("hunyuan", {}, 1, 35),
    ("hunyuan", {"face_count": 9000}, 3, 55),
    ("hunyuan", {"generate_type": "Geometry"}, 1, 15),
    ("rodin", {"high_pack": True}, 1, 1.5),
    ("stability", {}, 1, 4),
    ("stability", {"model": "sf3d"}, 1, 10),
]


@pytest.mark.parametrize(("name", "options", "views", "cost"), PRICES)
def test_prices_are_the_published_ones(name: str, options: dict[str, Any], views: int, cost: float) -> None:
    made = module(name)
    assert made.price(made.Params(**options), views) == Price(cost)


def test_prices_in_dollars_and_unknown_ones() -> None:
    fal = module("fal")
    assert fal.price(fal.Params(resolution="512")) == Price(0.25, "US$")
    assert fal.price(fal.Params(model="fal-ai/some-new-model")) is None
    assert module("replicate").price(module("replicate").Params()) is None
    assert Price(0.25, "US$").text() == "about US$0.25"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("meshy", {"seeds": 2, "pick": 3}),
        ("hunyuan", {"generate_type": "LowPoly"}),
        ("hunyuan", {"face_count": 100}),
        ("stability", {"foreground_ratio": 0.5}),
        ("stability", {"model": "sf3d", "foreground_ratio": 1.5}),
        ("fal", {"options": "[1]"}),
        ("fal", {"options": '{"x": NaN}'}),
        ("fal", {"model": "../evil?x="}),
        ("replicate", {"model": "noslash"}),
        ("replicate", {"model": "a/b/c"}),
        ("replicate", {"options": "{"}),
    ],
)
def test_what_does_not_fit_together_is_told(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^[\w ]+"):
        module(name).Params(**options)


def test_planning_loads_no_http() -> None:
    names = [f"toolchain.generate.remote.{name}" for name in HOSTED]
    code = (
        f"import importlib, sys\nfor n in {names!r}: importlib.import_module(n).available()\n"
        "print([m for m in ('httpx', 'PIL', 'torch', 'scipy', 'numba') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
