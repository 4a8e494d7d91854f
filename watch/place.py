"""Where things live: what kind of file system a folder lies on, and where the watcher keeps its memory.

The outbox holds `.dropforge/`: what must lie on one volume with the assets, so that a rename can publish them
(staging, previous versions, archive, review). The memory (journal, logs, store, claims) lies there too while the outbox
is on a local disk. On a network share it lies in the user's local state folder instead: SQLite's locks cannot be
trusted over a network, and artefacts that nobody else reads need not cross it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

#: Everything of ours that is not an asset lives here, inside the outbox so that renames stay on one volume.
PRIVATE = ".dropforge"
NETWORK = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "gpfs", "9p"),
        *("virtiofs", "vboxsf", "prl_fs", "vmhgfs", "davfs", "drvfs", "webdav", "remote"),
        *(f"fuse.{kind}" for kind in ("sshfs", "rclone", "davfs2", "glusterfs", "s3fs", "vmhgfs-fuse", "grpcfuse")),
    )
)
#: Local, but changes made below or beside the mount raise no events.
SILENT = frozenset(("overlay", "aufs", "unionfs", "fuse.unionfs", "fuse.mergerfs", "proc", "sysfs"))


def filesystem(path: Path) -> str:
    """The kind of file system that `path` (or its nearest parent that is there) lies on; "" where nobody says."""
    path = Path(os.path.realpath(path))
    while not path.exists() and path != path.parent:
        path = path.parent
    if sys.platform == "win32":
        import ctypes

        kind = ctypes.windll.kernel32.GetDriveTypeW(path.anchor)
        return "remote" if kind == 4 or str(path).startswith("\\\\") else ""
    best, found = "", ""
    for point, kind in _mounts():
        inside = point == "/" or str(path) == point or str(path).startswith(point + "/")
        if inside and len(point) >= len(best):  # a later mount hides an earlier one
            best, found = point, kind
    return found


def _mounts() -> list[tuple[str, str]]:
    """(mount point, kind) in mount order."""
    try:
        lines = Path("/proc/self/mounts").read_bytes().decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return _mounts_by_command() if sys.platform == "darwin" else []
    rows = [line.split(" ") for line in lines]
    return [(r[1].replace("\\040", " ").replace("\\011", "\t"), r[2]) for r in rows if len(r) > 2]


def _mounts_by_command() -> list[tuple[str, str]]:
    """macOS: `//user@host/share on /Volumes/share (smbfs, nodev)`."""
    import subprocess

    text = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False).stdout
    rows = [line.partition(" on ")[2].rpartition(" (") for line in text.splitlines()]
    return [(point, rest.partition(",")[0].rstrip(")")) for point, _, rest in rows]


def is_network(path: Path) -> bool:
    """Whether `path` lies on a share."""
    return filesystem(path) in NETWORK


@dataclass(frozen=True)
class Home:
    """The folders of one outbox."""

    outbox: Path
    state: Path  # journal, logs, store, claims: on a local disk

    @classmethod
    def of(cls, outbox: Path, state: Path | None = None) -> Home:
        """The home of `outbox`; `state` where somebody asked for a place of its own."""
        if state is None:
            state = _local_state(outbox) if is_network(outbox) else outbox / PRIVATE
        return cls(outbox, state)

    @property
    def private(self) -> Path:
        """What lies beside the assets, on their volume."""
        return self.outbox / PRIVATE

    @property
    def journal(self) -> Path:
        """The watcher's memory."""
        return self.state / "journal.sqlite"

    @property
    def store(self) -> Path:
        """What stages made."""
        return self.state / "store"

    @property
    def log(self) -> Path:
        """What happened, for people."""
        return self.state / "logs" / "watch.log"

    @property
    def live(self) -> Path:
        """What is under way, rewritten while it is."""
        return self.state / "live.json"

    @property
    def lock(self) -> Path:
        """In the outbox, where every machine sees it."""
        return self.private / "watch.lock"


def _local_state(outbox: Path) -> Path:
    """A folder of this user on this machine, by the system's own habit."""
    tag = hashlib.sha256(os.fsencode(os.path.realpath(outbox))).hexdigest()[:16]
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    return base / "dropforge" / tag
