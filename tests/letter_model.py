"""The letter F as a Model of any profile's deliverable: what a writer's tests start from."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np

from engine_profiles.load import load
from tests.letter_f import letter_f
from toolchain.asset import Hulls, Lod, Lods, Look, Mesh, PackedTexture, PackedTextures, Slot, Slots
from toolchain.export.model import Model, make_model

SLOTS = Slots((Slot("paint", "mask"), Slot("steel", "mask")), np.zeros(0, np.int32))
LOOKS = {"paint": Look("paint", "", 0.7, 0.0), "steel": Look("steel", "steel", 0.35, 1.0)}


def png(colour: tuple[int, int, int], side: int = 8) -> bytes:
    """A small PNG of one colour."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "PNG")
    return out.getvalue()


def box_hull(low: tuple[float, float, float], high: tuple[float, float, float]) -> Mesh:
    """A closed box, outward, as a collision hull without normals or UVs."""
    corners = np.array([[(low, high)[(i >> k) & 1][k] for k in range(3)] for i in range(8)], np.float32)
    quads = np.array([(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)])
    return Mesh(corners, np.concatenate((quads[:, (0, 1, 2)], quads[:, (0, 2, 3)])).astype(np.int32))


def letter_model(profile: str, format: str = "fbx", levels: int = 2, slots: Slots = SLOTS, **changes: Any) -> Model:  # noqa: A002
    """The F as `profile` wants it in its first deliverable of `format`; `changes` go to the Deliverable.

    `levels` LODs: the last is the plain F, each finer one has four times its triangles. The hulls are
    boxes about the stem and the arms. Textures are those of the profile's maps, one colour each.
    """
    wanted = load(profile)
    deliverable = replace(next(d for d in wanted.deliverable if d.format.startswith(format)), **changes)
    lods = Lods(tuple(Lod(i, letter_f(levels - 1 - i)) for i in range(levels)))
    hulls = Hulls((box_hull((-0.3, 0.0, -0.1), (-0.1, 1.0, 0.1)), box_hull((-0.09, 0.4, -0.1), (0.3, 1.0, 0.1))))
    textures = tuple(
        PackedTexture(
            i,
            m.role,
            wanted.names.texture.format(asset="Letter", slot=s.name, suffix=m.suffix) + ".png",
            m.color_space,
            png((40 * i + 20, 20 * j + 10, 128)),
            normal=wanted.textures.normal if m.role == "normal" else "",
        )
        for i, s in enumerate(slots.slots)
        for j, m in enumerate(m for m in wanted.map if not m.optional)
    )
    looks = tuple(LOOKS.get(slot.name, Look(slot.name)) for slot in slots.slots)
    return make_model(
        deliverable,
        wanted.names,
        "Letter",
        "Lettre F é 文",
        lods,
        hulls,
        PackedTextures(textures, looks),
        slots,
        wanted.split_slots,
        wanted.lod.screen,
        wanted.textures.folder,
        {"generator": "test", "triangles": 48, "height_m": 1.0},
    )
