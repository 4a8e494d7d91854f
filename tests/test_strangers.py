"""The measure of `make strangers` on the letter F, quick; and that it would tell: each fault of a writer is seen.

Readers that are not installed are left out, as their variables say (see tests/oracles).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine_profiles import load
from engine_profiles.load import BUILT_IN
from tests.letter_f import letter_f
from tests.letter_model import SLOTS, box_hull
from tests.oracles import blender, engines, godot, pictures, sights, viewer
from tests.oracles.agree import faults
from tests.oracles.meant import Meant
from tests.toolchain.export.test_export_stage import LOOKS, export, packed
from toolchain.asset import Hulls, Lod, Lods, PackedTextures

LODS = Lods(tuple(Lod(i, letter_f(2 - i)) for i in range(3)))
HULLS = Hulls((box_hull((-0.3, 0.0, -0.1), (-0.1, 1.0, 0.1)),))


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> list[Meant]:
    """The F delivered for every built-in engine."""
    root, out = tmp_path_factory.mktemp("letters"), []
    for engine in BUILT_IN:
        profile = load(engine)
        pack = packed(engine) if profile.map else PackedTextures((), LOOKS)
        for file in export(engine, pack=pack).value.files:
            path = root / engine / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
        for deliverable in profile.deliverable:
            path = root / engine / deliverable.file.format(asset="Letter")
            out.append(Meant(path, engine, "Letter", profile, deliverable, LODS, HULLS, pack, SLOTS))
    return out


def one(letters: list[Meant], label: str) -> Meant:
    return next(m for m in letters if m.label == label)


def test_python_readers_see_what_was_meant(letters: list[Meant]) -> None:
    said = sights.told(letters)
    assert {m.label: told for m, told in zip(letters, said, strict=True) if any(told.values())} == {}
    assert {reader for told in said for reader in told} == set(sights.SIGHTS)


@pytest.mark.skipif(blender.why_not() is not None, reason=blender.why_not() or "")
def test_blender_sees_it_and_the_pictures_agree(letters: list[Meant]) -> None:
    mine = [m for m in letters if m.deliverable.format in ("fbx", "glb", "usdz")]
    seen = pictures.look(mine)
    assert [faults(m, s) for m, (s, _) in zip(mine, seen, strict=True)] == [[]] * len(mine)
    first = seen[0][1]
    assert 0.05 < first.covered.mean() < 0.6
    for m, (_, picture) in zip(mine, seen, strict=True):
        assert pictures.overlap(first, picture) >= 0.995, m.label
    # The letter's test textures are of other colours by engine: those of one engine are laid over each other.
    fbx, usd = (p for m, (_, p) in zip(mine, seen, strict=True) if m.engine == "unreal")
    assert pictures.difference(fbx, usd, "colour") < 1


@pytest.mark.skipif(engines.khronos_why_not() is not None, reason=engines.khronos_why_not() or "")
def test_the_khronos_validator_sees_it(letters: list[Meant]) -> None:
    mine = [m for m in letters if m.deliverable.format == "glb"]
    assert [faults(m, s) for m, s in zip(mine, engines.by_khronos(mine), strict=True)] == [[]] * len(mine)


@pytest.mark.skipif(godot.why_not() is not None, reason=godot.why_not() or "")
def test_godot_sees_it(letters: list[Meant], tmp_path: Path) -> None:
    mine = [one(letters, "godot glb")]
    assert [faults(m, s) for m, s in zip(mine, engines.by_godot(mine, tmp_path), strict=True)] == [[]]


@pytest.mark.skipif(viewer.why_not() is not None, reason=viewer.why_not() or "")
def test_model_viewer_shows_it(letters: list[Meant]) -> None:
    mine = [one(letters, "portable glb")]
    assert [faults(m, s) for m, s in zip(mine, viewer.look(mine, 60), strict=True)] == [[]]


def _lods(change: Callable[[np.ndarray], np.ndarray]) -> Lods:
    levels = LODS.levels
    return Lods(tuple(replace(x, mesh=replace(x.mesh, positions=change(x.mesh.positions))) for x in levels))


def _first(meant: Meant) -> Meant:
    textures = meant.packed.textures
    other = replace(textures[0], data=textures[-1].data)
    return replace(meant, packed=replace(meant.packed, textures=(other, *textures[1:])))


FAULTS: dict[str, tuple[Callable[[Meant], Meant], str]] = {
    "a unit": (
        lambda m: replace(m, deliverable=replace(m.deliverable, unit_m=1.01 * m.deliverable.unit_m)),
        "unit|off its",
    ),
    "half a percent": (lambda m: replace(m, lods=_lods(lambda p: p * np.float32(1.005))), "off its place"),
    "a mirror": (lambda m: replace(m, lods=_lods(lambda p: p * np.float32([-1, 1, 1]))), "off its place"),
    "a turn": (lambda m: replace(m, lods=_lods(lambda p: p[:, [2, 1, 0]] * np.float32([1, 1, -1]))), "off its place"),
    "a level": (lambda m: replace(m, lods=Lods(LODS.levels[:2])), "was never meant|triangles"),
    "a name": (lambda m: replace(m, asset="Other"), "is missing"),
    "a slot": (lambda m: replace(m, slots=replace(SLOTS, slots=SLOTS.slots[::-1])), "texture that was meant"),
    "a UV set": (
        lambda m: replace(m, lods=Lods(tuple(replace(x, mesh=replace(x.mesh, uv_light=None)) for x in LODS.levels))),
        "UV sets",
    ),
    "a hull": (lambda m: replace(m, hulls=Hulls(HULLS.hulls * 2)), "collision"),
    "a texture": (_first, "texture that was meant"),
}


#: One file of each kind and a reader of it.
WITNESSES = (("unreal fbx", "ufbx"), ("godot glb", "pygltflib"))


@pytest.fixture(scope="module")
def testimony(letters: list[Meant]) -> dict[tuple[str, str], str]:
    """What each witness says of each fault, by fault and file; what was meant is changed instead of the file."""
    asked = [(fault, label) for fault in FAULTS for label, _ in WITNESSES]
    changed = [FAULTS[fault][0](one(letters, label)) for fault, label in asked]
    said = sights.told(changed, tuple(reader for _, reader in WITNESSES))
    return {ask: " ".join(*against.values()) for ask, against in zip(asked, said, strict=True)}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_seen(testimony: dict[tuple[str, str], str], fault: str) -> None:
    for label, _ in WITNESSES:
        if (fault, label) == ("a level", "godot glb"):  # which carries LOD0 alone
            continue
        assert re.search(FAULTS[fault][1], testimony[fault, label]), (label, testimony[fault, label])
