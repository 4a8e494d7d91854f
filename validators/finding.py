"""Finding: what is wrong, where, by how much and what to do, told in one voice.

Intake, stages and rules all speak in Findings; text, JSON, JUnit and SARIF are made of this one object.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True)
class Where:
    """The place a finding speaks of; every part is optional."""

    file: str = ""  # relative to the delivery or the drop, `/` between folders
    node: str = ""
    mesh: str = ""
    material: str = ""
    texture: str = ""
    faces: tuple[int, ...] = ()  # the first few faulty faces
    offset: int | None = None  # byte offset in the file, for malformed files
    pointer: str = ""  # JSON pointer, USD path or FBX object path

    def text(self) -> str:
        """`helmet.fbx: node SM_Helmet_LOD0, faces 3 17 20`."""
        parts = [
            f"{kind} {value}"
            for kind, value in (
                ("node", self.node),
                ("mesh", self.mesh if self.mesh != self.node else ""),
                ("material", self.material),
                ("texture", self.texture),
                ("at", self.pointer),
            )
            if value
        ]
        if self.faces:
            parts.append("faces " + " ".join(map(str, self.faces)))
        if self.offset is not None:
            parts.append(f"byte {self.offset}")
        return ": ".join(filter(None, (self.file, ", ".join(parts))))


@dataclass(frozen=True)
class Finding:
    """One thing found. `message` and `fix` are for an artist: whole sentences, no jargon they did not write."""

    code: str  # "geo.triangles"
    severity: str  # error, warning, info
    message: str
    fix: str = ""
    where: Where = field(default_factory=Where)
    measured: float | int | str | None = None
    limit: float | int | str | None = None
    profile: str = ""  # the profile it was judged by; "" for intake and stages

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity {self.severity!r}")

    def as_json(self) -> dict[str, Any]:
        """A JSON object without the parts that are empty; key order is the caller's to sort."""
        where = {
            k: list(v) if isinstance(v, tuple) else v for k, v in vars(self.where).items() if v not in ("", None, ())
        }
        flat = {k: v for k, v in vars(self).items() if k != "where" and v not in ("", None)}
        return flat | ({"where": where} if where else {})
