"""A sculpt of one picture by what was learned of game props."""

from __future__ import annotations

from typing import Any

from toolchain.asset import Mesh, Sculpt
from toolchain.generate.evidence import outline_iou
from toolchain.generate.learned.camera import degrees, place
from toolchain.generate.learned.colour import colours
from toolchain.generate.learned.field import field_of, pixel_matrix
from toolchain.generate.learned.prior import RUNG, Answer
from toolchain.generate.mesher import surface, vertex_normals
from toolchain.generate.sight import Camera
from toolchain.generate.views import Picture
from toolchain.stage import Progress


def build(answer: Answer, picture: Picture, resolution: int, smooth: int, progress: Progress) -> Sculpt:
    """The Sculpt, in a box about the origin with sides of about 1. `resolution` voxels along its longest side."""
    progress(0.2, "shaping")
    field, grid = field_of(answer, picture, resolution)
    progress(0.4, "meshing")
    positions, faces = surface(field, grid, smooth)
    normals = vertex_normals(positions, faces)
    progress(0.6, "colouring")
    camera = Camera(picture, pixel_matrix(answer.pose, picture), answer.pose.eye())
    colour, evidence = colours(camera, positions, faces, normals, grid.step)
    notes: dict[str, Any] = {
        "resolution": resolution,
        "pose": degrees(answer.pose),
        "sure": round(answer.sure, 3),
        "fills": answer.fills,
        "silhouette_iou": {picture.name: outline_iou(picture, camera.pixels(positions), faces)},
    }
    return Sculpt(
        Mesh(positions, faces, normals),
        colour,
        evidence,
        "embedded",
        RUNG,
        f"The picture was read as taken from {place(answer.pose)}; "
        "what it does not show was completed as other props are.",
        "",
        notes,
        shots=(camera.shot(),),
    )
