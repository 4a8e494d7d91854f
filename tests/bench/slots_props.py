"""Props whose materials are known: those of the evaluation set that have several, and held-out training props.

Held out are the packs that no training and no tuning saw, of those that give each material one colour; of each pack as
many props, evenly by name. They are drawn twice: as the evaluation set is, in mild light, and in sun and sky with cast
shadows and highlights, from three sides.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.bench.props import SIDE, write_prop
from toolchain.asset import Mesh, Paint, Painted
from toolchain.srgb import srgb_to_linear

LEAST = 0.01  # share of the surface below which a material is not counted
#: Packs of one colour a material; the others of the validation split colour by a gradient.
BY_MATERIAL = "quaternius/"
MOST = 8  # materials
SUNNY = ("front", "back", "left")


@dataclass(frozen=True, eq=False)
class Prop:
    """Pictures by view in `folder`, and the true surface, whose `mesh.slots` are its materials."""

    name: str
    group: str
    folder: Path
    painted: Painted
    views: tuple[str, ...] = ("front", "back", "left", "right", "top")
    framed: bool = True  # the pictures are squares, 1.1 times the longest side: a mask drawn the same way lies on them


def evaluation(root: Path) -> Iterator[Prop]:
    """Props of `root` whose gt.glb names more than one material."""
    from toolchain.intake.models import read_model

    for folder in sorted(f for f in root.iterdir() if (f / "gt.glb").is_file()):
        data = (folder / "gt.glb").read_bytes()
        tree = json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])
        if len({p.get("material") for mesh in tree["meshes"] for p in mesh["primitives"]}) > 1:
            yield Prop(folder.name, "eval", folder, read_model(data, ".glb", "gt.glb").painted)


def held_out(train: Path, scratch: Path, count: int, sunny: bool = False) -> Iterator[Prop]:
    """At most `count` props of each of the validation packs, drawn under `scratch`."""
    packs: dict[str, list[dict[str, Any]]] = {}
    for entry in json.loads((train / "index.json").read_text(encoding="utf-8")):
        if entry["split"] == "val" and entry["class"] == "prop" and entry["pack"].startswith(BY_MATERIAL):
            packs.setdefault(entry["pack"], []).append(entry)
    for pack in sorted(packs):
        have = [e for e in sorted(packs[pack], key=lambda e: str(e["id"])) if 2 <= _materials(train, e) <= MOST]
        for k in np.unique(np.linspace(0, len(have) - 1, min(count, len(have))).round().astype(int)):
            positions, faces, colours, material, rough = _read(train, have[k])
            folder = scratch / have[k]["id"].replace("/", "__")
            mesh = Mesh(positions, faces, slots=material.astype(np.int32))
            paints = tuple(Paint(str(i)) for i in range(int(material.max()) + 1))
            prop = Prop(have[k]["id"].rpartition("/")[2], pack, folder, Painted(mesh, paints))
            if sunny:
                prop = replace(prop, views=SUNNY, framed=False)
                _write_sunny(folder, mesh, srgb_to_linear(colours), rough)
            else:
                write_prop(folder, positions, faces, colours)
            yield prop


def _write_sunny(folder: Path, mesh: Mesh, colour: np.ndarray, rough: np.ndarray) -> None:
    """Pictures of (F, 3) linear colours and (F,) roughness in sun and sky."""
    from tests.bench.lit import LIGHTS, Subject, corner_normals, look, render, stand

    def paint(face: np.ndarray, _bary: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return colour[face], rough[face], np.zeros(len(face), np.float32)

    standing = Mesh(stand(mesh.positions), mesh.faces)
    subject = Subject(standing, corner_normals(standing), paint)
    folder.mkdir(parents=True)
    for view in SUNNY:
        picture = render(subject, look(subject, view, SIDE), LIGHTS["sun and sky"]).shot.rgba
        Image.fromarray(picture).save(folder / f"{view}.png", compress_level=1)


def _read(train: Path, entry: dict[str, Any]) -> tuple[np.ndarray, ...]:
    """(V, 3) positions, (F, 3) faces, (F, 3) sRGB bytes, (F,) material and (F,) roughness.

    A material is a colour with its metal and roughness.
    """
    with np.load(train / entry["shard"]) as shard:
        i = entry["row"]
        v, t = shard["vert_offset"][i : i + 2], shard["tri_offset"][i : i + 2]
        positions = shard["positions"][v[0] : v[1]].astype(np.float32) / 65534
        faces = shard["triangles"][t[0] : t[1]].astype(np.int32)
        colours, gloss = shard["colours"][t[0] : t[1]], shard["metal_rough"][t[0] : t[1]]
    material = np.unique(np.concatenate((colours, gloss), axis=1), axis=0, return_inverse=True)[1]
    return positions, faces, colours, material.reshape(-1), gloss[:, 1] / np.float32(255)


def _materials(train: Path, entry: dict[str, Any]) -> int:
    """How many materials of at least LEAST of the surface it has."""
    from toolchain.lowpoly.topology import areas

    positions, faces, _, material, _ = _read(train, entry)
    share = np.bincount(material, areas(positions, faces))
    return int((share >= LEAST * share.sum()).sum())
