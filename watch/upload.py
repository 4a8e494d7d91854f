"""`dropforge upload`: a published asset to where a game takes it from."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from engine_profiles.typed import SettingsError

Command = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_upload(command: Command) -> None:
    """The command and what it takes."""
    made = command("upload", upload, "send a published asset to Roblox's Open Cloud; the key from ROBLOX_API_KEY")
    made.add_argument("service", choices=("roblox",))
    made.add_argument("asset", type=Path, metavar="ASSET_FOLDER", help="such as outbox/helmet")
    owner = made.add_mutually_exclusive_group(required=True)
    owner.add_argument("--user", metavar="ID", help="the assets will be this user's")
    owner.add_argument("--group", metavar="ID", help="the assets will be this group's")
    made.add_argument("--engine", default="roblox", metavar="NAME", help="the profile that was built (roblox)")
    made.add_argument("--state", type=Path, metavar="DIR")
    made.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")
    made.add_argument("--again", action="store_true", help="send what an interrupted run may have sent already")


def upload(options: argparse.Namespace) -> int:
    """Send what is not there yet. Ids and the filled Rojo project go to the state folder: the asset stays as it is."""
    from toolchain.export import roblox_upload
    from toolchain.export.roblox_cloud import KEY, Creator
    from toolchain.generate.remote.keys import key_of
    from toolchain.stage import StageError
    from watch.place import Home
    from watch.publish import current, published

    place = options.asset.resolve()
    outbox, name = place.parent, place.name
    made = (published(outbox, name) or {}).get("engines", {}).get(options.engine)
    if made is None:
        raise SettingsError(str(options.asset), None, f"holds no whole asset that was built for {options.engine}")
    if made["status"] != "passed":
        raise SettingsError(str(options.asset), None, f"its {options.engine} delivery has not passed its checks")
    try:
        creator = Creator("userId", options.user) if options.user else Creator("groupId", options.group)
    except ValueError as error:
        raise SettingsError("--user" if options.user else "--group", None, str(error)) from None
    try:
        hashes = {path: entry["sha256"] for path, entry in made["files"].items()}
        delivered = roblox_upload.read_delivery(current(outbox, name) / made["folder"], hashes)
        if options.dry_run:
            _say(*roblox_upload.planned(delivered))
            return 0
        kept = Home.of(outbox, options.state).state / "uploads" / "roblox" / name
        ids = roblox_upload.upload(delivered, creator, key_of(KEY), kept, _say, options.again)
    except StageError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    model = ids[delivered.request["files"][0]["path"]]
    _say(
        f"The model is asset {model}; all ids and a Rojo project are in {kept}.",
        f'In Studio\'s command bar: game:GetService("InsertService"):LoadAsset({model}).Parent = workspace',
    )
    return 0


def _say(*lines: str) -> None:
    """To the terminal at once: an upload takes a while."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()
