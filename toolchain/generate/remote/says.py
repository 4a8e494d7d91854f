"""A service's refusal as one sentence for an artist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolchain.generate.remote.http import Host

LONGEST = 200
#: Fields in which services put their reason, by how much they say.
REASONS = ("message", "error_msg", "detail", "error", "errors", "msg", "text", "title", "name", "Message")
KINDS = {401: "key", 402: "credits", 403: "refused", 404: "missing", 410: "missing", 413: "large", 429: "busy"}


def text_of(payload: Any) -> str:
    """The reason that an error's JSON gives, in whichever of the usual fields; one line, bounded."""
    if isinstance(payload, str):
        line = " ".join("".join(c if c.isprintable() else " " for c in payload).split()).rstrip(".")
        return line if len(line) <= LONGEST else line[:LONGEST] + "..."
    if isinstance(payload, list):
        return next(filter(None, map(text_of, payload)), "")
    if isinstance(payload, dict):
        return next(filter(None, (text_of(payload[k]) for k in REASONS if k in payload)), "")
    return ""


def sentence(host: Host, code: int, kind: str, text: str) -> tuple[str, str]:
    """(sentence, kind) of a refusal with HTTP status `code`; `kind` and `text` where the service said them."""
    kind = kind or KINDS.get(code, "refused")
    key = host.key_name or "the key"
    what = {
        "key": f"{host.title} does not accept the key in {key}",
        "credits": f"{host.title} says that the account is out of credits",
        "busy": f"{host.title} takes no more requests from this key just now; run again later",
        "missing": f"{host.title} does not know what was asked for",
        "large": f"{host.title} finds the pictures too large",
    }.get(kind, f"{host.title} refuses the request")
    return f"{what}{f' ({text})' if text else ''}.", kind
