"""What is in the inbox now: the truth that events only hint at. Nothing is opened, no link is followed."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

#: What browsers, editors, copiers and systems leave in a folder on their way to a real file.
PASSING = (
    *(".part", ".partial", ".crdownload", ".download", ".opdownload", ".filepart", ".aria2", ".!ut", ".bc!"),
    *(".tmp", ".temp", ".swp", ".swx", ".bak", ".lock", "~", "#"),
)
#: Starts of the same.
PASSING_STARTS = ("~", "#", "unconfirmed ")
#: A name with one of these behind it says that the file of that name is still being written.
ON_THE_WAY = (".part", ".partial", ".crdownload", ".download", ".opdownload", ".filepart", ".aria2")
SYSTEMS_OWN = frozenset(("desktop.ini", "thumbs.db", "icon\r", "__macosx", "$recycle.bin", "system volume information"))
MAX_DEPTH = 8


class Stat(NamedTuple):
    """All that changes when a file is written; `ctime` tells of a write that put the old modification time back."""

    size: int  # bytes
    mtime: int  # ns
    ctime: int = 0  # ns
    inode: int = 0


@dataclass
class Scan:
    """One look at the inbox."""

    root_id: tuple[int, int] | None = None  # device and inode; None when the root cannot be read
    files: dict[str, Stat] = field(default_factory=dict)  # by path, below the root
    busy: set[str] = field(default_factory=set)  # paths whose copier says that it is not done
    refused: dict[str, str] = field(default_factory=dict)  # what is no regular file of its own, and why
    unseen: dict[str, str] = field(default_factory=dict)  # folders that could not be listed, and why


def passing(name: str) -> bool:
    """Whether `name` is on its way, hidden, or the system's own: no drop."""
    small = name.lower()
    return (
        name.startswith((".", *PASSING_STARTS))
        or small.endswith(PASSING)
        or small in SYSTEMS_OWN
        or (small.startswith(PASSING_STARTS))
    )


def refusal(mode: int, links: int) -> str:
    """Why an entry that is no folder cannot be a drop; "" for a regular file of its own."""
    if stat.S_ISLNK(mode):
        return "a link: drop the file itself"
    if not stat.S_ISREG(mode):
        kind = "a pipe" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
        return f"{kind}, not a file"
    if links > 1:
        return "a hard link to a file elsewhere, which could change at any time: drop a copy"
    return ""


def scan(root: Path) -> Scan:
    """All regular files below `root`. Never raises for what it meets there."""
    out = Scan()
    try:
        top = root.stat()
    except OSError as error:
        out.unseen[str(root)] = error.strerror or str(error)
        return out
    out.root_id = (top.st_dev, top.st_ino)
    folders = [(str(root), 0)]
    while folders:
        folder, depth = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    _look(entry, depth, folders, out)
        except OSError as error:
            if folder == str(root):
                out.root_id = None
            out.unseen[folder] = error.strerror or str(error)
    return out


def _look(entry: os.DirEntry[str], depth: int, folders: list[tuple[str, int]], out: Scan) -> None:
    if passing(entry.name):
        for suffix in ON_THE_WAY:
            if entry.name.lower().endswith(suffix):
                out.busy.add(entry.path[: -len(suffix)])
        return
    try:
        if entry.is_dir(follow_symlinks=False):
            if depth < MAX_DEPTH:
                folders.append((entry.path, depth + 1))
            else:
                out.refused[entry.path] = f"more than {MAX_DEPTH} folders deep"
            return
        found = entry.stat(follow_symlinks=False)
        if os.name == "nt":  # a listing there gives neither inode nor links
            found = os.stat(entry.path, follow_symlinks=False)  # noqa: PTH116
    except OSError:
        return  # gone between listing and look: the next scan knows
    if why := refusal(found.st_mode, found.st_nlink):
        out.refused[entry.path] = why
    else:
        out.files[entry.path] = Stat(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
