"""`dropforge status`: what an outbox holds, by its manifests, and what its journal says is under way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from watch.journal import Journal
from watch.lock import Lock
from watch.publish import PRIVATE, published


def status_json(outbox: Path) -> dict[str, Any]:
    """Assets with their standing, jobs by the journal, and the watcher's process id if one runs."""
    assets: dict[str, dict[str, Any]] = {}
    for place in sorted(p for p in outbox.iterdir() if p.is_dir() and p.name != PRIVATE):
        manifest = published(outbox, place.name)
        if manifest is None:
            assets[place.name] = {"status": "incomplete"}
        else:
            engines = {e: v["status"] for e, v in manifest["engines"].items()}
            assets[place.name] = {"status": manifest["status"], "name": manifest["name"], "engines": engines}
    journal_path = outbox / PRIVATE / "journal.sqlite"
    jobs: dict[str, dict[str, str]] = {}
    if journal_path.is_file():
        journal = Journal(journal_path)
        jobs = {r.asset: {"state": r.state, "status": r.status, "message": r.message} for r in journal.rows().values()}
        journal.close()
    with Lock(outbox / PRIVATE / "watch.lock") as lock:
        watcher = None if lock.held else lock.owner
    return {"schema": 1, "assets": assets, "jobs": jobs, "watcher": watcher}


def status_text(outbox: Path) -> str:
    """The same for people."""
    data = status_json(outbox)
    lines = [
        f"{v['status']:10} {k}  {' '.join(f'{e}:{s}' for e, s in v.get('engines', {}).items())}".rstrip()
        for k, v in data["assets"].items()
    ]
    lines += [
        f"{v['state']:10} {k}  {v['message']}".rstrip()
        for k, v in data["jobs"].items()
        if v["state"] in ("queued", "running") or v["status"] == "broken"
    ]
    lines.append(f"watcher: {'process ' + data['watcher'] if data['watcher'] else 'none'}")
    return "\n".join(lines)
