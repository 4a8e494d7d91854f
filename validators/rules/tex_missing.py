"""A texture that the file names is not there.

Checks
    Every texture reference: it must lead to an image that can be read.
Why it fails in the engine
    The material shows grey, pink or a checker, or takes another file of the same name from somewhere in the project.
How to fix
    Put the image beside the model, or embed it, and export again.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.tex_absolute_path import strays


def _faults(case: Case) -> Iterator[Fault]:
    for texture in case.scene.textures:
        if texture.missing and not strays(case.scene.file, texture.uri):  # tex.absolute_path tells of those
            name = texture.uri or texture.name or "without a name"
            yield Fault(f"The texture {name} is not there or cannot be read.", where=case.on(texture))


RULE = Rule(
    "tex.missing", "error", _faults, "Put the image where the file says, or embed it, and export again.", images=True
)
