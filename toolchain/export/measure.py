"""What a delivery costs: triangles, vertices, draw calls, bytes, and video memory of its textures."""

from __future__ import annotations

from typing import Any

import numpy as np

from toolchain.asset import Mesh, PackedTexture
from toolchain.export.cost import LAYOUTS, buffer_bytes
from toolchain.export.frame import rotation
from toolchain.export.guard import used_slots
from toolchain.export.model import Model
from toolchain.export.png_header import PngHeader, read_png_header


def measure_model(model: Model) -> dict[str, Any]:
    """By level: triangles, vertices as a GPU holds them, materials, draw calls (one a mesh and material), buffers.

    The buffers' layouts stand in :mod:`cost`.
    `size_m` is LOD0's width, height and depth in metres, whatever the file's axes are.
    """
    levels = []
    for level, items in sorted(model.levels().items()):
        levels.append(
            {
                "level": level,
                "triangles": sum(len(item.mesh.faces) for item in items),
                "vertices": sum(split_vertices(item.mesh) for item in items),
                "materials": len({slot for item in items for slot in used_slots(item.mesh)}),
                "draw_calls": sum(len(used_slots(item.mesh)) for item in items),
                **{
                    f"buffer_bytes_{layout}": sum(
                        buffer_bytes(item.mesh, split_vertices(item.mesh), layout) for item in items
                    )
                    for layout in LAYOUTS
                },
            }
        )
    asked = model.deliverable
    points = np.concatenate([item.mesh.positions for item in model.meshes if item.level == model.meshes[0].level])
    size = np.abs(rotation(asked.up, asked.front).T @ np.ptp(points, axis=0)) * asked.unit_m
    return {
        "levels": levels,
        "hulls": len(model.hulls),
        "hull_kinds": [item.kind for item in model.hulls],
        "hull_triangles": sum(len(item.mesh.faces) for item in model.hulls),
        "size_m": [round(float(s), 6) for s in size],
    }


def split_vertices(mesh: Mesh) -> int:
    """Vertices after splits: those in use, once for each slot that uses them."""
    slots = mesh.slot_of_faces()
    return sum(len(np.unique(mesh.faces[slots == slot])) for slot in used_slots(mesh))


def measure_texture(texture: PackedTexture) -> dict[str, Any]:
    """Size of one image file, and what it takes in video memory with all its mips."""
    header = read_png_header(texture.data, texture.file)
    return {
        "file": texture.file,
        "role": texture.role,
        "width": header.width,
        "height": header.height,
        "channels": header.channels,
        "bits": header.bits,
        "bytes": len(texture.data),
        "raw_bytes": raw_bytes(header),
        "block_bytes": block_bytes(header),
    }


def raw_bytes(header: PngHeader) -> int:
    """Uncompressed, with mips. GPUs have no format of three channels: RGB takes as much as RGBA."""
    texel = {1: 1, 2: 2, 3: 4, 4: 4}[header.channels] * (2 if header.bits == 16 else 1)
    return sum(width * height * texel for width, height in _mips(header))


def block_bytes(header: PngHeader) -> int:
    """Block compressed, with mips: BC4 (8 bytes a 4x4 block) for one channel, BC5 or BC7 (16 bytes) for more."""
    block = 8 if header.channels == 1 else 16
    return sum(-(-width // 4) * -(-height // 4) * block for width, height in _mips(header))


def _mips(header: PngHeader) -> list[tuple[int, int]]:
    levels = max(header.width, header.height).bit_length()
    return [(max(1, header.width >> i), max(1, header.height >> i)) for i in range(levels)]
