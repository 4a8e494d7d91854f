"""Which addresses may be called, and which two share an origin."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from toolchain.stage import StageError

if TYPE_CHECKING:
    from toolchain.generate.remote.http import Host

PORTS = {"http": 80, "https": 443}


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what a key is bound to (RFC 6454). StageError for what is no address."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise StageError("The service named an address that is none.") from None
    return parts.scheme.lower(), (parts.hostname or "").lower(), port


def check_address(url: str, host: Host) -> None:
    """StageError unless `url` may be called on behalf of `host`.

    https everywhere; http on loopback where the API itself is there, and in private networks where it is the
    user's own. A hosted service cannot point us at this machine.
    """
    scheme, name, port = origin(url)
    user = urlsplit(url).username
    home = origin(host.base)[1]
    if not name or not port or user is not None or any(c.isspace() or ord(c) < 32 for c in url):
        raise StageError(f"{host.title} named an address that cannot be called.")
    if _loopback(name):
        good = _loopback(home)
    elif _private(name):
        good = host.local
    else:
        good = scheme == "https"
    if not good or scheme not in PORTS:
        raise StageError(f"{host.title} named an address that is not safe to call: only https is.", f"{scheme}, {name}")


def _loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _private(name: str) -> bool:
    """A private or link-local number, or a name that no public DNS gives."""
    try:
        return ipaddress.ip_address(name).is_private or ipaddress.ip_address(name).is_link_local
    except ValueError:
        return "." not in name or name.endswith((".local", ".lan", ".internal", ".home.arpa"))
