"""The generators there are, as one explicit table.

A generator is a module, cheap to import, with

* `NAME`: what a recipe calls it;
* `Params`: a frozen dataclass over :class:`toolchain.generate.ask.Ask` of what it can be told;
* `WHERE`: "here", "hosted", "own server" or "own GPU"; `CAN`: the views it takes first ("1 view", "1-4 views"), then
  what it gives ("colour", "textures", "PBR", ...); `PRICE`: in a few words, "" where it costs nothing; `LICENCE`: what
  its terms forbid or ask, in one line. `dropforge generators` shows them;
* `available() -> str | None`: None, or why it cannot run here, in a sentence;
* `generate(reference, params, progress, state) -> Sculpt`: a surface in the subject's frame (+X its left, +Y up,
  +Z front) at any size and place: the stage scales it to metres and stands it on the ground. It need not be closed:
  repair comes next. `state` is a folder that outlives the run, for requests that cost money.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Protocol, cast

from engine_profiles.typed import nearest
from toolchain.asset import Reference, Sculpt
from toolchain.generate.ask import Ask
from toolchain.stage import Progress, StageError

MODULES = {
    "embedded": "toolchain.generate.embedded",
    "file": "toolchain.generate.file",
    "meshy": "toolchain.generate.remote.meshy",
    "tripo": "toolchain.generate.remote.tripo",
    "hunyuan": "toolchain.generate.remote.hunyuan",
    "rodin": "toolchain.generate.remote.rodin",
    "stability": "toolchain.generate.remote.stability",
    "fal": "toolchain.generate.remote.fal",
    "replicate": "toolchain.generate.remote.replicate",
    "comfyui": "toolchain.generate.selfhosted.comfyui",
    "hunyuan3d-server": "toolchain.generate.selfhosted.hunyuan3d_server",
    "gradio": "toolchain.generate.selfhosted.gradio",
    "triposr": "toolchain.generate.local.triposr",
    "triposg": "toolchain.generate.local.triposg",
    "trellis2": "toolchain.generate.local.trellis2",
    "hunyuan3d": "toolchain.generate.local.hunyuan3d",
}


class Generator(Protocol):
    """What the stage needs of a generator's module."""

    NAME: str
    Params: type[Ask]
    WHERE: str
    CAN: tuple[str, ...]
    PRICE: str
    LICENCE: str

    def available(self) -> str | None: ...

    def generate(self, reference: Reference, params: Any, progress: Progress, state: Path) -> Sculpt: ...


def generator(name: str) -> Generator:
    """The generator called `name`. StageError where there is none."""
    if name not in MODULES:
        raise StageError(f'There is no generator "{name}"{nearest(name, MODULES)}.')
    return cast(Generator, importlib.import_module(MODULES[name]))


def ready(name: str) -> Generator:
    """The generator called `name`, able to run. StageError where it cannot run here."""
    module = generator(name)
    if why := module.available():
        raise StageError(f'The generator "{name}" cannot run here: {why}')
    return module
