"""The letter F as files that an artist might drop: textured, in each format, spelled here."""

from __future__ import annotations

import io

import numpy as np

from tests.letter_f import letter_f
from tests.validators.readers.glb_maker import Glb
from toolchain.asset import Mesh

SIDE = 64
PAINT, STEEL = "Red paint", "Steel.001"
STEEL_LOOK = {"baseColorFactor": [0.2, 0.3, 0.4, 1.0], "metallicFactor": 1.0, "roughnessFactor": 0.25}


def png(pixels: np.ndarray) -> bytes:
    """An image file of (H, W) or (H, W, C) uint8."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def maps() -> dict[str, np.ndarray]:
    """Smooth pictures of SIDE: albedo, orm (occlusion, roughness, metal) and an OpenGL normal map of waves."""
    x, y = np.meshgrid((np.arange(SIDE) + 0.5) / SIDE, (np.arange(SIDE) + 0.5) / SIDE)
    up = 1 - y
    a, k = 0.02, 6 * np.pi
    slope = -a * k * np.stack((np.cos(k * x) * np.sin(k * up), np.sin(k * x) * np.cos(k * up)), -1)
    normal = np.concatenate((slope, np.ones((SIDE, SIDE, 1))), axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    orm = np.stack((0.5 + 0.5 * y, 0.2 + 0.6 * x, 0.5 + 0.5 * np.sin(6 * y)), -1)
    albedo = np.stack((0.2 + 0.7 * x, 0.2 + 0.7 * y, 0.5 + 0 * x), -1)
    held = {"albedo": albedo, "orm": orm, "normal": normal * 0.5 + 0.5}
    return {name: np.round(values * 255).astype(np.uint8) for name, values in held.items()}


def letter_glb(mesh: Mesh | None = None, **node: object) -> Glb:
    """The F in glTF: slot 0 with all its maps, slot 1 by numbers alone. `node`: a transform."""
    f = letter_f() if mesh is None else mesh
    assert f.uv is not None and f.normals is not None and f.slots is not None
    glb, pictures = Glb(), maps()
    images = {}
    for name, pixels in pictures.items():
        view = glb.view(png(pixels))
        images[name] = {"index": len(glb.json.get("textures", []))}
        glb.json.setdefault("images", []).append({"bufferView": view, "mimeType": "image/png"})
        glb.json.setdefault("textures", []).append({"source": len(glb.json["images"]) - 1})
    glb.json["materials"] = [
        {
            "name": PAINT,
            "pbrMetallicRoughness": {"baseColorTexture": images["albedo"], "metallicRoughnessTexture": images["orm"]},
            "normalTexture": images["normal"],
            "occlusionTexture": images["orm"],
        },
        {"name": STEEL, "pbrMetallicRoughness": dict(STEEL_LOOK), "emissiveFactor": [0.0, 0.5, 1.0]},
    ]
    attributes = {
        "POSITION": glb.accessor(f.positions),
        "NORMAL": glb.accessor(f.normals),
        "TEXCOORD_0": glb.accessor(np.stack((f.uv[:, 0], 1 - f.uv[:, 1]), 1).astype(np.float32)),
    }
    primitives = [
        {
            "attributes": attributes,
            "indices": glb.accessor(f.faces[f.slots == slot].astype(np.uint32).reshape(-1)),
            "material": slot,
        }
        for slot in (0, 1)
    ]
    glb.json["meshes"] = [{"primitives": primitives}]
    glb.json["nodes"] = [{"mesh": 0, **node}]
    glb.json["scenes"] = [{"nodes": [0]}]
    return glb


def letter_obj(library: str = "letter.mtl") -> tuple[bytes, dict[str, bytes]]:
    """The F as OBJ with quads kept as triangles, and its MTL and textures by relative path."""
    f, pictures = letter_f(), maps()
    assert f.uv is not None and f.normals is not None and f.slots is not None
    lines = ["# an F", f"mtllib {library}"]
    lines += [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in f.positions]
    lines += [f"vt {u:.6f} {v:.6f}" for u, v in f.uv]
    lines += [f"vn {x:.4f} {y:.4f} {z:.4f}" for x, y, z in f.normals]
    for slot, name in enumerate((PAINT, STEEL)):
        lines.append(f"usemtl {name}")
        lines += ["f " + " ".join(f"{i}/{i}/{i}" for i in face) for face in f.faces[f.slots == slot] + 1]
    mtl = (
        f"newmtl {PAINT}\nKd 0 0 0\nmap_Kd -s 1 1 1 tex\\colour map.png\nmap_Pr tex/rough.png\nnorm -bm 1 normal.png\n"
        f"newmtl {STEEL}\nKd 0.2 0.3 0.4\nPr 0.25\nPm 1\n"
    )
    files = {
        "letter.mtl": mtl.encode(),
        "tex/colour map.png": png(pictures["albedo"]),
        "tex/rough.png": png(np.ascontiguousarray(pictures["orm"][..., 1])),
        "normal.png": png(pictures["normal"]),
    }
    return "\n".join(lines).encode(), files


def letter_ply(form: str = "binary_little_endian") -> bytes:
    """The F as PLY with colours: red where x is small, green where it is large."""
    f = letter_f()
    rows = np.unique(f.positions, axis=0)
    index = np.array([np.flatnonzero((rows == p).all(axis=1))[0] for p in f.positions])[f.faces]
    colour = np.where(rows[:, :1] < 0, (255, 0, 0), (0, 255, 0)).astype(np.uint8)
    header = (
        f"ply\nformat {form} 1.0\ncomment an F\nelement vertex {len(rows)}\nproperty float x\nproperty float y\n"
        "property float z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\n"
        f"element face {len(index)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    if form == "ascii":
        text = [f"{x} {y} {z} {r} {g} {b}" for (x, y, z), (r, g, b) in zip(rows, colour, strict=True)]
        text += [f"3 {a} {b} {c}" for a, b, c in index]
        return header.encode() + "\n".join(text).encode() + b"\n"
    order = "<" if form == "binary_little_endian" else ">"
    body = np.zeros(len(rows), [("p", f"{order}f4", 3), ("c", "u1", 3)])
    body["p"], body["c"] = rows, colour
    faces = np.zeros(len(index), [("n", "u1"), ("i", f"{order}i4", 3)])
    faces["n"], faces["i"] = 3, index
    return header.encode() + body.tobytes() + faces.tobytes()
