"""Props that nobody here made: open, doubled and tangled game meshes through repair, reduction, UVs and LODs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import one_slot, sculpt
from toolchain.asset import Mesh
from toolchain.lowpoly import lods, reduce, unwrap
from toolchain.lowpoly.topology import topology
from toolchain.repair import stage
from toolchain.stage import quiet

ROWS = (3, 250, 700, 1100)


@pytest.mark.shared
@pytest.mark.parametrize("row", ROWS)
def test_train_props(shared: Path, row: int) -> None:
    with np.load(shared / "train" / "props-00.npz") as shard:
        v, t = shard["vert_offset"][row : row + 2], shard["tri_offset"][row : row + 2]
        points = shard["positions"][v[0] : v[1]].astype(np.float32) / 65534
        faces = shard["triangles"][t[0] : t[1]].astype(np.int32)
    repaired = stage.run(stage.Params(cells=64), quiet, generate=sculpt(Mesh(points, faces))).value
    assert topology(repaired.mesh.faces).closed
    budget = min(400, len(repaired.mesh.faces))
    low = reduce.run(reduce.Params(budget), quiet, repair=repaired, slots=one_slot(repaired.mesh)).value
    assert len(low.faces) <= budget and topology(low.faces).closed
    made = unwrap.run(unwrap.Params(texture_px=256), quiet, reduce=low)
    assert made.measures["mirrored"] == 0
    assert not [f for f in made.findings if f.severity == "error"]
    chain = lods.run(lods.Params((0.5,)), quiet, unwrap=made.value, repair=repaired)
    assert len(chain.value.levels) == 2 or chain.findings
