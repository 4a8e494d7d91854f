"""What the remote tests share: a small model, pictures, and each service as a case."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from tests.toolchain.generate.remote import contracts
from toolchain.asset import Reference, View

KEY = "key-0123456789/SECRET-abcdef"
#: x -0.5..0.5, y 0..2, z -0.25..1: each side has a length of its own, so that a wrong axis shows.
LOW, HIGH = (-0.5, 0.0, -0.25), (0.5, 2.0, 1.0)


def box_glb() -> bytes:
    """A textured box as a GLB, its base colour a 2 by 2 picture."""
    corner = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
    points = (np.array(LOW) + corner * (np.array(HIGH) - np.array(LOW))).astype(np.float32)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.uint16)
    uv = corner[:, :2].copy()
    buffer = io.BytesIO()
    Image.fromarray(np.array([[[200, 40, 40], [40, 200, 40]], [[40, 40, 200], [200, 200, 40]]], np.uint8)).save(
        buffer, "PNG"
    )
    parts = [points.tobytes(), uv.tobytes(), faces.tobytes(), buffer.getvalue()]
    views, blob = [], b""
    for part in parts:
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": len(part)})
        blob += part + b"\0" * (-len(part) % 4)
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}]}],
        "materials": [{"name": "Material", "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}],
        "images": [{"bufferView": 3, "mimeType": "image/png"}],
        "buffers": [{"byteLength": len(blob)}],
        "bufferViews": views,
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3", "min": list(LOW), "max": list(HIGH)},
            {"bufferView": 1, "componentType": 5126, "count": 8, "type": "VEC2"},
            {"bufferView": 2, "componentType": 5123, "count": faces.size, "type": "SCALAR"},
        ],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    whole = 12 + 8 + len(text) + 8 + len(blob)
    head = struct.pack("<4sII", b"glTF", 2, whole) + struct.pack("<I4s", len(text), b"JSON")
    return head + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob


def view(name: str, shade: int = 120, size: tuple[int, int] = (40, 30)) -> View:
    rgba = np.zeros((*size, 4), np.uint8)
    rgba[8:-8, 9:-9] = (shade, 90, 60, 255)  # as the box looks from the front: twice as tall as wide
    return View(name, rgba, "given", f"{name}.png")


def pictures(*names: str) -> Reference:
    return Reference(tuple(view(name, 60 + 20 * i) for i, name in enumerate(names)))


@dataclass(frozen=True)
class Case:
    """One service in one of its ways of asking."""

    name: str
    contract: type[contracts.Contract]
    views: tuple[str, ...] = ("single",)
    options: dict[str, Any] = field(default_factory=dict)
    path: str = ""  # that the request must go to
    label: str = ""

    def __str__(self) -> str:
        return self.label or self.name


SEVERAL = ("back", "front", "left")
#: One a service: the whole suite runs on these.
SERVICES = (
    Case("meshy", contracts.Meshy, path="/openapi/v1/image-to-3d"),
    Case("tripo", contracts.Tripo, path="/v3/generation/image-to-model"),
    Case("hunyuan", contracts.Hunyuan, path="/"),
    Case("rodin", contracts.Rodin, path="/api/v2/rodin"),
    Case("stability", contracts.Stability, path="/v2beta/3d/stable-point-aware-3d"),
    Case("fal", contracts.Fal, path="/fal-ai/trellis-2"),
    Case("replicate", contracts.Replicate, path="/v1/predictions"),
)
#: Their other ways of asking: these must succeed.
WAYS = (
    Case("meshy", contracts.Meshy, SEVERAL, path="/openapi/v1/multi-image-to-3d", label="meshy-multi"),
    Case("meshy", contracts.Meshy, SEVERAL, {"model_type": "smart-topology"}, "/openapi/v1/image-to-3d", "meshy-smart"),
    Case("tripo", contracts.Tripo, SEVERAL, path="/v3/generation/multiview-to-model", label="tripo-multi"),
    Case("hunyuan", contracts.Hunyuan, (*SEVERAL, "top"), path="/", label="hunyuan-multi"),
    Case("rodin", contracts.Rodin, SEVERAL, {"quality_override": 5000}, "/api/v2/rodin", "rodin-multi"),
    Case("stability", contracts.Stability, (), {"model": "sf3d"}, "/v2beta/3d/stable-fast-3d", "sf3d"),
    Case("fal", contracts.Fal, SEVERAL, {"model": "fal-ai/trellis/multi"}, "/fal-ai/trellis/multi", "fal-multi"),
    Case(
        "replicate", contracts.Replicate, (), {"model": "some/model", "picture_field": "image"},
        "/v1/models/some/model/predictions", "replicate-official",
    ),
)  # fmt: skip
