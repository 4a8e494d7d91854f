"""Which files are one concept: views, slot masks and sidecar, whatever order they came in.

inbox/helmet.png  inbox/helmet_front.png  inbox/helmet.slots.png  inbox/helmet.toml
inbox/helmet/front.png  inbox/helmet/back.png  inbox/helmet/helmet.toml
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from toolchain.asset import Concept, safe_name
from toolchain.intake.names import PICTURES, parse

#: What browsers, editors, copiers and systems leave in a folder on their way to a real file.
PASSING = (".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".swp", ".bak", "~")
MAX_DEPTH = 8


@dataclass(frozen=True)
class Leftover:
    """A file that belongs to no concept, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Grouped:
    """Concepts by name, and what was left over."""

    concepts: tuple[Concept, ...]
    leftovers: tuple[Leftover, ...]


def find(root: Path) -> list[Path]:
    """Regular files below `root`, sorted; hidden and passing ones, links and deep folders left out."""
    found, folders = [], [(root, 0)]
    while folders:
        folder, depth = folders.pop()
        for path in folder.iterdir():
            if path.name.startswith(".") or path.name.lower().endswith(PASSING) or path.is_symlink():
                continue
            if path.is_dir() and depth < MAX_DEPTH:
                folders.append((path, depth + 1))
            elif path.is_file():
                found.append(path)
    return sorted(found)


def group(files: Iterable[Path], root: Path) -> Grouped:
    """Concepts among `files`, which lie below `root`. Sidecars without a picture are left over."""
    drafts: dict[tuple[Path, str], Concept] = {}
    leftovers: list[Leftover] = []
    sidecars: dict[tuple[Path, str], Path] = {}
    for path in sorted(files):
        if path.suffix.lower() == ".toml":
            sidecars[path.parent, _same(path.stem)] = path
            continue
        if path.suffix.lower() not in PICTURES:
            leftovers.append(Leftover(path, "not a picture"))
            continue
        name, view, is_mask = parse(path.stem)
        folder = path.parent
        if not name:  # `helmet/front.png`: the folder names the concept
            if folder == root:
                leftovers.append(
                    Leftover(path, "named for a view, but of what? Put it in a folder with the asset's name")
                )
                continue
            name, folder = folder.name, folder.parent
        name = unicodedata.normalize("NFC", name)
        draft = drafts.setdefault((folder, _same(name)), Concept(name, safe_name(name), {}))
        slot = draft.slots if is_mask else draft.views
        if view in slot:
            leftovers.append(Leftover(path, f"{slot[view].name} is the {view} view already"))
        else:
            slot[view] = path
    concepts = []
    for (folder, key), draft in drafts.items():
        if not draft.views:
            leftovers += [Leftover(p, "a slot mask without its picture") for p in draft.slots.values()]
            continue
        inside = next(iter(draft.views.values())).parent  # the folder of views, where there is one
        places = ((folder, key), (inside, key))
        sidecar = next((sidecars.pop(p) for p in places if p in sidecars), None)
        concepts.append((folder, replace(draft, sidecar=sidecar)))
    leftovers += [Leftover(p, "a sidecar without its picture") for p in sidecars.values()]
    return Grouped(_distinct(concepts, root), tuple(sorted(leftovers, key=lambda x: x.path)))


def _same(name: str) -> str:
    """What makes two spellings one name: `Helmet_front.png` and `helmet_back.png` are one helmet on every system."""
    return unicodedata.normalize("NFC", name).casefold()


def _distinct(concepts: list[tuple[Path, Concept]], root: Path) -> tuple[Concept, ...]:
    """Two assets of one id, from different folders, each get the hash of their folder."""
    ids = [c.id.lower() for _, c in concepts]
    out = []
    for folder, concept in concepts:
        if ids.count(concept.id.lower()) > 1:
            relative = PurePosixPath(*folder.relative_to(root).parts) if folder.is_relative_to(root) else folder.name
            tag = hashlib.sha256(f"{relative}/{concept.name}".encode("utf-8", "surrogatepass")).hexdigest()[:4]
            out.append(replace(concept, id=f"{concept.id}_{tag}"))
        else:
            out.append(concept)
    return tuple(sorted(out, key=lambda c: c.id))


def gather(paths: Iterable[Path]) -> Grouped:
    """Concepts among named files and folders: a folder whole; a file with its own sidecar and masks alone."""
    concepts: list[tuple[Path, Concept]] = []
    leftovers: list[Leftover] = []
    singles: dict[Path, list[Path]] = {}
    for path in (p.absolute() for p in paths):
        if path.is_dir():
            # A folder of views, named itself, is a concept; its sidecar may lie beside it.
            tables = [p for p in path.parent.glob("*.toml") if _same(p.stem) == _same(path.name)]
            grouped = group([*find(path), *tables], path.parent)
            concepts += [(path, c) for c in grouped.concepts]
            leftovers += [x for x in grouped.leftovers if x.path not in tables]
        else:
            singles.setdefault(path.parent, []).append(path)
    for folder, files in singles.items():
        names = {_same(parse(p.stem)[0] or folder.name) for p in files}
        beside = [p for p in folder.iterdir() if p.suffix.lower() in PICTURES and parse(p.stem)[2]]
        tables = [p for p in (*folder.iterdir(), *folder.parent.iterdir()) if p.suffix.lower() == ".toml"]
        named = {*files, *(p for p in beside if _same(parse(p.stem)[0] or folder.name) in names)}
        grouped = group(named | {p for p in tables if _same(p.stem) in names and p.is_file()}, folder.parent)
        concepts += [(folder, c) for c in grouped.concepts]
        leftovers += [x for x in grouped.leftovers if x.path in files]
    common = Path(os.path.commonpath([folder for folder, _ in concepts])) if concepts else Path()
    return Grouped(_distinct(concepts, common), tuple(leftovers))
