"""The pose network's training. Pictures are drawn once and read as lines; each is seen with its mirror image."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as f

from toolchain.generate.learned.answer import (
    PITCH_LEAST,
    PITCH_STEP,
    PITCHES,
    YAW_LEAST,
    YAW_STEP,
    YAWS,
    decode_pose,
)
from toolchain.generate.learned.edges import BINS, CELLS, SIDE, THUMB, lines, seen_by_turn
from toolchain.generate.learned.net import Turn
from toolchain.generate.learned.training.meshes import Model
from toolchain.generate.learned.training.procedural import prop
from toolchain.generate.learned.training.samples import angles, picture_of, subject_of

BATCH, RATE, WARM, DECAY = 128, 1.5e-3, 100, 0.05
MADE_UP = 0.25  # share of procedural props
POOL = 300  # of them kept at a time


@dataclass(frozen=True, eq=False)
class Views:
    """Pictures as the network reads them, and the truth: (N, 5) yaw, pitch (radians), near, across, up."""

    lines: Tensor  # (N, 2 * BINS, CELLS, CELLS) half precision
    small: Tensor  # (N, 4, THUMB, THUMB) bytes
    pose: Tensor

    def some(self, index: Tensor, turned: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Rows of all three, mirrored where `turned`."""
        lines, small, pose = self.lines[index].float(), self.small[index].float() / 255, self.pose[index].clone()
        back = (BINS - torch.arange(BINS)) % BINS
        other = lines.reshape(-1, 2, BINS, CELLS, CELLS)[:, :, back].flip(4).reshape(lines.shape)
        where = turned[:, None, None, None]
        pose[turned] *= torch.tensor((-1.0, 1, 1, -1, 1))
        return torch.where(where, other, lines), torch.where(where, small.flip(3), small), pose


def draw(models: list[Model], count: int, seed: int, made_up: float) -> Views:
    """`count` pictures of models drawn at random, and of procedural props."""
    import cv2

    random = np.random.default_rng(seed)
    pool = [prop(random) for _ in range(POOL)] if made_up else []
    drawn: list[np.ndarray] = []
    small: list[np.ndarray] = []
    poses: list[tuple[float, ...]] = []
    while len(poses) < count:
        if made_up and random.random() < made_up:
            i = random.integers(len(pool))
            if random.random() < 0.3:
                pool[i] = prop(random)
            model = pool[i]
        else:
            model = models[random.integers(len(models))]
        picture, pose, _ = picture_of(
            subject_of(model, random), random, angles(random), SIDE, int(random.integers(1, 3))
        )
        if picture[3].sum() < 200:
            continue
        drawn.append(seen_by_turn(lines(picture)).astype(np.float16))
        thumb = cv2.resize(picture.transpose(1, 2, 0), (THUMB, THUMB), interpolation=cv2.INTER_AREA)
        small.append((thumb.transpose(2, 0, 1) * 255).astype(np.uint8))
        poses.append((pose.yaw, pose.pitch, pose.near, pose.across, pose.up))
    return Views(
        torch.from_numpy(np.stack(drawn)), torch.from_numpy(np.stack(small)), torch.tensor(poses, dtype=torch.float32)
    )


def targets(pose: Tensor) -> tuple[Tensor, Tensor]:
    """Soft bins of yaw and of pitch: Gaussians of one bin's width."""
    out = []
    for column, count, least, step in ((0, YAWS, YAW_LEAST, YAW_STEP), (1, PITCHES, PITCH_LEAST, PITCH_STEP)):
        middles = least + (torch.arange(count) + 0.5) * step
        away = (torch.rad2deg(pose[:, column])[:, None] - middles) / step
        out.append(torch.softmax(-(away**2) / 2, 1))
    return out[0], out[1]


def loss_of(out: Tensor, pose: Tensor) -> Tensor:
    """Cross entropy over the bins; the rest as a smooth absolute error."""
    yaw, pitch = targets(pose)
    rest = f.smooth_l1_loss(out[:, YAWS + PITCHES :], pose[:, 2:], beta=0.05)
    return f.cross_entropy(out[:, :YAWS], yaw) + f.cross_entropy(out[:, YAWS : YAWS + PITCHES], pitch) + 10 * rest


@torch.no_grad()
def validate(net: Turn, views: Views) -> dict[str, float]:
    """Median errors in degrees, over all and over three-quarter pictures, and how many of those are within 10."""
    net.eval()
    whole = torch.arange(len(views.pose))
    straight, turned = (views.some(whole, torch.full((len(whole),), flag)) for flag in (False, True))
    out, other = net(*straight[:2]).numpy(), net(*turned[:2]).numpy()
    net.train()
    poses = [decode_pose(a, b) for a, b in zip(out, other, strict=True)]
    truth = np.degrees(views.pose[:, :2].numpy().astype(np.float64))
    yaw = np.abs(np.degrees([p.yaw for p in poses]) - truth[:, 0])
    pitch = np.abs(np.degrees([p.pitch for p in poses]) - truth[:, 1])
    quarter = (np.abs(truth[:, 0]) > 20) & (np.abs(truth[:, 0]) < 50)
    return {
        "yaw": round(float(np.median(yaw)), 2),
        "pitch": round(float(np.median(pitch)), 2),
        "three_quarter_yaw": round(float(np.median(yaw[quarter])), 2),
        "within_10": round(float((yaw[quarter] < 10).mean()), 3),
    }


def fit(models: list[Model], held: list[Model], count: int, rounds: int, say: Callable[..., None]) -> dict[str, Tensor]:
    """The weights after `rounds` over `count` pictures."""
    views, kept = draw(models, count, 11, MADE_UP), draw(held, max(count // 8, 64), 7, 0.0)
    net = Turn()
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
    steps, done = rounds * (count // BATCH), 0
    for turn in range(rounds):
        order, total = torch.randperm(count), 0.0
        for start in range(0, count - BATCH + 1, BATCH):
            for group in optimiser.param_groups:
                share = 0.02 + 0.98 * (1 + math.cos(math.pi * done / steps)) / 2
                group["lr"] = RATE * min(1, (done + 1) / WARM) * share
            lines_, small, pose = views.some(order[start : start + BATCH], torch.rand(BATCH) < 0.5)
            loss = loss_of(net(lines_, small), pose)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            total += loss.item()
            done += 1
        say(round=turn + 1, loss=round(total / max(count // BATCH, 1), 4), **validate(net, kept))
    return net.state_dict()
