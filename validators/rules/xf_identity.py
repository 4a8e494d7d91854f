"""A node carries a move, a turn or a scale of its own.

Checks
    The local transform of every node that is a mesh or stands above one: it must be the identity, but
    for the even scale and move that undo a glTF's quantised positions (KHR_mesh_quantization).
Why it fails in the engine
    The move becomes an off pivot, the turn the well-known -90 degrees on the prefab's root, the scale a factor of
    100, and collision built on a scaled mesh is slow or wrong. Unity's store test fails an asset for it.
How to fix
    Apply all transforms before export; let the exporter bake its axis conversion into the vertices.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called, sane
from validators.scene import F64, Node, Scene

CLOSE = 1e-5  # of the box for moves; of 1 for turns and scales


def _faults(case: Case) -> Iterator[Fault]:
    bounds = case.scene.bounds(case.scene.render_nodes())
    size = float((bounds[1] - bounds[0]).max()) if bounds else 1.0
    for node in _carriers(case.scene):
        if sane(node.local) and not _grid(case.scene, node) and (what := _carried(node.local, size)):
            yield Fault(f"{called(node)} carries {what} of its own.", where=case.at(node))


def _grid(scene: Scene, node: Node) -> bool:
    """Do move and scale only undo quantised positions? The extension asks for them, and they cannot be applied."""
    square = node.local[:3, :3]
    even = square[0, 0] > 0 and np.abs(square - square[0, 0] * np.eye(3)).max() <= CLOSE * abs(square[0, 0])
    return (
        node.mesh is not None and bool(even) and "KHR_mesh_quantization" in scene.header.get("extensionsRequired", ())
    )


def _carriers(scene: Scene) -> list[Node]:
    """Mesh nodes and what stands above them, in file order."""
    marked: set[int] = set()
    for i, node in enumerate(scene.nodes):
        at: int | None = i if node.mesh is not None else None
        while at is not None and at not in marked:
            marked.add(at)
            at = scene.nodes[at].parent
    return [scene.nodes[i] for i in sorted(marked)]


def _carried(local: F64, size: float) -> str:
    """`a move, a turn and a scale of 100` of a (4, 4) matrix; "" for the identity."""
    scales = np.linalg.norm(local[:3, :3], axis=0)
    parts = []
    if np.abs(local[:3, 3]).max() > CLOSE * max(size, 1e-9):
        parts.append("a move")
    turned = local[:3, :3] / np.where(scales > 0, scales, 1.0)
    if np.abs(turned - np.eye(3)).max() > CLOSE:
        parts.append("a turn")
    if np.abs(scales - 1.0).max() > CLOSE:
        same = np.ptp(scales) <= CLOSE * scales.max()
        parts.append(f"a scale of {scales[0]:.4g}" if same else "a scale of " + ", ".join(f"{s:.3g}" for s in scales))
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


RULE = Rule("xf.identity", "warning", _faults, "Apply move, turn and scale before export.")
