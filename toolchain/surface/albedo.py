"""A picture without its light: the picture over its shading, within bounds.

The shading is read twice: by a network that looks at the picture and at the sculpt under it (:mod:`learned`), and as
the sum of lamps that explains the picture best (:mod:`shading`); what is taken off is a mean of both, as far as they
are believed (:mod:`reading`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, Mesh, Shot
from toolchain.srgb import LUMINANCE, srgb, srgb_to_linear
from toolchain.surface.lamps import Stagecraft, describe, heights, shadings
from toolchain.surface.paints import level
from toolchain.surface.reading import seems_lit, share_of_shape
from toolchain.surface.shading import fit
from toolchain.surface.sight import OBLIQUE, Sight, outwards, spread

PLACES = 2000  # that a light is fitted to
LEAST = 200  # fewer prove nothing
RIM_PX = 2.0  # pixels along the outline that may hold ink or background


@dataclass(frozen=True, eq=False)
class Unlit:
    """One picture's albedo, and what was taken off."""

    albedo: F32  # (H, W, 3) linear 0..1
    picture: F32  # (H, W, 3) linear, as it was
    highlight: F32  # (H, W) 0..1 share of a pixel that was a highlight
    told: dict[str, Any]


@dataclass(frozen=True)
class Bounds:
    """How far a pixel may be changed, and how much of it is done."""

    strength: float = 1.0
    darkest: float = 0.3  # least shading that is divided by, of its mean
    brightest: float = 2.2  # greatest
    highlights: bool = False
    evening: float = 0.5  # share of what sets a place off from its paint's usual brightness that is taken off too


def unlit(shot: Shot, sight: Sight, mesh: Mesh, normals: F32, craft: Stagecraft, sky: F32, bounds: Bounds) -> Unlit:
    """The albedo of `shot`. `normals` (V, 3) unit, `sky` (V,) openness of the sculpt `mesh`.

    The mean brightness of the subject stays what it is: a picture cannot tell strong light from pale paint.
    """
    from scipy.ndimage import distance_transform_edt

    from toolchain.surface.highlight import find, take_out
    from toolchain.surface.learned.estimate import beneath, estimate

    picture, alpha = srgb_to_linear(shot.rgba[..., :3]), shot.rgba[..., 3]
    covered = sight.face >= 0
    fields = spread(
        np.column_stack((normals, sky, sight.facing)).astype(np.float32), mesh.faces, sight.face, sight.bary
    )
    length = np.maximum(np.linalg.norm(fields[..., :3], axis=-1, keepdims=True), 1e-9)
    normal, inner = fields[..., :3] / length, distance_transform_edt(np.pad(alpha >= 250, 1))[1:-1, 1:-1]
    good = covered & (inner > RIM_PX) & (fields[..., 4] > OBLIQUE)
    told: dict[str, Any] = {
        "view": shot.view,
        "contrast": 0.0,
        "above": 0.0,
        "evenness": 1.0,
        "belief": 0.0,
        "by_shape": 0.0,
        "sure": 0.0,
        "highlights": 0.0,
        "evened": 0.0,
        "lamps": [],
    }
    blank = np.zeros(alpha.shape, np.float32)
    rows = np.flatnonzero(good)
    guess = None
    if len(rows) >= LEAST and bounds.strength > 0:
        under = beneath(shot, mesh, covered, normal, fields[..., 3])
        guess = estimate(picture, (alpha / np.float32(255)).astype(np.float32), under)
    if guess is None:
        return Unlit(picture, picture, blank, told)
    pick = rows[np.sort(np.random.default_rng(0).permutation(len(rows))[:PLACES])]
    y, x = np.divmod(pick, alpha.shape[1])
    points = np.einsum("nk,nkc->nc", sight.bary[y, x], mesh.positions[mesh.faces[sight.face[y, x]]])
    offered, columns = shadings(craft, points, normal[y, x], fields[y, x, 3])
    found = fit(offered, picture[y, x], np.stack((y, x), 1).astype(np.float64), normal[y, x], heights(columns))
    seen = guess.shade - guess.shade[good].mean(axis=0)
    cast = _shade(found.weights, columns, sight, mesh, normals, craft, sky)
    cast = np.log(outwards(cast, good))  # along the rim normals are the least sure
    cast -= cast[good].mean(axis=0)
    shaped = share_of_shape(found)
    log = np.float32(shaped) * cast + np.float32(1 - shaped) * seen
    contrast = float((log[good] @ LUMINANCE).std())
    belief = seems_lit(guess.sure, found.evenness, contrast)
    told |= {name: round(getattr(found, name), 4) for name in ("above", "evenness")}
    told |= {"contrast": round(contrast, 4), "sure": guess.sure}
    told |= {"belief": round(belief, 4), "by_shape": round(shaped, 4)}
    power = belief * bounds.strength
    shade = np.exp(np.clip(log, np.log(bounds.darkest), np.log(bounds.brightest)) * np.float32(power))
    albedo = picture / shade
    weights = found.weights @ LUMINANCE.astype(np.float64)
    told["lamps"] = describe(columns, weights) if power > 0 else []
    highlight = blank
    if bounds.highlights and power > 0:
        highlight = find(albedo, good, inner) * np.float32(power)
        albedo = take_out(albedo, highlight, covered & (inner > 0))
        told["highlights"] = round(float(highlight[good].mean()), 5)
    if power > 0:
        change = level(albedo, good, covered & (inner > 0)) * np.float32(bounds.evening * power)
        grey = shade @ LUMINANCE  # what is taken off in all stays within the bounds
        change = np.clip(change, np.log(grey / bounds.brightest), np.log(grey / bounds.darkest))
        albedo = albedo * np.exp(change)[..., None]
        told["evened"] = round(float(np.abs(change[good]).mean()), 4)
    told["shading"] = [round(float(q), 3) for q in np.quantile(shade[good] @ LUMINANCE, (0.05, 0.5, 0.95))]
    body = alpha >= 128
    gain = float((picture[body] @ LUMINANCE).mean()) / max(float((albedo[body] @ LUMINANCE).mean()), 1e-6)
    return Unlit(np.clip(albedo * np.float32(gain), 0, 1), picture, highlight, told)


def _shade(
    weights: NDArray[np.float64],
    columns: NDArray[np.int64],
    sight: Sight,
    mesh: Mesh,
    normals: F32,
    craft: Stagecraft,
    sky: F32,
) -> F32:
    """(H, W, 3) shading under the pixels, from that of the vertices in sight; 1 where nothing is."""
    active = np.flatnonzero(weights.max(axis=1) > 1e-3)
    used = np.zeros(len(normals), np.bool_)
    used[mesh.faces[np.unique(sight.face[sight.face >= 0])].reshape(-1)] = True
    at = np.flatnonzero(used)
    each, _ = shadings(craft, mesh.positions[at], normals[at], sky[at], columns[active])
    values = np.ones((len(normals), 3), np.float32)
    values[at] = each @ weights[active].astype(np.float32)
    out = spread(values, mesh.faces, sight.face, sight.bary)
    out[sight.face < 0] = 1.0
    return np.maximum(out, 1e-3)


def encode(albedo: F32, shot: Shot) -> NDArray[np.uint8]:
    """(H, W, 4) sRGB bytes with the shot's own alpha."""
    return np.dstack((np.round(srgb(np.clip(albedo, 0, 1)) * 255).astype(np.uint8), shot.rgba[..., 3]))
