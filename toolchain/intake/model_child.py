"""Reading a dropped model, inside the child: bytes to a Dropped. Called through :mod:`toolchain.intake.models`."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from toolchain.asset import F32, Dropped, Mesh, Painted
from toolchain.intake.gltf_extras import Extras, read_extras
from toolchain.intake.join import Joined, join
from toolchain.srgb import srgb_to_linear
from validators.finding import Finding
from validators.readers.notes import Bad, Notes
from validators.scene import Scene

#: Faults after which what was read is not the model that was meant.
_FATAL = ("file.truncated", "file.ascii_fbx", "file.too_big")
MOST_FINDINGS = 12
_AXES = "XYZ"


def load(
    data: bytes, suffix: str, name: str, companions: dict[str, bytes], green: str
) -> tuple[Dropped, tuple[Finding, ...]] | str:
    """The model and what there is to say of it; a sentence where it cannot be used."""
    notes = Notes(name)
    with tempfile.TemporaryDirectory(prefix="dropforge-") as made:
        folder = Path(made).resolve()
        for relative, content in sorted(companions.items()):
            parts = PurePosixPath(relative).parts
            if relative.startswith("/") or ".." in parts or not parts:
                return f"{name}: the companion {relative[:80]} does not lie below it."
            place = folder.joinpath(*parts)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        path = folder / f"model{suffix}"
        if suffix not in (".obj", ".ply"):  # those are read from the bytes
            path.write_bytes(data)
        try:
            scene = _scene(path, data, suffix, name, notes)
            dropped = _dropped(scene, data, folder, name, green, notes)
        except Bad as error:
            return f"{name} cannot be used. {error}"
    return dropped, _told(scene, notes, name)


def _scene(path: Path, data: bytes, suffix: str, name: str, notes: Notes) -> Scene:
    if suffix == ".obj":
        from validators.readers.obj import read_obj

        return read_obj(data, name, path.parent, path.parent, notes)
    if suffix == ".ply":
        from validators.readers.ply import read_ply

        return read_ply(data, name, path.parent, path.parent, notes)
    from validators.read import read

    scene = read(path, path.parent)
    if scene.format != suffix.lstrip(".") and scene.format:
        raise Bad("file.suffix", f"It is {scene.format.upper()} by its content; rename it.")
    fatal = next((f for f in scene.findings if f.code in _FATAL), None)
    if fatal is not None or not scene.meshes:
        found = fatal or next((f for f in scene.findings if f.severity == "error"), None)
        raise Bad("file.malformed", found.message if found else "There is no mesh in it.")
    return scene


def _dropped(scene: Scene, data: bytes, folder: Path, name: str, green: str, notes: Notes) -> Dropped:
    from toolchain.intake.paints import paints

    try:
        joined = join(scene, notes)
    except Bad as error:  # what the reader left out says why nothing is left
        cause = next((f for f in scene.findings if f.severity == "error"), None)
        raise Bad("file.malformed", cause.message if cause else str(error)) from None
    extras = read_extras(data, folder) if scene.format in ("glb", "gltf") else []
    if joined.uv is not None and any(e.uv for e in extras):
        joined = _moved(joined, extras, scene, notes)
    used, slots = np.unique(joined.material, return_inverse=True)
    made = paints(scene, [int(u) for u in used], extras, green, notes)
    if any(e.unlit for i, e in enumerate(extras) if i in used):
        notes.add("file.unlit", "Its materials are unlit: light painted into the colours stays there.", severity="info")
    if scene.extras.get("skins"):
        notes.add("file.skins", "It has a skeleton; the pose that its mesh was modelled in is taken.", severity="info")
    faces, up, front = joined.faces, scene.up or "+Y", _front(scene)
    mesh = Mesh(
        joined.positions,
        faces,
        joined.normals,
        joined.uv,
        tangents=joined.tangents,
        slots=slots.astype(np.int32).reshape(-1),
    )
    if mesh.tangents is None and mesh.uv is not None and any("normal" in p.maps for p in made):
        mesh, order = _with_tangents(mesh)
        joined = replace(joined, colours=None if joined.colours is None else joined.colours[order])
    painted = Painted(mesh, tuple(made), _colour(joined, mesh, scene, [("albedo" in p.maps) for p in made]))
    return Dropped(painted, name, scene.format, up, front, scene.unit_m)


def _with_tangents(mesh: Mesh) -> tuple[Mesh, np.ndarray]:
    """MikkTSpace tangents, and the vertex that each vertex came from."""
    from toolchain.bake.field import smooth_normals
    from toolchain.bake.tangents import add_tangents

    normals = smooth_normals(mesh.positions, mesh.faces) if mesh.normals is None else mesh.normals
    out = add_tangents(replace(mesh, normals=normals))
    order = np.arange(len(out.positions))
    order[out.faces.reshape(-1)] = mesh.faces.reshape(-1)
    return out, order


def _colour(joined: Joined, mesh: Mesh, scene: Scene, textured: list[bool]) -> F32 | None:
    """(V, 3) linear. In glTF they multiply the texture by definition; elsewhere they are masks where there is one."""
    if joined.colours is None:
        return None
    colour = joined.colours[:, :3]
    if scene.format not in ("glb", "gltf"):
        colour = srgb_to_linear(np.round(np.clip(colour, 0, 1) * 255).astype(np.uint8))
        with_map = np.array(textured)[mesh.slot_of_faces()]
        colour[np.unique(mesh.faces[with_map])] = 1.0
    colour = np.clip(colour, 0.0, 1.0).astype(np.float32)
    return None if (colour == 1.0).all() else colour


def _moved(joined: Joined, extras: list[Extras], scene: Scene, notes: Notes) -> Joined:
    """UVs under KHR_texture_transform: the colour's where the maps of one material are moved apart."""
    assert joined.uv is not None
    corners, uv = joined.faces.reshape(-1), joined.uv[joined.faces.reshape(-1)].astype(np.float64)
    for index, own in enumerate(extras):
        if not own.uv or not (joined.material == index).any():
            continue
        roles = [
            r
            for r in ("base_color", "roughness", "normal", "occlusion", "emissive")
            if r in scene.materials[index].bindings
        ]
        chosen = own.uv.get("base_color" if "base_color" in roles or not roles else roles[0])
        apart = [
            r
            for r in roles
            if not np.array_equal(own.uv.get(r, np.eye(2, 3)), np.eye(2, 3) if chosen is None else chosen)
        ]
        if apart:
            notes.add(
                "file.uv_transform",
                f'The {", ".join(apart)} map of "{scene.materials[index].name[:40]}" has a layout of its own.',
                severity="warning",
                fix="Bake the maps of a material onto one UV layout.",
            )
        if chosen is None:
            continue
        at = np.repeat(joined.material == index, 3)
        down = np.stack((uv[at, 0], 1.0 - uv[at, 1], np.ones(int(at.sum()))), axis=1) @ chosen.T
        uv[at] = np.stack((down[:, 0], 1.0 - down[:, 1]), axis=1)
    from toolchain.intake.join import weld_rows

    halves = np.stack((corners >> 16, corners & 0xFFFF), axis=1)  # exact in single precision
    rows = np.concatenate((halves.astype(np.float32), uv.astype(np.float32)), axis=1)
    first, faces = weld_rows(rows)
    source = corners[first]

    def pick(values: F32 | None) -> F32 | None:
        return None if values is None else values[source]

    return Joined(
        joined.positions[source],
        faces,
        joined.material,
        pick(joined.normals),
        uv[first].astype(np.float32),
        pick(joined.tangents),
        pick(joined.colours),
    )


def _front(scene: Scene) -> str:
    """The axis that an asset's front looks along: as FBX states it, else as the format or its upright axis has it."""
    axis, sign = scene.header.get("FrontAxis"), scene.header.get("FrontAxisSign", 1)
    if isinstance(axis, int) and 0 <= axis < 3 and _AXES[axis] != scene.up[1]:
        return f"{'+' if sign >= 0 else '-'}{_AXES[axis]}"
    return {"+Z": "-Y", "-Z": "+Y", "+X": "+Z", "-X": "+Z", "-Y": "+Z"}.get(scene.up, "+Z")


def _told(scene: Scene, notes: Notes, name: str) -> tuple[Finding, ...]:
    """What artists should hear: faults are warnings here, for the model was read in spite of them."""
    found = dict.fromkeys(scene.findings + notes.findings())
    told = [
        replace(f, severity="warning" if f.severity == "error" else f.severity, where=replace(f.where, file=name))
        for f in found
    ]
    return tuple(told[:MOST_FINDINGS])
