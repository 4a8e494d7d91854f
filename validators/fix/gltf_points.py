"""Vertices that no face uses are dropped: they are drawn nowhere, and they make the box of the mesh too large."""

from __future__ import annotations

import numpy as np

from validators.fix.gltf import ARRAY, ELEMENTS, Gltf, groups, indices
from validators.rules.case import Case
from validators.rules.words import count


def fix(gltf: Gltf, case: Case) -> list[str]:
    """Drop them from every stream of the primitives that share them."""
    dropped = 0
    for _, primitives in groups(gltf):
        attributes = primitives[0]["attributes"]
        streams = {name: gltf.array(index) for name, index in attributes.items()}
        total = len(streams["POSITION"])
        faces = [indices(gltf, p, total) for p in primitives]
        used = np.unique(np.concatenate([f.reshape(-1) for f in faces]))
        if len(used) == total or not len(used) or any(len(s) != total for s in streams.values()):
            continue
        new = np.zeros(total, np.int64)
        new[used] = np.arange(len(used))
        made = {
            name: gltf.add(values[used], gltf.json["accessors"][attributes[name]], ARRAY)
            for name, values in streams.items()
        }
        for primitive, face in zip(primitives, faces, strict=True):
            like = gltf.json["accessors"][primitive["indices"]] if "indices" in primitive else {}
            primitive["indices"] = gltf.add(new[face].astype(face.dtype).reshape(-1, 1), like, ELEMENTS)
            primitive["attributes"] = dict(made)
        dropped += total - len(used)
    return [f"{count(dropped, 'vertex', 'vertices')} that no face uses dropped"] if dropped else []
