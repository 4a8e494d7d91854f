"""The generator of an artist's own file: what was dropped as a model is the shape. Nothing is made up.

Pictures dropped beside it are kept as reference views: they name slots by their masks and stand in the report.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from engine_profiles.typed import opt
from toolchain.asset import Reference, Sculpt
from toolchain.generate.ask import Ask
from toolchain.generate.canonical import AXES, axis, sculpt_of
from toolchain.stage import Progress, StageError

NAME = "file"
WHERE, PRICE = "here", ""
CAN = ("a model file in place of pictures", "what the file holds")
LICENCE = "That of the file."
#: Metres between which a file's own size is believed; others were written without a thought for units.
BELIEVED_M = (0.001, 1000.0)


@dataclass(frozen=True)
class Params(Ask):
    """How the file is meant, where it does not say or says it wrongly."""

    up: str = opt("", "which way is up in the file; empty as the file says", choices=("", *AXES))
    front: str = opt("", "where the asset's front looks in the file; empty as the file says", choices=("", *AXES))
    unit_m: float = opt(0.0, "metres in one unit of the file; 0 as it says", unit="m", low=0.0, high=1e6)

    def __post_init__(self) -> None:
        if self.up and self.front and self.up[1] == self.front[1]:
            raise ValueError("up and front lie along one axis")


def available() -> str | None:
    """Always: it reads with what Dropforge is installed with."""
    return None


def generate(reference: Reference, params: Params, progress: Progress, state: Path | None = None) -> Sculpt:
    """The dropped model's Sculpt, in metres where it has a unit. StageError where no model was dropped."""
    dropped = reference.dropped
    if dropped is None:
        raise StageError('The generator "file" needs a model: drop a .glb, .obj, .fbx or .ply beside the picture.')
    up = params.up or dropped.up
    front = params.front or dropped.front
    if axis(up) @ axis(front) != 0:  # a stated `up` along the file's own front: as Blender and Maya look then
        front = "-Y" if up[1] == "Z" else "+Z"
    dropped = replace(dropped, up=up, front=front, unit_m=params.unit_m or dropped.unit_m)
    progress(0.2, f"reading {dropped.file}")
    beside = " The pictures beside it are for slots and the report." if reference.views else ""
    reason = f"The shape and its colours are those of {dropped.file}.{beside}"
    sculpt = sculpt_of(dropped, generator=NAME, rung=dropped.format, reason=reason)
    longest = float(sculpt.mesh.size.max())
    known = dropped.unit_m > 0 and BELIEVED_M[0] <= longest <= BELIEVED_M[1]
    return replace(
        sculpt,
        size_source="file" if known else "default",
        notes={**sculpt.notes, "file_size_m": round(longest, 6) if dropped.unit_m > 0 else None},
    )
