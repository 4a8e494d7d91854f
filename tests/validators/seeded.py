"""Deliverables as our writers write them, sound to every rule, to be spoilt one fault at a time and read back."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tests.letter_model import letter_model
from tests.validators.factory import normal_map, profile
from toolchain.asset import PackedTexture
from toolchain.export.model import Model
from toolchain.export.stage import writers
from validators.judge import Verdict, judge

SIDE = 256


def picture(pixels: np.ndarray, form: str = "PNG") -> bytes:
    """An image file of (H, W) or (H, W, C) uint8."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form)
    return out.getvalue()


def pixels_of(texture: PackedTexture, side: int = SIDE) -> np.ndarray:
    """Plausible pixels for a role: smooth in space, so that no seam shows."""
    if texture.role == "normal":
        return normal_map(texture.normal or "opengl", side)
    flat = {"base_color": (150, 120 + 20 * texture.slot, 90), "orm": (230, 140, 20), "mask": (20, 230, 128)}
    return np.full((side, side, 3), flat.get(texture.role, (128, 128, 128)), np.uint8)


def sound(engine: str, form: str) -> Model:
    """The letter F in two materials, one or two levels, with believable textures."""
    levels = 2 if next(d for d in profile(engine).deliverable if d.format.startswith(form)).lods != "none" else 1
    model = letter_model(engine, form, levels)
    materials = tuple(
        replace(m, textures={k: replace(t, data=picture(pixels_of(t))) for k, t in m.textures.items()})
        for m in model.materials
    )
    meshes = model.meshes
    if not profile(engine).lightmap.px:
        meshes = tuple(replace(m, mesh=replace(m.mesh, uv_light=None)) for m in meshes)
    return replace(model, materials=materials, meshes=meshes)


Files = dict[str, bytes]


def written(model: Model) -> Files:
    """The model's file and the loose textures beside it, by path."""
    form = model.deliverable.format
    files = {f"{model.object}.{form}": writers()[form](model)}
    if model.deliverable.textures != "embedded":
        for texture in (t for m in model.materials for t in m.textures.values()):
            files["/".join(filter(None, (model.texture_folder, texture.file)))] = texture.data
    return files


def judged(folder: Path, files: Files, engine: str) -> Verdict:
    """The verdict on a folder of `files`."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return judge(folder, profile(engine))


@dataclass(frozen=True)
class Fault:
    """A rule's code, a deliverable, and how it is spoilt: as a Model before it is written, or as files after."""

    code: str
    engine: str
    form: str
    model: Callable[[Model], Model] = lambda m: m
    files: Callable[[Files], Files] = lambda f: f

    def made(self) -> Files:
        return self.files(written(self.model(sound(self.engine, self.form))))
