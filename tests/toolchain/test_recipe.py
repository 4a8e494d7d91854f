"""Sidecar over defaults, command line over both; faults told with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine_profiles import SettingsError
from toolchain.asset import Concept, safe_name
from toolchain.recipe import read_recipe


def recipe(tmp_path: Path, text: str | None, **settings: dict):
    sidecar = None
    if text is not None:
        sidecar = tmp_path / "axe.toml"
        sidecar.write_text(text, encoding="utf-8")
    return read_recipe(Concept("axe", "axe", {}, sidecar=sidecar), ("unity",), settings)


def test_defaults_say_that_they_are(tmp_path: Path) -> None:
    got = recipe(tmp_path, None)
    assert (got.size_m, got.size_source, got.engines, got.tier) == (1.0, "default", ("unity",), "prop")


def test_sidecar_and_command_line(tmp_path: Path) -> None:
    got = recipe(
        tmp_path,
        'name = "Great Axe"\nheight_m = 1.2\nengines = ["roblox"]\n[slots.blade]\npreset = "steel"\n'
        "[stage.bake]\nao_rays = 8\nsize_px = 64\n",
        bake={"ao_rays": 4},
    )
    assert (got.name, got.size_m, got.size_axis, got.size_source) == ("Great Axe", 1.2, "height", "sidecar")
    assert got.engines == ("roblox",)
    assert got.slots["blade"].preset == "steel"
    assert got.overrides == {"bake": {"ao_rays": 4, "size_px": 64}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("size = 1", 'axe.toml, line 1: unknown key "size"; did you mean "size_m"?'),
        ("size_m = 1\nheight_m = 2", "axe.toml: give size_m or height_m, not both"),
        ('[slots.a]\ncolour = "red"', 'axe.toml, line 1: colour "red" must be written as #rrggbb'),
        ('tier = "prob"', 'axe.toml, line 1: tier = "prob" is not one of hero, prop, background; did you mean "prop"?'),
        ("[slots.a]\nroughness = 2", "axe.toml, line 2: slots.a.roughness = 2 must be between -1 and 1"),
        ("[stage]\nbake = 3", "axe.toml, line 1: [stage.NAME] must be a table of that stage's settings"),
    ],
)
def test_faults(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        recipe(tmp_path, text)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    "text",
    [
        "helmet",
        "old helmet",
        "Größe 3!",
        "CON",
        "x_LOD0",
        "UCX_box",
        "3d",
        "日本",
        "a" * 250,
        "..",
        "-rf",
        "wheel_wheel",
        "e\u0301te\u0301",
        "a\nb",
        "\udcff",
        "🙂",
        "SOCKET_a",
        "prop_Att",
        "",
    ],
)
def test_names_are_legal_everywhere_and_stable(text: str) -> None:
    import re

    from engine_profiles import BUILT_IN, load

    name = safe_name(text)
    assert name == safe_name(text)
    assert len(name) <= 45
    for profile in map(load, BUILT_IN):
        assert re.fullmatch(profile.names.allowed, name)
        assert not name.lower().endswith(tuple(s.lower() for s in profile.names.reserved_suffixes) or ("\0",))
        assert not name.startswith(profile.names.reserved_prefixes or ("\0",))
    assert name.lower() not in {"con", "nul", "aux", "prn"}
    assert not re.search(r"(?i)_lod\d*$", name)


def test_different_texts_get_different_names() -> None:
    texts = ["a/b", "a.b", "a_b!", "ä", "a", "A b", "日", "本", "CON", "con"]
    assert len({safe_name(t) for t in texts}) == len(texts)
