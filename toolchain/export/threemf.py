"""3MF: a printer's whole model in a zip (3MF Core Specification 1.3), with its unit stated and the colour of each slot.

One object a mesh of LOD0, welded, for a printer judges closedness by shared vertices; base materials give the slots
their mean colours; printers take no textures here.
"""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import quoteattr

import numpy as np

from toolchain.asset import Mesh
from toolchain.export.guard import materials_in_use, require_sound
from toolchain.export.model import Model
from toolchain.srgb import srgb

_UNITS = {1e-6: "micron", 0.001: "millimeter", 0.01: "centimeter", 0.0254: "inch", 0.3048: "foot", 1.0: "meter"}
_CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>\n'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Target="/3D/3dmodel.model" Id="rel0" '
    'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>\n'
)
#: The earliest date a zip knows: an archive of ours has no clock.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_3mf(model: Model) -> bytes:
    """The package of `model`'s LOD0. Raises ValueError for an unsound model or a unit that 3MF has no name for."""
    require_sound(model)
    unit = next((name for size, name in _UNITS.items() if abs(model.deliverable.unit_m / size - 1) < 1e-6), "")
    if not unit:
        raise ValueError(f"3MF has no name for a unit of {model.deliverable.unit_m} m")
    files = {"[Content_Types].xml": _TYPES, "_rels/.rels": _RELATIONS, "3D/3dmodel.model": _model(model, unit)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 0, 0
            package.writestr(entry, text.encode(), compresslevel=6)
    return out.getvalue()


def _model(model: Model, unit: str) -> str:
    used = materials_in_use(model)
    place = {slot: i for i, slot in enumerate(used)}
    colours = [
        f'<base name={quoteattr(model.materials[slot].name)} displaycolor="{_hex(model.materials[slot].colour)}"/>'
        for slot in used
    ]
    out = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<model unit="{unit}" xml:lang="en-US" xmlns="{_CORE}">',
        f'<metadata name="Title">{_text(model.display)}</metadata><metadata name="Application">Dropforge</metadata>',
        f'<resources><basematerials id="1">{"".join(colours)}</basematerials>',
    ]
    items = model.levels()[0]
    for number, item in enumerate(items, 2):
        points, faces = _welded(item.mesh)
        slots = item.mesh.slot_of_faces()
        out.append(
            f'<object id="{number}" type="model" name={quoteattr(item.name)} pid="1" pindex="{place[int(slots[0])]}">'
        )
        out.append("<mesh><vertices>")
        out += [f'<vertex x="{x:.7g}" y="{y:.7g}" z="{z:.7g}"/>' for x, y, z in points.tolist()]
        out.append("</vertices><triangles>")
        out += [
            f'<triangle v1="{a}" v2="{b}" v3="{c}" pid="1" p1="{place[s]}"/>'
            for (a, b, c), s in zip(faces.tolist(), slots.tolist(), strict=True)
        ]
        out.append("</triangles></mesh></object>")
    out.append("</resources><build>" + "".join(f'<item objectid="{i}"/>' for i in range(2, 2 + len(items))))
    return "\n".join(out) + "</build></model>\n"


def _welded(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    points, index = np.unique(mesh.positions, axis=0, return_inverse=True)
    return points, index.reshape(-1)[mesh.faces]


def _hex(colour: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(255 * v):02X}" for v in np.clip(srgb(np.array(colour)), 0, 1).tolist())


def _text(text: str) -> str:
    from xml.sax.saxutils import escape

    return escape("".join(c for c in text if c.isprintable()))
