"""The GLB writer on 12,288 triangles; peer: trimesh, on geometry alone because it encodes images anew."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.letter_f import letter_f
from tests.letter_model import letter_model
from toolchain.export.glb import write_glb
from toolchain.export.model import Model, ModelMesh


@pytest.fixture(scope="module")
def model() -> Model:
    """One slot with three images of 1024², 3 MB each."""
    from PIL import Image

    noise = np.random.default_rng(0).integers(0, 256, (1024, 1024, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG", compress_level=0)
    made = letter_model("portable", "glb", levels=1)
    first = made.materials[0]
    images = {role: replace(t, data=out.getvalue() + role.encode()) for role, t in first.textures.items()}
    mesh = ModelMesh("Letter", 0, replace(letter_f(4), slots=None))
    return replace(made, meshes=(mesh,), materials=(replace(first, textures=images),))


def test_write_glb_with_textures(benchmark: Any, model: Model) -> None:
    assert len(benchmark(write_glb, model)) > 9_000_000


def test_write_glb(benchmark: Any, model: Model) -> None:
    bare = replace(model, materials=(replace(model.materials[0], textures={}),))
    assert 100_000 < len(benchmark(write_glb, bare)) < 1_000_000


def test_peer_trimesh(benchmark: Any, model: Model) -> None:
    import trimesh
    from trimesh.exchange.gltf import export_glb

    mesh = model.meshes[0].mesh
    visual = trimesh.visual.TextureVisuals(uv=mesh.uv, material=trimesh.visual.material.PBRMaterial())
    peer = trimesh.Trimesh(mesh.positions, mesh.faces, vertex_normals=mesh.normals, visual=visual, process=False)
    assert len(benchmark(export_glb, trimesh.Scene(peer), include_normals=True)) > 100_000
