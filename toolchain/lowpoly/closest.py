"""The closest point of a triangle mesh, exactly, by a bounding volume hierarchy in numba.

The tree is a complete binary one over triangles sorted along a Morton curve (Lauterbach et al. 2009,
"Fast BVH Construction on GPUs"); the point-triangle distance follows Ericson, "Real-Time Collision
Detection", 5.1.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.asset import Mesh
from toolchain.shared import once

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

LEAF = 4  # triangles in a leaf


@dataclass(frozen=True, eq=False)
class Tree:
    """A mesh ready to be asked. Triangles are in Morton order; `order` gives the caller's index."""

    corners: F64  # (F, 3, 3)
    order: I64  # (F,)
    boxes: F64  # (2 L - 1, 6) low and high corner; node n has children 2 n + 1 and 2 n + 2


@dataclass(frozen=True, eq=False)
class Closest:
    """Answers for Q points."""

    distance: F64  # (Q,) metres
    face: I64  # (Q,) of the caller's faces
    point: F64  # (Q, 3)
    weights: F64  # (Q, 3) barycentric weights of the point in the face
    row: I64  # (Q,) of the tree's own triangles


def build(positions: NDArray[np.floating], faces: NDArray[np.integer]) -> Tree:
    """A tree over (F, 3) faces, F >= 1, finite positions. Raises ValueError otherwise."""
    if not len(faces) or not np.isfinite(positions).all():
        raise ValueError("a tree needs at least one triangle and finite positions")
    corners = positions.astype(np.float64)[faces]
    middle = corners.mean(axis=1)
    low = middle.min(axis=0)
    scale = 1023.0 / max(float(np.ptp(middle, axis=0).max()), 1e-30)
    order = np.argsort(_morton(((middle - low) * scale).astype(np.int64)), kind="stable")
    corners = np.ascontiguousarray(corners[order])
    leaves = 1
    while leaves * LEAF < len(faces):
        leaves *= 2
    return Tree(corners, order, _boxes(corners, leaves))


def tree_of(mesh: Mesh) -> Tree:
    """The tree of a mesh, built once for as long as that lives: stage after stage measures against the sculpt."""
    return once(mesh, "tree", lambda: build(mesh.positions, mesh.faces))


def closest(tree: Tree, points: NDArray[np.floating]) -> Closest:
    """The closest point of the mesh to each of (Q, 3) points."""
    distance, face, weights = _query(tree.corners, tree.boxes, np.ascontiguousarray(points, np.float64))
    where = np.einsum("qk,qkd->qd", weights, tree.corners[face])
    return Closest(distance, tree.order[face], where, weights, face)


def _morton(cells: I64) -> I64:
    code = np.zeros(len(cells), np.int64)
    for bit in range(10):
        for axis in range(3):
            code |= ((cells[:, axis] >> bit) & 1) << (3 * bit + axis)
    return code


