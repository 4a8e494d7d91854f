"""`dropforge status`: what an outbox holds, by its manifests, and what its journal says of every drop.

Reads only; the watcher is not disturbed.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from watch import live
from watch.live import lasting
from watch.lock import holder
from watch.place import PRIVATE, Home
from watch.publish import VERSIONS, published

#: Lines of jobs shown to a person; `--json` gives all.
SHOWN = 40


def status_json(outbox: Path, state: Path | None = None) -> dict[str, Any]:
    """Assets with their standing, jobs by the journal, refused files, and the watcher if one runs."""
    home = Home.of(outbox, state)
    assets: dict[str, dict[str, Any]] = {}
    hidden = (PRIVATE,)
    for place in sorted(p for p in outbox.iterdir() if p.is_dir() and p.name not in hidden):
        if place.name.endswith(VERSIONS):
            continue
        manifest = published(outbox, place.name)
        if manifest is None:
            assets[place.name] = {"status": "incomplete"}
        else:
            engines = {e: v["status"] for e, v in manifest["engines"].items()}
            assets[place.name] = {"status": manifest["status"], "name": manifest["name"], "engines": engines}
    jobs, refused = _journal(home.journal)
    watcher = holder(home.lock)
    now = live.read(home.live) if watcher else {}
    return {
        "schema": 2,
        "assets": assets,
        "jobs": jobs,
        "refused": refused,
        "watcher": watcher or None,
        "live": now,
        "state": str(home.state),
    }


def _journal(path: Path) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Jobs and refused files; empty where there is no journal of ours."""
    if not path.is_file():
        return {}, {}
    with closing(sqlite3.connect(path, timeout=5.0)) as db:
        try:
            db.execute("PRAGMA query_only=1")
            rows = db.execute("SELECT asset, state, status, message, tries FROM jobs ORDER BY asset").fetchall()
            refused = dict(db.execute("SELECT place, reason FROM refused ORDER BY place"))
        except sqlite3.OperationalError:  # of another version: its watcher says so
            return {}, {}
    jobs = {a: {"state": s, "status": status, "message": m, "tries": t} for a, s, status, m, t in rows}
    return jobs, refused


def history(journal: Path, asset: str) -> list[str]:
    """What happened to an asset, a line each, oldest first; then the detail of its last fault."""
    with closing(sqlite3.connect(journal, timeout=5.0)) as db:
        found = db.execute("SELECT at, state, text FROM history WHERE asset = ? ORDER BY id", (asset,)).fetchall()
        detail = db.execute("SELECT detail FROM jobs WHERE asset = ?", (asset,)).fetchone()
    lines = [f"{at}  {state:12}{text}".rstrip() for at, state, text in found]
    return lines + ([detail[0]] if detail and detail[0] else [])


def status_text(outbox: Path, state: Path | None = None) -> str:
    """The same for people."""
    data = status_json(outbox, state)
    lines = [
        f"{v['status']:12}{k}  {' '.join(f'{e}:{s}' for e, s in v.get('engines', {}).items())}".rstrip()
        for k, v in data["assets"].items()
    ]
    told = [
        f"{v['state']:12}{k}  {v['message']}".rstrip()
        for k, v in data["jobs"].items()
        if v["state"] not in ("done", "retired")
    ]
    told += [f"{'no drop':12}{place}  {why}" for place, why in data["refused"].items()]
    lines += told[:SHOWN]
    if len(told) > SHOWN:
        lines.append(f"... and {len(told) - SHOWN} more; --json lists all")
    now = data["live"]
    if now:
        how = f"{now['mode']}, {now['why']}, every {now['every_s']:g} s" if now["why"] else now["mode"]
        lines.append(f"watcher: {data['watcher']} ({how})")
        if now["waiting"]:
            lines.append(f"{now['waiting']} to go, about {lasting(now['left_s'])}")
        if now["trouble"]:
            lines.append(f"trouble: {now['trouble']}")
    else:
        lines.append(f"watcher: {data['watcher'] or 'none'}")
    return "\n".join(lines)
