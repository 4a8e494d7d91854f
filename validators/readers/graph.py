"""From nodes as a file lists them to Scene nodes: world transforms, and purpose and level handed down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from validators.readers.conventions import lod_of, purpose_of
from validators.readers.notes import Notes
from validators.scene import F64, Node, SceneMesh

MOST_NODES = 100_000
MOST_PLACED_POINTS = 50_000_000  # points summed over all mesh nodes: a file of instances must not cost gigabytes


@dataclass
class RawNode:
    """A node as the file has it. `lod` and `purpose` are what the format states; None leaves it to the name."""

    name: str
    kind: str = "empty"
    parent: int | None = None  # index of an earlier RawNode
    mesh: int | None = None
    local: F64 = field(default_factory=lambda: np.eye(4))
    purpose: str | None = None
    lod: int | None = None
    thresholds: tuple[float, ...] = ()
    properties: dict[str, Any] = field(default_factory=dict)
    pointer: str = ""


def place(raw: Sequence[RawNode], meshes: Sequence[SceneMesh], notes: Notes) -> tuple[Node, ...]:
    """Scene nodes of `raw`, in the same order; parents stand before their children.

    A level comes from the format (an LODGroup, a variant), else from the name, else from the parent;
    a purpose that is not render is handed down. Collision shapes have no level.
    """
    nodes: list[Node] = []
    placed = 0
    for node in raw:
        above = None if node.parent is None else nodes[node.parent]
        with np.errstate(all="ignore"):  # a hostile file's numbers may overflow; rules report them
            world = node.local if above is None else above.world @ node.local
        purpose = node.purpose or purpose_of(node.name)
        if purpose == "render" and above is not None:
            purpose = above.purpose
        lod = node.lod if node.lod is not None else lod_of(node.name)
        if lod is None and above is not None:
            lod = above.lod
        mesh = node.mesh
        if mesh is not None:
            before, placed = placed, placed + len(meshes[mesh].points)
            if placed > MOST_PLACED_POINTS:
                if before <= MOST_PLACED_POINTS:
                    notes.add(
                        "file.too_big",
                        "The file places more points than we read; its other mesh nodes are left out.",
                        measured=placed,
                        limit=MOST_PLACED_POINTS,
                    )
                mesh = None
        nodes.append(
            Node(
                name=node.name,
                kind=node.kind if mesh == node.mesh else "empty",
                parent=node.parent,
                mesh=mesh,
                local=node.local,
                world=world,
                purpose=purpose,
                lod=lod if purpose == "render" else None,
                lod_thresholds=node.thresholds,
                properties=node.properties,
                pointer=node.pointer,
            )
        )
    return tuple(nodes)
