"""Writing an FBX of four levels of 10,000 triangles, and trimesh's GLB of the same meshes as a peer.

No permissive peer writes FBX; the GLB writer moves the same arrays, so it shows what the format itself
costs: FBX holds doubles a corner, deflated, with tangents and binormals, where GLB holds floats a vertex, plain.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.letter_model import letter_model
from toolchain.asset import Mesh
from toolchain.export.fbx import write_fbx
from toolchain.export.model import Model


def rough_ball(triangles: int) -> Mesh:
    """A closed ball of noise with a UV seam, smooth normals, tangents and two slots."""
    side = int(np.sqrt(triangles / 2))
    u, v = np.meshgrid(np.linspace(0, 1, side + 1), np.linspace(0.01, 0.99, side + 1), indexing="ij")
    radius = 1.0 + 0.05 * np.random.default_rng(0).standard_normal(u.shape)
    radius[-1] = radius[0]
    across, down = u * 2.0 * np.pi, v * np.pi
    normals = np.stack((np.sin(down) * np.cos(across), np.cos(down), np.sin(down) * np.sin(across)), -1)
    tangents = np.stack((-np.sin(across), 0 * across, np.cos(across), np.ones_like(u)), -1)
    a = np.arange(side)[:, None] * (side + 1) + np.arange(side)
    faces = np.stack((a, a + 1, a + side + 2, a, a + side + 2, a + side + 1), -1).reshape(-1, 3)

    def flat(values: np.ndarray) -> np.ndarray:
        return values.reshape(len(u) ** 2, -1).astype(np.float32)

    uv = flat(np.stack((u, v), -1))
    return Mesh(
        flat(normals * radius[..., None]),
        faces.astype(np.int32),
        flat(normals),
        uv,
        uv * np.float32(0.9),
        flat(tangents),
        (np.arange(len(faces)) % 2).astype(np.int32),
    )


@pytest.fixture(scope="module")
def model() -> Model:
    ball = rough_ball(10_000)
    letter = letter_model("unreal", levels=4)
    return replace(letter, meshes=tuple(replace(item, mesh=ball) for item in letter.meshes))


def test_fbx_four_levels_of_10k(benchmark: Any, model: Model) -> None:
    data = benchmark(write_fbx, model)
    benchmark.extra_info["megabytes"] = len(data) / 1e6


def test_peer_trimesh_glb_four_levels_of_10k(benchmark: Any, model: Model) -> None:
    import trimesh

    def export() -> bytes:
        scene = trimesh.Scene()
        for item in model.meshes:
            mesh = item.mesh
            scene.add_geometry(
                trimesh.Trimesh(
                    mesh.positions,
                    mesh.faces,
                    vertex_normals=mesh.normals,
                    process=False,
                    visual=trimesh.visual.TextureVisuals(uv=mesh.uv),
                ),
                node_name=item.name,
            )
        return trimesh.exchange.gltf.export_glb(scene, include_normals=True)

    data = benchmark(export)
    benchmark.extra_info["megabytes"] = len(data) / 1e6
