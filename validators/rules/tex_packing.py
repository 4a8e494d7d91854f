"""A packed map does not hold what its channels are read as.

Checks
    Textures that the profile packs (`pack = "R=ao G=roughness B=metallic"` and the like): that they are no grey
    picture, that occlusion is not nearly black all over, and that roughness is not 0 all over. Each is read from the
    channel that the profile names.
Why it fails in the engine
    With the channels of another engine's packing the whole asset turns dark, mirror-like or metallic.
How to fix
    Pack the channels as the profile says.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine_profiles.packing import parse_pack
from engine_profiles.schema import Map
from validators.rules.base import Fault, Rule
from validators.rules.case import Case

DARK = 0.12  # mean occlusion: no real asset is so closed
SMOOTH = 0.01  # mean roughness of a mirror all over
GREY = 0.004  # mean difference of the channels, of full scale


def _faults(case: Case) -> Iterator[Fault]:
    for wanted in case.profile.map:
        if wanted.role not in ("orm", "mask"):
            continue
        for i, texture in enumerate(case.scene.textures):
            if texture.name.rpartition(".")[0].lower().endswith(wanted.suffix.lower()) and (
                said := _said(case, i, wanted)
            ):
                yield Fault(
                    f"{texture.name}: {said[0]}; {case.profile.title} reads it as {wanted.pack}.",
                    where=case.on(texture),
                    measured=said[1],
                )


def _said(case: Case, index: int, wanted: Map) -> tuple[str, float] | None:
    image = case.pixels(index)
    if image is None or image.ndim != 3 or image.shape[2] < 3 or not np.issubdtype(image.dtype, np.integer):
        return None
    flat = image.reshape(-1, image.shape[2])[::7].astype(np.float32) / np.iinfo(image.dtype).max
    if float(np.abs(flat[:, :3] - flat[:, :1]).mean()) < GREY and 0.02 < float(flat[:, 0].mean()) < 0.98:
        return "all its channels are equal", round(float(flat[:, 0].mean()), 3)
    for letter, mean, source in zip("RGBA", flat.mean(axis=0).tolist(), parse_pack(wanted.pack), strict=False):
        held = 1 - mean if source.invert else mean
        if source.map == "ao" and held < DARK:
            return f"its {letter} channel is nearly black, which no occlusion is", round(held, 3)
        if source.map == "roughness" and held < SMOOTH:
            return f"its {letter} channel makes everything a mirror", round(held, 3)
    return None


RULE = Rule("tex.packing", "warning", _faults, "Pack the channels as the profile says.", images=True)
