"""A normal map's green channel points the wrong way for the engine.

Checks
    The picture itself: the slopes of a true surface agree with each other across it (their curl is zero), and
    disagree when green is flipped. glTF and USD want OpenGL (green up); elsewhere `textures.normal` says. Reported
    only when most of the map's detailed places say the same; a flat or very noisy map says nothing.
Why it fails in the engine
    Bumps read as dents when light comes from above or below.
How to fix
    Invert the green channel, or bake the map for the other convention.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.curl import green

_SPELT = {"opengl": "an OpenGL (green up)", "directx": "a DirectX (green down)"}


def _faults(case: Case) -> Iterator[Fault]:
    wanted = "opengl" if case.scene.format in ("gltf", "glb") or case.is_usd else case.profile.textures.normal
    for i, texture in enumerate(case.scene.textures):
        if "normal" not in case.roles[i] or (image := case.pixels(i)) is None:
            continue
        found, agreement = green(image)
        if found and found != wanted:
            yield Fault(
                f"{texture.name} looks like {_SPELT[found]} normal map; {case.profile.title} wants "
                f"{_SPELT[wanted]} one here.",
                where=case.on(texture),
                measured=f"{found}, {agreement:.0%} of the detail agrees",
                limit=wanted,
            )


RULE = Rule("tex.normal_sign", "error", _faults, "Invert the green channel of the normal map.", images=True)
