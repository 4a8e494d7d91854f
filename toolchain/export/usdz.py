"""USDZ: a zip whose files are stored, each beginning on a 64-byte boundary (USDZ specification, "Layout")."""

from __future__ import annotations

import io
import struct
import zipfile

ALIGNMENT = 64
#: Bytes of a local file header before the name, and of an extra field before its content (zip appnote 4.3.7, 4.5.1).
_HEADER, _EXTRA = 30, 4
#: Tag of the padding field; the one that pxr's own writer uses.
_TAG = 0x1986
#: The earliest date a zip knows: an archive of ours has no clock.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack_usdz(files: dict[str, bytes]) -> bytes:
    """The package; `files` in order, the default layer first. Raises ValueError if that is no USD layer."""
    first = next(iter(files))
    if not first.endswith((".usdc", ".usda", ".usd")):
        raise ValueError(f"a usdz begins with its USD layer, not with {first}")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=False) as package:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 0, 0
            start = out.tell() + _HEADER + len(name.encode()) + _EXTRA
            entry.extra = struct.pack("<HH", _TAG, -start % ALIGNMENT) + bytes(-start % ALIGNMENT)
            package.writestr(entry, data)
    return out.getvalue()
