"""Replace one folder by another so that a reader sees the old one or the new one.

Linux and macOS can exchange two names in one call; where the system or the file system cannot, the old folder is
renamed aside and the new one in, and for that moment the name is absent, never half.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

from watch import fault

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # Linux, renameat2(2); macOS calls the same RENAME_SWAP
#: The exchange is not to be had here: not in this kernel, not on this file system, not across these two.
_CANNOT = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EXDEV}


def swap(new: Path, place: Path, old: Path) -> None:
    """Put the folder `new` at `place`; what stood there goes to `old`, a free name on the same volume.

    Raises OSError; what stood at `place` then still stands there.
    """
    if not place.exists():
        new.rename(place)
    elif _exchange(new, place):
        fault.point("exchanged")
        new.rename(old)
    else:
        place.rename(old)
        fault.point("aside")
        try:
            new.rename(place)
        except OSError:
            if not place.exists():
                old.rename(place)
            raise
    _sync(place.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one call; False where that cannot be had."""
    call = _system_call()
    if call is None:
        return False
    if call(os.fsencode(one), os.fsencode(other)) == 0:
        return True
    error = ctypes.get_errno()
    if error in _CANNOT:
        return False
    raise OSError(error, os.strerror(error), str(other))


@cache
def _system_call() -> Any:
    """The system's exchange of two paths, or None."""
    if sys.platform not in ("linux", "darwin"):
        return None
    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        return lambda a, b: library.renameat2(_AT_FDCWD, a, _AT_FDCWD, b, ctypes.c_uint(_RENAME_EXCHANGE))
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return lambda a, b: library.renamex_np(a, b, ctypes.c_uint(_RENAME_EXCHANGE))
    return None


def _sync(folder: Path) -> None:
    """Make renames in `folder` last through a power cut, where the system lets a folder be synced."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):  # a share that cannot
            raise
    finally:
        os.close(handle)
