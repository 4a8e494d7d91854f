"""Normals are made of length one. Those of no length or of broken numbers stay: no direction can be read from them."""

from __future__ import annotations

import numpy as np

from validators.fix.gltf import ARRAY, Gltf, groups
from validators.rules.case import Case
from validators.rules.nrm_present import CLOSE
from validators.rules.words import count


def fix(gltf: Gltf, case: Case) -> list[str]:
    """Normalise float normals that the rule objects to."""
    mended = 0
    for _, primitives in groups(gltf):
        index = primitives[0]["attributes"].get("NORMAL")
        if index is None or gltf.json["accessors"][index].get("componentType") != 5126:
            continue
        normals = gltf.array(index)
        with np.errstate(all="ignore"):
            long = np.linalg.norm(normals.astype(np.float64), axis=1)
        off = np.isfinite(long) & (np.abs(long - 1.0) > CLOSE) & (long > 1e-12)
        if not off.any():
            continue
        normals[off] = normals[off] / long[off, None]
        made = gltf.add(normals, gltf.json["accessors"][index], ARRAY)
        for primitive in primitives:
            primitive["attributes"]["NORMAL"] = made
        mended += int(off.sum())
    return [f"{count(mended, 'normal')} made of length one"] if mended else []
