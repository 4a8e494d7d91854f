"""A GLB that is open for changes: its JSON and its binary chunk, read by the reader's own checks, written anew.

What no glTF of ours needs to know is left byte for byte as it is: unknown extensions keep all buffer views in place.
"""

from __future__ import annotations

import copy
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validators.readers.gltf_container import MAGIC, parse_json, split_glb
from validators.readers.gltf_document import Document, extensions
from validators.readers.notes import Bad, Notes

_CODES = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
_DTYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_SHAPES = {width: name for name, width in _WIDTHS.items()}
#: Extensions whose references to accessors and buffer views are those of the core, or none.
_KNOWN = ("KHR_materials_", "KHR_texture_", "KHR_lights_punctual", "KHR_mesh_quantization", "MSFT_lod", "EXT_texture_")
ARRAY, ELEMENTS = 34962, 34963


class Gltf:
    """`json` may be changed at will; accessors are read by :meth:`array` and replaced by new ones from :meth:`add`."""

    def __init__(self, data: bytes) -> None:
        """Raises Bad for what is no sound GLB of one buffer of its own."""
        if not data.startswith(MAGIC):
            raise Bad("file.unsupported", "Only binary glTF (.glb) can be fixed.")
        notes = Notes("")
        text, binary = split_glb(data, notes)
        if notes.findings():
            raise Bad("file.malformed", notes.findings()[0].message)
        self.json = parse_json(text)
        buffers = self.json.get("buffers", [])
        if len(buffers) > 1 or any("uri" in b for b in buffers if isinstance(b, dict)):
            raise Bad("file.unsupported", "Only a GLB that holds all of its geometry can be fixed.")
        self.binary = bytearray(binary or b"")
        self._notes = notes

    def copy(self) -> Gltf:
        """A copy to be changed without this one."""
        return copy.deepcopy(self)

    def items(self, key: str) -> list[dict[str, Any]]:
        """A top-level list of objects, itself."""
        found = self.json.get(key, [])
        return [e for e in found if isinstance(e, dict)] if isinstance(found, list) else []

    def array(self, index: int) -> NDArray[Any]:
        """(count, width) of an accessor as it is stored, a copy. Raises Bad for sparse, compressed or broken ones."""
        entry = self.json["accessors"][index]
        code, shape = entry.get("componentType"), entry.get("type")
        if "sparse" in entry or "bufferView" not in entry or code not in _DTYPES or shape not in _WIDTHS:
            raise Bad("file.unsupported", "The geometry is stored in a way that is not changed.")
        document = Document(self.json, bytes(self.binary), Path(), Path(), len(self.binary), self._notes)
        document.accessor(index)  # every bound is checked there
        data, offset, _, stride = document.view(entry["bufferView"])
        kind, width = np.dtype(_DTYPES[code]), _WIDTHS[shape]
        at, stride = offset + entry.get("byteOffset", 0), stride or width * kind.itemsize
        return np.ndarray((entry["count"], width), kind, data, at, (stride, kind.itemsize)).copy()

    def add(self, values: NDArray[Any], like: dict[str, Any], target: int) -> int:
        """A new accessor over (count, width) `values`, with the normalisation of `like`; its index."""
        size = values.shape[1] * values.itemsize
        stride = size + (-size % 4) if target == ARRAY else size
        padded = np.zeros((len(values), stride), np.uint8)
        padded[:, :size] = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), size)
        self.binary += bytes(-len(self.binary) % 4)
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self.binary), "byteLength": padded.size}
        view |= {"target": target} | ({"byteStride": stride} if target == ARRAY else {})
        self.binary += padded.tobytes()
        self.json.setdefault("bufferViews", []).append(view)
        entry: dict[str, Any] = {
            "bufferView": len(self.json["bufferViews"]) - 1,
            "componentType": _CODES[values.dtype.str[1:]],
            "count": len(values),
            "type": _SHAPES[values.shape[1]],
        }
        entry |= {k: like[k] for k in ("normalized", "name") if k in like}
        if "min" in like:
            entry |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        self.json["accessors"].append(entry)
        return len(self.json["accessors"]) - 1

    def encode(self) -> bytes:
        """The GLB, without what nothing refers to any more."""
        self._prune()
        tree = dict(self.json)
        if self.binary:
            tree["buffers"] = [{**(self.items("buffers") or [{}])[0], "byteLength": len(self.binary)}]
        text = json.dumps(tree, separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
        if self.binary:
            body = bytes(self.binary) + bytes(-len(self.binary) % 4)
            chunks += struct.pack("<II", len(body), 0x004E4942) + body
        return struct.pack("<4sII", MAGIC, 2, 12 + len(chunks)) + chunks

    def _prune(self) -> None:
        used = self.json.get("extensionsUsed", [])
        if not all(isinstance(n, str) and n.startswith(_KNOWN) for n in used):
            return
        if "accessors" in self.json:
            _renumber(self.json, "accessors", _accessor_places(self))
        places: list[tuple[Any, Any]] = [(a, "bufferView") for a in self.items("accessors") if "bufferView" in a]
        for accessor in self.items("accessors"):
            sparse = accessor.get("sparse", {})
            places += [(sparse[k], "bufferView") for k in ("indices", "values") if k in sparse]
        places += [(i, "bufferView") for i in self.items("images") if "bufferView" in i]
        if "bufferViews" not in self.json:
            return
        _renumber(self.json, "bufferViews", places)
        packed = bytearray()
        for view in self.items("bufferViews"):
            at, length = view.get("byteOffset", 0), view["byteLength"]
            packed += bytes(-len(packed) % 4)
            view["byteOffset"] = len(packed)
            packed += self.binary[at : at + length]
        self.binary = packed


def _accessor_places(gltf: Gltf) -> list[tuple[Any, Any]]:
    """(holder, key) of every reference to an accessor."""
    out: list[tuple[Any, Any]] = []
    for mesh in gltf.items("meshes"):
        for primitive in mesh.get("primitives", []):
            tables = [primitive.get("attributes", {}), *primitive.get("targets", [])]
            out += [(table, name) for table in tables for name in table]
            out += [(primitive, "indices")] if "indices" in primitive else []
    out += [(s, "inverseBindMatrices") for s in gltf.items("skins") if "inverseBindMatrices" in s]
    out += [(s, k) for a in gltf.items("animations") for s in a.get("samplers", []) for k in ("input", "output")]
    return out


def _renumber(tree: dict[str, Any], key: str, places: list[tuple[Any, Any]]) -> None:
    """Drop the entries of a top-level list that no place refers to."""
    used = sorted({holder[name] for holder, name in places})
    new = {old: i for i, old in enumerate(used)}
    tree[key] = [tree[key][i] for i in used]
    for holder, name in places:
        holder[name] = new[holder[name]]
    if not tree[key]:
        del tree[key]


def groups(gltf: Gltf) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """(mesh, primitives that share one set of vertices) for triangle lists that may be changed.

    Morphed and compressed primitives are passed over, and so is whatever shares a set with one.
    """
    out = []
    for mesh in gltf.items("meshes"):
        held: dict[str, list[dict[str, Any]]] = {}
        for primitive in mesh.get("primitives", []):
            held.setdefault(json.dumps(primitive.get("attributes", {}), sort_keys=True), []).append(primitive)
        for together in held.values():
            plain = all(p.get("mode", 4) == 4 and "targets" not in p and not extensions(p) for p in together)
            if plain and all("POSITION" in p.get("attributes", {}) for p in together):
                out.append((mesh, together))
    return out


def indices(gltf: Gltf, primitive: dict[str, Any], count: int) -> NDArray[Any]:
    """(T, 3) of a primitive's triangles in the stored integer type; `count` vertices in turn where it has none."""
    if "indices" in primitive:
        flat = gltf.array(primitive["indices"])[:, 0]
    else:
        flat = np.arange(count, dtype="<u2" if count < 65535 else "<u4")
    flat = flat[: len(flat) // 3 * 3].reshape(-1, 3)
    if len(flat) and int(flat.max()) >= count:
        raise Bad("file.malformed", "Faces name vertices that are not there.")
    return flat
