"""The colours of a sculpt that one picture was completed to."""

from __future__ import annotations

import numpy as np

from toolchain.asset import F32, I32, LEARNED, MIRRORED, SEEN, U8
from toolchain.generate.behind import colours_behind
from toolchain.generate.colour import fill, sample
from toolchain.generate.sight import Camera, in_sight


def colours(camera: Camera, positions: F32, faces: I32, normals: F32, step: float) -> tuple[F32, U8]:
    """(V, 3) linear colour and (V,) evidence of an even subject seen by one camera.

    Seen vertices take the picture's colour; unseen ones that of their mirror image across x = 0 where that is seen;
    what looks backwards goes on as the sides do, the rest as its neighbours. What nobody sees was shaped by the
    network: LEARNED.
    """
    seen, cosine = in_sight(camera, positions, faces, positions, normals, step)
    flip = np.array((-1, 1, 1), np.float32)
    twin, twin_cosine = in_sight(camera, positions, faces, positions * flip, normals * flip, 2 * step)
    colour = np.zeros((len(positions), 3), np.float32)
    evidence = np.full(len(positions), LEARNED, np.uint8)
    looks = ((twin & ~seen, positions * flip, twin_cosine, MIRRORED), (seen, positions, cosine, SEEN))
    for which, points, turned, kind in looks:
        colour[which] = sample(camera.picture, camera.pixels(points[which]), turned[which])
        evidence[which] = kind
    known = evidence != LEARNED
    behind, guessed = colours_behind(colour, known, positions, normals)
    colour[behind] = guessed
    known[behind] = True
    return np.clip(fill(colour, known, positions, faces), 0, 1), evidence
