"""The binary half of a GLB: one buffer, its views and accessors, and the container round it.

glTF 2.0 specification, sections 3.6 (binary data) and 4.4 (GLB layout).
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
_COMPONENT = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
_TYPE = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
#: Index 65535 restarts a strip in some APIs, so uint16 ends one below it (section 3.7.2.1).
UINT16_VERTICES = 65535


class Buffer:
    """Collects the one buffer of a document of pygltflib and spells the GLB."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self._parts: list[bytes] = []
        self._length = 0

    def view(self, data: bytes, target: int | None = None, stride: int | None = None) -> int:
        """Append `data` on a 4-byte boundary; the index of its bufferView."""
        from pygltflib import BufferView

        view = BufferView(buffer=0, byteOffset=self._length, byteLength=len(data), byteStride=stride, target=target)
        self.document.bufferViews.append(view)
        padded = data + bytes(-len(data) % 4)
        self._parts.append(padded)
        self._length += len(padded)
        return len(self.document.bufferViews) - 1

    def attribute(self, values: NDArray[Any], *, bounds: bool = False, normalized: bool = False) -> int:
        """A vertex attribute, (V,) or (V, 2..4) of float32 or 8 or 16-bit whole numbers; the index of its accessor.

        Rows are padded to 4 bytes, as section 3.6.2.4 asks.
        """
        rows = values.reshape(len(values), -1)
        width = rows.shape[1] * rows.itemsize
        stride = width + (-width % 4)
        raw = np.zeros((len(rows), stride), np.uint8)
        raw[:, :width] = np.ascontiguousarray(rows.astype(rows.dtype.newbyteorder("<"))).view(np.uint8)
        view = self.view(raw.tobytes(), ARRAY_BUFFER, stride if stride != width else None)
        limits = (rows.min(axis=0).tolist(), rows.max(axis=0).tolist()) if bounds else (None, None)
        return self._accessor(view, rows.dtype.name, len(rows), _TYPE[rows.shape[1]], limits, normalized)

    def indices(self, faces: NDArray[Any], vertices: int, *, wide: bool = False) -> int:
        """Triangle indices, (F, 3); uint16 when `vertices` allows it and `wide` does not forbid it."""
        dtype = "uint32" if wide or vertices > UINT16_VERTICES else "uint16"
        flat = faces.reshape(-1).astype(f"<u{2 if dtype == 'uint16' else 4}")
        view = self.view(flat.tobytes(), ELEMENT_ARRAY_BUFFER)
        return self._accessor(view, dtype, len(flat), "SCALAR", (None, None), False)

    def _accessor(self, view: int, dtype: str, count: int, kind: str, limits: tuple[Any, Any], normalized: bool) -> int:
        from pygltflib import Accessor

        self.document.accessors.append(
            Accessor(
                bufferView=view,
                byteOffset=0,
                componentType=_COMPONENT[dtype],
                count=count,
                type=kind,
                normalized=normalized or None,
                min=limits[0],
                max=limits[1],
            )
        )
        return len(self.document.accessors) - 1

    def glb(self) -> bytes:
        """The whole file: header, JSON chunk with sorted keys, binary chunk."""
        from pygltflib import Buffer as BufferEntry

        self.document.buffers = [BufferEntry(byteLength=self._length)]
        tree = json.loads(self.document.to_json())
        text = json.dumps(tree, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
        text += b" " * (-len(text) % 4)
        length = 12 + 8 + len(text) + 8 + self._length
        return b"".join(
            (
                struct.pack("<4sII", b"glTF", 2, length),
                struct.pack("<I4s", len(text), b"JSON"),
                text,
                struct.pack("<I4s", self._length, b"BIN\0"),
                *self._parts,
            )
        )
