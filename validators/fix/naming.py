"""Names that an engine takes, made of names that it does not: the kernel of both formats' name fixes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from engine_profiles.schema import Names
from validators.readers.conventions import lod_of, purpose_of

_HULL = re.compile(r"^(U(?:CX|BX|SP|CP)_)(.*?)((?:_\d{1,3})?)$", re.IGNORECASE)


def renamed(names: Sequence[str], said: Names, kind: str) -> dict[int, str]:
    """Names to change, by place in `names`: those that `said` forbids and those that repeat, letter case aside.

    `kind` is "object" or "material". The first of several equal names keeps its own; a collision shape follows the
    mesh that its name holds. A name stays if no legal one keeps its meaning (LOD, collision).
    """
    taken = {n.casefold() for n in names if legal(n, said, kind)}
    out: dict[int, str] = {}
    new: dict[str, str] = {}
    seen: set[str] = set()
    hulls = [i for i, n in enumerate(names) if kind == "object" and purpose_of(n) != "render"]
    for i in [*(i for i in range(len(names)) if i not in set(hulls)), *hulls]:
        name, hull = names[i], _HULL.match(names[i])
        follows = bool(hull) and kind == "object" and hull is not None and hull[2] in new
        if legal(name, said, kind) and name.casefold() not in seen and not follows:
            seen.add(name.casefold())
            continue
        base = f"{hull[1]}{new[hull[2]]}{hull[3]}" if follows and hull is not None else name
        made = unique(safe(base, said, kind), taken | seen, said)
        meant = kind == "material" or (lod_of(made), purpose_of(made)) == (lod_of(name), purpose_of(name))
        if not legal(made, said, kind) or not meant:
            continue
        out[i] = made
        new.setdefault(name, made)
        seen.add(made.casefold())
    return out


def legal(name: str, said: Names, kind: str) -> bool:
    """Whether the profile's name rules have nothing against `name`."""
    if not name or len(name) > said.max_length or not re.fullmatch(said.allowed, name):
        return False
    shown = kind == "material" or purpose_of(name) == "render"
    if shown and any(name.lower().startswith(p.lower()) for p in said.reserved_prefixes):
        return False
    return not (shown and _ending(name, said))


def _ending(name: str, said: Names) -> str:
    """The reserved suffix that `name` ends in, or ""."""
    end = name.lower().rstrip("0123456789_ ") if said.suffixes_before_digits else name.lower()
    return next((s for s in said.reserved_suffixes if end.endswith(s.lower())), "")


def safe(name: str, said: Names, kind: str) -> str:
    """`name` in letters, digits and underscores, short enough, without what the engine reads a meaning into."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_") or kind.capitalize()
    plain = plain if plain[0].isalpha() else f"{kind[0].upper()}_{plain}"
    if purpose_of(name) == "render" or kind == "material":
        for prefix in said.reserved_prefixes:
            while plain.lower().startswith(prefix.lower()):
                plain = plain[len(prefix) :] or kind.capitalize()
        while found := _ending(plain, said):
            at = plain.lower().rindex(found.lower())
            plain = (plain[:at] + plain[at:].lstrip("_-")) if found[0] in "_-" else plain + "x"
    level = re.search(r"_LOD\d{1,2}\w*$", plain, re.IGNORECASE)
    tail = level[0] if level and len(level[0]) < said.max_length else ""
    return plain[: len(plain) - len(tail)][: said.max_length - len(tail)].rstrip("_") + tail


def unique(name: str, taken: set[str], said: Names) -> str:
    """`name`, or it with a number before its LOD mark."""
    level = re.search(r"_LOD\d{1,2}\w*$", name, re.IGNORECASE)
    tail = level[0] if level else ""
    head, made, number = name[: len(name) - len(tail)], name, 1
    while made.casefold() in taken:
        number += 1
        count = f"_{number}"
        made = head[: said.max_length - len(tail) - len(count)] + count + tail
    return made
