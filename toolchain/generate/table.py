"""The generators there are, as one explicit table.

A generator is a module with

* `NAME`: what a recipe calls it;
* `Params`: a frozen dataclass of what it can be told;
* `available() -> str | None`: None, or why it cannot run here, in a sentence;
* `generate(reference, params, progress) -> Sculpt`: a closed mesh in the subject's frame (+X its left, +Y up,
  +Z front) at any size and place: the stage scales it to metres and stands it on the ground.
"""

from __future__ import annotations

import importlib
from typing import Any, Protocol, cast

from engine_profiles.typed import nearest
from toolchain.asset import Reference, Sculpt
from toolchain.stage import Progress, StageError

MODULES = {"embedded": "toolchain.generate.embedded"}


class Generator(Protocol):
    """What the stage needs of a generator's module."""

    NAME: str
    Params: type

    def available(self) -> str | None: ...

    def generate(self, reference: Reference, params: Any, progress: Progress) -> Sculpt: ...


def generator(name: str) -> Generator:
    """The generator called `name`, ready to run. StageError where there is none, or it cannot run here."""
    if name not in MODULES:
        raise StageError(f'There is no generator "{name}"{nearest(name, MODULES)}.')
    module = cast(Generator, importlib.import_module(MODULES[name]))
    if why := module.available():
        raise StageError(f'The generator "{name}" cannot run here: {why}')
    return module
