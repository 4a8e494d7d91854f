"""Train both networks: `python -m toolchain.generate.learned.training.fit DATA OUT [--steps N]`.

OUT/turn.safetensors and OUT/matter.safetensors are what ships, in half precision. A run can be ended and taken up
again: OUT holds all it needs.
Numbers that a run tells are of the held-out packs of DATA.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from toolchain.generate.learned.prior import WEIGHTS
from toolchain.generate.learned.training import fit_matter, fit_turn
from toolchain.generate.learned.training.meshes import Model, read


def say(**told: object) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def begun(args: argparse.Namespace) -> tuple[list[Model], list[Model]]:
    """The models to learn from and those held out, of a run with `data`, `out` and `threads`; all chance seeded."""
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    args.out.mkdir(parents=True, exist_ok=True)
    models, held = list(read(args.data, "train")), list(read(args.data, "val"))
    say(models=len(models), held_out=len(held))
    return models, held


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of index.json and props-*.npz")
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=3600, help="steps of the shape network, of 24 pictures each")
    parser.add_argument("--pictures", type=int, default=44_000, help="pictures that the pose network learns from")
    parser.add_argument("--rounds", type=int, default=12, help="times that it sees each")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    models, held = begun(args)
    turn = fit_turn.fit(models, held, args.pictures, args.rounds, say)
    matter = fit_matter.fit(models, held, args.out, args.steps, say)
    for file, weights in zip(WEIGHTS, (turn, matter), strict=True):
        save_file({key: value.half().contiguous() for key, value in sorted(weights.items())}, args.out / file)


if __name__ == "__main__":
    main()
