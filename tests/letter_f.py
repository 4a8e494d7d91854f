"""A letter F: a closed mesh whose axes, hand, scale, slots and UVs cannot be mistaken.

Canonical space, metres: the stem stands on the ground, 1 m tall. Read from the front, looking along
-Z at the face that looks to +Z, it is an upright F whose arms point to the reader's right: +X, the
asset's own left.
The whole is centred: x -0.3..0.3, y 0..1, z -0.1..0.1. The stem fills x -0.3..-0.1, the top arm
y 0.8..1 to x 0.3, the middle arm y 0.4..0.6 to x 0.1 alone. Mirrored or turned, it is no F.
"""

from __future__ import annotations

import numpy as np

from toolchain.asset import Mesh

#: Outline of the front face, counter-clockwise as seen from +Z. (10, 2) x, y in metres.
OUTLINE = np.array(
    [
        (-0.3, 0.0),
        (-0.1, 0.0),
        (-0.1, 0.4),
        (0.1, 0.4),
        (0.1, 0.6),
        (-0.1, 0.6),
        (-0.1, 0.8),
        (0.3, 0.8),
        (0.3, 1.0),
        (-0.3, 1.0),
    ]
)
#: Three points on the stem's free side, where triangles of the face meet it: no edge ends within another.
_INNER = np.array([(-0.3, 0.4), (-0.3, 0.6), (-0.3, 0.8)])
#: The front face as triangles of outline and inner points.
_FACE = np.array(
    [
        (0, 1, 2),
        (0, 2, 10),
        (10, 2, 5),
        (10, 5, 11),
        (2, 3, 4),
        (2, 4, 5),
        (11, 5, 6),
        (11, 6, 12),
        (12, 6, 8),
        (6, 7, 8),
        (12, 8, 9),
    ]
)
_RIM = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 11, 10)
HALF_DEPTH = 0.1
SIZE = (0.6, 1.0, 0.2)
#: The end of the top arm, the end of the middle arm and the foot, as points every copy must hold.
TOP_ARM_TIP, MIDDLE_ARM_TIP, FOOT = (0.3, 1.0, 0.1), (0.1, 0.6, 0.1), (-0.3, 0.0, 0.1)


def letter_f(subdivide: int = 0) -> Mesh:
    """The F with flat normals, UVs, lightmap UVs, tangents and two slots: 0 front and back, 1 the sides.

    `subdivide` halves every edge that often (four times the triangles each time). UV0 of the front is
    the picture of the F at half scale, u = (x + 0.3) / 2, v = y / 2; the back stands beside it, 0.3
    further in u and read through the front, so that its tangents' w is -1; the sides are one strip at
    v 0.6 to 0.9. The lightmap set holds the same islands at half size, moved by 0.25.
    """
    flat = np.concatenate((OUTLINE, _INNER))
    tris: list[np.ndarray] = []  # (3, 8): position, normal, uv
    slots: list[int] = []
    tangent: list[np.ndarray] = []
    for sign in (1.0, -1.0):
        for face in _FACE if sign > 0 else _FACE[:, ::-1]:
            xy = flat[face]
            rows = np.column_stack(
                (
                    xy,
                    np.full(3, sign * HALF_DEPTH),
                    np.tile((0.0, 0.0, sign), (3, 1)),
                    (xy[:, 0] + 0.3) / 2 + (0.0 if sign > 0 else 0.3),
                    xy[:, 1] / 2,
                )
            )
            tris.append(rows)
            slots.append(0)
            tangent.append(np.array((1.0, 0.0, 0.0, sign)))
    lengths = [np.linalg.norm(flat[b] - flat[a]) for a, b in zip(_RIM, _RIM[1:] + _RIM[:1], strict=True)]
    along = np.concatenate(([0.0], np.cumsum(lengths))) / sum(lengths)
    for i, (a, b) in enumerate(zip(_RIM, _RIM[1:] + _RIM[:1], strict=True)):
        way = (flat[b] - flat[a]) / lengths[i]
        normal = np.array((way[1], -way[0], 0.0))
        u0, u1 = along[i] * 0.9, along[i + 1] * 0.9
        quad = np.array(
            [
                (*flat[a], HALF_DEPTH, *normal, u0, 0.9),
                (*flat[a], -HALF_DEPTH, *normal, u0, 0.6),
                (*flat[b], -HALF_DEPTH, *normal, u1, 0.6),
                (*flat[b], HALF_DEPTH, *normal, u1, 0.9),
            ]
        )
        tris += [quad[[0, 1, 2]], quad[[0, 2, 3]]]
        slots += [1, 1]
        tangent += [np.array((*way, 0.0, 1.0))] * 2
    corners, slot, tang = np.array(tris), np.array(slots), np.array(tangent)
    for _ in range(subdivide):
        a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        corners = np.stack(
            (np.stack((a, ab, ca), 1), np.stack((ab, b, bc), 1), np.stack((ca, bc, c), 1), np.stack((ab, bc, ca), 1)),
            axis=1,
        ).reshape(-1, 3, 8)
        slot, tang = np.repeat(slot, 4), np.repeat(tang, 4, axis=0)
    rows = np.concatenate((corners.reshape(-1, 8), np.repeat(tang, 3, axis=0)), axis=1).astype(np.float32)
    rows, index = np.unique(rows, axis=0, return_inverse=True)
    uv = np.ascontiguousarray(rows[:, 6:8])
    return Mesh(
        positions=np.ascontiguousarray(rows[:, :3]),
        faces=index.reshape(-1, 3).astype(np.int32),
        normals=np.ascontiguousarray(rows[:, 3:6]),
        uv=uv,
        uv_light=(uv * 0.5 + 0.25).astype(np.float32),
        tangents=np.ascontiguousarray(rows[:, 8:12]),
        slots=slot.astype(np.int32),
    )
