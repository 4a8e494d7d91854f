"""What a service sends is checked before anything reads it: the right kind, whole, and what it was said to be."""

from __future__ import annotations

import hashlib

from toolchain.generate.remote.http import Answer
from toolchain.generate.remote.states import SUFFIXES, Link
from toolchain.stage import StageError


def best(links: tuple[Link, ...], title: str) -> Link:
    """The link we read best. StageError where the service made no format that we read."""
    ranked = sorted((SUFFIXES.index(link.suffix), i) for i, link in enumerate(links) if link.suffix in SUFFIXES)
    if not ranked:
        raise StageError(f"{title} gave no model file that Dropforge reads ({', '.join(SUFFIXES)}).")
    return links[ranked[0][1]]


def check_download(answer: Answer, link: Link, title: str) -> bytes:
    """The body of a download. StageError for a web page or a wrong hash."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/json", "application/xml", "text/xml"):
        raise StageError(f"{title} sent {kind} where a model was to come. Run again to fetch it once more.")
    if link.sha256 and hashlib.sha256(answer.body).hexdigest() != link.sha256.lower():
        raise StageError(f"{title}'s model was damaged on its way: its hash is wrong. Run again to fetch it once more.")
    return answer.body


def check_model(data: bytes, suffix: str, title: str) -> None:
    """StageError unless `data` begins as a file of `suffix` does and, where the format says, is whole."""
    start = data[:32].lstrip()
    good = {
        ".glb": data[:4] == b"glTF",
        ".fbx": data[:20] == b"Kaydara FBX Binary  " or start[:1] == b";",
        ".ply": data[:3] == b"ply",
        ".obj": bool(data) and b"\0" not in data[:4096] and start[:1] not in (b"<", b"{"),
    }.get(suffix, False)
    if not good:
        raise StageError(f"{title} sent something that is not a {suffix[1:].upper()} file. Run again to fetch it anew.")
    if suffix == ".glb" and (len(data) < 12 or int.from_bytes(data[8:12], "little") > len(data)):
        raise StageError(f"{title}'s model was cut short on its way ({len(data)} bytes). Run again to fetch it anew.")
