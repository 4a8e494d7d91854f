"""Triangles without area are dropped: they show nothing. What has none is told by the rule's own measure."""

from __future__ import annotations

import numpy as np

from validators.fix.gltf import ELEMENTS, Gltf, groups, indices
from validators.rules.case import Case
from validators.rules.geo_degenerate import THIN
from validators.rules.shape import diagonal, flatness
from validators.rules.words import count


def fix(gltf: Gltf, case: Case) -> list[str]:
    """Drop them; a primitive keeps at least one triangle."""
    dropped = 0
    for _, primitives in groups(gltf):
        points = gltf.array(primitives[0]["attributes"]["POSITION"]).astype(np.float64)
        for primitive in primitives:
            faces = indices(gltf, primitive, len(points))
            area2, longest = flatness(points, faces.astype(np.int32))
            a, b, c = (points[faces[:, k]] for k in range(3))
            same = (a == b).all(axis=1) | (b == c).all(axis=1) | (c == a).all(axis=1)
            with np.errstate(all="ignore"):
                flat = same | (np.isfinite(area2) & (area2 <= THIN * diagonal(points) * longest))
            if flat.any() and not flat.all():
                like = gltf.json["accessors"][primitive["indices"]] if "indices" in primitive else {}
                primitive["indices"] = gltf.add(faces[~flat].reshape(-1, 1), like, ELEMENTS)
                dropped += int(flat.sum())
    return [f"{count(dropped, 'triangle')} without area dropped"] if dropped else []
