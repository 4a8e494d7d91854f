"""The raw Sculpt as a GLB: canonical axes, metres, a colour a vertex. What `--until generate` leaves behind."""

from __future__ import annotations

import numpy as np

from toolchain.asset import Sculpt
from toolchain.export.glb import GENERATOR
from toolchain.export.glb_buffer import Buffer


def write_sculpt_glb(sculpt: Sculpt) -> bytes:
    """GLB with POSITION, NORMAL where known, COLOR_0 (linear, as glTF 3.7.2.1 wants it, in normalised uint16)
    and `_EVIDENCE` (uint8: 0 seen, 1 mirrored, 2 learned, 3 guessed). Indices are uint32.

    Raises ValueError for an empty mesh, numbers that are not finite or streams of unequal length.
    """
    import pygltflib as gl

    mesh, count = sculpt.mesh, len(sculpt.mesh.positions)
    if not count or not len(mesh.faces) or mesh.faces.min() < 0 or mesh.faces.max() >= count:
        raise ValueError("the sculpt is empty or a face asks for a vertex that is not there")
    if len(sculpt.colour) != count or len(sculpt.evidence) != count:
        raise ValueError("the sculpt needs one colour and one evidence a vertex")
    if not (np.isfinite(mesh.positions).all() and np.isfinite(sculpt.colour).all()):
        raise ValueError("the sculpt holds a number that is not finite")
    document = gl.GLTF2(asset=gl.Asset(version="2.0", generator=GENERATOR))
    buffer = Buffer(document)
    streams = {"POSITION": buffer.attribute(mesh.positions.astype(np.float32), bounds=True)}
    if mesh.normals is not None:
        streams["NORMAL"] = buffer.attribute(mesh.normals.astype(np.float32))
    colour = np.full((count, 4), 65535, np.uint16)  # alpha keeps each row at 8 bytes
    colour[:, :3] = np.round(np.clip(sculpt.colour, 0.0, 1.0) * 65535.0)
    streams["COLOR_0"] = buffer.attribute(colour, normalized=True)
    streams["_EVIDENCE"] = buffer.attribute(sculpt.evidence.astype(np.uint8))
    document.materials.append(
        gl.Material(
            name="sculpt", pbrMetallicRoughness=gl.PbrMetallicRoughness(metallicFactor=0.0, roughnessFactor=1.0)
        )
    )
    primitive = gl.Primitive(
        attributes=gl.Attributes(**streams), indices=buffer.indices(mesh.faces, count, wide=True), material=0, mode=4
    )
    document.meshes.append(gl.Mesh(name="sculpt", primitives=[primitive]))
    document.nodes.append(
        gl.Node(
            name="sculpt",
            mesh=0,
            extras={
                "generator": sculpt.generator,
                "rung": sculpt.rung,
                "reason": sculpt.reason,
                "size_source": sculpt.size_source,
                "size_m": [round(float(s), 6) for s in mesh.size],
            },
        )
    )
    document.scenes, document.scene = [gl.Scene(name="sculpt", nodes=[0])], 0
    return buffer.glb()
