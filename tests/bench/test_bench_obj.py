"""An OBJ of 80,000 triangles with UVs and normals; trimesh's exchange reader, from the same bytes, as a peer."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from tests.toolchain.bake.shapes import plane
from validators.readers.obj_scan import count, scan


@pytest.fixture(scope="module")
def text() -> bytes:
    mesh = plane(200, lambda x, y: 0.1 * np.sin(9 * x) * np.cos(7 * y))
    assert mesh.uv is not None and mesh.normals is not None
    out = io.BytesIO()
    for word, values in (("v", mesh.positions), ("vt", mesh.uv), ("vn", mesh.normals)):
        np.savetxt(out, values, f"{word} " + " ".join(["%.6f"] * values.shape[1]))
    np.savetxt(out, np.repeat(mesh.faces + 1, 3, axis=1), "f %d/%d/%d %d/%d/%d %d/%d/%d")
    return out.getvalue()


@pytest.mark.benchmark(group="obj")
def test_ours(benchmark: Any, text: bytes) -> None:
    def read() -> Any:
        raw = np.frombuffer(text, np.uint8)
        return scan(raw, count(raw))

    points, _, uvs, normals, sizes, corners, _ = benchmark(read)
    assert (len(points), len(uvs), len(normals), len(sizes)) == (40401, 40401, 40401, 80000)
    assert corners.min() == 0 and corners.max() == 40400


@pytest.mark.benchmark(group="obj")
def test_trimesh(benchmark: Any, text: bytes) -> None:
    from trimesh.exchange.obj import load_obj

    def read() -> Any:
        return load_obj(io.StringIO(text.decode()), maintain_order=True, skip_materials=True)

    found = benchmark.pedantic(read, rounds=2)
    faces = found["faces"] if "faces" in found else next(iter(found["geometry"].values()))["faces"]
    assert len(faces) == 80000
