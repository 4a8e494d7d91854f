"""The shape network's training: Adam with decoupled weight decay, a cosine schedule, weights averaged over steps."""

from __future__ import annotations

import contextlib
import math
import queue
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as f

from toolchain.generate.learned.net import Matter
from toolchain.generate.learned.training.meshes import Model
from toolchain.generate.learned.training.procedural import prop
from toolchain.generate.learned.training.samples import Sample, lone, sample, straight, subject_of

SIZES = {1: 24, 2: 18, 3: 14, 4: 12}  # samples in a batch, by the views of each
SHARES = (0.74, 0.12, 0.06, 0.08)  # of batches
RATE, WARM, DECAY = 1e-3, 200, 0.02
AVERAGE = 0.998
MADE_UP = 0.3  # share of procedural props
POOL = 400  # of them kept at a time; one is made anew for each batch
EVERY = 200  # steps between looks at the held-out packs


def loss_of(logits: Tensor, truth: Tensor) -> Tensor:
    """Cross entropy, and the soft Dice loss (Milletari et al. 2016), which thin things need."""
    entropy = f.binary_cross_entropy_with_logits(logits, truth, reduction="none").mean((1, 2, 3))
    p = torch.sigmoid(logits)
    dice = 1 - (2 * (p * truth).sum((1, 2, 3)) + 8) / (p.sum((1, 2, 3)) + truth.sum((1, 2, 3)) + 8)
    return (3 * entropy + dice).mean()


def batched(samples: list[Sample]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Pictures, matrices, numbers as Matter is asked, and the truth (B, GRID, GRID, GRID), shares of 1."""
    pictures, matrices, numbers = (
        torch.from_numpy(np.stack([getattr(s, name) for s in samples])) for name in ("pictures", "matrices", "numbers")
    )
    return pictures, matrices, numbers, torch.from_numpy(np.stack([s.matter for s in samples])).float() / 255


class Loader(threading.Thread):
    """Batches drawn ahead. The drawing kernels hold no lock, so they run beside the training."""

    def __init__(self, models: list[Model], seed: int) -> None:
        super().__init__(daemon=True)
        self.models = models
        self.random = np.random.default_rng(seed)
        self.over = threading.Event()
        self.ready: queue.Queue[list[Sample]] = queue.Queue(6)

    def run(self) -> None:
        """Until `over` is set."""
        random = self.random
        pool = [prop(random) for _ in range(POOL)]
        while not self.over.is_set():
            pool[random.integers(len(pool))] = prop(random)
            views = int(random.choice(list(SIZES), p=SHARES))
            out: list[Sample] = []
            while len(out) < SIZES[views]:
                some = pool if random.random() < MADE_UP else self.models
                made = sample(some[random.integers(len(some))], random, views)
                if made.matter.any() and made.pictures[:, 3].sum((1, 2)).min() > 20:
                    out.append(made)
            while not self.over.is_set():
                with contextlib.suppress(queue.Full):
                    self.ready.put(out, timeout=0.5)
                    break


def held_out(models: list[Model]) -> dict[str, list[Sample]]:
    """Pictures of each model as artists draw props, for validation, by kind."""
    random = np.random.default_rng(1)
    out: dict[str, list[Sample]] = {"three_quarter": [], "front": [], "front_left": [], "four": []}
    for model in models:
        subject = subject_of(model, random, exact=True)
        yaw, pitch = random.choice((-1, 1)) * random.uniform(25, 45), random.uniform(12, 22)
        quarter = (math.radians(yaw), math.radians(pitch), 0.46)
        out["three_quarter"].append(lone(subject, random, quarter, False, 0.0))
        out["front"].append(lone(subject, random, (0.0, 0.0, 0.0), True, 0.0))
        out["front_left"].append(straight(subject, random, ("front", "left")))
        out["four"].append(straight(subject, random, ("front", "left", "back", "top")))
    return out


@torch.no_grad()
def validate(net: Matter, held: list[Sample]) -> float:
    """Mean IoU with the true pose."""
    net.eval()
    out: list[float] = []
    for start in range(0, len(held), 16):
        *asked, truth = batched(held[start : start + 16])
        filled, there = net(*asked) > 0, truth > 0.5
        both, either = (filled & there).sum((1, 2, 3)), (filled | there).sum((1, 2, 3))
        out += (both / either.clamp(min=1)).tolist()
    net.train()
    return round(float(np.mean(out)), 4)


def fit(models: list[Model], held: list[Model], out: Path, steps: int, say: Callable[..., None]) -> dict[str, Tensor]:
    """The averaged weights after `steps`; taken up where `out`/matter.safetensors left off."""
    net = Matter()
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    mean = {key: value.clone() for key, value in net.state_dict().items()}
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY, betas=(0.9, 0.98))
    kept, start = out / "matter.safetensors", 0
    if kept.exists():
        start = _resume(net, mean, optimiser, load_file(kept))
    kept_out = held_out(held[::2])
    loader = Loader(models, 1000 + start)
    loader.start()
    total = 0.0
    for step in range(start, steps):
        rate = RATE * min(1, (step + 1) / WARM) * (0.02 + 0.98 * (1 + math.cos(math.pi * step / steps)) / 2)
        for group in optimiser.param_groups:
            group["lr"] = rate
        batch = loader.ready.get()
        *asked, truth = batched(batch)
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(*asked)
        loss = loss_of(logits, truth)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        share = min(AVERAGE, (step + 1) / (step + 10))
        with torch.no_grad():
            for key, value in net.state_dict().items():
                mean[key].lerp_(value, 1 - share)
        total += loss.item()
        if (step + 1) % EVERY == 0 or step + 1 == steps:
            average = Matter()
            average.load_state_dict(mean)
            reached = {kind: validate(average, some) for kind, some in kept_out.items()}
            say(step=step + 1, loss=round(total / EVERY, 4), **reached)
            total = 0.0
            _keep(kept, net, mean, optimiser, step + 1)
    loader.over.set()
    return mean


def _keep(file: Path, net: Matter, mean: dict[str, Tensor], optimiser: torch.optim.Optimizer, step: int) -> None:
    state = {f"net.{k}": v for k, v in net.state_dict().items()} | {f"mean.{k}": v for k, v in mean.items()}
    for i, p in enumerate(net.parameters()):
        held = optimiser.state[p]
        state |= {f"first.{i}": held["exp_avg"], f"second.{i}": held["exp_avg_sq"]}
    save_file({k: v.contiguous() for k, v in state.items()} | {"step": torch.tensor(step)}, file)


def _resume(net: Matter, mean: dict[str, Tensor], optimiser: torch.optim.Optimizer, state: dict[str, Tensor]) -> int:
    step = int(state["step"])
    net.load_state_dict({k[4:]: v for k, v in state.items() if k.startswith("net.")})
    mean |= {k[5:]: v for k, v in state.items() if k.startswith("mean.")}
    for i, p in enumerate(net.parameters()):
        optimiser.state[p] = {
            "step": torch.tensor(float(step)),
            "exp_avg": state[f"first.{i}"],
            "exp_avg_sq": state[f"second.{i}"],
        }
    return step
