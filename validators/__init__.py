"""Reads a delivered file as a stranger would, and judges it by an engine profile. Never imports toolchain.

    from engine_profiles import load
    from validators.judge import judge
    verdict = judge("Barrel.fbx", load("unreal"))

What a studio's own rule needs is here: :class:`Rule`, :class:`Fault`, :class:`Where` and, for its annotations,
:class:`Case` and :class:`Scene`. They are looked up when first used, so that importing one part costs no other.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "Case": "validators.rules.case",
    "Fault": "validators.rules.base",
    "Finding": "validators.finding",
    "Rule": "validators.rules.base",
    "Scene": "validators.scene",
    "Where": "validators.finding",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"validators has no {name}")
    return getattr(import_module(_HOME[name]), name)
