"""The networks: one picture to where it was taken from, and from picture and pose to what is matter.

Shape is answered in the canonical frame, where props are even and their faces lie along the axes: the picture's
features are carried along the lines of sight into the subject's box, once as they are and once as the prop's
mirror image would have shown them, and two-dimensional convolutions over (x, y) with depth as channels finish
the rest (an idea of PixelNeRF's, Yu et al. 2021, without its rendering).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as f

from toolchain.generate.learned.answer import GRID, HALF, MARGIN, PITCHES, YAWS
from toolchain.generate.learned.edges import BINS, CELLS

FEATURES, WIDE, DEEP = 24, 128, 224


class Block(nn.Module):
    """Two convolutions beside a short cut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.one, self.two = (nn.Conv2d(channels, channels, 3, padding=1, bias=False) for _ in range(2))
        self.a, self.b = (nn.GroupNorm(8, channels) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.two(f.relu(self.b(self.one(f.relu(self.a(x))))))


def step(inside: int, outside: int, stride: int = 1) -> nn.Conv2d:
    """A plain 3 x 3 convolution."""
    return nn.Conv2d(inside, outside, 3, stride=stride, padding=1)


def place(picture: Tensor) -> Tensor:
    """(B, 2, S, S) x to the right and y up, -1..1, of each pixel of a square picture."""
    line = torch.linspace(-1, 1, picture.shape[-1], device=picture.device)
    y, x = torch.meshgrid(-line, line, indexing="ij")
    return torch.stack((x, y)).expand(len(picture), -1, -1, -1)


class Eye(nn.Module):
    """A picture (B, 4, 64, 64) to a vector (B, 192) and features (B, FEATURES, 32, 32)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(step(6, 32), Block(32))
        self.second = nn.Sequential(step(32, 64, 2), Block(64))
        self.third = nn.Sequential(step(64, 128, 2), Block(128))
        self.fourth = nn.Sequential(step(128, 192, 2), Block(192), Block(192))
        self.up = nn.Conv2d(192, 128, 1)
        self.up2 = nn.Sequential(Block(128), nn.Conv2d(128, 64, 1))
        self.out = nn.Sequential(Block(64), nn.Conv2d(64, FEATURES, 1))

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        a = self.second(self.first(torch.cat((picture, place(picture)), 1)))
        b = self.third(a)
        c = self.fourth(b)
        d = b + f.interpolate(self.up(c), scale_factor=2)
        e = a + f.interpolate(self.up2(d), scale_factor=2)
        return c.float().mean((2, 3)), self.out(e)


def cells(count: int) -> Tensor:
    """(count ** 3, 4) homogeneous middles of a cube's cells, z slowest, then y (upwards), then x."""
    line = ((torch.arange(count) + 0.5) / count * 2 - 1) * HALF
    z, y, x = torch.meshgrid(line, line, line, indexing="ij")
    return torch.stack((x, y, z, torch.ones_like(x)), -1).reshape(-1, 4)


def lift(image: Tensor, matrix: Tensor, points: Tensor, count: int) -> Tensor:
    """(B, C * count, count, count): `image` (B, C, S, S) at the places of `points` through `matrix` (B, 3, 4)."""
    at = points @ matrix.transpose(1, 2)  # (B, N, 3)
    at = at[..., :2] / at[..., 2:].clamp(min=0.05) / MARGIN
    at = torch.stack((at[..., 0], -at[..., 1]), -1).reshape(len(image), count * count, count, 2)
    out = f.grid_sample(image.float(), at, align_corners=False)
    return out.reshape(len(image), -1, count, count)


class Turn(nn.Module):
    """Logits of yaw and pitch, then near, across and up, (B, YAWS + PITCHES + 3), of a picture's lines and its look.

    `lines` (B, 2 * BINS, CELLS, CELLS) as edges.seen_by_turn hands them; `small` (B, 4, THUMB, THUMB).
    """

    def __init__(self) -> None:
        super().__init__()
        self.lines = nn.Sequential(step(2 * BINS, 128), nn.ReLU(), nn.Dropout(0.05), step(128, 128), nn.ReLU())
        self.look = nn.Sequential(
            step(6, 32), nn.ReLU(), step(32, 64, 2), nn.ReLU(), step(64, 96, 2), nn.ReLU(), step(96, 96), nn.ReLU()
        )
        self.both = nn.Sequential(
            step(224, 128),
            nn.ReLU(),
            nn.Dropout(0.1),
            step(128, 128, 2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(128 * (CELLS // 2) ** 2, 384),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(384, YAWS + PITCHES + 3),
        )

    def forward(self, lines: Tensor, small: Tensor) -> Tensor:
        return self.both(torch.cat((self.lines(lines), self.look(torch.cat((small, place(small)), 1))), 1))


class Matter(nn.Module):
    """Pictures of one thing and where they were taken from to logits of being matter."""

    def __init__(self) -> None:
        super().__init__()
        half = GRID // 2
        self.coarse: Tensor
        self.finest: Tensor
        self.eye = Eye()
        self.whole = nn.Linear(192 + 5, WIDE)
        self.lower = nn.Conv2d(2 * (FEATURES + 1) * half, WIDE, 1)
        self.one = nn.Sequential(Block(WIDE), Block(WIDE))
        self.down = step(WIDE, DEEP, 2)
        self.deep = nn.Sequential(Block(DEEP), Block(DEEP), Block(DEEP))
        self.up = nn.Conv2d(DEEP, WIDE, 1)
        self.two = nn.Sequential(Block(WIDE), nn.Conv2d(WIDE, 96, 1))
        self.mix = step(96 + 2 * GRID, 96)
        self.out = nn.Sequential(nn.GroupNorm(8, 96), nn.ReLU(), step(96, GRID))
        self.register_buffer("coarse", cells(half), persistent=False)
        self.register_buffer("finest", cells(GRID), persistent=False)

    def forward(self, pictures: Tensor, matrices: Tensor, poses: Tensor) -> Tensor:
        """(B, GRID z, GRID y, GRID x) logits of being matter.

        `pictures` (B, N, 4, PICTURE, PICTURE) of N views each; `matrices` (B, N, 3, 4) of the answer's cube to each,
        as Pose.matrix gives them; `poses` (B, N, 5): sin and cos of yaw, of pitch, near.
        What views tell is averaged; what they cast, the least of it holds.
        """
        views, half = pictures.shape[1], GRID // 2
        picture, matrix = pictures.flatten(0, 1), matrices.flatten(0, 1)
        vector, features = self.eye(picture)
        features = torch.cat((features.float(), f.avg_pool2d(picture[:, 3:], 2)), 1)
        mirror = matrix * torch.tensor((-1.0, 1.0, 1.0, 1.0), device=matrix.device)
        low = torch.cat([lift(features, m, self.coarse, half) for m in (matrix, mirror)], 1)
        x = self.lower(low) + self.whole(torch.cat((vector, poses.flatten(0, 1)), 1))[..., None, None]
        x = self.one(x.unflatten(0, (-1, views)).mean(1))
        x = x + f.interpolate(self.up(self.deep(self.down(x))), scale_factor=2)
        fine = [lift(picture[:, 3:], m, self.finest, GRID).unflatten(0, (-1, views)).amin(1) for m in (matrix, mirror)]
        x = self.mix(torch.cat((f.interpolate(self.two(x), scale_factor=2), *fine), 1))
        return self.out(x).float()
