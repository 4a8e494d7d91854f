"""A collision shape is named for a box, a ball or a capsule, and is none.

Checks
    Meshes called UBX_: eight corners of a rectangular box, at any angle. USP_: as wide as high as deep, all points
    on one ball. UCP_: all points on a capsule along the longest axis of the mesh's own box. To 5 % of the size.
Why it fails in the engine
    Unreal reads the exact shape off the mesh; what it cannot read it drops, and the asset has no collision.
How to fix
    Draw the shape anew from the tool's own primitive and do not edit its points; or name it UCX_ as a hull.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.scene import F64

OFF = 0.05
KINDS = {"UBX_": "box", "USP_": "ball", "UCP_": "capsule"}


def _faults(case: Case) -> Iterator[Fault]:
    for node in case.hulls():
        kind = KINDS.get(node.name[:4].upper())
        if kind is None or node.mesh is None:
            continue
        mesh = case.scene.meshes[node.mesh]
        points = np.unique(mesh.points[np.unique(mesh.triangle_points)], axis=0)
        if not len(points) or not np.isfinite(points).all():
            continue  # geo.finite tells
        if not {"box": _is_box, "ball": _is_ball, "capsule": _is_capsule}[kind](points):
            yield Fault(f"{called(node)} is named for a {kind}, and its mesh is none.", where=case.at(node))


def _is_box(points: F64) -> bool:
    """Eight corners, each the sum of the edges that leave the first one, and those at right angles."""
    if len(points) != 8:
        return False
    away = points[1:] - points[0]
    away = away[np.argsort(np.linalg.norm(away, axis=1), kind="stable")]
    size = float(np.linalg.norm(away[-1]))
    # The farthest corner is opposite; of the rest, three are edges and three their sums in pairs.
    middle = (points[0] + points[0] + away[-1]) / 2
    on_ball = np.abs(np.linalg.norm(points - middle, axis=1) - size / 2).max() < OFF * size / 2
    paired = np.linalg.norm((2 * middle - points)[:, None] - points[None], axis=-1).min(axis=1).max() < OFF * size
    if not (on_ball and paired):
        return False
    for i in range(6):
        for j in range(i):
            for k in range(j):
                edges = away[[i, j, k]]
                if np.linalg.norm(edges.sum(axis=0) - away[-1]) < OFF * size:
                    unit = edges / np.maximum(np.linalg.norm(edges, axis=1, keepdims=True), 1e-30)
                    if np.abs(unit @ unit.T - np.eye(3)).max() < OFF:
                        return True
    return False


def _is_ball(points: F64) -> bool:
    span, middle = np.ptp(points, axis=0), (points.min(axis=0) + points.max(axis=0)) / 2
    radius = float(span.max()) / 2
    far = np.linalg.norm(points - middle, axis=1)
    return bool(span.min() > (1 - OFF) * span.max() and np.abs(far - radius).max() < OFF * radius)


def _is_capsule(points: F64) -> bool:
    span, middle = np.ptp(points, axis=0), (points.min(axis=0) + points.max(axis=0)) / 2
    long = int(np.argmax(span))
    radius = float(np.delete(span, long).max()) / 2
    rel = points - middle
    rel[:, long] = np.sign(rel[:, long]) * np.maximum(np.abs(rel[:, long]) - max(span[long] / 2 - radius, 0.0), 0.0)
    square = np.delete(span, long).min() > (1 - OFF) * 2 * radius
    return bool(square and np.abs(np.linalg.norm(rel, axis=1) - radius).max() < OFF * radius)


RULE = Rule(
    "col.shape", "error", _faults, "Draw the shape anew from a primitive, or name it UCX_ as a hull.", ("unreal",)
)
