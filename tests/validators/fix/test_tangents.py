"""Missing tangents are added, the ones the writer had left out; where they cannot be known, nothing is changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.validators.factory import profile
from tests.validators.seeded import Files, sound, written
from tests.validators.seeded_faults import drop_attribute, glb
from toolchain.asset import Mesh
from toolchain.bake.tangents import add_tangents
from validators.fix.run import Fixed, fix_file
from validators.read import read


def _mirrored(mesh: Mesh) -> Mesh:
    """UVs folded over the middle of the square, so that vertices on the fold need two frames; tangents made anew."""
    assert mesh.uv is not None
    uv = np.stack((np.abs(mesh.uv[:, 0] - 0.5), mesh.uv[:, 1]), axis=1).astype(np.float32)
    return add_tangents(replace(mesh, uv=uv, tangents=None))


def _fixed(folder: Path, files: Files, engine: str = "portable") -> Fixed:
    name, data = next(iter(files.items()))
    (folder / name).write_bytes(data)
    return fix_file(folder / name, profile(engine))


@pytest.mark.parametrize("mirrored", [False, True])
def test_tangents_that_were_left_out_come_back(mirrored: bool, tmp_path: Path) -> None:
    model = sound("portable", "glb")
    if mirrored:
        model = replace(model, meshes=tuple(replace(m, mesh=_mirrored(m.mesh)) for m in model.meshes))
    files = written(model)
    (tmp_path / "whole.glb").write_bytes(next(iter(files.values())))
    done = _fixed(tmp_path, drop_attribute("TANGENT")(files))
    assert done.written is not None and "tangents made for" in str(done.changes) and not done.left
    assert "tan.present" in {f.code for f in done.before} and "tan.present" not in {f.code for f in done.after}
    meant, made = read(tmp_path / "whole.glb").meshes, read(done.written).meshes
    for a, b in zip(meant, made, strict=True):
        assert a.tangents is not None and b.tangents is not None
        np.testing.assert_array_equal(a.points[a.corner_point], b.points[b.corner_point])
        np.testing.assert_array_equal(a.uvs[0], b.uvs[0])
        np.testing.assert_allclose(a.tangents, b.tangents, atol=2e-3)


def test_a_mesh_without_a_normal_map_gets_none(tmp_path: Path) -> None:
    files = drop_attribute("TANGENT")(written(sound("portable", "glb")))
    files = glb(lambda tree: [m.pop("normalTexture") for m in tree["materials"]])(files)
    assert "tangents" not in str(_fixed(tmp_path, files).changes)


def test_the_normals_they_hang_on_must_be_there(tmp_path: Path) -> None:
    done = _fixed(tmp_path, drop_attribute("NORMAL", "TANGENT")(written(sound("portable", "glb"))))
    assert "Tangents need normals and the UVs" in str(done.left) and "tangents" not in str(done.changes)


def test_a_turned_normal_map_is_left(tmp_path: Path) -> None:
    files = drop_attribute("TANGENT")(written(sound("portable", "glb")))
    turn = {"KHR_texture_transform": {"rotation": 1.0}}
    done = _fixed(
        tmp_path, glb(lambda tree: [m["normalTexture"].update(extensions=turn) for m in tree["materials"]])(files)
    )
    assert "moved or turned" in str(done.left)
