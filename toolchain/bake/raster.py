"""Which triangle does a texel show, and where on it?

A texel whose centre lies in a triangle takes that point. A texel that a triangle only touches takes the
triangle's point nearest to its centre, so that charts thinner than a texel still own texels and border
texels never look past the surface (conservative rasterisation; Hasselgren et al., GPU Gems 2, ch. 42).
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, I32

#: A texel is touched when the nearest point lies in its square: half a texel from the centre on both axes.
_HALF = 0.5


@dataclass(frozen=True, eq=False)
class Texels:
    """The texels that charts own, in row order; N of them in a square of `size`."""

    size: int
    index: NDArray[np.int64]  # (N,) row * size + column; row 0 is at v = 1
    face: I32  # (N,)
    bary: F32  # (N, 3) weights of the face's corners, in 0..1, sum 1

    def image(self, values: NDArray, fill: float = 0.0) -> NDArray:
        """(S, S) or (S, S, C) float32 with `values` (N,) or (N, C) at the texels and `fill` elsewhere."""
        shape = (self.size * self.size, *values.shape[1:])
        out = np.full(shape, fill, np.float32) if fill else np.zeros(shape, np.float32)
        out[self.index] = values
        return out.reshape(self.size, self.size, *values.shape[1:])

    def coverage(self) -> NDArray[np.bool_]:
        """(S, S) True where a chart owns the texel."""
        out = np.zeros(self.size * self.size, np.bool_)
        out[self.index] = True
        return out.reshape(self.size, self.size)


def rasterise(uv: F32, faces: I32, size: int, only: NDArray[np.bool_] | None = None) -> Texels:
    """Texels of a `size` square covered by the UVs of `faces` (F, 3), uv (V, 2) v upwards.

    `only` (F,) leaves out other faces. Where charts overlap, the face that comes first wins.
    """
    if size < 1 or not np.isfinite(uv).all():
        raise ValueError("rasterise needs a size of at least 1 and finite UVs")
    pixels = np.stack((uv[:, 0] * float(size), (1.0 - uv[:, 1].astype(np.float64)) * size), axis=1)
    chosen = np.flatnonzero(only) if only is not None else np.arange(len(faces))
    face = np.full((size, size), -1, np.int32)
    weights = np.zeros((size, size, 2), np.float32)
    _cover(pixels, faces, chosen.astype(np.int64), face, weights, np.full((size, size), np.inf, np.float32))
    index = np.flatnonzero(face.reshape(-1) >= 0)
    return Texels(size, index, *_gather(index, face.reshape(-1), weights.reshape(-1, 2)))


@numba.njit(cache=True, nogil=True)
def _gather(index, face, weights):
    """Faces, and all three weights, of the texels `index`."""
    out, bary = np.zeros(len(index), np.int32), np.zeros((len(index), 3), np.float32)
    low, high = np.float32(0), np.float32(1)
    for i in range(len(index)):
        at = index[i]
        b, c = weights[at, 0], weights[at, 1]
        out[i] = face[at]
        bary[i, 0] = min(max(high - (b + c), low), high)
        bary[i, 1], bary[i, 2] = min(max(b, low), high), min(max(c, low), high)
    return out, bary


@numba.njit(cache=True, nogil=True)
def _cover(pixels, faces, chosen, face, weights, distance):
    size = face.shape[0]
    for at in range(len(chosen)):
        f = chosen[at]
        x0, y0 = pixels[faces[f, 0]]
        x1, y1 = pixels[faces[f, 1]]
        x2, y2 = pixels[faces[f, 2]]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        left = max(0, int(np.floor(min(x0, x1, x2) - 2 * _HALF)))
        right = min(size - 1, int(np.floor(max(x0, x1, x2) + _HALF)))
        top = max(0, int(np.floor(min(y0, y1, y2) - 2 * _HALF)))
        bottom = min(size - 1, int(np.floor(max(y0, y1, y2) + _HALF)))
        # Signed distance to each edge grows linearly; an edge further than a texel's half diagonal is a quick no.
        reach0 = 0.75 * np.hypot(x2 - x1, y2 - y1)
        reach1 = 0.75 * np.hypot(x0 - x2, y0 - y2)
        reach2 = 0.75 * np.hypot(x1 - x0, y1 - y0)
        side = 1.0 if area >= 0 else -1.0
        for row in range(top, bottom + 1):
            y = row + 0.5
            for column in range(left, right + 1):
                if distance[row, column] == 0:
                    continue
                x = column + 0.5
                a = side * ((x2 - x1) * (y - y1) - (y2 - y1) * (x - x1))
                b = side * ((x0 - x2) * (y - y2) - (y0 - y2) * (x - x2))
                c = side * ((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0))
                if a < -reach0 or b < -reach1 or c < -reach2:
                    continue
                if area != 0 and a >= 0 and b >= 0 and c >= 0:
                    distance[row, column] = 0
                    face[row, column] = f
                    weights[row, column, 0] = b / (a + b + c)
                    weights[row, column, 1] = c / (a + b + c)
                    continue
                best, wb, wc = np.inf, 0.0, 0.0
                for edge in range(3):
                    if edge == 0:
                        px, py, qx, qy = x0, y0, x1, y1
                    elif edge == 1:
                        px, py, qx, qy = x1, y1, x2, y2
                    else:
                        px, py, qx, qy = x2, y2, x0, y0
                    ex, ey = qx - px, qy - py
                    long = ex * ex + ey * ey
                    t = min(max(((x - px) * ex + (y - py) * ey) / long, 0.0), 1.0) if long > 0 else 0.0
                    dx, dy = px + t * ex - x, py + t * ey - y
                    if abs(dx) <= _HALF and abs(dy) <= _HALF and dx * dx + dy * dy < best:
                        best = dx * dx + dy * dy
                        wb = 1 - t if edge == 1 else (t if edge == 0 else 0.0)
                        wc = t if edge == 1 else (1 - t if edge == 2 else 0.0)
                if best < distance[row, column]:
                    distance[row, column] = max(best, 1e-30)  # a centre inside a later triangle still wins
                    face[row, column] = f
                    weights[row, column, 0] = wb
                    weights[row, column, 1] = wc
