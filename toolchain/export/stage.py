"""The export stage: everything one engine imports, written from what the stages before it made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine_profiles.schema import Deliverable, Names, Profile, Sidecars
from engine_profiles.typed import opt
from toolchain.asset import DeliveredFile, Delivery, Hulls, Lods, PackedTexture, PackedTextures, Slots
from toolchain.export.model import Model, make_model
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress, StageError
from toolchain.version import VERSION as DROPFORGE

NAME = "export"
VERSION = 6


@dataclass(frozen=True)
class Params:
    """What is written, where, and under which names."""

    engine: str = opt(help="the profile's name")
    asset: str = opt(help="safe name of the asset")
    display: str = opt(help="the artist's own name of the asset")
    deliverables: tuple[Deliverable, ...] = opt(help="the model files")
    names: Names = opt(factory=Names, help="name templates and what the engine allows")
    split_slots: bool = opt(False, "one mesh a slot")
    screen: tuple[float, ...] = opt((), "screen height of each LOD level", low=0.0, high=1.0)
    texture_folder: str = opt("", "folder of the loose textures, beside the model")
    sidecars: Sidecars = opt(factory=Sidecars, help="files beside the models")
    packs: dict[str, str] = opt(factory=dict, help="what the channels of the profile's textures hold, by role")
    extras: dict[str, str] = opt(factory=dict, help="provenance written into GLB and USD files")


def params(recipe: Recipe, profile: Profile | None) -> Params:
    """The profile's deliverables, named for the recipe's asset."""
    if profile is None:
        raise ValueError("export runs for an engine")
    extras = {
        "tool": f"Dropforge {DROPFORGE}",
        "asset": recipe.asset,
        "name": recipe.name,
        "profile": profile.name,
        "size_source": recipe.size_source,
    }
    return Params(
        engine=profile.name,
        asset=recipe.asset,
        display=recipe.name,
        deliverables=profile.deliverable,
        names=profile.names,
        split_slots=profile.split_slots,
        screen=profile.lod.screen,
        texture_folder=profile.textures.folder,
        sidecars=profile.sidecars,
        packs={m.role: m.pack for m in reversed(profile.map)},
        extras=extras,
    )


def run(
    params: Params, progress: Progress, *, lods: Lods, collision: Hulls, pack: PackedTextures, slots: Slots
) -> Made:
    """A Delivery, its files sorted by path, and what it costs.

    Raises StageError when a name is not allowed, when two files want one path, or when a format cannot say
    what the profile asks for.
    """
    from toolchain.export.cost import disk_bytes, summary
    from toolchain.export.measure import measure_model, measure_texture
    from toolchain.export.obj import library, write_mtl

    files: dict[str, bytes] = {}
    models: dict[str, Model] = {}
    # Where every model carries its textures, files beside it are wanted only if the profile has a folder for them.
    apart = bool(params.texture_folder) or any(d.textures == "beside" for d in params.deliverables)
    textures = {_beside(params, t): t for t in pack.textures if t.loose and apart}
    costs: dict[str, Any] = {}
    for i, deliverable in enumerate(params.deliverables):
        path = deliverable.file.format(asset=params.asset)
        progress(i / len(params.deliverables), path)
        model = make_model(
            deliverable,
            params.names,
            params.asset,
            params.display,
            lods,
            collision,
            pack,
            slots,
            params.split_slots,
            params.screen,
            params.texture_folder,
            dict(params.extras),
        )
        bound = _bound(model)
        _require_names(params, model, [t.file for t in (*bound, *textures.values())])
        _add(files, path, _write(path, model))
        if deliverable.format == "obj":
            _add(files, library(model), write_mtl(model))
        if deliverable.format in ("usdc", "usda"):  # refers to OpenGL normals even where the engine's own are DirectX
            for texture in bound:
                _same(textures.setdefault(_beside(params, texture), texture), texture)
        models[path] = model
        images = [measure_texture(t) for t in bound]
        costs[path] = measure_model(model) | {
            "bytes": len(files[path]),
            "disk": disk_bytes(model, files[path], writers()[deliverable.format]),
            "textures": images,
            "texture_raw_bytes": sum(i["raw_bytes"] for i in images),
            "texture_block_bytes": sum(i["block_bytes"] for i in images),
        }
    for path, texture in textures.items():
        _add(files, path, texture.data)
    for made in _sidecars(params, models, textures):
        _add(files, made.path, made.data)
    delivery = Delivery(tuple(DeliveredFile(path, files[path]) for path in sorted(files)))
    sizes = {f.path: len(f.data) for f in delivery.files}
    total = sum(sizes.values())
    return Made(delivery, {"models": costs, "cost": summary(costs, total), "files": sizes, "bytes": total})


def writers() -> dict[str, Callable[[Model], bytes]]:
    """The writer of each format."""
    from toolchain.export.fbx import write_fbx
    from toolchain.export.glb import write_glb
    from toolchain.export.obj import write_obj
    from toolchain.export.stl import write_stl
    from toolchain.export.threemf import write_3mf
    from toolchain.export.usd import write_usd

    return {
        "fbx": write_fbx,
        "glb": write_glb,
        "usdc": write_usd,
        "usda": write_usd,
        "usdz": write_usd,
        "obj": write_obj,
        "stl": write_stl,
        "3mf": write_3mf,
    }


def _write(path: str, model: Model) -> bytes:
    try:
        return writers()[model.deliverable.format](model)
    except ValueError as error:
        raise StageError(f"{path} could not be written: {error}.") from error


def _bound(model: Model) -> list[PackedTexture]:
    """Textures that the materials in use bind, in order, each once. A GLB holds equal bytes once under one name."""
    from toolchain.export.guard import materials_in_use

    found: dict[str | bytes, PackedTexture] = {}
    for texture in (t for i in materials_in_use(model) for t in model.materials[i].textures.values()):
        found.setdefault(texture.data if model.deliverable.format == "glb" else texture.file, texture)
    return list(found.values())


def _beside(params: Params, texture: PackedTexture) -> str:
    return f"{params.texture_folder}/{texture.file}" if params.texture_folder else texture.file


def _same(there: PackedTexture, texture: PackedTexture) -> None:
    if there.data != texture.data:
        raise StageError(f"Two different textures want the name {texture.file}; give one another suffix.")


def _add(files: dict[str, bytes], path: str, data: bytes) -> None:
    """Put a file in; one name, in any letter case, holds one file."""
    if path.lower() in (p.lower() for p in files):
        raise StageError(f"Two files of the delivery want the name {path}; change a name template in the profile.")
    files[path] = data


def _require_names(params: Params, model: Model, textures: list[str]) -> None:
    from toolchain.export.naming import name_faults

    if faults := name_faults(model, params.names, sorted(set(textures))):
        raise StageError(
            f"The {params.engine} profile makes a name that it does not allow: {faults[0]}.", detail="\n".join(faults)
        )


def _sidecars(params: Params, models: dict[str, Model], textures: dict[str, PackedTexture]) -> list[DeliveredFile]:
    from toolchain.export.godot_import import godot_imports
    from toolchain.export.roblox_notes import roblox_notes
    from toolchain.export.roblox_project import roblox_project
    from toolchain.export.unity_materials import require_mask
    from toolchain.export.unity_meta import unity_metas
    from toolchain.export.unreal_script import unreal_script

    made: list[DeliveredFile] = []
    try:
        if params.sidecars.unreal_script:
            made += unreal_script(params.asset, models, textures, params.packs)
        if params.sidecars.roblox_readme:
            made += roblox_notes(models, textures)
        if params.sidecars.roblox_project:
            made += roblox_project(params.asset, params.display, models, textures)
        if params.sidecars.unity_meta:
            pipeline = params.sidecars.unity_materials
            require_mask(pipeline, params.packs)
            made += unity_metas(f"{params.engine}/{params.asset}", models, textures, pipeline)
        if params.sidecars.godot_import:
            made += godot_imports(f"{params.engine}/{params.asset}", models, textures)
    except ValueError as error:
        raise StageError(f"A file for the import could not be written: {error}.") from error
    return made
