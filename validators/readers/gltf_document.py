"""A glTF document: JSON taken apart with every type checked, buffers, and accessors as arrays (spec section 3.6)."""

from __future__ import annotations

import base64
import binascii
import urllib.parse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validators.finding import Where
from validators.readers.files import inside, read_bytes
from validators.readers.notes import Bad, Notes

MOST_ITEMS = 100_000  # entries of one array of the document
_TYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}


class Document:
    """The parsed JSON and what it refers to. Getters check types and ranges and raise Bad with a JSON pointer."""

    def __init__(
        self, json: dict[str, Any], binary: bytes | None, base: Path, root: Path, nbytes: int, notes: Notes
    ) -> None:
        self.json, self.binary, self.base, self.root, self.notes = json, binary, base, root, notes
        self.total = nbytes  # bytes of the file and of every buffer beside it: what an accessor may not exceed
        self._buffers: dict[int, bytes | Bad] = {}
        self._accessors: dict[int, NDArray[Any] | Bad] = {}

    def items(self, key: str) -> list[dict[str, Any]]:
        """A top-level array of objects; entries of another type become empty objects."""
        found = self.json.get(key, [])
        if not isinstance(found, list):
            self.notes.add("file.malformed", f"{key} is not a list.", where=Where(pointer=f"/{key}"))
            return []
        if len(found) > MOST_ITEMS:
            self.notes.add(
                "file.too_big",
                f"The file lists more {key} than we read.",
                where=Where(pointer=f"/{key}"),
                measured=len(found),
                limit=MOST_ITEMS,
            )
        for i, entry in enumerate(found[:MOST_ITEMS]):
            if not isinstance(entry, dict):
                self.notes.add("file.malformed", "An entry is not an object.", where=Where(pointer=f"/{key}/{i}"))
        return [entry if isinstance(entry, dict) else {} for entry in found[:MOST_ITEMS]]

    def count(self, key: str) -> int:
        """Entries of a top-level array that are read."""
        found = self.json.get(key, [])
        return min(len(found), MOST_ITEMS) if isinstance(found, list) else 0

    def index(self, holder: dict[str, Any], key: str, kind: str, pointer: str) -> int | None:
        """An index into the top-level array `kind`; None when absent. Raises Bad for no index of it."""
        value = holder.get(key)
        if value is None:
            return None
        if not is_whole(value) or not 0 <= value < self.count(kind):
            raise Bad("file.malformed", f"{key} does not name one of the {kind}.", pointer=f"{pointer}/{key}")
        return int(value)

    def entry(self, kind: str, index: int) -> dict[str, Any]:
        """One entry of a top-level array, known to exist."""
        found = self.json[kind][index]
        return found if isinstance(found, dict) else {}

    def uri_bytes(self, uri: str, pointer: str) -> tuple[bytes | None, Path | None]:
        """What a URI holds: the bytes of a data: URI, or the path of a file inside the folder. Raises Bad."""
        if not uri.startswith("data:"):
            return None, inside(urllib.parse.unquote(uri), self.base, self.root)
        head, comma, body = uri.partition(",")
        if not comma or not head.endswith(";base64"):
            raise Bad("file.malformed", "A data: URI is not base64.", pointer=pointer)
        try:
            return base64.b64decode(body, validate=True), None
        except (binascii.Error, ValueError):
            raise Bad("file.malformed", "A data: URI is not valid base64.", pointer=pointer) from None

    def buffer(self, index: int) -> bytes:
        """The bytes of a buffer, at most its byteLength. Raises Bad."""
        return _once(self._buffers, index, self._read_buffer)

    def _read_buffer(self, index: int) -> bytes:
        pointer, entry = f"/buffers/{index}", self.entry("buffers", index)
        length, uri = whole(entry, "byteLength", pointer, required=True), entry.get("uri")
        data: bytes | None
        if uri is None:
            if index or self.binary is None:
                raise Bad("file.missing_part", "A buffer has no data.", pointer=pointer)
            data = self.binary
        elif isinstance(uri, str):
            held, path = self.uri_bytes(uri, f"{pointer}/uri")
            data = held if path is None else read_bytes(path)
            assert data is not None
            self.total += len(data)
        else:
            raise Bad("file.malformed", "uri is not text.", pointer=f"{pointer}/uri")
        if len(data) < length:
            self.notes.add(
                "file.truncated",
                "A buffer is shorter than it says.",
                where=Where(pointer=pointer),
                measured=len(data),
                limit=length,
            )
        return data[:length]

    def view(self, index: int) -> tuple[bytes, int, int, int]:
        """(buffer, offset, length, stride) of a buffer view, checked against its buffer. Raises Bad."""
        pointer, entry = f"/bufferViews/{index}", self.entry("bufferViews", index)
        if "EXT_meshopt_compression" in extensions(entry):
            raise Bad(
                "file.unsupported",
                "The data is compressed by EXT_meshopt_compression, which is not read.",
                pointer=pointer,
            )
        buffer = self.index(entry, "buffer", "buffers", pointer)
        if buffer is None:
            raise Bad("file.malformed", "A buffer view names no buffer.", pointer=pointer)
        offset, stride = whole(entry, "byteOffset", pointer), whole(entry, "byteStride", pointer)
        length = whole(entry, "byteLength", pointer, required=True)
        if stride and not (4 <= stride <= 252 and stride % 4 == 0):
            raise Bad(
                "file.malformed", "byteStride must be a multiple of 4 from 4 to 252.", pointer=pointer, measured=stride
            )
        data = self.buffer(buffer)
        if offset + length > len(data):
            raise Bad(
                "file.malformed",
                "A buffer view reaches past the end of its buffer.",
                pointer=pointer,
                measured=offset + length,
                limit=len(data),
            )
        return data, offset, length, stride

    def view_bytes(self, index: int) -> bytes:
        """The bytes of a buffer view. Raises Bad."""
        data, offset, length, _ = self.view(index)
        return data[offset : offset + length]

    def accessor(self, index: int) -> NDArray[Any]:
        """(count, width) values: float64 where normalised or float, else the stored integers. Read once. Raises Bad."""
        return _once(self._accessors, index, self._read_accessor)

    def _read_accessor(self, index: int) -> NDArray[Any]:
        pointer, entry = f"/accessors/{index}", self.entry("accessors", index)
        code, shape = entry.get("componentType"), entry.get("type")
        if not is_whole(code) or code not in _TYPES or not isinstance(shape, str) or shape not in _WIDTHS:
            raise Bad("file.malformed", "An accessor has an unknown componentType or type.", pointer=pointer)
        kind, width = np.dtype(_TYPES[code]), _WIDTHS[shape]
        count = whole(entry, "count", pointer, required=True)
        if count * width * kind.itemsize > self.total:
            self._all_buffers()  # their sizes count as soon as they are read
        if count < 1 or count * width * kind.itemsize > self.total:
            raise Bad(
                "file.malformed",
                "An accessor counts more data than the file holds, or none.",
                pointer=pointer,
                measured=count,
                limit=self.total // (width * kind.itemsize),
            )
        view = self.index(entry, "bufferView", "bufferViews", pointer)
        values: NDArray[Any] = np.zeros((count, width), kind)
        if view is not None:
            values = self._strided(view, whole(entry, "byteOffset", pointer), count, width, kind, pointer)
        if isinstance(entry.get("sparse"), dict):
            values = self._sparse(values.copy(), entry["sparse"], f"{pointer}/sparse")
        return _floats(values, bool(entry.get("normalized")))

    def _all_buffers(self) -> None:
        for i in range(self.count("buffers")):
            try:
                self.buffer(i)
            except Bad:
                continue  # it is noted where it is used

    def _strided(self, view: int, at: int, count: int, width: int, kind: np.dtype[Any], pointer: str) -> NDArray[Any]:
        data, offset, length, stride = self.view(view)
        size = width * kind.itemsize
        stride = stride or size
        if at + (count - 1) * stride + size > length:
            raise Bad(
                "file.malformed",
                "An accessor reaches past the end of its buffer view.",
                pointer=pointer,
                measured=at + (count - 1) * stride + size,
                limit=length,
            )
        if (offset + at) % kind.itemsize or stride % kind.itemsize:
            self.notes.add(
                "file.alignment",
                "An accessor is not aligned to the size of its components.",
                severity="warning",
                fix="Export again with an exporter that aligns its data.",
                where=Where(pointer=pointer),
            )
        return np.ndarray((count, width), kind, data, offset + at, (stride, kind.itemsize))

    def _sparse(self, values: NDArray[Any], entry: dict[str, Any], pointer: str) -> NDArray[Any]:
        count = whole(entry, "count", pointer, required=True)
        where, what = entry.get("indices"), entry.get("values")
        if not isinstance(where, dict) or not isinstance(what, dict) or not 1 <= count <= len(values):
            raise Bad("file.malformed", "A sparse accessor is incomplete.", pointer=pointer)
        code = where.get("componentType")
        views = [self.index(part, "bufferView", "bufferViews", pointer) for part in (where, what)]
        if not is_whole(code) or code not in (5121, 5123, 5125) or None in views:
            raise Bad("file.malformed", "A sparse accessor's indices or values cannot be read.", pointer=pointer)
        index_view, value_view = (v for v in views if v is not None)
        start = whole(where, "byteOffset", pointer)
        places = self._strided(index_view, start, count, 1, np.dtype(_TYPES[code]), pointer)[:, 0]
        if int(places.max()) >= len(values) or (np.diff(places.astype(np.int64)) <= 0).any():
            raise Bad(
                "file.malformed", "A sparse accessor's indices do not rise, or run past its end.", pointer=pointer
            )
        values[places] = self._strided(
            value_view, whole(what, "byteOffset", pointer), count, values.shape[1], values.dtype, pointer
        )
        return values


