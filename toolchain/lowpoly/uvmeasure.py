"""What a layout is worth: stretch, texel density, seams, use of the square, and the gap that was kept.

Stretch is that of Sander, Snyder, Gortler and Hoppe, *Texture Mapping Progressive Meshes* (2001): singular values
of the map from the texture to the surface, at the layout's mean scale; 1 is none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.gaps import least_gap
from toolchain.lowpoly.topology import areas, edges
from toolchain.lowpoly.uvcheck import coverage, signed

F64 = NDArray[np.float64]
SPECK = 1e-7  # of the whole area: triangles below it have no density worth telling


def layout(
    positions: NDArray[np.floating],
    faces: NDArray[np.integer],
    uv: F64,
    wedges: NDArray[np.integer],
    chart: NDArray[np.int64],
    size: int,
    padding_px: float,
) -> dict[str, Any]:
    """Measures of UVs (W, 2) in a square of size x size texels. `faces` index welded `positions`, in metres.

    Shares are of the square (utilisation) or of the surface (mirrored); seam_length is a multiple of the diagonal;
    gap_px is the least gap between two charts, looked for up to twice the padding.
    """
    owner, clash = coverage(uv, wedges, size)
    flat, real = signed(uv, wedges), areas(positions, faces)
    reach = max(2 * padding_px, 1.0) / size
    seam = seam_length(positions, faces, wedges)
    diagonal = float(np.linalg.norm(np.ptp(positions[np.unique(faces)], axis=0)))
    return {
        "charts": int(chart.max()) + 1,
        "utilisation": round(float(np.abs(flat).sum()), 4),
        "texels": int((owner >= 0).sum()),
        "overlapping": int(clash.sum()),
        "mirrored": round(float(real[flat < 0].sum() / max(real.sum(), 1e-30)), 6),
        "gap_px": round(least_gap(uv[wedges], wedges, chart, reach) * size, 3),
        "border_px": round(float(min(uv.min(), 1 - uv.max())) * size, 3),
        "seam_length": round(seam / max(diagonal, 1e-30), 3),
        "stretch": stretch(positions, faces, uv, wedges),
    } | density(flat, real, size)


def density(flat: F64, real: F64, size: int) -> dict[str, float]:
    """Texels per metre: of the whole, and of the triangles with fewest and most."""
    worth = real > SPECK * max(real.sum(), 1e-30)
    each = np.sqrt(np.abs(flat[worth]) / real[worth]) * size if worth.any() else np.zeros(1)
    return {
        "texels_per_m": round(float(np.sqrt(np.abs(flat).sum() / max(real.sum(), 1e-30))) * size, 3),
        "texels_per_m_least": round(float(each.min()), 3),
        "texels_per_m_most": round(float(each.max()), 3),
    }


def seam_length(positions: NDArray[np.floating], faces: NDArray[np.integer], wedges: NDArray[np.integer]) -> float:
    """Metres of edge at which the charts are cut; a surface's own border is none. `faces` index welded positions."""

    def rim(corners: NDArray[np.integer]) -> float:
        found = edges(corners)
        half = np.flatnonzero(found.uses[found.of_half] == 1)
        ends = faces[half // 3, half % 3], faces[half // 3, (half + 1) % 3]
        return float(np.linalg.norm(positions[ends[0]].astype(np.float64) - positions[ends[1]], axis=1).sum())

    return (rim(wedges) - rim(faces)) / 2


def stretch(
    positions: NDArray[np.floating],
    faces: NDArray[np.integer],
    uv: F64,
    wedges: NDArray[np.integer],
) -> dict[str, float]:
    """Area-weighted stretch: `l2`, `linf`, and the 99th percentile; mean distortion of `angle` and of `area`.

    With singular values G >= g at the mean scale: l2 is the root mean square of both, linf the greatest G;
    angle is (G/g + g/G) / 2, area (Gg + 1/Gg) / 2. All are 1 where nothing is distorted.
    """
    real, area = areas(positions, faces), signed(uv, wedges)
    ok = (np.abs(area) > 1e-14) & (real > SPECK * max(real.sum(), 1e-30))
    if not ok.any():
        return {"l2": 1.0, "linf": 1.0, "p99": 1.0, "angle": 1.0, "area": 1.0}
    p, t = positions.astype(np.float64)[faces[ok]], uv[wedges[ok]]
    real, area = real[ok], area[ok]
    turned = t[:, [1, 2, 0]] - t[:, [2, 0, 1]]
    ss = np.einsum("fkd,fk->fd", p, turned[..., 1]) / (2 * area)[:, None]
    st = np.einsum("fkd,fk->fd", p, -turned[..., 0]) / (2 * area)[:, None]
    a, b, c = (ss * ss).sum(1), (ss * st).sum(1), (st * st).sum(1)
    scale = np.abs(area).sum() / real.sum()
    apart = np.sqrt((a - c) ** 2 / 4 + b * b)
    most, least = ((a + c) / 2 + way * apart for way in (1, -1))
    most, least = np.sqrt(most * scale), np.sqrt(np.maximum(least, 1e-30) * scale)
    share = real / real.sum()
    by_size = np.argsort(most)
    p99 = most[by_size][np.searchsorted(np.cumsum(share[by_size]), 0.99).clip(0, len(most) - 1)]
    measured = {
        "l2": np.sqrt(((most**2 + least**2) / 2 * share).sum()),
        "linf": most.max(),
        "p99": p99,
        "angle": ((most / least + least / most) / 2 * share).sum(),
        "area": ((most * least + 1 / (most * least)) / 2 * share).sum(),
    }
    return {name: round(float(value), 4) for name, value in measured.items()}
