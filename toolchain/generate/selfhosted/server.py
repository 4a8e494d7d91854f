"""Where a server of the user's own is: from the environment alone, for a host's name belongs in no recipe or output.

DROPFORGE_COMFYUI_URL     http://127.0.0.1:8188; plain http on this machine and in private networks, else https
DROPFORGE_COMFYUI_TOKEN   sent as a bearer token, where something before the server asks for one
"""

from __future__ import annotations

import os
from dataclasses import replace

from toolchain.generate.remote.address import check_address
from toolchain.generate.remote.http import Host
from toolchain.generate.remote.states import Picture
from toolchain.stage import StageError


def variable(name: str, what: str) -> str:
    """`DROPFORGE_COMFYUI_URL`."""
    return f"DROPFORGE_{name.upper().replace('-', '_')}_{what}"


def host(name: str, title: str, base: str = "") -> Host:
    """The host of server `name`, at `base` or where the environment says. StageError where it is none."""
    token, key = os.environ.get(variable(name, "TOKEN"), "").strip(), variable(name, "TOKEN")
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise StageError(f"{key} holds something that is not a token.")
    base = base or os.environ.get(variable(name, "URL"), "").strip()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Host(title, base.rstrip("/"), headers, (token,) if token else (), key, local=True)


def why_not(name: str, title: str, example: str) -> str | None:
    """None where the environment names a server that may be called, else what to set. Nothing is asked of it."""
    asked = variable(name, "URL")
    if not os.environ.get(asked, "").strip():
        return f"set {asked} to the address of your server, such as {example}."
    try:
        found = host(name, title)
        check_address(found.base, found)
    except StageError:
        return f"{asked} must be an https address, or http on this machine or in a private network."
    return None


def on_white(picture: Picture) -> Picture:
    """`picture` with white where nothing is seen: many nodes and servers drop alpha and look at what lies under it."""
    import io

    import numpy as np
    from PIL import Image

    pixels = np.array(Image.open(io.BytesIO(picture.png)).convert("RGBA"))
    pixels[pixels[..., 3] == 0] = (255, 255, 255, 0)
    buffer = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(buffer, "PNG", compress_level=6)
    return replace(picture, png=buffer.getvalue())
