"""Every name that an engine will see, against what it allows."""

from __future__ import annotations

import re

from engine_profiles.schema import Names
from toolchain.export.model import Model


def name_faults(model: Model, names: Names, textures: list[str]) -> list[str]:
    """One sentence for each name of `model`, or of the texture files `textures`, that the profile forbids."""
    shown = [item.name for item in model.meshes]
    hulls = [item.name for item in model.hulls]
    several = len(shown) + len(hulls) > 1 or model.deliverable.format != "glb"
    nodes = shown + hulls + ([model.object] if several and model.object not in shown else [])
    materials = [m.name for m in model.materials]
    stems = [file.rpartition(".")[0] for file in textures]
    faults = [
        fault
        for kind, group in (("node", nodes), ("material", materials), ("texture", stems))
        for fault in (*_illegal(kind, group, names, hulls), *_doubles(kind, group))
    ]
    for name in (*shown, *materials):
        if prefix := next((p for p in names.reserved_prefixes if name.startswith(p)), None):
            faults.append(f'"{name}" starts with {prefix}, which the engine reads a meaning into')
    return faults


def _illegal(kind: str, group: list[str], names: Names, hulls: list[str]) -> list[str]:
    """What is wrong with each name of `group`. A suffix of the template is what `hulls` are meant to end in."""
    out = []
    for name in group:
        if not re.fullmatch(names.allowed, name):
            out.append(f'the {kind} name "{name}" does not match {names.allowed}')
        if len(name) > names.max_length:
            out.append(f'the {kind} name "{name}" has {len(name)} characters; at most {names.max_length} are allowed')
        end = name.lower().rstrip("0123456789_") if names.suffixes_before_digits else name.lower()
        if name in hulls and kind == "node":
            continue
        if suffix := next((s for s in names.reserved_suffixes if end.endswith(s.lower())), None):
            out.append(f'the {kind} name "{name}" ends in {suffix}, which the engine reads a meaning into')
    return out


def _doubles(kind: str, group: list[str]) -> list[str]:
    seen: dict[str, str] = {}
    return [
        f'two {kind}s are called "{name}" and "{seen[name.lower()]}", which some file systems hold for one'
        for name in group
        if seen.setdefault(name.lower(), name) is not name
    ]
