"""The unit that the engine wants: the header says it, and every length is turned into it, so that no size changes.

A header alone is never patched: the same numbers in another unit would be another size. The upright axis is left as it
is for the same reason.
"""

from __future__ import annotations

import struct

from validators.fix.fbx import Fbx, Record, array, double, floats
from validators.readers.notes import Bad
from validators.rules.case import Case
from validators.rules.words import length
from validators.rules.xf_unit import CLOSE

#: What may lie below Objects; anything else may hold lengths that we do not know.
_PLAIN = (b"Model", b"Geometry", b"Material", b"Texture", b"Video", b"NodeAttribute", b"CollectionExclusive")
_ATTRIBUTES = (b"LodGroup", b"Null", b"")
_LENGTHS = (
    b"Lcl Translation",
    b"GeometricTranslation",
    b"RotationOffset",
    b"RotationPivot",
    b"ScalingOffset",
    b"ScalingPivot",
)


def fix(fbx: Fbx, case: Case) -> list[str]:
    """Turn the file into the profile's unit where it states another."""
    wanted, stated = case.deliverable, case.scene.unit_m
    if wanted is None or stated <= 0 or abs(stated - wanted.unit_m) <= CLOSE * wanted.unit_m:
        return []
    _require_plain(fbx)
    entry = fbx.setting(b"UnitScaleFactor")
    if entry is None or len(entry.properties) < 5:
        raise Bad("file.unsupported", "Its header states no unit.")
    scale = stated / wanted.unit_m
    for geometry in fbx.objects(b"Geometry"):
        for points in geometry.all(b"Vertices"):
            values = floats(points.properties[0]) if points.properties else None
            if values is not None:
                points.properties[0] = array(values * scale, points.properties[0])
    for model in fbx.objects(b"Model"):
        for held in model.entries():
            if held.text(0) in _LENGTHS:
                held.properties[4:] = [_scaled(p, scale) for p in held.properties[4:]]
    entry.properties[4] = double(wanted.unit_m * 100)
    return [f"lengths turned from units of {length(stated)} into units of {length(wanted.unit_m)}"]


def _scaled(held: bytes, scale: float) -> bytes:
    if held[:1] in (b"D", b"F"):
        return double(struct.unpack("<d" if held[:1] == b"D" else "<f", held[1:])[0] * scale)
    return held


def _require_plain(fbx: Fbx) -> None:
    """Raises Bad where the file may hold lengths that are not turned."""
    records = [r for holder in fbx.root.all(b"Objects") for r in holder.children]
    strange = next((r.name for r in records if r.name not in _PLAIN), b"")
    shapes = any(g.text(2) != b"Mesh" for g in fbx.objects(b"Geometry"))
    others = [a for a in fbx.objects(b"NodeAttribute") if a.text(2) not in _ATTRIBUTES or _by_distance(a)]
    if strange or shapes or others:
        what = strange.decode("ascii", "replace") or "lengths other than those of plain meshes"
        raise Bad("file.unsupported", f"It holds {what}; change the unit where it was made.")


def _by_distance(attribute: Record) -> bool:
    """A group of levels that change at distances, not at shares of the screen."""
    if attribute.text(2) != b"LodGroup":
        return False
    percent = [e for e in attribute.entries() if e.text(0) == b"ThresholdsUsedAsPercentage"]
    return not (percent and len(percent[0].properties) > 4 and any(percent[0].properties[4][1:]))
