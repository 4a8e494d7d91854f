"""Which files are one concept: views, slot masks, model and sidecar, whatever order they came in.

inbox/helmet.png  inbox/helmet_front.png  inbox/helmet.slots.png  inbox/helmet.toml  inbox/helmet.glb
inbox/helmet/front.png  inbox/helmet/back.png  inbox/helmet/helmet.toml  inbox/helmet/scene.gltf
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from toolchain.asset import Concept, safe_name
from toolchain.intake.models import MODELS, companions
from toolchain.intake.names import PICTURES, parse
from watch.names import key, shown

#: Names that exporters give a model file when the folder is what names the asset.
PLAIN_MODELS = frozenset(("model", "mesh", "scene", "source", "untitled"))
NOT_A_PICTURE = "not a picture"
#: A concept's place: the folder it lies in and its folded name. Two spellings of one name have one place.
Place = tuple[Path, str]


@dataclass(frozen=True)
class Leftover:
    """A file that belongs to no concept, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Grouped:
    """Concepts by name, their places below the root (by id), and what was left over."""

    concepts: tuple[Concept, ...]
    leftovers: tuple[Leftover, ...]
    places: dict[str, str] = field(default_factory=dict)


def files_of(concept: Concept) -> tuple[Path, ...]:
    """Every file of a concept, sorted."""
    single = [p for p in (concept.sidecar, concept.model) if p is not None]
    return tuple(sorted({*concept.views.values(), *concept.slots.values(), *single, *concept.companions}))


def group(files: Iterable[Path], root: Path, companions_of: Callable[[Path], tuple[Path, ...]] = companions) -> Grouped:
    """Concepts among `files`, which lie below `root`. Sidecars without a picture are left over."""
    ordered = sorted(files)
    drafts: dict[Place, Concept] = {}
    leftovers: list[Leftover] = []
    sidecars = {(p.parent, same(p.stem)): p for p in ordered if p.suffix.lower() == ".toml"}
    models = [p for p in ordered if p.suffix.lower() in MODELS]
    brought = _models(models, root, drafts, leftovers, companions_of)
    for path in ordered:
        if path in brought or path.suffix.lower() in MODELS or path.suffix.lower() == ".toml":
            continue
        if path.suffix.lower() not in PICTURES:
            leftovers.append(Leftover(path, NOT_A_PICTURE))
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
        draft = _draft(drafts, folder, name)
        slot = draft.slots if is_mask else draft.views
        if view in slot:
            leftovers.append(Leftover(path, f"{shown(slot[view].name)} is the {view} view already"))
        else:
            slot[view] = path
    concepts = []
    for (folder, folded), draft in drafts.items():
        if not draft.views and draft.model is None:
            leftovers += [Leftover(p, "a slot mask without its picture") for p in draft.slots.values()]
            continue
        inside = (
            next(iter(draft.views.values()), draft.model) or folder
        ).parent  # the folder of views, if there is one
        places = ((folder, folded), (inside, folded))
        sidecar = next((sidecars.pop(p) for p in places if p in sidecars), None)
        concepts.append(((folder, folded), replace(draft, sidecar=sidecar)))
    leftovers += [Leftover(p, "a sidecar without its picture") for p in sidecars.values()]
    found = distinct(concepts, root)
    places_by_id = {c.id: _place(place, root) for place, c in found}
    return Grouped(
        tuple(sorted((c for _, c in found), key=lambda c: c.id)),
        tuple(sorted(leftovers, key=lambda x: x.path)),
        places_by_id,
    )


def _models(
    models: list[Path],
    root: Path,
    drafts: dict[Place, Concept],
    leftovers: list[Leftover],
    companions_of: Callable[[Path], tuple[Path, ...]],
) -> set[Path]:
    """Start a draft for each model file; the files that models bring with them, which are no concepts."""
    brought: dict[Path, tuple[Path, ...]] = {m: companions_of(m) for m in models}
    parts = {p for found in brought.values() for p in found}
    for path in models:
        if path in parts:  # a model that another one refers to
            continue
        name, folder = path.stem, path.parent
        if folder != root and (same(name) == same(folder.name) or same(name) in PLAIN_MODELS):
            name, folder = folder.name, folder.parent
        draft = _draft(drafts, folder, name)
        if draft.model is not None:
            leftovers.append(Leftover(path, f"{shown(draft.model.name)} is the model already"))
            continue
        drafts[folder, same(name)] = replace(draft, model=path, companions=brought[path])
    return parts


def _draft(drafts: dict[Place, Concept], folder: Path, name: str) -> Concept:
    name = unicodedata.normalize("NFC", name)
    return drafts.setdefault((folder, same(name)), Concept(shown(name), safe_name(name), {}))


def same(name: str) -> str:
    """What makes two spellings one name: `Helmet_front.png` and `helmet_back.png` are one helmet on every system."""
    return unicodedata.normalize("NFC", name).casefold()


def _place(place: Place, root: Path) -> str:
    return key(place[0] / place[1], root)


def distinct(concepts: list[tuple[Place, Concept]], root: Path) -> list[tuple[Place, Concept]]:
    """Two assets of one id, from different folders, each get a hash of their folder and name."""
    counts: dict[str, int] = {}
    for _, concept in concepts:
        counts[concept.id.lower()] = counts.get(concept.id.lower(), 0) + 1
    taken = {i for i, n in counts.items() if n == 1}
    out = []
    for (folder, folded), concept in sorted(concepts, key=lambda c: (c[1].id, c[0])):
        if counts[concept.id.lower()] > 1:
            concept = replace(concept, id=tagged(concept, folder, root, taken))  # noqa: PLW2901
        out.append(((folder, folded), concept))
    return out


def tagged(concept: Concept, folder: Path, root: Path, taken: set[str]) -> str:
    """An id of its own for a concept whose id others have, too; added to `taken`."""
    relative = PurePosixPath(*folder.relative_to(root).parts) if folder.is_relative_to(root) else folder.name
    digest = hashlib.sha256(f"{relative}/{concept.name}".encode("utf-8", "surrogatepass")).hexdigest()
    found = next(i for i in (f"{concept.id}_{digest[:n]}" for n in (4, 8, 16, 64)) if i.lower() not in taken)
    taken.add(found.lower())
    return found
