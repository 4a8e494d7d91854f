"""Training-set props as a set with ground truth, drawn by embree: six views and a three-quarter one.

Which props: those of the packs kept back for validation, spread over the packs and then evenly by name, so that the
choice says nothing about how they come out. Light as in the evaluation set: white from all around, and a soft sun from
the camera's upper left.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SIDE, FINE = 384, 3  # pixels; samples a pixel along each axis
WIDE, FOV = 1.1, 30.0
#: Turns of the camera about the upright, degrees; left is the prop's own left.
YAWS = {"front": 0.0, "back": 180.0, "left": 90.0, "right": -90.0}


def chosen(train: Path, count: int, split: str = "val") -> list[dict[str, Any]]:
    """Index entries of `count` whole, one-piece-in-the-world props of a split, packs in turn."""
    entries = json.loads((train / "index.json").read_text())
    packs: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        if entry["split"] == split and entry["class"] == "prop" and not entry["licence"].startswith("CC-BY"):
            packs.setdefault(entry["pack"], []).append(entry)
    out: list[dict[str, Any]] = []
    for i, pack in enumerate(sorted(packs)):
        share = (count - len(out)) // (len(packs) - i)
        have = sorted(packs[pack], key=lambda entry: entry["id"])
        out += [have[k] for k in np.unique(np.linspace(0, len(have) - 1, min(share, len(have))).round().astype(int))]
    return out


def write_set(train: Path, folder: Path, count: int = 60, split: str = "val") -> None:
    """The chosen props under `folder`, in the layout that `dropforge eval` reads."""
    for entry in chosen(train, count, split):
        with np.load(train / entry["shard"]) as shard:
            i = entry["row"]
            v, t = shard["vert_offset"][i : i + 2], shard["tri_offset"][i : i + 2]
            positions = shard["positions"][v[0] : v[1]].astype(np.float32) / 65534
            faces = shard["triangles"][t[0] : t[1]].astype(np.int32)
            colours = shard["colours"][t[0] : t[1]]
        write_prop(folder / entry["id"].replace("/", "__"), positions, faces, colours)


def write_prop(folder: Path, positions: np.ndarray, faces: np.ndarray, colours: np.ndarray) -> None:
    """One prop: (V, 3) centred with longest side 1, (F, 3), (F, 3) sRGB bytes of each face."""
    folder.mkdir(parents=True)
    cameras = _cameras(positions, folder.name)
    for name, camera in cameras.items():
        Image.fromarray(_picture(positions, faces, colours, camera)).save(folder / f"{name}.png", compress_level=1)
    (folder / "meta.json").write_text(json.dumps({"views": cameras}))
    corners = np.zeros(3 * len(faces), [("p", "<f4", 3), ("c", "u1", 3)])
    corners["p"], corners["c"] = positions[faces].reshape(-1, 3), np.repeat(colours, 3, axis=0)
    polygons = np.zeros(len(faces), [("n", "u1"), ("i", "<i4", 3)])
    polygons["n"], polygons["i"] = 3, np.arange(3 * len(faces)).reshape(-1, 3)
    head = ["ply", "format binary_little_endian 1.0", f"element vertex {len(corners)}"]
    head += [f"property float {axis}" for axis in "xyz"] + [f"property uchar {c}" for c in ("red", "green", "blue")]
    head += [f"element face {len(faces)}", "property list uchar int vertex_indices", "end_header", ""]
    (folder / "gt.ply").write_bytes("\n".join(head).encode() + corners.tobytes() + polygons.tobytes())


def _cameras(positions: np.ndarray, name: str) -> dict[str, Any]:
    random = np.random.default_rng(zlib.crc32(name.encode()))
    out = {}
    for view, yaw in YAWS.items():
        out[view] = _camera(yaw, 0.0, 3.0) | {"type": "orthographic", "ortho_width": WIDE}
    for view, pitch in (("top", 90.0), ("bottom", -90.0)):
        out[view] = _camera(0.0, pitch, 3.0) | {"type": "orthographic", "ortho_width": WIDE}
    yaw, pitch = random.uniform(30, 45) * random.choice((-1, 1)), random.uniform(15, 20)
    radius = float(np.linalg.norm(positions, axis=1).max())
    distance = 1.05 * radius / np.sin(np.radians(FOV) / 2)
    out["three_quarter"] = _camera(yaw, pitch, distance) | {"type": "perspective", "fov_deg": FOV}
    return out


def _camera(yaw_deg: float, pitch_deg: float, distance: float) -> dict[str, Any]:
    yaw, pitch = np.radians([yaw_deg, pitch_deg])
    right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
    back = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
    matrix = np.eye(4)
    matrix[:3] = np.stack([right, np.cross(back, right), back, back * distance], axis=1)
    return {"camera_to_world": matrix.round(9).tolist()}


def _picture(positions: np.ndarray, faces: np.ndarray, colours: np.ndarray, camera: dict[str, Any]) -> np.ndarray:
    from embreex import rtcore_scene
    from embreex.mesh_construction import TriangleMesh

    from toolchain.srgb import srgb, srgb_to_linear

    world = np.array(camera["camera_to_world"])
    right, up, back, eye = world[:3].T
    steps = ((np.arange(SIDE * FINE) + 0.5) / (SIDE * FINE) - 0.5).astype(np.float32)
    x, y = (a[..., None] for a in np.meshgrid(steps, -steps))
    if camera["type"] == "orthographic":
        origins = eye + (x * right + y * up) * camera["ortho_width"]
        ways = np.broadcast_to(-back, origins.shape)
    else:
        ways = -back + (x * right + y * up) * 2 * np.tan(np.radians(camera["fov_deg"]) / 2)
        ways /= np.linalg.norm(ways, axis=-1, keepdims=True)
        origins = np.broadcast_to(eye, ways.shape)
    scene = rtcore_scene.EmbreeScene()
    TriangleMesh(scene, positions.astype(np.float32), faces.astype(np.int32))
    face = scene.run(origins.reshape(-1, 3).astype(np.float32), ways.reshape(-1, 3).astype(np.float32))
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    normals *= np.where(normals @ back < 0, -1, 1)[:, None]  # a sheet is lit on the side that is seen
    sun = -0.4 * right + 0.6 * up + 0.7 * back
    light = 0.75 + 0.35 * np.clip(normals @ (sun / np.linalg.norm(sun)), 0, 1)
    shade = srgb_to_linear(colours) * light[:, None]
    samples = np.zeros((len(face), 4))
    hit = face >= 0
    samples[hit, :3], samples[hit, 3] = np.clip(shade[face[hit]], 0, 1), 1
    mean = samples.reshape(SIDE, FINE, SIDE, FINE, 4).mean(axis=(1, 3))
    rgb = srgb((mean[..., :3] / np.maximum(mean[..., 3:], 1e-6)).astype(np.float32))
    return np.round(np.dstack((rgb, mean[..., 3])) * 255).astype(np.uint8)
