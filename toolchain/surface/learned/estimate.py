"""Asking the shading network: a picture and the sculpt under it to how much light fell where, at the picture's size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, Mesh, Shot
from toolchain.generate.learned.answer import MARGIN
from toolchain.generate.learned.prior import squared
from toolchain.generate.views import PLANES, Picture
from toolchain.one_thread import one_thread
from toolchain.srgb import LUMINANCE
from toolchain.surface.sight import outwards

Box = tuple[float, float, float, float]

WEIGHTS = "shade.safetensors"
STEPS = np.float32(256)  # of an answer's unit: the last bits differ between machines
DARK = 0.01  # linear: darker than this is not told apart
AROUND = (3, 3)  # pixels of the answer that are one map of what guides it
CALM, SMOOTH = 0.003, 0.02  # variances that are no border: of log brightness, of normals and openness
LEAST = 0.3  # share of a pixel that is enough to be subject


@dataclass(frozen=True, eq=False)
class Estimate:
    """What the network makes of one picture."""

    shade: F32  # (H, W, 3) log shading, of mean about 0 over the subject in each channel
    sure: float  # logit of there being light to take off


@dataclass(frozen=True, eq=False)
class Under:
    """The sculpt under a picture."""

    fields: F32  # (H, W, 4) unit normals to the picture's right, up and to its camera; openness; 0 where it is not
    there: NDArray[np.bool_]  # (H, W)


@cache
def _net() -> Any:
    from safetensors.torch import load

    from toolchain.surface.learned.net import Shade

    net = Shade()
    held = load(resources.files("toolchain.surface.learned").joinpath(WEIGHTS).read_bytes())
    net.load_state_dict({key: value.float() for key, value in held.items()})
    return net.eval()


@one_thread()
def estimate(picture: F32, alpha: F32, under: Under) -> Estimate | None:
    """The light of `picture` (H, W, 3) linear cut out by `alpha` (H, W) 0..1; None where there is next to no subject.

    The mean of what the picture and its mirror image tell. Whether there is light is asked without the sculpt as well,
    which was made of the same picture.
    """
    import torch

    from toolchain.surface.learned.net import SIDE, mirrored, told

    box = boxed(alpha)
    if box is None:
        return None
    small = squared(Picture("", PLANES["front"], picture, alpha, box), SIDE)
    small[:3] /= np.maximum(small[3:], 1e-4)
    shape = read_by_net(under, box)
    with torch.inference_mode():
        image, below = (torch.from_numpy(np.ascontiguousarray(x))[None] for x in (small, shape))
        below = torch.cat((below, mirrored(below)))
        seen = torch.cat((image, image.flip(3)))
        both = told(seen[:, :3], seen[:, 3:], below)
        bare = torch.cat((both[:, :4], torch.zeros_like(below)), 1)
        shade, lit = _net()(torch.cat((both, bare)))
        mean = ((shade[0] + shade[1].flip(2)) / 2).numpy()
        sure = float(lit.mean())
    answer = (np.round(mean.transpose(1, 2, 0) * STEPS) / STEPS).astype(np.float32)
    thick = squared(Picture("", PLANES["front"], under.fields[..., :3], under.there.astype(np.float32), box), SIDE)[3]
    inner = (shape / np.maximum(thick, 1e-3)).transpose(1, 2, 0)
    fine = np.dstack((_bright(small[:3].transpose(1, 2, 0)), outwards(inner, thick >= LEAST)))
    full = np.dstack((_bright(picture), outwards(under.fields, under.there)))
    return Estimate(widened(answer, small[3], fine, full, box), round(sure, 2))


def boxed(alpha: F32) -> Box | None:
    """Left, top, right and bottom of the subject; None where it is next to nothing."""
    rows, columns = np.flatnonzero((alpha >= 0.5).any(1)), np.flatnonzero((alpha >= 0.5).any(0))
    if len(rows) == 0 or max(np.ptp(rows), np.ptp(columns)) < 8:
        return None
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def beneath(shot: Shot, mesh: Mesh, there: NDArray[np.bool_], normals: F32, sky: F32) -> Under:
    """The sculpt `mesh` under `shot`, by what its pixels show: `normals` (H, W, 3) unit, `sky` (H, W) openness."""
    turned = normals @ facing(shot, mesh).T.astype(np.float32)
    return Under(np.where(there[..., None], np.dstack((turned, sky)), 0).astype(np.float32), there)


def read_by_net(under: Under, box: Box) -> F32:
    """(4, SIDE, SIDE) the sculpt's fields as net.told reads them."""
    from toolchain.surface.learned.net import SIDE

    there = under.there.astype(np.float32)
    held = [squared(Picture("", PLANES["front"], under.fields[..., k : k + 3], there, box), SIDE)[:3] for k in (0, 1)]
    return np.concatenate((held[0], held[1][2:]))


