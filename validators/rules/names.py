"""The names of a scene, by what they name, for the name rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from validators.finding import Where
from validators.rules.case import Case
from validators.scene import Texture


def stem(texture: Texture) -> str:
    """The file name of a texture without folder and suffix; "" for one that is embedded without a name."""
    path = PurePosixPath((texture.uri or texture.name).replace("\\", "/"))
    return "" if texture.uri.startswith("data:") else path.stem


def objects(case: Case) -> Iterator[tuple[str, Where]]:
    """Nodes that an engine makes objects of: all but cameras, lights and the file's own root."""
    for node in case.scene.nodes:
        if node.kind not in ("camera", "light", "root"):
            yield node.name, Where(node=node.name, pointer=node.pointer)


def materials(case: Case) -> Iterator[tuple[str, Where]]:
    """Materials."""
    for material in case.scene.materials:
        yield material.name, Where(material=material.name)


def texture_files(case: Case) -> Iterator[tuple[str, Where]]:
    """Textures that are files beside the model, by their stems."""
    for texture in case.scene.textures:
        if not texture.embedded and (name := stem(texture)):
            yield name, case.on(texture)
