"""The file's axes are not those that the engine is set up for.

Checks
    The up axis that the file states against the profile's `[[deliverable]]`; for FBX also that its header names a
    right-handed space in the usual spelling (Y up: front +Z, side +X; Z up: front -Y, side +X).
Why it fails in the engine
    The importer turns the asset to make up for it: it lies on its back or carries a -90 degree turn.
How to fix
    Choose the profile's axes in the export settings, with the conversion baked in.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case

#: FBX header of each up axis: front and side (FrontAxis, CoordAxis) as the common tools write them.
USUAL = {"+Y": ("+Z", "+X"), "+Z": ("-Y", "+X")}


def _faults(case: Case) -> Iterator[Fault]:
    wanted = case.deliverable
    if wanted is None or not case.scene.up:  # STL and OBJ state no axes
        return
    if case.scene.up != wanted.up:
        yield Fault(
            f"The file says that {case.scene.up} is up; the profile for {case.profile.title} asks for {wanted.up}.",
            measured=case.scene.up,
            limit=wanted.up,
        )
    stated, usual = _stated(case.scene.header), USUAL.get(case.scene.up)
    if case.is_fbx and stated and usual and stated != usual:
        yield Fault(
            f"The FBX header says front {stated[0]} and side {stated[1]}; with {case.scene.up} up it should say front "
            f"{usual[0]} and side {usual[1]}.",
            measured=" ".join(stated),
            limit=" ".join(usual),
        )


def _stated(header: dict[str, object]) -> tuple[str, str] | None:
    """(front, side) as `+Z`, of FrontAxis and CoordAxis with their signs; None where the header does not say."""
    out = []
    for key in ("FrontAxis", "CoordAxis"):
        index, sign = header.get(key), header.get(key + "Sign", 1)
        if not isinstance(index, int) or not 0 <= index <= 2 or sign not in (1, -1):
            return None
        out.append(("+" if sign == 1 else "-") + "XYZ"[index])
    return out[0], out[1]


RULE = Rule("xf.axes", "error", _faults, "Export again with the profile's up axis and front.")
