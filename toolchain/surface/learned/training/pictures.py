"""Pictures put together from scenes: any paint in any light, or in none; exposed, grainy, in eight bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from toolchain.generate.learned.training.meshes import Model
from toolchain.surface.learned.net import SIDE, mirrored
from toolchain.surface.learned.training.scenes import LIGHTS, PAINTS, scene

FLAT = 0.25  # share of pictures that no light with a direction falls on
SHAPELESS, TRUE = 0.06, 0.1  # shares of pictures read without a shape, and with the true one where ours is there too
DIM = 0.004  # linear: what noise and bytes leave of dark paint
LUMA = (0.2126, 0.7152, 0.0722)


@dataclass(frozen=True, eq=False)
class Lot:
    """B pictures and the truth."""

    picture: Tensor  # (B, 3, SIDE, SIDE) linear, zero outside
    cover: Tensor  # (B, 1, SIDE, SIDE)
    paint: Tensor  # (B, 3, SIDE, SIDE) albedo at the picture's exposure
    shade: Tensor  # (B, 3, SIDE, SIDE) log of picture over paint
    shape: Tensor  # (B, 4, SIDE, SIDE) what net.told reads of a sculpt; zero for none
    light: Tensor  # (B,) spread of the log brightness of the shading


@dataclass(frozen=True, eq=False)
class Scenes:
    """N scenes as scenes.Scene has them, half precision."""

    cover: Tensor
    paints: Tensor
    shades: Tensor
    spots: Tensor
    shapes: Tensor

    def __len__(self) -> int:
        return len(self.cover)

    def some(self, index: Tensor, chance: torch.Generator) -> Lot:
        """One picture of each scene of `index`, everything else at random."""
        count, all_ = len(index), torch.arange(len(index))

        def draw(*shape: int) -> Tensor:
            return torch.rand(shape, generator=chance)

        cover = self.cover[index, None].float()
        paint = self.paints[index, torch.randint(PAINTS, (count,), generator=chance)].float()
        swapped = paint[all_[:, None], torch.argsort(draw(count, 3), 1)]
        paint = torch.where(draw(count, 1, 1, 1) < 0.3, swapped, paint)
        which = torch.randint(LIGHTS, (count,), generator=chance)
        shade, spot = self.shades[index, which].float(), self.spots[index, which].float()
        weak = torch.where(draw(count, 1, 1, 1) < 0.3, 0.3 + 0.7 * draw(count, 1, 1, 1), 1)
        flat = draw(count, 1, 1, 1) < FLAT
        shade = torch.where(flat, torch.ones(()), shade.clamp(min=1e-3) ** weak) * (cover > 0)
        spot = torch.where(flat | (draw(count, 1, 1, 1) < 0.25), torch.zeros(()), spot)
        seen = paint * shade + spot
        bright = torch.quantile(seen.amax(1).flatten(1)[:, ::5], 0.99, dim=1)
        gain = torch.minimum(torch.full((count,), 0.8), 1 / bright.clamp(min=1e-3)) * (0.7 + 0.5 * draw(count))
        gain = torch.where(flat[:, 0, 0, 0], 0.7 + 0.3 * draw(count), gain)[:, None, None, None]
        paint, seen = paint * gain, (seen * gain).clamp(0, 1)
        truth = (torch.log(seen + DIM) - torch.log(paint + DIM)) * (cover > 0)
        grain = 0.02 * draw(count, 1, 1, 1) * (draw(count, 1, 1, 1) < 0.4)
        coded = seen.sqrt() + grain * torch.randn(seen.shape, generator=chance)
        picture = (torch.round(coded.clamp(0, 1) * 255) / 255).square() * (cover > 0)
        mirror = draw(count, 1, 1, 1) < 0.5
        grey = (truth * torch.tensor(LUMA)[:, None, None]).sum(1, keepdim=True)
        both = self.shapes[index].float()
        ours = both[:, 1].abs().amax((1, 2, 3)) > 0
        shape = torch.where((ours & (draw(count) > TRUE))[:, None, None, None], both[:, 1], both[:, 0])
        shape = shape * (draw(count, 1, 1, 1) > SHAPELESS)
        parts = [torch.where(mirror, mirrored(x), x) for x in (picture, cover, paint, truth, shape)]
        return Lot(parts[0], parts[1], parts[2], parts[3], parts[4], spread(grey, cover))


def spread(values: Tensor, cover: Tensor) -> Tensor:
    """(B,) standard deviation of (B, 1, S, S) over the cover."""
    total = cover.sum((1, 2, 3)).clamp(min=1)
    mean = (values * cover).sum((1, 2, 3)) / total
    return ((values - mean[:, None, None, None]) ** 2 * cover).sum((1, 2, 3)).div(total).sqrt()


def scenes_of(models: list[Model], count: int, seed: int) -> Scenes:
    """`count` scenes of models drawn at random, every second with a sculpt of ours."""
    random = np.random.default_rng(seed)
    size = (SIDE, SIDE)
    cover = np.zeros((count, *size), np.float16)
    paints = np.zeros((count, PAINTS, 3, *size), np.float16)
    shades, spots = (np.zeros((count, LIGHTS, 3, *size), np.float16) for _ in range(2))
    shapes = np.zeros((count, 2, 4, *size), np.float16)
    done = 0
    while done < count:
        made = scene(models[random.integers(len(models))], random, sculpted=done % 2 == 0)
        if made is None:
            continue
        cover[done], paints[done] = made.cover, made.paints
        shades[done], spots[done] = np.minimum(made.shades, 100), np.minimum(made.spots, 100)
        shapes[done] = made.shapes
        done += 1
    return Scenes(*(torch.from_numpy(x) for x in (cover, paints, shades, spots, shapes)))
