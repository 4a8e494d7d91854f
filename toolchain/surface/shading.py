"""The light of a picture: the sum of possible shadings under which surfaces of one hue come out in one paint.

Two places of one hue are taken to be one paint, most of the time: their difference in log brightness should then be
that of the shadings (Horn 1974's premise, over known normals in place of smooth images). Pairs of places are fitted by
a loss that lets go of pairs that are not one paint (Geman and McClure 1985), tightened step by step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.asset import F32
from toolchain.srgb import LUMINANCE

F64 = NDArray[np.float64]
HUE = 0.25  # log ratio between channels at which two hues are no longer alike
RIDGE = 2e-4  # pull to flat light, a pair
MOST = 0.95  # share of the mean shading that is not flat
DARK = 0.004  # linear; noise and quantisation are of this size
WIDTHS = (0.8, 0.5, 0.3, 0.2, 0.15)  # of the loss, log brightness, step by step
NEAR, FAR = 3, 5  # partners of each place: beside it, and anywhere
EQUAL = 0.03  # log brightness within which two places are equally bright
ALIKE, APART = 0.98, 0.85  # cosines between normals that face alike, and apart
#: Belief in a light, linear in how strong it is, how far it comes from above, and how even the picture is (a logistic
#: regression on training props in lit and flat pictures, half of it cut off), and the value at which it is whole.
AT_NONE, CONTRAST, ABOVE, EVENNESS, WHOLE = -0.73, 9.1, 10.8, -2.2, 1.4
WEAK, STRONG = 0.2, 0.25  # contrasts: up to the first, the paint of flat training pictures did the same; then none


@dataclass(frozen=True, eq=False)
class Fit:
    """A light as weights of shadings, and how well it explains what is seen."""

    weights: F64  # (K, 3) by channel, at least 0
    contrast: float  # standard deviation of the log shading
    above: float  # -1..1: mean height from which the light comes
    evenness: float  # how often places that face apart are equally bright, of how often places that face alike are
    belief: float  # 0..1: the power to which the shading is to be taken


def pairs_of(colour: F32, places: F64, hue_apart: float, rng: np.random.Generator) -> tuple[NDArray[np.int64], F64]:
    """((P, 2) places that may be one paint, (P,) how alike in hue). `colour` (N, 3) linear, `places` (N, D)."""
    from scipy.spatial import cKDTree

    count = len(colour)
    hue = np.log(colour[:, [0, 2]] + DARK) - np.log(colour[:, 1:2] + DARK)
    beside = cKDTree(places).query(places, k=min(12, count))[1][:, 1:]
    pick = rng.integers(0, beside.shape[1], (count, NEAR))
    near = np.take_along_axis(beside, pick, 1)
    # Far partners of a like hue: neighbours in an order by hue, cell by cell.
    cell = np.floor(hue / (0.7 * hue_apart)).astype(np.int64)
    order = np.lexsort((rng.random(count), cell[:, 1], cell[:, 0]))
    first = np.repeat(np.arange(count), NEAR)
    chains = [np.stack((order[: -s or None][: count - s], order[s:]), 1) for s in range(1, FAR + 1)]
    pairs = np.concatenate((np.stack((first, near.reshape(-1)), 1), *chains))
    gap = np.linalg.norm(hue[pairs[:, 0]] - hue[pairs[:, 1]], axis=1)
    weight = np.exp(-0.5 * (gap / hue_apart) ** 2)
    keep = weight > 0.05
    return pairs[keep], weight[keep]


def fit(shadings: F32, colour: F32, places: F64, normals: F32, heights: F64, seed: int = 0) -> Fit:
    """The light of N places: `shadings` (N, K) at least 0, column 0 flat; `colour` (N, 3) linear; `places` (N, D);
    `normals` (N, 3) unit; `heights` (K,) -1..1, from how far above each shading's light comes.

    Done twice: the first light's own colour is taken off before hues are compared again. Light falls from above more
    often than paint darkens downwards, and strong light shows where weak paint does not; how well a light explains
    a picture, on the places it was fitted to or on others, hardly tells a lit picture from a flat one.
    """
    rng = np.random.default_rng(seed)
    mean = shadings.mean(axis=0)
    size = np.maximum(mean, 0.1)  # a lamp that hardly grazes what is seen must not weigh without bounds
    apart = ((shadings - mean) / size).astype(np.float32)  # so that any weights give a shading of mean 1
    light = np.zeros((len(size), 3), np.float32)
    grey = np.zeros(len(size), np.float32)
    bright = (colour @ LUMINANCE + DARK).astype(np.float32)
    for wide, widths in ((2.0, WIDTHS), (1.0, WIDTHS[-2:])):
        pairs, alike = pairs_of(colour / np.maximum(1 + apart @ light, 0.05), places, HUE * wide, rng)
        ends = pairs[:, 0], pairs[:, 1]
        for width in widths:
            trust = _trust(apart @ grey, bright, ends, alike, width)
            grey = _solve(apart, bright, ends, trust, grey)
        trust = _trust(apart @ grey, bright, ends, alike, WIDTHS[-1])
        lit = np.flatnonzero(grey > 1e-4)
        for k in range(3):
            light[lit, k] = _solve(apart[:, lit], colour[:, k] + np.float32(DARK), ends, trust, grey[lit])
    evenness = _evenness(
        np.log(bright[ends[0]]) - np.log(bright[ends[1]]),
        np.einsum("ij,ij->i", normals[ends[0]], normals[ends[1]]),
        alike,
    )
    weights = (light / size[:, None]).astype(np.float64)
    weights[0] += 1 - mean @ weights
    luma = weights @ LUMINANCE
    contrast = float(np.log(np.maximum(shadings @ luma, 1e-3)).std())
    above = float(heights @ luma / max(luma.sum(), 1e-6))
    sure = AT_NONE + CONTRAST * contrast + ABOVE * above + EVENNESS * evenness
    strong = (contrast - WEAK) / (STRONG - WEAK)
    return Fit(weights, contrast, above, evenness, float(np.clip(sure / WHOLE, 0, 1) * np.clip(strong, 0, 1)))


def _trust(s: F32, bright: F32, ends: tuple[Any, Any], alike: F64, width: float) -> F32:
    """(P,) weight of each pair's linear misfit, so that its square is the loss of the log misfit."""
    one, two = ends
    s = 1 + s
    r = np.log(bright[one] * s[two]) - np.log(bright[two] * s[one])
    level = 0.5 * (s[one] * bright[two] + s[two] * bright[one])
    return (np.sqrt(alike) / (1 + (r / width) ** 2) / level).astype(np.float32)


