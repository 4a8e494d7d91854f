"""A worker as a service of the remote client: candidates, contact sheet and dry run are the same for all generators."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine_profiles.typed import opt
from toolchain.asset import Reference, Sculpt
from toolchain.generate.local.environment import home
from toolchain.generate.local.pipe import Worker
from toolchain.generate.remote.ask import RemoteAsk
from toolchain.generate.remote.client import Service
from toolchain.generate.remote.http import Host
from toolchain.generate.remote.lock import held
from toolchain.generate.remote.states import Order, Picture, Price, Receipt
from toolchain.generate.unbilled import UnbilledAsk
from toolchain.stage import Progress

WHERE, PRICE = "own GPU", ""
#: What the manifest says of the environment; the GPU by its model's name.
TOLD = ("python", "torch", "device")


@dataclass(frozen=True)
class OnDevice(UnbilledAsk):
    """For models that also run without a GPU, much slower."""

    device: str = opt("cuda", "what it runs on; never changed unasked", choices=("cuda", "cpu"))


class Local(Service):
    """One model's worker. It answers a request with the model itself, and costs nothing."""

    billed = False

    def __init__(self, name: str, title: str, ask: RemoteAsk, device: str, progress: Progress) -> None:
        super().__init__(Host(title, f"worker:{name}"))
        self.name, self._ask, self._device, self._progress = name, ask, device, progress
        self.told: dict[str, Any] = {}

    def open(self) -> Any:
        """The worker, started anew; the next candidate finds it with its weights loaded."""
        return Worker(self.name, self.host.title, home(self.name))

    def submit(self, api: Any, order: Order, prepared: Any) -> Receipt:
        """The worker's GLB."""
        ask = {"options": order.options, "seed": order.seed, "device": self._device}
        pictures = [(p.view, p.png) for p in order.pictures]

        def tell(share: float, what: str) -> None:
            self._progress(0.05 + 0.85 * share, what)

        model = api.run(ask, pictures, self._ask.wait_s, tell)
        self.told = {k: api.hello.get(k, "") for k in TOLD}
        return Receipt({}, model)


def generate(
    name: str,
    title: str,
    licence: str,
    pictures: tuple[Picture, ...],
    options: dict[str, Any],
    ask: RemoteAsk,
    progress: Progress,
    state: Path,
    device: str = "cuda",
) -> Sculpt:
    """The Sculpt that the model `name` makes of `pictures`. StageError where it does not."""
    from dataclasses import replace

    from toolchain.generate.remote.finish import Maker, make

    service = Local(name, title, ask, device, progress)
    maker = Maker(name, title, licence)

    def order(seed: int) -> Order:
        return Order(name, {**options, "device": device}, pictures, seed, Price(0.0))

    # A ledger for this run alone: nothing was paid for, and made anew must mean made anew.
    with alone(state, ask.wait_s, progress), tempfile.TemporaryDirectory(prefix="dropforge-") as ledger:
        sculpt = make(service, order, maker, ask, progress, Path(ledger))
    views = ", ".join(p.view.replace("_", " ") for p in pictures)
    reason = f"{title}, in an environment of yours, made it from the pictures ({views}); the rest is its invention."
    return replace(sculpt, reason=reason, notes={**sculpt.notes, "environment": service.told})


def alone(state: Path, wait_s: float, progress: Progress) -> contextlib.AbstractContextManager[None]:
    """One worker at a time for all assets that share `state`: two models do not fit a GPU that one fits."""
    refused = "Another asset still uses the GPU. Run again later."
    return held(state / "gpu.lock", wait_s, progress, "another asset uses the GPU", refused)


def best(reference: Reference) -> tuple[Picture, ...]:
    """The one picture that says most."""
    from toolchain.generate.remote.pictures import one

    return one(reference)
