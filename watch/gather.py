"""Concepts among the paths that a command line names."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from toolchain.asset import Concept
from toolchain.intake.models import MODELS, companions
from toolchain.intake.names import PICTURES, parse
from watch.group import Grouped, Leftover, Place, distinct, group, same
from watch.names import shown
from watch.scan import scan


def find(root: Path) -> list[Path]:
    """Regular files below `root`, sorted; hidden and passing ones, links and deep folders left out.

    Raises OSError for a folder that cannot be listed: a build must not take half a tree for the whole.
    """
    found = scan(root)
    for folder, why in found.unseen.items():
        raise PermissionError(13, why, shown(folder))
    return sorted(map(Path, found.files))


def gather(paths: Iterable[Path]) -> Grouped:
    """Concepts among named files and folders: a folder whole; a file with its own sidecar and masks alone."""
    concepts: list[tuple[Place, Concept]] = []
    leftovers: list[Leftover] = []
    singles: dict[Path, list[Path]] = {}
    for path in (p.absolute() for p in paths):
        if path.is_dir():
            # A folder of views, named itself, is a concept; its sidecar may lie beside it.
            tables = [p for p in path.parent.glob("*.toml") if same(p.stem) == same(path.name)]
            grouped = group([*find(path), *tables], path.parent)
            concepts += [((path, c.name), c) for c in grouped.concepts]
            leftovers += [x for x in grouped.leftovers if x.path not in tables]
        else:
            singles.setdefault(path.parent, []).append(path)
    for folder, files in singles.items():
        names = {same(parse(p.stem)[0] or folder.name) for p in files}
        beside = [p for p in folder.iterdir() if p.suffix.lower() in PICTURES and parse(p.stem)[2]]
        tables = [p for p in (*folder.iterdir(), *folder.parent.iterdir()) if p.suffix.lower() == ".toml"]
        named = {*files, *(p for p in beside if same(parse(p.stem)[0] or folder.name) in names)}
        named |= {c for p in files if p.suffix.lower() in MODELS for c in companions(p)}
        grouped = group(named | {p for p in tables if same(p.stem) in names and p.is_file()}, folder.parent)
        concepts += [((folder, c.name), c) for c in grouped.concepts]
        leftovers += [x for x in grouped.leftovers if x.path in files]
    common = Path(os.path.commonpath([place[0] for place, _ in concepts])) if concepts else Path()
    found = sorted((c for _, c in distinct(concepts, common)), key=lambda c: c.id)
    return Grouped(tuple(found), tuple(leftovers))
