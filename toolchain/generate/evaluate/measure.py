"""What is measured of one sculpt beside the truth. Plain functions; nothing is aligned, for the pose counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import I32, Sculpt, Shot
from toolchain.generate.evaluate.truth import Truth, colour_error
from toolchain.generate.score import centred, overlap, score, solid

YAWS = 36
TIE = 0.99  # of the best IoU: what is that good is as good, so that a barrel has no wrong yaw
ROUND, PITCH, SIDE = 8, 20.0, 192  # silhouettes: directions, degrees above the ground, pixels

#: Measures, best first in the table; of a failed job those in FAILED count as stated and the others do not.
FAILED = {"iou": 0.0, "f2": 0.0, "f5": 0.0, "f10": 0.0, "chamfer": 1.0, "around": 0.0, "given": 0.0, "from_there": 0.0}


def measure(sculpt: Sculpt, truth: Truth, cameras: dict[str, tuple[NDArray[np.float64], NDArray[np.bool_]]]) -> dict:
    """All measures of a sculpt. `cameras`: view -> (matrix (3, 4), the subject's mask (H, W)) of the pictures given.

    `iou`, `f2`, `f5`, `f10`, `chamfer`: see :func:`toolchain.generate.score.score`. `around`: IoU of silhouettes from
    8 sides, 20 degrees above the ground. `given`: IoU of the sculpt's silhouette with the masks of the pictures, as
    the generator says they lie (its Shots); `from_there`: the same from where they were truly taken. `colour`: see
    :func:`colour_error`. `yaw`: see :func:`yaw_error`. The three with nothing to be measured by are left out.
    """
    mesh = sculpt.mesh
    out: dict[str, float] = score(mesh.positions, mesh.faces, truth.positions, truth.faces)
    ours, theirs = centred(mesh.positions), centred(truth.positions)
    out["around"] = around(ours, mesh.faces, theirs, truth.faces)
    own = [shot_iou(shot, mesh.positions, mesh.faces) for shot in sculpt.shots]
    if own:
        out["given"] = float(np.mean(own))
    if cameras:
        out["from_there"] = float(
            np.mean([overlap(silhouette(m, ours, mesh.faces, *mask.shape), mask) for m, mask in cameras.values()])
        )
    out["colour"] = colour_error(sculpt, truth)
    out["yaw"] = yaw_error(ours, mesh.faces, theirs, truth.faces)
    return {name: round(value, 4) for name, value in out.items()}


def yaw_error(ours: NDArray[np.float64], faces: I32, theirs: NDArray[np.float64], true_faces: I32) -> float:
    """Degrees, 0..180 in steps of 10: the least turn about the vertical that brings the IoU within TIE of the best."""
    mine, ious = solid(ours, faces), []
    for k in range(YAWS):
        angle = 2 * np.pi * k / YAWS
        cos, sin = np.cos(angle), np.sin(angle)
        turned = theirs @ np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])
        ious.append(overlap(mine, solid(centred(turned), true_faces)))
    good = np.flatnonzero(np.array(ious) >= TIE * max(ious))
    return float(np.minimum(good, YAWS - good).min() * 360 / YAWS)


def around(ours: NDArray[np.float64], faces: I32, theirs: NDArray[np.float64], true_faces: I32) -> float:
    """Mean IoU of orthographic silhouettes of two meshes from ROUND sides, PITCH degrees above the ground."""
    pitch, out = np.radians(PITCH), []
    for k in range(ROUND):
        yaw = 2 * np.pi * k / ROUND
        right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
        back = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
        scale = SIDE / 2.0  # a cube of side 1 is sqrt(3) across
        camera = np.zeros((3, 4))
        camera[0, :3], camera[1, :3], camera[:, 3] = (
            scale * right,
            -scale * np.cross(back, right),
            (SIDE / 2,) * 2 + (1,),
        )
        one, two = (silhouette(camera, p, f, SIDE, SIDE) for p, f in ((ours, faces), (theirs, true_faces)))
        out.append(overlap(one, two))
    return float(np.mean(out))


def shot_iou(shot: Shot, positions: NDArray[np.floating], faces: I32) -> float:
    """IoU of the mesh's silhouette in a picture with the picture's own mask. `positions` as the shot has them."""
    mask = shot.rgba[..., 3] >= 128
    return overlap(silhouette(shot.matrix, positions, faces, *mask.shape), mask)


def silhouette(
    matrix: NDArray[np.float64], positions: NDArray[np.floating], faces: I32, height: int, width: int
) -> NDArray[np.bool_]:
    """(height, width) whether a mesh covers a pixel's centre, under a (3, 4) camera; empty if it reaches behind it."""
    from toolchain.raster import outline

    seen = positions.astype(np.float64) @ matrix[:, :3].T + matrix[:, 3]
    if not (seen[:, 2] > 0).all():
        return np.zeros((height, width), np.bool_)
    faces = np.ascontiguousarray(faces, np.int32)
    return outline(seen[:, :2] / seen[:, 2:], faces, height, width)
