"""Tangents: analytic cases, and Blender where DROPFORGE_BPY names an interpreter that has bpy."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from toolchain.asset import Mesh
from toolchain.bake.tangents import add_tangents
from validators.mikktspace import corner_tangents


def grid(n: int, uv_turn: float = 0.0, mirror: bool = False) -> Mesh:
    """An n x n quad plane in XY facing +Z; UVs turned by `uv_turn`, or folded over x = 0."""
    x, y = (a.reshape(-1) for a in np.meshgrid(np.linspace(-1, 1, n + 1), np.linspace(-1, 1, n + 1)))
    positions = np.stack((x, y, 0 * x), 1).astype(np.float32)
    i = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).reshape(-1)
    faces = np.concatenate((np.stack((i, i + 1, i + n + 2), 1), np.stack((i, i + n + 2, i + n + 1), 1)))
    flat = np.stack((np.abs(x) if mirror else x, y), 1)
    c, s = np.cos(uv_turn), np.sin(uv_turn)
    normals = np.tile(np.float32([0, 0, 1]), (len(x), 1))
    uv = flat @ np.array([[c, s], [-s, c]]) * 0.3 + 0.5
    return Mesh(positions, faces.astype(np.int32), normals, uv.astype(np.float32))


@pytest.mark.parametrize("turn", [0.0, 0.4, 2.0, -3.0])
def test_plane_follows_its_uvs(turn: float) -> None:
    made = add_tangents(grid(4, turn))
    assert made.tangents is not None and len(made.positions) == 25
    np.testing.assert_allclose(made.tangents, np.tile([np.cos(turn), -np.sin(turn), 0, 1], (25, 1)), atol=1e-6)


def test_mirrored_halves_split_on_the_line_alone() -> None:
    mesh = grid(4, mirror=True)
    made = add_tangents(mesh)
    assert made.tangents is not None and len(made.positions) == 25 + 5
    np.testing.assert_array_equal(made.positions[made.faces], mesh.positions[mesh.faces])
    centre = made.positions[made.faces].mean(axis=1)[:, 0]
    for side, sign in ((centre > 0, 1), (centre < 0, -1)):
        frames = made.tangents[made.faces[side]].reshape(-1, 4)
        np.testing.assert_allclose(frames, np.tile([sign, 0, 0, sign], (len(frames), 1)), atol=1e-6)


def test_sphere_frames_are_orthonormal_and_run_east() -> None:
    u, v = (a.reshape(-1) for a in np.meshgrid(np.linspace(0, 1, 49), np.linspace(0.1, 0.9, 25)))
    a, b = 2 * np.pi * u, np.pi * (v - 0.5)
    points = np.stack((np.sin(a) * np.cos(b), np.sin(b), np.cos(a) * np.cos(b)), 1).astype(np.float32)
    i = (np.arange(24)[:, None] * 49 + np.arange(48)).reshape(-1)
    faces = np.concatenate((np.stack((i, i + 1, i + 50), 1), np.stack((i, i + 50, i + 49), 1))).astype(np.int32)
    made = add_tangents(Mesh(points, faces, points, np.stack((u, v), 1).astype(np.float32)))
    t = made.tangents
    assert t is not None and (t[:, 3] == 1).all()
    np.testing.assert_allclose((t[:, :3] * points).sum(1), 0, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(t[:, :3], axis=1), 1, atol=1e-5)
    inner = (u > 0.01) & (u < 0.99)  # the seam's vertices see one side only, as in the reference
    east = np.stack((np.cos(a), 0 * a, -np.sin(a)), 1)
    assert np.degrees(np.arccos(np.clip((t[:, :3] * east).sum(1)[inner], -1, 1))).max() < 0.5


def test_lightmap_splits_do_not_change_the_frames() -> None:
    mesh = grid(3, 0.3)
    loose = Mesh(
        mesh.positions[mesh.faces].reshape(-1, 3),
        np.arange(54, dtype=np.int32).reshape(-1, 3),
        mesh.normals[mesh.faces].reshape(-1, 3),
        mesh.uv[mesh.faces].reshape(-1, 2),
    )  # type: ignore[index]
    whole, split = add_tangents(mesh), add_tangents(loose)
    np.testing.assert_allclose(whole.tangents[whole.faces], split.tangents[split.faces], atol=1e-6)  # type: ignore[index]


def test_degenerate_uvs_and_triangles_still_get_a_frame() -> None:
    mesh = grid(3)
    uv = mesh.uv.copy()  # type: ignore[union-attr]
    uv[:6] = 0.5  # two rows of vertices on one UV point
    faces = np.concatenate((mesh.faces, [[0, 0, 1], [2, 3, 3]])).astype(np.int32)
    made = add_tangents(Mesh(mesh.positions, faces, mesh.normals, uv))
    assert made.tangents is not None and np.isfinite(made.tangents).all()
    np.testing.assert_allclose(np.linalg.norm(made.tangents[:, :3], axis=1), 1, atol=1e-5)
    np.testing.assert_allclose((made.tangents[:, :3] * made.normals).sum(1), 0, atol=1e-5)
    assert set(np.unique(made.tangents[:, 3])) <= {-1.0, 1.0}


def test_no_uv_is_refused() -> None:
    with pytest.raises(ValueError, match="need normals and UVs"):
        add_tangents(Mesh(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32)))


ORACLE = """
import sys, bpy, numpy as np
d = np.load(sys.argv[1]); P, F, N, U = (d[k] for k in "PFNU")
me = bpy.data.meshes.new("m"); me.from_pydata(P[F.reshape(-1)].tolist(), [], np.arange(F.size).reshape(-1, 3).tolist())
me.uv_layers.new(name="UVMap").data.foreach_set("uv", U[F.reshape(-1)].ravel())
me.attributes.new("custom_normal", "FLOAT_VECTOR", "CORNER").data.foreach_set("vector", N[F.reshape(-1)].ravel())
me.update(); me.calc_tangents(uvmap="UVMap")
t, s = np.zeros(F.size * 3, np.float32), np.zeros(F.size, np.float32)
me.loops.foreach_get("tangent", t); me.loops.foreach_get("bitangent_sign", s)
np.save(sys.argv[2], np.c_[t.reshape(-1, 3), s])
"""


def test_against_blender(tmp_path: Path) -> None:
    """Random UVs on a bumpy sheet: every rule of grouping is met somewhere."""
    oracle = os.environ.get("DROPFORGE_BPY")
    if not oracle:
        pytest.skip("DROPFORGE_BPY names no interpreter with bpy")
    rng, mesh = np.random.default_rng(0), grid(20)
    points = (mesh.positions + rng.normal(0, 0.02, mesh.positions.shape)).astype(np.float32)
    normals = mesh.normals + rng.normal(0, 0.2, points.shape)  # type: ignore[operator]
    normals = (normals / np.linalg.norm(normals, axis=1, keepdims=True)).astype(np.float32)
    uv = (mesh.uv + rng.normal(0, 0.02, mesh.uv.shape)).astype(np.float32)  # type: ignore[operator,union-attr]
    np.savez(tmp_path / "in.npz", P=points, F=mesh.faces, N=normals, U=uv)
    subprocess.run([oracle, "-c", ORACLE, tmp_path / "in.npz", tmp_path / "out.npy"], check=True, capture_output=True)
    theirs = np.load(tmp_path / "out.npy")
    _, ours = corner_tangents(points, mesh.faces, normals, uv)
    np.testing.assert_array_equal(ours[:, 3], theirs[:, 3])
    assert np.degrees(np.linalg.norm(ours[:, :3] - theirs[:, :3], axis=1)).max() < 0.05
