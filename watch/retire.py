"""What becomes of an asset's outputs when its drop is gone: kept, archived, or removed. Sources are never touched."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from watch.edits import NEW, OURS, delivered, edited
from watch.place import PRIVATE
from watch.project import foreign, standing
from watch.publish import POINTER, VERSIONS, keep_old

ARCHIVED = 1_000_000  # an archive is the artist's last copy: never thinned out


def retire(policy: str, outbox: Path, projects: Iterable[Path], asset: str) -> str:
    """Deal with an asset's outputs; what was done, as a sentence. Doing it again changes nothing. Raises OSError."""
    if policy == "keep":
        return "the drop is gone; what was built of it is kept"
    place = outbox / asset
    if place.is_dir() and policy == "archive":
        keep_old(outbox / PRIVATE / "archive" / asset, place, ARCHIVED)
    for folder in (place, place.with_name(asset + VERSIONS)):
        if folder.is_dir():
            _remove(folder, outbox)
    place.with_name(asset + POINTER).unlink(missing_ok=True)
    kept = 0
    for root in projects:
        kept += _leave(root, asset)
    where = f"{PRIVATE}/archive/{asset}" if policy == "archive" else ""
    what = f"what was built of it is in {where}" if where else "what was built of it is removed"
    strangers = "; files of others, and edited ones, in its project folder are left there" if kept else ""
    return f"the drop is gone; {what}{strangers}"


def _remove(folder: Path, root: Path) -> None:
    """Rename away first, so that no reader meets half a folder."""
    bin_ = root / PRIVATE / "staging" / f"{folder.name}.gone"
    bin_.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(bin_ / "gone", ignore_errors=True)
    folder.rename(bin_ / "gone")
    shutil.rmtree(bin_, ignore_errors=True)


def _leave(root: Path, asset: str) -> int:
    """Take our files out of a project's asset folder, but for those that were edited; how many stay."""
    record = standing(root, asset)
    if "files" not in record:  # not ours, or gone already
        return 0
    place = root / asset
    ours = set(delivered(record)) - edited(place, record)
    stay = {path for path in foreign(place, ours) if not path.startswith(f"{NEW}/")}
    if not stay:
        _remove(place, root)
        return 0
    for path in sorted(ours):
        (place / path).unlink(missing_ok=True)
    shutil.rmtree(place / NEW, ignore_errors=True)
    (place / OURS).unlink(missing_ok=True)  # last: until then, doing it again goes on from here
    return len(stay)
