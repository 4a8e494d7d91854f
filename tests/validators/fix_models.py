"""Files with one fault each that a fix mends, and the clean files they come from."""

from __future__ import annotations

import numpy as np

from tests.validators.factory import STEPS, cube
from tests.validators.readers.fbx_maker import Fbx, Int64, props, rec
from tests.validators.readers.glb_maker import Glb


def glb_cube(glb: Glb, name: str, move: tuple[float, float, float] = (0, 0, 0), steps: int = STEPS[-1]) -> int:
    """A cube of a metre with normals, UVs and a material, as a node."""
    mesh = cube(name, steps, 1.0)
    points = (mesh.points[mesh.corner_point] + move).astype(np.float32)
    assert mesh.normals is not None
    uv = np.stack((mesh.uvs[0][:, 0], 1 - mesh.uvs[0][:, 1]), axis=1)
    attributes = {
        "POSITION": glb.accessor(points, min=points.min(axis=0).tolist(), max=points.max(axis=0).tolist()),
        "NORMAL": glb.accessor(mesh.normals.astype(np.float32)),
        "TEXCOORD_0": glb.accessor(uv.astype(np.float32)),
    }
    if not glb.json.get("materials"):
        glb.add("materials", {"name": "M_Crate"})
    primitive = {
        "attributes": attributes,
        "indices": glb.accessor(np.arange(len(points), dtype=np.uint16)),
        "material": 0,
    }
    return glb.node(name=name, mesh=glb.mesh(primitive, name=name))


def fbx_cube(unit: float = 1.0, name: str = "Crate") -> Fbx:
    """A cube of a metre in `unit` centimetres, Y up, with a material and a texture under an absolute path."""
    made = Fbx(unit)
    mesh = cube(name, 1, 100.0 / unit)
    flat = mesh.corner_point.copy()
    flat[2::3] = ~flat[2::3]
    geometry = made.geometry(
        name, corners=tuple(flat.tolist()), points=mesh.points, smoothing=False, materials=(0,) * 12
    )
    node = made.model(name, 0, "Mesh", geometry, ("Lcl Translation", "Lcl Translation", "", "A", 2.0 / unit, 0.0, 0.0))
    made.link(made.material("M_Crate", DiffuseColor=("T_Base.png", "C:\\art\\T_Base.png", b"")), node)
    return made


def with_camera(made: Fbx) -> Fbx:
    """It holds a camera: something whose lengths are not turned."""
    made.objects.append(
        rec("NodeAttribute", Int64(7), "cam\x00\x01NodeAttribute", "Camera", children=[rec("Version", 1), props()])
    )
    return made
