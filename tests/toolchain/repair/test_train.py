"""The worst real meshes, by open and crowded edges: every one closed, or one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import sculpt
from toolchain.asset import Mesh
from toolchain.lowpoly.topology import topology, volumes
from toolchain.repair import stage
from toolchain.repair.halfedges import survey
from toolchain.stage import StageError, quiet


def worst(shared: Path, count: int) -> list[Mesh]:
    """The `count` meshes of the training set with the most open and crowded edges."""
    found = []
    for name in sorted({m["shard"] for m in json.loads((shared / "train/index.json").read_text())}):
        data = np.load(shared / "train" / name)
        positions, faces = data["positions"], data["triangles"]
        v, t = data["vert_offset"], data["tri_offset"]
        for i in range(len(v) - 1):
            mine = faces[t[i] : t[i + 1]].astype(np.int32)
            twofold = (mine == np.roll(mine, 1, axis=1)).any(axis=1)
            top = survey(mine[~twofold], int(v[i + 1] - v[i]))
            points = positions[v[i] : v[i + 1]].astype(np.float32) / 65534
            found.append((-top.boundary_edges - top.nonmanifold_edges, len(found), Mesh(points, mine)))
    return [m for _, _, m in sorted(found, key=lambda x: x[:2])[:count]]


@pytest.mark.slow
@pytest.mark.shared
def test_the_three_hundred_worst(shared: Path) -> None:
    rungs: dict[str, int] = {}
    for mesh in worst(shared, 300):
        try:
            made = stage.run(stage.Params(), quiet, generate=sculpt(mesh))
        except StageError as told:
            assert str(told).endswith(".")
            rungs["sentence"] = rungs.get("sentence", 0) + 1
            continue
        out = made.value.mesh
        assert topology(out.faces).closed
        assert volumes(out.positions, out.faces)[0] > 0
        assert made.measures["drift_percent"] <= 2
        rungs[made.measures["rung"]] = rungs.get(made.measures["rung"], 0) + 1
    assert rungs.get("sentence", 0) == 0
    assert rungs.get("solid", 0) <= 15