@njit(cache=True)
def _boxes(corners: F64, leaves: int) -> F64:
    count = len(corners)
    boxes = np.zeros((2 * leaves - 1, 6))
    boxes[:, :3] = np.inf
    boxes[:, 3:] = -np.inf
    for leaf in range(leaves):
        node = leaves - 1 + leaf
        for f in range(leaf * count // leaves, (leaf + 1) * count // leaves):
            for k in range(3):
                for d in range(3):
                    boxes[node, d] = min(boxes[node, d], corners[f, k, d])
                    boxes[node, d + 3] = max(boxes[node, d + 3], corners[f, k, d])
    for node in range(leaves - 2, -1, -1):
        for d in range(3):
            boxes[node, d] = min(boxes[2 * node + 1, d], boxes[2 * node + 2, d])
            boxes[node, d + 3] = max(boxes[2 * node + 1, d + 3], boxes[2 * node + 2, d + 3])
    return boxes


@njit(cache=True, inline="always")
def _box_distance(boxes: F64, node: int, x: float, y: float, z: float) -> float:
    dx = max(boxes[node, 0] - x, 0.0, x - boxes[node, 3])
    dy = max(boxes[node, 1] - y, 0.0, y - boxes[node, 4])
    dz = max(boxes[node, 2] - z, 0.0, z - boxes[node, 5])
    return dx * dx + dy * dy + dz * dz


@njit(cache=True)
def triangle_weights(t: F64, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Barycentric weights of the point of triangle `t` (3, 3) that is closest to (x, y, z)."""
    abx, aby, abz = t[1, 0] - t[0, 0], t[1, 1] - t[0, 1], t[1, 2] - t[0, 2]
    acx, acy, acz = t[2, 0] - t[0, 0], t[2, 1] - t[0, 1], t[2, 2] - t[0, 2]
    px, py, pz = x - t[0, 0], y - t[0, 1], z - t[0, 2]
    d1, d2 = abx * px + aby * py + abz * pz, acx * px + acy * py + acz * pz
    if d1 <= 0.0 and d2 <= 0.0:
        return 1.0, 0.0, 0.0
    px, py, pz = x - t[1, 0], y - t[1, 1], z - t[1, 2]
    d3, d4 = abx * px + aby * py + abz * pz, acx * px + acy * py + acz * pz
    if d3 >= 0.0 and d4 <= d3:
        return 0.0, 1.0, 0.0
    vc = d1 * d4 - d3 * d2
    if vc <= 0.0 and d1 >= 0.0 and d3 <= 0.0:
        v = d1 / (d1 - d3) if d1 > d3 else 0.0  # an edge without length
        return 1.0 - v, v, 0.0
    px, py, pz = x - t[2, 0], y - t[2, 1], z - t[2, 2]
    d5, d6 = abx * px + aby * py + abz * pz, acx * px + acy * py + acz * pz
    if d6 >= 0.0 and d5 <= d6:
        return 0.0, 0.0, 1.0
    vb = d5 * d2 - d1 * d6
    if vb <= 0.0 and d2 >= 0.0 and d6 <= 0.0:
        w = d2 / (d2 - d6) if d2 > d6 else 0.0
        return 1.0 - w, 0.0, w
    va = d3 * d6 - d5 * d4
    if va <= 0.0 and d4 - d3 >= 0.0 and d5 - d6 >= 0.0:
        span = (d4 - d3) + (d5 - d6)
        w = (d4 - d3) / span if span > 0.0 else 0.0
        return 0.0, 1.0 - w, w
    total = va + vb + vc
    if total == 0.0:  # no area and no edge region: any corner is as good
        return 1.0, 0.0, 0.0
    return va / total, vb / total, vc / total


@njit(cache=True)
def _leaf(
    corners: F64,
    first: int,
    last: int,
    x: float,
    y: float,
    z: float,
    best: float,
    best_face: int,
) -> tuple[float, int]:
    """The nearest of triangles first .. last - 1 if nearer than squared distance `best`."""
    for f in range(first, last):
        t = corners[f]
        u, v, w = triangle_weights(t, x, y, z)
        ex = u * t[0, 0] + v * t[1, 0] + w * t[2, 0] - x
        ey = u * t[0, 1] + v * t[1, 1] + w * t[2, 1] - y
        ez = u * t[0, 2] + v * t[1, 2] + w * t[2, 2] - z
        d = ex * ex + ey * ey + ez * ez
        if d < best:
            best, best_face = d, f
    return best, best_face


@njit(cache=True)
def _query(corners: F64, boxes: F64, points: F64) -> tuple[F64, I64, F64]:
    count, leaves = len(corners), (len(boxes) + 1) // 2
    distance = np.zeros(len(points))
    face = np.zeros(len(points), np.int64)
    weights = np.zeros((len(points), 3))
    stack = np.zeros(64, np.int64)
    guess = 0  # the last answer bounds the next search well: points come in order
    for q in range(len(points)):
        x, y, z = points[q, 0], points[q, 1], points[q, 2]
        best, guess = _leaf(corners, guess, guess + 1, x, y, z, np.inf, guess)
        stack[0], top = 0, 1
        while top:
            top -= 1
            node = stack[top]
            if _box_distance(boxes, node, x, y, z) >= best:
                continue
            if node >= leaves - 1:
                leaf = node - (leaves - 1)
                best, guess = _leaf(corners, leaf * count // leaves, (leaf + 1) * count // leaves, x, y, z, best, guess)
                continue
            left, right = 2 * node + 1, 2 * node + 2
            dl, dr = _box_distance(boxes, left, x, y, z), _box_distance(boxes, right, x, y, z)
            if dl > dr:
                left, right, dl, dr = right, left, dr, dl
            if dr < best:
                stack[top] = right
                top += 1
            if dl < best:
                stack[top] = left
                top += 1
        distance[q] = np.sqrt(best)
        face[q] = guess
        weights[q, 0], weights[q, 1], weights[q, 2] = triangle_weights(corners[guess], x, y, z)
    return distance, face, weights
