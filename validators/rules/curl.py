"""Which way the green of a tangent-space normal map points, told from the picture alone.

A normal (nx, ny, nz) over a surface of height h has slopes nx/nz = -dh/dx and ny/nz = -dh/dy, so that the cross
derivatives d(nx/nz)/dy and d(ny/nz)/dx are one and the same (a gradient has no curl; Frankot and Chellappa 1988).
With green flipped they are each other's negative. Their correlation is +1 for OpenGL (y up the image), -1 for
DirectX.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from validators.columns import lengths

SIDES = (1024, 512, 256)  # the map is averaged down to these in turn, until one tells: coarser ones show gentler slopes
BLOCKS = 16  # the map votes in 16 x 16 places
SURE = 0.25  # least correlation of a place that votes
VOTES = 12  # least number of votes
UNIT = 0.5  # least share of texels that are unit vectors looking out: else it is no normal map at all
MAJORITY = 0.8  # share of the votes that must agree
#: Share of the places with slopes that must vote with the winner. A bake that only makes up for the low poly's smooth
#: shading is no height field: few of its places agree with themselves, and it must not be taken for a flipped one.
BACKED = 0.35
QUIET = 1e-5  # mean square of a cross derivative under which 8-bit rounding speaks louder than the surface


def green(image: NDArray[Any]) -> tuple[str, float]:
    """("opengl" | "directx" | "", share of votes) of an (H, W, 3+) integer image; "" when the map does not say."""
    if image.ndim != 3 or image.shape[2] < 3 or min(image.shape[:2]) < 2 * BLOCKS:
        return "", 0.0
    if not np.issubdtype(image.dtype, np.integer):
        return "", 0.0
    half = np.float32(np.iinfo(image.dtype).max / 2)
    steps = dict.fromkeys(max(1, -(-max(image.shape[:2]) // side)) for side in SIDES)
    for step in steps:
        high, wide = (n - n % step for n in image.shape[:2])
        if min(high, wide) // step < 2 * BLOCKS:
            break
        blocks = image[:high, :wide, :3].reshape(high // step, step, wide // step, step, 3)
        mean = image[..., :3].astype(np.float32) if step == 1 else blocks.mean(axis=(1, 3), dtype=np.float32)
        found, agreement = _vote(mean / half - 1.0, QUIET / step**2)
        if found:
            return found, agreement
    return "", 0.0


def _vote(n: NDArray[np.float32], quiet: float) -> tuple[str, float]:
    valid = (n[..., 2] > 0.25) & (np.abs(lengths(n) - 1.0) < 0.25)
    if valid.mean() < UNIT:
        return "", 0.0
    z = np.where(valid, n[..., 2], 1.0)
    p, q = _soften(np.where(valid, n[..., 0] / z, 0.0)), _soften(np.where(valid, n[..., 1] / z, 0.0))
    a = -(p[2:, 1:-1] - p[:-2, 1:-1])  # d(nx/nz)/dy, y up while rows go down
    b = q[1:-1, 2:] - q[1:-1, :-2]
    inner = valid[3:, 1:-2] & valid[:-3, 1:-2] & valid[1:-2, 3:] & valid[1:-2, :-3]
    a, b = np.where(inner, a, 0.0), np.where(inner, b, 0.0)
    # Seams between charts make steps that are no slope of anything: they are cut at three times the usual.
    cap = 3.0 * np.sqrt(np.mean(a * a + b * b)) + 1e-12
    a, b = np.clip(a, -cap, cap), np.clip(b, -cap, cap)
    ab, aa, bb = (_sums(v) for v in (a * b, a * a, b * b))
    loud = (aa > quiet) & (bb > quiet)
    score = np.where(loud, ab / np.sqrt(np.where(loud, aa * bb, 1.0)), 0.0)
    up, down = int((score > SURE).sum()), int((score < -SURE).sum())
    if up + down < VOTES or max(up, down) < max(MAJORITY * (up + down), BACKED * loud.sum()):
        return "", 0.0
    return ("opengl", up / (up + down)) if up > down else ("directx", down / (up + down))


def _soften(v: NDArray[np.float32]) -> NDArray[np.float32]:
    """A 2 x 2 mean: halves the rounding noise of 8 bits and keeps slopes."""
    return (v[1:, 1:] + v[1:, :-1] + v[:-1, 1:] + v[:-1, :-1]) * 0.25


def _sums(v: NDArray[np.float32]) -> NDArray[np.float64]:
    """(BLOCKS, BLOCKS) means over equal blocks; the rest at the right and bottom is left out."""
    h, w = v.shape[0] // BLOCKS, v.shape[1] // BLOCKS
    return v[: h * BLOCKS, : w * BLOCKS].reshape(BLOCKS, h, BLOCKS, w).mean(axis=(1, 3), dtype=np.float64)
