"""3MF as a Scene: the objects that the build places, with their unit (3MF Core Specification 1.3).

The zip is looked into with its declared sizes bounded before a byte is unpacked, and the XML is refused where it
declares entities, so that neither kind of bomb goes off.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from validators.readers.files import MOST_BYTES, read_bytes
from validators.readers.graph import MOST_NODES, RawNode, place
from validators.readers.notes import Bad, Notes
from validators.scene import F64, Material, Scene, SceneMesh

MOST_XML = 64 << 20  # half a million triangles; ElementTree takes ten times that in memory
_CORE = "{http://schemas.microsoft.com/3dmanufacturing/core/2015/02}"
_UNITS = {"micron": 1e-6, "millimeter": 1e-3, "centimeter": 0.01, "inch": 0.0254, "foot": 0.3048, "meter": 1.0}
MODEL = "3D/3dmodel.model"


def read_3mf(path: Path, file: str, notes: Notes) -> Scene:
    """The scene; a Bad refuses the file."""
    data = read_bytes(path, MOST_BYTES)
    root = _root(data)
    if root.tag != f"{_CORE}model":
        raise Bad("file.malformed", "The package's model part is no 3MF model.")
    unit = root.get("unit", "millimeter")
    if unit not in _UNITS:
        raise Bad("file.malformed", f'The 3MF names a unit "{unit[:40]}" that there is not.')
    materials, bases = _materials(root)
    meshes: list[SceneMesh] = []
    by_id: dict[str, int] = {}
    for entry in root.iter(f"{_CORE}object"):
        mesh = _mesh(entry, bases, notes)
        if mesh is not None:
            by_id[entry.get("id", "")] = len(meshes)
            meshes.append(mesh)
    raw = []
    for item in list(root.iter(f"{_CORE}item"))[:MOST_NODES]:
        index = by_id.get(item.get("objectid", ""))
        if index is not None:
            raw.append(RawNode(meshes[index].name, "mesh", None, index, _matrix(item.get("transform"))))
    if not raw:
        raise Bad("file.malformed", "The 3MF builds no mesh.")
    return Scene(
        file,
        "3mf",
        place(raw, meshes, notes),
        tuple(meshes),
        tuple(materials),
        up="+Z",  # section 3.3: the build volume's Z is up
        unit_m=_UNITS[unit],
        nbytes=len(data),
        findings=notes.findings(),
    )


def _root(data: bytes) -> ElementTree.Element:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entry = package.getinfo(MODEL)
            if entry.file_size > MOST_XML:
                raise Bad("file.too_big", "The 3MF's model is larger than we read.", limit=MOST_XML)
            with package.open(entry) as part:
                text = part.read(entry.file_size + 1)
    except KeyError:
        raise Bad("file.malformed", f"The package holds no {MODEL}.") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Bad("file.malformed", f"The package cannot be unpacked: {error}.") from None
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise Bad("file.malformed", "The 3MF's XML declares entities, which the specification forbids.")
    try:
        return ElementTree.fromstring(text)  # entities, which make bombs, were refused above
    except ElementTree.ParseError as error:
        raise Bad("file.malformed", f"The 3MF's XML is broken: {error}.") from None


def _materials(root: ElementTree.Element) -> tuple[list[Material], dict[tuple[str, int], int]]:
    materials: list[Material] = []
    bases: dict[tuple[str, int], int] = {}
    for group in root.iter(f"{_CORE}basematerials"):
        for i, base in enumerate(group.iter(f"{_CORE}base")):
            bases[group.get("id", ""), i] = len(materials)
            materials.append(Material(base.get("name", "")))
    return materials, bases


def _mesh(entry: ElementTree.Element, bases: dict[tuple[str, int], int], notes: Notes) -> SceneMesh | None:
    name = entry.get("name", "") or f"object {entry.get('id', '')}"
    try:
        points = np.array([(v.get("x"), v.get("y"), v.get("z")) for v in entry.iter(f"{_CORE}vertex")], np.float64)
        rows = [
            (int(t.get("v1", "")), int(t.get("v2", "")), int(t.get("v3", "")), *_base(t, entry, bases))
            for t in entry.iter(f"{_CORE}triangle")
        ]
    except (TypeError, ValueError):
        notes.add("file.malformed", f'The 3MF object "{name[:80]}" has a number that is none; it is left out.')
        return None
    if not rows:
        return None  # an object made of components, or empty
    table = np.array(rows, np.int64)
    faces = table[:, :3]
    good = ((faces >= 0) & (faces < len(points))).all(axis=1)
    if not good.all():
        notes.add(
            "file.malformed", f'"{name[:80]}" has triangles of points that are not there.', measured=int((~good).sum())
        )
    faces = faces[good]
    return SceneMesh(
        name,
        points.reshape(-1, 3),
        np.full(len(faces), 3, np.int32),
        faces.ravel().astype(np.int32),
        table[good, 3].astype(np.int32),
    )


def _base(triangle: ElementTree.Element, entry: ElementTree.Element, bases: dict[tuple[str, int], int]) -> tuple[int]:
    group = triangle.get("pid") or entry.get("pid") or ""
    index = triangle.get("p1") or entry.get("pindex") or "0"
    return (bases.get((group, int(index)), -1),)


def _matrix(text: str | None) -> F64:
    """Twelve numbers, row vectors (section 3.3), as a (4, 4) that acts on columns."""
    matrix = np.eye(4)
    try:
        values = np.array((text or "").split(), np.float64)
    except ValueError:
        return matrix
    if len(values) == 12:
        matrix[:3] = values.reshape(4, 3).T
    return matrix