def _floats(values: NDArray[Any], normalized: bool) -> NDArray[Any]:
    if values.dtype.kind == "f":
        with np.errstate(invalid="ignore"):  # signalling NaNs stay NaNs
            return values.astype(np.float64)
    if not normalized:
        return np.ascontiguousarray(values)
    top = np.iinfo(values.dtype).max
    return np.maximum(values.astype(np.float64) / top, -1.0)


def _once(cache: dict[int, Any], index: int, read: Any) -> Any:
    """`read(index)`, remembered, its failure too."""
    if index not in cache:
        try:
            cache[index] = read(index)
        except Bad as error:
            cache[index] = error
    if isinstance(cache[index], Bad):
        raise cache[index]
    return cache[index]


def is_whole(value: Any) -> bool:
    """Whether a JSON value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def whole(holder: dict[str, Any], key: str, pointer: str, required: bool = False) -> int:
    """A whole number of 0 or more that fits 53 bits; 0 when absent. Raises Bad."""
    value = holder.get(key)
    if value is None and not required:
        return 0
    if not is_whole(value) or not 0 <= value < 1 << 53:  # type: ignore[operator]
        raise Bad("file.malformed", f"{key} is not a whole number of 0 or more.", pointer=f"{pointer}/{key}")
    return int(value)  # type: ignore[arg-type]


def numbers(holder: dict[str, Any], key: str, width: int, pointer: str) -> NDArray[np.float64] | None:
    """A list of `width` numbers, or None when absent. Raises Bad."""
    value = holder.get(key)
    if value is None:
        return None
    good = isinstance(value, list) and len(value) == width
    if not good or not all(isinstance(v, (int, float)) and not isinstance(v, bool) and abs(v) < 1e300 for v in value):
        raise Bad("file.malformed", f"{key} is not a list of {width} numbers.", pointer=f"{pointer}/{key}")
    return np.array(value, np.float64)


def number(holder: dict[str, Any], key: str, default: float) -> float:
    """A number, or `default` where there is none."""
    value = holder.get(key, default)
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
    return float(value) if good else default


def table(holder: dict[str, Any], key: str) -> dict[str, Any]:
    """An object, or an empty one."""
    value = holder.get(key)
    return value if isinstance(value, dict) else {}


def extensions(holder: dict[str, Any]) -> dict[str, Any]:
    """The extensions object."""
    return table(holder, "extensions")


def text(holder: dict[str, Any], key: str) -> str:
    """A text, or ""."""
    value = holder.get(key)
    return value if isinstance(value, str) else ""
