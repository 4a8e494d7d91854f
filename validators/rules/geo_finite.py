"""Positions, normals, UVs or transforms hold values that are not numbers.

Checks
    Every stream of every mesh and every node's matrix for NaN and infinity.
Why it fails in the engine
    One such vertex makes the bounding box unbounded: the mesh flickers, vanishes, or stops the import.
How to fix
    Delete the broken vertices, or export again from the source; a division by zero in a script is a usual cause.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.columns import finite
from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called, sane
from validators.rules.words import count
from validators.scene import F64, SceneMesh


def _streams(mesh: SceneMesh) -> Iterator[tuple[str, F64 | None]]:
    yield "position", mesh.points
    yield "normal", mesh.normals
    yield "tangent", mesh.tangents
    yield "vertex colour", mesh.colours
    for i, uv in enumerate(mesh.uvs):
        yield f"UV{i} coordinate", uv


def _faults(case: Case) -> Iterator[Fault]:
    seen: set[int] = set()
    for node in case.scene.nodes:
        if not sane(node.world) or not sane(node.local):
            yield Fault(f"{called(node)} is placed by numbers that are not finite.", where=case.at(node))
        if node.mesh is None or node.mesh in seen:
            continue
        seen.add(node.mesh)
        for name, values in _streams(case.scene.meshes[node.mesh]):
            bad = 0 if values is None else int((~finite(values)).sum())
            if bad:
                yield Fault(
                    f"{called(node)} has {count(bad, name)} that cannot be read as finite numbers.",
                    where=case.at(node),
                    measured=bad,
                    limit=0,
                )


RULE = Rule("geo.finite", "error", _faults, "Delete the broken vertices, or export the mesh again.")
