"""The shading network: a picture and the sculpt under it to how much light fell where, and whether any did.

A U-Net (Ronneberger, Fischer and Brox 2015) on pixels folded two by two into channels, with the whole picture's mean
handed back at its deepest level: where the light stands is told by all of the picture together.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as f

from toolchain.generate.learned.net import place, step

SIDE = 64  # pixels a side of what is read and answered
DARK = 0.01  # linear; darker than this is not told apart
WIDE = (32, 64, 96, 128)  # channels, from fine to coarse
MOST = 2.5  # greatest log shading that is answered, either way


class Block(nn.Module):
    """Two convolutions beside a short cut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.one, self.two = (nn.Conv2d(channels, channels, 3, padding=1, bias=False) for _ in range(2))
        self.a, self.b = (nn.BatchNorm2d(channels) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.two(f.relu(self.b(self.one(f.relu(self.a(x))))))


def centred(values: Tensor, cover: Tensor) -> Tensor:
    """(B, C, S, S) less their mean over `cover` (B, 1, S, S), zero where there is none."""
    mean = (values * cover).sum((2, 3), keepdim=True) / cover.sum((2, 3), keepdim=True).clamp(min=1)
    return (values - mean) * (cover > 0)


def mirrored(values: Tensor) -> Tensor:
    """(B, C, S, S) as the mirror image has it: of a shape's four channels, the first points the other way."""
    out = values.flip(3)
    return torch.cat((-out[:, :1], out[:, 1:]), 1) if values.shape[1] == 4 else out


def told(picture: Tensor, cover: Tensor, shape: Tensor) -> Tensor:
    """(B, 8, S, S) what the network reads: log green about its mean, log ratios of red and blue to it, cover, shape.

    `picture` (B, 3, S, S) linear, straight; `cover` (B, 1, S, S); `shape` (B, 4, S, S): the sculpt's normals to the
    picture's right, up and to its camera, and the share of the sky that they see, all zero where there is none.
    """
    logs = torch.log(picture.clamp(min=0) + DARK)
    hues = (logs[:, ::2] - logs[:, 1:2]) * (cover > 0)
    return torch.cat((centred(logs[:, 1:2], cover), hues, cover, shape), 1)


def spread_out(answer: Tensor) -> Tensor:
    """(B, 3, S, S) log shading of red, green and blue, of the answered green and differences to it."""
    return torch.cat((answer[:, :1] + answer[:, 1:2], answer[:, :1], answer[:, :1] + answer[:, 2:3]), 1)


class Shade(nn.Module):
    """(B, 3, SIDE, SIDE) log shading, of mean 0 over the cover, and (B,) logit of there being any light to take off."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDE
        self.first = nn.Sequential(step(8 * 4 + 2, a), Block(a))
        self.second = nn.Sequential(step(a, b, 2), Block(b))
        self.third = nn.Sequential(step(b, c, 2), Block(c))
        self.fourth = nn.Sequential(step(c, d, 2), Block(d))
        self.whole = nn.Sequential(nn.Linear(d, d), nn.ReLU(), nn.Linear(d, d))
        self.last = Block(d)
        self.up3, self.up2, self.up1 = nn.Conv2d(d, c, 1), nn.Conv2d(c, b, 1), nn.Conv2d(b, a, 1)
        self.third2, self.second2, self.first2 = nn.Sequential(Block(c), Block(c)), Block(b), Block(a)
        self.out = nn.Sequential(nn.BatchNorm2d(a), nn.ReLU(), step(a, 3 * 4))
        self.lit = nn.Sequential(nn.Linear(2 * d, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """`seen` (B, 8, SIDE, SIDE) as :func:`told` makes it."""
        cover = seen[:, 3:4]
        x = f.pixel_unshuffle(seen, 2)
        one = self.first(torch.cat((x, place(x)), 1))
        two = self.second(one)
        three = self.third(two)
        four = self.fourth(three)
        mean = four.mean((2, 3))
        four = self.last(four + self.whole(mean)[..., None, None])
        three = self.third2(three + f.interpolate(self.up3(four), scale_factor=2))
        two = self.second2(two + f.interpolate(self.up2(three), scale_factor=2))
        one = self.first2(one + f.interpolate(self.up1(two), scale_factor=2))
        shade = spread_out(f.pixel_shuffle(self.out(one), 2).float())
        lit = self.lit(torch.cat((four.mean((2, 3)), four.amax((2, 3))), 1)).float()
        return centred(shade, cover.float()).clamp(-MOST, MOST), lit[:, 0]
