"""Train the shading network: `python -m toolchain.surface.learned.training.fit DATA OUT [--steps N]`.

OUT/shade.safetensors is what ships, in half precision. DATA as the generator's training reads it; the numbers that a
run tells are of its held-out packs.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as f

from toolchain.generate.learned.training.fit import begun, say
from toolchain.surface.learned.estimate import WEIGHTS
from toolchain.surface.learned.net import Shade, centred, told
from toolchain.surface.learned.training.pictures import LUMA, Lot, Scenes, scenes_of

BATCH, RATE, WARM, DECAY = 32, 1.5e-3, 100, 0.02
KEPT = 0.995  # of the running mean of weights, a step
SOFT = 0.02  # log shading: below this, errors count by their square
EDGES, LIT = 0.5, 0.1  # weights of the loss of steps between pixels, and of there being light
DULL, BRIGHT = 0.03, 0.15  # spreads of log shading: up to the first no light, from the second on light; between, either


def loss_of(shade: Tensor, lit: Tensor, lot: Lot) -> Tensor:
    """Error of log albedo up to one factor a channel, more where paint is bright; of its steps; of `lit`."""
    grey = (lot.paint * torch.tensor(LUMA)[:, None, None]).sum(1, keepdim=True)
    level = (grey * lot.cover).sum((2, 3), keepdim=True) / lot.cover.sum((2, 3), keepdim=True)
    weight = lot.cover * (0.3 + (grey / level.clamp(min=1e-3)).clamp(max=2.5))
    away = centred(shade - lot.shade, weight)

    def mean(errors: Tensor, by: Tensor) -> Tensor:
        return (((errors**2 + SOFT**2).sqrt() - SOFT) * by).sum() / (3 * by.sum()).clamp(min=1)

    total = mean(away, weight)
    for reach in (1, 2, 5):
        for axis in (2, 3):
            size = away.shape[axis] - reach
            steps = away.narrow(axis, reach, size) - away.narrow(axis, 0, size)
            both = lot.cover.narrow(axis, reach, size) * lot.cover.narrow(axis, 0, size)
            total = total + EDGES / 6 * mean(steps, both)
    clear = ((lot.light < DULL) | (lot.light > BRIGHT)).float()
    sure = f.binary_cross_entropy_with_logits(lit, (lot.light > BRIGHT).float(), clear, reduction="sum")
    return total + LIT * sure / clear.sum().clamp(min=1)


def albedo_error(shade: Tensor, lot: Lot) -> Tensor:
    """(B,) RMSE of linear albedo after the one best scale, over the cover."""
    found = (lot.picture / shade.exp()).clamp(0, 4) * (lot.cover > 0.9)
    true = lot.paint * (lot.cover > 0.9)
    scale = (found * true).sum((1, 2, 3)) / (found**2).sum((1, 2, 3)).clamp(min=1e-6)
    count = 3 * (lot.cover > 0.9).sum((1, 2, 3)).clamp(min=1)
    return (((scale[:, None, None, None] * found - true) ** 2).sum((1, 2, 3)) / count).sqrt()


@torch.no_grad()
def validate(net: Shade, held: Scenes) -> dict[str, float]:
    """Errors of lit pictures as a share of doing nothing's, how often they are more than that, errors of flat ones.

    And how often a lit picture seems more so than a flat one.
    """
    net.eval()
    chance = torch.Generator().manual_seed(5)
    rows = []
    for start in range(0, len(held), 64):
        lot = held.some(torch.arange(start, min(start + 64, len(held))), chance)
        shade, lit = net(told(lot.picture, lot.cover, lot.shape))
        none = albedo_error(torch.zeros_like(shade), lot)
        rows.append(torch.stack((albedo_error(shade, lot), none, lit, lot.light)))
    net.train()
    ours, nothing, said, light = torch.cat(rows, 1)
    bright, dull = light > BRIGHT, light < DULL
    return {
        "of_nothing": round(float(ours[bright].mean() / nothing[bright].mean()), 4),
        "worse": round(float((ours > nothing)[bright].float().mean()), 3),
        "flat": round(float(ours[dull].mean()), 4),
        "told_apart": round(float((said[bright][:, None] > said[dull]).float().mean()), 4),
    }


def fit(
    scenes: Scenes,
    held: Scenes,
    steps: int,
    say: Callable[..., None],
    every: int = 200,
    start: dict[str, Tensor] | None = None,
) -> dict[str, Tensor]:
    """The running mean of the weights after `steps` of BATCH pictures, from `start` or from anew."""
    net, mean = Shade().to(memory_format=torch.channels_last), Shade()  # type: ignore[call-overload]
    if start:
        net.load_state_dict({key: value.float() for key, value in start.items()})
    mean.load_state_dict(net.state_dict())
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
    chance = torch.Generator().manual_seed(1)
    total = 0.0
    for done in range(steps):
        for group in optimiser.param_groups:
            share = 0.01 + 0.99 * (1 + math.cos(math.pi * done / steps)) / 2
            group["lr"] = RATE * min(1, (done + 1) / WARM) * share
        lot = scenes.some(torch.randint(len(scenes), (BATCH,), generator=chance), chance)
        with torch.autocast("cpu", torch.bfloat16):
            shade, lit = net(told(lot.picture, lot.cover, lot.shape).contiguous(memory_format=torch.channels_last))
        loss = loss_of(shade, lit, lot)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        total += loss.item()
        kept = min(KEPT, (done + 1) / (done + 10))
        with torch.no_grad():
            for old, new in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
                if old.is_floating_point():
                    old.lerp_(new, 1 - kept)
        if (done + 1) % every == 0 or done + 1 == steps:
            say(step=done + 1, loss=round(total / ((done % every) + 1), 4), **validate(mean, held))
            total = 0.0
    return mean.state_dict()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of index.json and props-*.npz")
    parser.add_argument("out", type=Path)
    parser.add_argument("--scenes", type=int, default=6000, help="views that pictures are put together from")
    parser.add_argument("--steps", type=int, default=2000, help=f"of {BATCH} pictures each")
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    models, held = begun(args)
    scenes = scenes_of(models, args.scenes, 1), scenes_of(held, args.scenes // 16 + 16, 2)
    weights = fit(*scenes, args.steps, say, start=load_file(args.start) if args.start else None)
    save_file({key: value.half().contiguous() for key, value in sorted(weights.items())}, args.out / WEIGHTS)


if __name__ == "__main__":
    main()
