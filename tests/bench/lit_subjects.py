"""Subjects with known paint from the evaluation data beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.bench.lit import Subject, corner_normals, stand
from toolchain.asset import F32, Mesh
from toolchain.srgb import srgb_to_linear


def evaluation(folder: Path) -> Subject:
    """A prop with the textures it came with."""
    from toolchain.bake.field import interpolate
    from toolchain.intake.models import read_model
    from toolchain.surface.maps import sample

    painted = read_model((folder / "gt.glb").read_bytes(), ".glb", "gt.glb").painted
    mesh, slots = painted.mesh, painted.mesh.slot_of_faces()

    def paint(face: np.ndarray, bary: F32) -> tuple[F32, F32, F32]:
        out = {"albedo": np.ones((len(face), 3), np.float32)}
        out |= {"roughness": np.full((len(face), 1), 0.5, np.float32), "metallic": np.zeros((len(face), 1), np.float32)}
        for i, one in enumerate(painted.paints):
            rows = np.flatnonzero(slots[face] == i)
            for name, values in out.items():
                if name in one.maps and mesh.uv is not None:
                    uv = interpolate(mesh.uv, mesh.faces, face[rows], bary[rows])
                    values[rows] = sample(one.maps[name], uv, srgb=name == "albedo")
                    values[rows] *= np.float32(one.factors.get(name, (1.0,)))
                elif name in one.factors:
                    values[rows] = one.factors[name]
        if painted.colour is not None:
            out["albedo"] *= interpolate(painted.colour, mesh.faces, face, bary)
        return out["albedo"], out["roughness"][:, 0], out["metallic"][:, 0]

    standing = Mesh(stand(mesh.positions), mesh.faces)
    if mesh.normals is None:
        return Subject(standing, corner_normals(standing), paint)
    return Subject(standing, mesh.normals[mesh.faces], paint)


def training(root: Path, count: int) -> list[tuple[str, Subject]]:
    """Props with a colour a triangle, spread evenly over the training split: sound, of several colours."""
    index = json.loads((root / "index.json").read_text(encoding="utf-8"))
    fit = [
        m
        for m in index
        if m["split"] == "train" and m["prop_like"] and m["triangles"] > 300 and min(m["extent"]) > 0.25
    ]
    out = []
    for entry in fit[:: max(1, len(fit) // count)][:count]:
        with np.load(root / entry["shard"]) as z:
            v, t = (z[k][entry["row"] : entry["row"] + 2] for k in ("vert_offset", "tri_offset"))
            positions = z["positions"][v[0] : v[1]].astype(np.float32) / 65534
            mesh = Mesh(stand(positions), z["triangles"][t[0] : t[1]].astype(np.int32))
            colour = srgb_to_linear(z["colours"][t[0] : t[1]])
            rough = z["metal_rough"][t[0] : t[1], 1] / np.float32(255)
        out.append((entry["id"], Subject(mesh, corner_normals(mesh), _per_face(colour, rough))))
    return out


def _per_face(colour: F32, rough: F32):  # type: ignore[no-untyped-def]
    def paint(face: np.ndarray, _bary: F32) -> tuple[F32, F32, F32]:
        return colour[face], rough[face], np.zeros(len(face), np.float32)

    return paint
