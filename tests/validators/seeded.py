"""Deliverables as our writers write them, sound to every rule, to be spoilt one fault at a time and read back."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tests.letter_model import letter_model
from tests.validators.factory import normal_map, profile
from toolchain.asset import Mesh, PackedTexture
from toolchain.export.model import Model
from toolchain.export.stage import writers
from toolchain.export.unity_meta import unity_metas
from validators.judge import Verdict, judge
from validators.rules.join import components

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
    meshes = tuple(replace(m, mesh=apart(m.mesh)) for m in model.meshes)
    if not profile(engine).lightmap.px:
        meshes = tuple(replace(m, mesh=replace(m.mesh, uv_light=None)) for m in meshes)
    return replace(model, materials=materials, meshes=meshes)


def apart(mesh: Mesh, share: float = 0.7, light: float = 0.5) -> Mesh:
    """The mesh with each chart drawn in to `share` of itself; in the lightmap, to `light` of a cell of its own."""
    slots = mesh.slot_of_faces().astype(np.int64)
    corner = mesh.faces.astype(np.int64) * (int(slots.max()) + 1) + slots[:, None]
    _, part = components(int(corner.max()) + 1, corner[:, [0, 1]].ravel(), corner[:, [1, 2]].ravel())
    chart = np.repeat(part[corner[:, 0]], 3)
    pair = np.stack((mesh.faces.ravel(), chart), axis=1)
    owned, index = np.unique(pair, axis=0, return_inverse=True)
    source, chart_of = owned.T

    side = int(np.ceil(np.sqrt(chart_of.max() + 1)))

    def moved(uv: np.ndarray | None, cells: bool) -> np.ndarray | None:
        if uv is None:
            return None
        out = uv[source].astype(np.float64)
        for i in np.unique(chart_of):
            mine = chart_of == i
            low, high = out[mine].min(axis=0), out[mine].max(axis=0)
            rel = out[mine] - (low + high) / 2
            cell = np.array((i % side, i // side)) + 0.5 + rel / (high - low).max() * light
            out[mine] = cell / side if cells else (low + high) / 2 + rel * share
        return out.astype(np.float32)

    return replace(
        mesh,
        positions=mesh.positions[source],
        faces=index.reshape(-1, 3).astype(np.int32),
        normals=None if mesh.normals is None else mesh.normals[source],
        tangents=None if mesh.tangents is None else mesh.tangents[source],
        uv=moved(mesh.uv, False),
        uv_light=moved(mesh.uv_light, True),
    )


Files = dict[str, bytes]


def written(model: Model, engine: str = "") -> Files:
    """The model's file and the loose textures beside it, by path; for Unity with their `.meta` files and materials."""
    name = f"{model.object}.{model.deliverable.format}"
    files = {name: writers()[model.deliverable.format](model)}
    loose = {}
    if model.deliverable.textures != "embedded":
        textures = [t for m in model.materials for t in m.textures.values()]
        loose = {"/".join(filter(None, (model.texture_folder, t.file))): t for t in textures}
    files |= {path: texture.data for path, texture in loose.items()}
    if engine == "unity":
        files |= {f.path: f.data for f in unity_metas("unity/Letter", {name: model}, loose, "urp")}
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
        return self.files(written(self.model(sound(self.engine, self.form)), self.engine))
