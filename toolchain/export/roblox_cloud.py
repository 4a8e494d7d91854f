"""Roblox's Open Cloud Assets API, v1: make an asset, replace an FBX asset's content, and wait until it is there.

https://create.roblox.com/docs/cloud/guides/usage-assets: POST /assets/v1/assets with the parts `request` (JSON) and
`fileContent`; the answer names an operation, which is asked after until it is done.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from toolchain.generate.remote import clock
from toolchain.generate.remote.http import Api, Host
from toolchain.generate.remote.states import Refused
from toolchain.stage import StageError

BASE = "https://apis.roblox.com"
KEY = "ROBLOX_API_KEY"
MOST_BYTES = 20_000_000  # of one file: "up to 20 MB", read as the smaller of the two megabytes
MOST_PX = 7999  # "smaller than 8000x8000 pixels"
#: Seconds between questions after an operation: about five minutes in all. Moderation of an image takes seconds.
WAITS = (1.0, 1.0, 2.0, 2.0, 4.0, 5.0, 5.0, *(10.0,) * 28)
_OPERATION = re.compile(r"operations/([A-Za-z0-9_-]{1,200})")
_NUMBER = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True)
class Creator:
    """Who will own the asset: `kind` is userId or groupId."""

    kind: str
    id: str

    def __post_init__(self) -> None:
        if not _NUMBER.fullmatch(self.id):
            raise ValueError(f'"{self.id}" is no Roblox id: it is the number in the address of the profile or group')


def host(key: str) -> Host:
    """Open Cloud, spoken to with `key`."""
    return Host("Roblox Open Cloud", BASE, {"x-api-key": key}, (key,), KEY)


def submit(api: Api, entry: dict[str, str], description: str, creator: Creator, data: bytes, replaces: str = "") -> str:
    """Send one file; the operation's id. `entry`: of upload.json. `replaces`: id of the FBX asset it is new content of.

    Sent once. Raises Refused where nothing was made, Lost where that is not known.
    """
    request: dict[str, Any] = {
        "assetType": entry["assetType"],
        "displayName": entry["displayName"],
        "description": description,
        "creationContext": {"creator": {creator.kind: creator.id}},
    }
    path, method = "/assets/v1/assets", "POST"
    if replaces:
        request |= {"assetId": replaces}
        path, method = f"{path}/{replaces}", "PATCH"
    name = entry["path"].rpartition("/")[2]
    said = api.create(
        path,
        method=method,
        data={"request": json.dumps(request, ensure_ascii=False)},
        files={"fileContent": (name, data, entry["contentType"])},
    )
    found = _OPERATION.fullmatch(str(said.get("path", ""))) if isinstance(said, dict) else None
    if found is None:
        raise StageError("Roblox Open Cloud took the file and named no operation to ask after.", json.dumps(said)[:500])
    return found[1]


def wait_for(api: Api, operation: str) -> str:
    """The asset's id when the operation is done. Refused when Roblox turned the file down; StageError when it takes
    longer than WAITS, and a later run may ask again."""
    for wait in WAITS:
        said = api.read(f"/assets/v1/operations/{operation}")
        if isinstance(said, dict) and said.get("done"):
            return _asset(said)
        clock.sleep(wait)
    raise StageError("Roblox Open Cloud has not finished the upload yet. Run the same command again to go on waiting.")


def _asset(said: dict[str, Any]) -> str:
    response = said.get("response")
    number = str(response.get("assetId", "")) if isinstance(response, dict) else ""
    if _NUMBER.fullmatch(number):
        return number
    why = next((s for s in (said.get("error"), said.get("status")) if isinstance(s, dict)), {})
    reason = " ".join(str(why.get("message", "")).split())[:200].rstrip(".")
    raise Refused(f"Roblox turned the file down{f' ({reason})' if reason else ''}.", detail=json.dumps(said)[:1000])