def _solve(apart: F32, bright: F32, ends: tuple[Any, Any], trust: F32, start: F32) -> F32:
    """(K,) weights under which the ends of the pairs, each divided by its shading, come out the same."""
    one, two = ends
    d = (apart[one] * bright[two, None] - apart[two] * bright[one, None]) * trust[:, None]
    gram, right = d.T @ d, d.T @ ((bright[one] - bright[two]) * trust)
    gram[np.diag_indices_from(gram)] += RIDGE * len(one)
    return _descend(gram.astype(np.float64), right.astype(np.float64), start.astype(np.float64), MOST).astype(
        np.float32
    )


def _evenness(flat: F32, cosine: F32, alike: F64) -> float:
    """The share of equally bright pairs among those of one hue that face apart, over that among those that face alike.

    In flat light, or on a shape that is not the picture's, it does not matter how a place faces, and this nears 1;
    in any light with a direction it is small. It does not hang on the fit, so no overfitted light can improve it.
    """
    equal = alike * (np.abs(flat) < EQUAL)
    near, far = cosine > ALIKE, cosine < APART
    if alike[far].sum() < 0.02 * alike.sum() or alike[near].sum() < 0.02 * alike.sum():
        return 1.0
    share = equal[near].sum() / alike[near].sum()
    return float(equal[far].sum() / alike[far].sum() / max(share, 1e-3))


@njit(cache=True)
def _descend(gram, right, w, most):
    """Least squares over w >= 0 with a sum of at most `most`: accelerated projected gradients (Beck, Teboulle 2009)."""
    v = np.ones(len(w))
    for _ in range(20):  # the greatest eigenvalue, by powers
        v = gram @ v
        v /= np.sqrt((v * v).sum()) + 1e-30
    step = 1.05 * np.sqrt(((gram @ v) ** 2).sum()) + 1e-12
    old, ahead, t = w.copy(), w.copy(), 1.0
    for _ in range(400):
        new = np.maximum(ahead - (gram @ ahead - right) / step, 0.0)
        if new.sum() > most:
            down = np.sort(new)[::-1]
            total, cut = 0.0, 0.0
            for k in range(len(down)):
                total += down[k]
                level = (total - most) / (k + 1)
                if down[k] > level:
                    cut = level
            new = np.maximum(new - cut, 0.0)
        t2 = 0.5 * (1 + np.sqrt(1 + 4 * t * t))
        ahead = new + (t - 1) / t2 * (new - old)
        old, t = new, t2
    return old
