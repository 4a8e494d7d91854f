"""`dropforge upload roblox`: a delivery to Roblox, each file once, and the Rojo project with the ids that came back.

    state/uploads/roblox/ASSET/journal.json         a page for each file, on disk before its request leaves
                               ids.json             asset id by file, and the model's
                               default.project.json, ASSET.model.json     the Rojo project, filled in
                               lock                 held by the one process that uploads this asset

States of a page: `sending` is written before the request; a later run that finds it does not know whether the file
arrived, and asks the user to look. `sent` has an operation, which is asked after and never sent again. `done` has an
asset id. A file whose bytes have changed is a new asset, but for an FBX, whose content can be replaced.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolchain.atomic import put
from toolchain.export.png_header import read_png_header
from toolchain.export.roblox_cloud import MOST_BYTES, MOST_PX, Creator, host, submit, wait_for
from toolchain.export.roblox_project import REQUEST, SCHEMA, rojo_files
from toolchain.generate.remote.http import Api
from toolchain.generate.remote.lock import held
from toolchain.generate.remote.states import Refused
from toolchain.stage import StageError, quiet

FORMAT = 1


@dataclass(frozen=True, eq=False)
class Delivered:
    """A published Roblox delivery, read and found whole. `data`: bytes by path, of the files to be uploaded."""

    request: dict[str, Any]  # upload.json
    data: dict[str, bytes]


def read_delivery(folder: Path, hashes: dict[str, str]) -> Delivered:
    """The files of an engine's folder. `hashes`: sha256 by path, of the manifest.

    StageError for a delivery without upload.json, a changed file, or one that Open Cloud does not take.
    """
    try:
        request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise StageError(
            f"This delivery has no {REQUEST}. Build it with roblox_project = true under the profile's [sidecars]."
        ) from None
    if request.get("schema") != SCHEMA:
        raise StageError(f"{REQUEST} is of another version of Dropforge. Build the asset again.")
    data = {}
    for entry in request["files"]:
        path = entry["path"]
        if path not in hashes:
            raise StageError(f"{REQUEST} names {path}, which is not in the delivery.")
        data[path] = (folder / path).read_bytes()
        if hashlib.sha256(data[path]).hexdigest() != hashes[path]:
            raise StageError(f"{path} is not what was published. Build the asset again.")
        _require_taken(entry, data[path])
    return Delivered(request, data)


def _require_taken(entry: dict[str, str], data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise StageError(f"{entry['path']} has {len(data) / 1e6:.1f} MB; Roblox Open Cloud takes 20 MB a file.")
    if entry["contentType"] == "image/png":
        header = read_png_header(data, entry["path"])
        if max(header.width, header.height) > MOST_PX:
            raise StageError(
                f"{entry['path']} is {header.width} x {header.height}; Open Cloud takes under 8000 x 8000."
            )


def planned(delivered: Delivered) -> list[str]:
    """What an upload would send, a line a file."""
    return [
        f'{e["assetType"]:6} {e["path"]} as "{e["displayName"]}" '
        f"({e['contentType']}, {len(delivered.data[e['path']]):,} bytes)"
        for e in delivered.request["files"]
    ]


def upload(
    delivered: Delivered, creator: Creator, key: str, place: Path, say: Callable[[str], None], again: bool = False
) -> dict[str, str]:
    """Upload what is not there yet; asset id by path. `place`: this asset's folder in the state folder.

    `again`: send what an interrupted run may have sent already. Raises StageError; what was done is kept.
    """
    with held(place / "lock", 0.0, quiet, "", "Another run uploads this asset just now."), Api(host(key)) as api:
        journal = _Journal(place)
        ids = {}
        for entry in delivered.request["files"]:
            path = entry["path"]
            ids[path] = _one(api, journal, entry, delivered, creator, say, again)
        model = delivered.request["files"][0]["path"]
        found = {"asset": delivered.request["asset"], "creator": {creator.kind: creator.id}, "ids": ids}
        put(place / "ids.json", _json(found | {"model": ids[model]}))
        for name, data in rojo_files(delivered.request, ids).items():
            put(place / name, data)
    return ids


def _one(
    api: Api,
    journal: _Journal,
    entry: dict[str, str],
    delivered: Delivered,
    creator: Creator,
    say: Callable[[str], None],
    again: bool,
) -> str:
    """Bring one file there, from whatever state its page is in."""
    path, data = entry["path"], delivered.data[entry["path"]]
    sha = hashlib.sha256(data).hexdigest()
    mark = hashlib.sha256(json.dumps([sha, entry, creator.kind, creator.id], sort_keys=True).encode()).hexdigest()
    page = journal.page(path)
    same = page.get("mark") == mark
    if same and page["state"] == "done":
        say(f"{path}: there already, {page['asset']}")
        return str(page["asset"])
    if page.get("state") == "sending" and not again:
        raise StageError(
            f"An earlier run was cut off while it sent {path}, so it is not known whether Roblox has it. Look under "
            f'your creations for "{entry["displayName"]}"; then run again with --again to send it once more.'
        )
    if not (same and page.get("state") == "sent"):
        owner = {creator.kind: creator.id}
        replaces = page.get("asset", "") if path.lower().endswith(".fbx") and page.get("owner") == owner else ""
        journal.write(path, "sending", mark=mark, owner=owner, asset=page.get("asset", ""))
        say(f"{path}: sending {len(data):,} bytes")
        try:
            operation = submit(api, entry, f"Dropforge {sha[:16]}", creator, data, replaces)
        except Refused:
            journal.write(path, "refused")
            raise
        journal.write(path, "sent", operation=operation)
    try:
        asset = wait_for(api, str(journal.page(path)["operation"]))
    except Refused:
        journal.write(path, "refused")
        raise
    journal.write(path, "done", asset=asset)
    say(f"{path}: {asset}")
    return asset


class _Journal:
    """journal.json: every change is on disk before the call returns."""

    def __init__(self, place: Path) -> None:
        self.path = place / "journal.json"
        self.pages: dict[str, dict[str, Any]] = {}
        try:
            read = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        except ValueError:
            read = None
        if not isinstance(read, dict) or read.get("format") != FORMAT or not isinstance(read.get("files"), dict):
            raise StageError(
                "The journal of this asset's uploads is damaged, so it is not known what Roblox has. Look under your "
                "creations, then delete uploads/roblox in the outbox's state folder."
            )
        self.pages = read["files"]

    def page(self, path: str) -> dict[str, Any]:
        """What is known of one file; {} of a new one."""
        return dict(self.pages.get(path, {}))

    def write(self, path: str, state: str, **fields: Any) -> None:
        """Move a file's page on."""
        self.pages[path] = self.page(path) | {"state": state, **fields}
        put(self.path, _json({"format": FORMAT, "files": self.pages}))


def _json(tree: dict[str, Any]) -> bytes:
    return (json.dumps(tree, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()
