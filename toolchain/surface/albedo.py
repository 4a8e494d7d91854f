"""A picture without its light: the picture over its shading, within bounds, highlights filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, Mesh, Shot
from toolchain.srgb import LUMINANCE, srgb, srgb_to_linear
from toolchain.surface.lamps import Stagecraft, describe, heights, shadings
from toolchain.surface.paints import level
from toolchain.surface.shading import fit
from toolchain.surface.sight import OBLIQUE, Sight, spread

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
    highlights: bool = True
    evening: float = 0.5  # share of what sets a place off from its paint's usual brightness that is taken off too


def unlit(shot: Shot, sight: Sight, mesh: Mesh, normals: F32, craft: Stagecraft, sky: F32, bounds: Bounds) -> Unlit:
    """The albedo of `shot`. `normals` (V, 3) unit, `sky` (V,) openness of the sculpt `mesh`.

    The mean brightness of the subject stays what it is: a picture cannot tell strong light from pale paint.
    """
    from scipy.ndimage import distance_transform_edt

    from toolchain.surface.highlight import find, take_out

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
        "highlights": 0.0,
        "evened": 0.0,
        "lamps": [],
    }
    blank = np.zeros(alpha.shape, np.float32)
    rows = np.flatnonzero(good)
    if len(rows) < LEAST or bounds.strength <= 0:
        return Unlit(picture, picture, blank, told)
    pick = rows[np.sort(np.random.default_rng(0).permutation(len(rows))[:PLACES])]
    y, x = np.divmod(pick, alpha.shape[1])
    points = np.einsum("nk,nkc->nc", sight.bary[y, x], mesh.positions[mesh.faces[sight.face[y, x]]])
    offered, columns = shadings(craft, points, normal[y, x], fields[y, x, 3])
    found = fit(offered, picture[y, x], np.stack((y, x), 1).astype(np.float64), normal[y, x], heights(columns))
    told |= {name: round(getattr(found, name), 4) for name in ("contrast", "above", "evenness", "belief")}
    shade = _shade(found.weights, columns, sight, mesh, normals, craft, sky)
    power = found.belief * bounds.strength
    shade = _bounded(shade, good, covered, power, bounds)
    albedo = picture / shade
    weights = found.weights @ LUMINANCE.astype(np.float64)
    told["lamps"] = describe(columns, weights) if found.belief > 0 else []
    highlight = blank
    if bounds.highlights and found.belief > 0:
        highlight = find(albedo, good, inner) * np.float32(bounds.strength)
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


def _bounded(shade: F32, good: NDArray[np.bool_], covered: NDArray[np.bool_], power: float, bounds: Bounds) -> F32:
    """`shade` about its own mean, to `power`, within bounds; outwards from what is seen well it stays what it was."""
    from scipy.ndimage import distance_transform_edt

    row, column = distance_transform_edt(~good, return_distances=False, return_indices=True)
    shade = np.where((good | covered)[..., None], shade, shade[row, column])
    rim = covered & ~good  # normals there are the least sure
    shade[rim] = shade[row[rim], column[rim]]
    mean = np.exp(np.log(shade[good]).mean(axis=0))
    return np.asarray(np.clip(shade / mean, bounds.darkest, bounds.brightest) ** power, np.float32)


def encode(albedo: F32, shot: Shot) -> NDArray[np.uint8]:
    """(H, W, 4) sRGB bytes with the shot's own alpha."""
    return np.dstack((np.round(srgb(np.clip(albedo, 0, 1)) * 255).astype(np.uint8), shot.rgba[..., 3]))