def facing(shot: Shot, mesh: Mesh) -> NDArray[np.float64]:
    """(3, 3) unit ways to the picture's right, up and out of it towards the camera, about the middle of `mesh`."""
    middle = np.append((mesh.positions.min(0) + mesh.positions.max(0)) / 2, 1.0)
    flat = shot.matrix @ middle
    right, down = (shot.matrix[k, :3] * flat[2] - shot.matrix[2, :3] * flat[k] for k in (0, 1))
    right = right / max(np.linalg.norm(right), 1e-12)
    up = right * (down @ right) - down
    up = up / max(np.linalg.norm(up), 1e-12)
    out = np.cross(right, up)
    return np.stack((right, up, out if out @ (shot.eye[:3] - middle[:3] * shot.eye[3]) > 0 else -out))


def widened(answer: F32, cover: F32, fine: F32, full: F32, box: Box) -> F32:
    """(H, W, 3) `answer` (S, S, 3) at the size of a picture, with the borders of picture and sculpt where it has them.

    About each place the answer is linear in what guides it, `fine` (S, S, G) and `full` (H, W, G); that map is what is
    enlarged (He, Sun and Tang 2013).
    """
    import cv2

    guides = fine.shape[-1]
    share = np.maximum(cv2.blur(cover, AROUND), 1e-6)[..., None]

    def about(values: NDArray[np.floating]) -> F32:
        flat = (values.reshape(*cover.shape, -1) * cover[..., None]).astype(np.float32)
        parts = [cv2.blur(np.ascontiguousarray(flat[..., k]), AROUND) for k in range(flat.shape[-1])]
        return np.asarray(np.stack(parts, -1) / share, np.float32)

    mean, level = about(fine), about(answer)
    square = about(fine[..., :, None] * fine[..., None, :]).reshape(*cover.shape, guides, guides)
    cross = about(fine[..., :, None] * answer[..., None, :]).reshape(*cover.shape, guides, 3)
    square = square - mean[..., :, None] * mean[..., None, :]
    cross = cross - mean[..., :, None] * level[..., None, :]
    slope = np.linalg.solve(square + np.diag([CALM] + [SMOOTH] * (guides - 1)), cross)
    rest = level - np.einsum("hwg,hwgc->hwc", mean, slope)
    lines = outwards(about(np.dstack((slope.reshape(*cover.shape, -1), rest))), cover >= LEAST)
    left, top, right, bottom = box
    wide, side = max(right - left, bottom - top), len(answer)
    x = ((np.arange(full.shape[1]) + 0.5 - (left + right) / 2) / (2 * MARGIN * wide) + 0.5) * side - 0.5
    y = ((np.arange(full.shape[0]) + 0.5 - (top + bottom) / 2) / (2 * MARGIN * wide) + 0.5) * side - 0.5
    at = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    large = [
        cv2.remap(np.ascontiguousarray(lines[..., k]), *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for k in range(lines.shape[-1])
    ]
    parts = [full[..., g : g + 1] * np.stack(large[3 * g : 3 * g + 3], -1) for g in range(guides)]
    return np.asarray(sum(parts, np.stack(large[-3:], -1)), np.float32)


def _bright(linear: F32) -> F32:
    return np.asarray(np.log(np.maximum(linear @ LUMINANCE, 0) + np.float32(DARK)), np.float32)
