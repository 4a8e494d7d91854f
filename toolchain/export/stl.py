"""Binary STL: LOD0 as bare triangles, for printers and slicers. The format states no unit; slicers take millimetres."""

from __future__ import annotations

import numpy as np

from toolchain.export.guard import require_sound
from toolchain.export.model import Model

_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def write_stl(model: Model) -> bytes:
    """80 bytes of header, the number of triangles, 50 bytes a triangle. Raises ValueError for an unsound model.

    The header must not begin with "solid", which is how readers know a text STL.
    """
    require_sound(model)
    corners = np.concatenate([item.mesh.positions[item.mesh.faces] for item in model.levels()[0]]).astype(np.float32)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    records = np.zeros(len(corners), _RECORD)
    records["normal"] = np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)
    records["corners"] = corners
    return b"Dropforge".ljust(80, b" ") + np.uint32(len(records)).astype("<u4").tobytes() + records.tobytes()
