"""Whose edit stands when an asset is delivered again into an engine's project: no edit is lost, and none silently.

We remember the hash of each file as we last put it there. A file that still has it is ours, and is replaced. One that
has not was edited since, by a person or by the engine:

* a sidecar (material, import settings, import script, Rojo project) belongs to the project once it is there: theirs
  stays. Only if ours has changed as well is there anything to say: ours is then laid into `.dropforge.new/`, told as a
  finding, until theirs is deleted (ours comes back), made the same, or ours is deleted (theirs is to stay).
* a model or a picture is ours, as its UVs and textures hold together by one build alone: the new one takes the place,
  and the edited one is laid into `.dropforge.edited/` and told.
* what we do not deliver any more is removed, or left where it is if it was edited.

Engines know a file by the id in its sidecar. Where the project has given one of our files another guid, that one goes
into everything we deliver, so that no reference breaks. Both folders are hidden: no engine imports what lies there.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from validators.finding import Finding, Where

#: Lists what of the folder is ours. Hidden, so that no engine imports it.
OURS = ".dropforge.json"
NEW, EDITED = ".dropforge.new", ".dropforge.edited"
#: Ends of the files that belong to the project once they are there.
SIDECARS = (".mat", ".meta", ".import", ".py", ".mtl", ".project.json", ".model.json")
#: Sidecars that mean nothing without the file they are named for.
COMPANIONS = (".meta", ".import")
_GUID = re.compile(rb"^guid: ([0-9a-f]{32})\r?$", re.MULTILINE)


@dataclass(frozen=True)
class Settled:
    """What the folder will hold."""

    ours: dict[str, bytes]  # to be written, by path
    theirs: dict[str, str] = field(default_factory=dict)  # to be carried over: path -> path in the folder that stands
    files: dict[str, str] = field(default_factory=dict)  # delivered: path -> hash of what we last put there
    offered: dict[str, str] = field(default_factory=dict)  # laid into NEW: path -> its hash
    findings: tuple[Finding, ...] = ()


def settle(ours: dict[str, bytes], folder: Path, record: dict[str, Any]) -> Settled:
    """Who has which place. `folder`: what stands; `record`: what our list in it says. Raises OSError."""
    standing = {path: digest_of(folder / path) for path in walk(folder)}
    before, offered = delivered(record), record.get("offered", {})
    out, findings = Settled({}), []  # type: Settled, list[Finding]
    for path, data in _with_their_guids(ours, folder).items():
        mine, theirs, was = hashlib.sha256(data).hexdigest(), standing.get(path), before.get(path)
        if path in offered and f"{NEW}/{path}" not in standing:
            was = offered[path]  # ours was looked at and thrown away
        if theirs is None or theirs in (was, mine, offered.get(path)) or (was == "" and not is_sidecar(path)):
            out.ours[path], out.files[path] = data, mine
        elif is_sidecar(path):
            out.theirs[path], out.files[path] = path, was or ""
            if mine != was:
                out.ours[f"{NEW}/{path}"], out.offered[path] = data, mine
                findings.append(_kept(path))
        else:
            out.ours[path], out.files[path] = data, mine
            findings.append(_aside(out, path, theirs))
    _rest(out, findings, standing, before, ours)
    return Settled(out.ours, out.theirs, out.files, out.offered, tuple(findings))


def _rest(
    out: Settled, findings: list[Finding], standing: dict[str, str], before: dict[str, str], ours: dict[str, bytes]
) -> None:
    """What stands and is not delivered now: strangers' files stay, ours go, ours that were edited stay."""
    gone = {p for p in standing if p in before and p not in ours}
    edited = {p for p in gone if before[p] not in ("", standing[p])}
    for path, theirs in sorted(standing.items()):
        if path in ours or path.startswith(f"{NEW}/"):
            continue
        main = next((path.removesuffix(end) for end in COMPANIONS if path.endswith(end)), path)
        if path not in gone or (path in edited and main == path) or main in edited:
            out.theirs[path] = path
            if path in edited and main == path:
                findings.append(_left(path))
        elif path in edited:
            findings.append(_aside(out, path, theirs))


def delivered(record: dict[str, Any]) -> dict[str, str]:
    """Path -> hash as last delivered, of our list; "" where the list is of an older form and holds names alone."""
    found = record.get("files", {})
    return dict(found) if isinstance(found, dict) else dict.fromkeys(found, "")


def edited(folder: Path, record: dict[str, Any]) -> set[str]:
    """Paths of our files in `folder` that are no longer as we left them, and what they need beside them."""
    changed = {
        path
        for path, was in delivered(record).items()
        if (folder / path).is_file() and was not in ("", digest_of(folder / path))
    }
    mains = {p for p in changed if not p.endswith(COMPANIONS)}
    return mains | {f"{p}{end}" for p in mains for end in COMPANIONS if (folder / f"{p}{end}").is_file()}


def is_sidecar(path: str) -> bool:
    """Whether the project owns the file once it is there."""
    return path.lower().endswith(SIDECARS)


def walk(folder: Path) -> Iterator[str]:
    """Files below `folder` but our list, by path with `/`."""
    for at, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = (Path(at) / name).relative_to(folder).as_posix()
            if path != OURS:
                yield path


def aside(path: str, digest: str) -> str:
    """Where an edited file is laid: its own name with eight digits of its hash, so that no two meet."""
    at = PurePosixPath(path)
    return f"{EDITED}/{at.with_name(f'{at.stem}.{digest[:8]}{at.suffix}').as_posix()}"


def digest_of(path: Path) -> str:
    """sha256 of a file; of a link, what it points at."""
    if path.is_symlink():
        return f"link to {path.readlink()}"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _with_their_guids(ours: dict[str, bytes], folder: Path) -> dict[str, bytes]:
    """Our sidecars with the guids that the project knows our files by."""
    known: dict[bytes, bytes] = {}
    for path, data in ours.items():
        there = folder / path
        if path.endswith(".meta") and there.is_file():
            mine, theirs = _GUID.search(data), _GUID.search(there.read_bytes())
            if mine and theirs and mine[1] != theirs[1]:
                known[mine[1]] = theirs[1]
    if not known:
        return ours
    pattern = re.compile(b"|".join(map(re.escape, known)))
    return {
        path: pattern.sub(lambda m: known[m[0]], data) if path.endswith((".meta", ".mat")) else data
        for path, data in ours.items()
    }


def _kept(path: str) -> Finding:
    return Finding(
        "publish.kept",
        "warning",
        f"{path} was edited in the project and Dropforge's has changed since: the project's stays.",
        f"Compare it with {NEW}/{path}. Delete the project's to take Dropforge's, or delete that one to keep yours.",
        Where(file=path),
    )


def _aside(out: Settled, path: str, digest: str) -> Finding:
    out.theirs[aside(path, digest)] = path
    return Finding(
        "publish.replaced",
        "warning",
        f"{path} was edited in the project and is replaced by the new build.",
        f"The edited one is {aside(path, digest)}. Make such changes in the drop, so that they are built in.",
        Where(file=path),
    )


def _left(path: str) -> Finding:
    return Finding(
        "publish.left",
        "warning",
        f"{path} is no longer delivered, and is left in the project as it was edited there.",
        "Delete it if nothing uses it.",
        Where(file=path),
    )
