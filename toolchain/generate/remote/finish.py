"""From candidates to the Sculpt: read in a child process, the sound ones looked at, one chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from toolchain.asset import LEARNED, Dropped, Sculpt
from toolchain.generate.remote.ask import RemoteAsk
from toolchain.generate.remote.client import Candidate, Service, obtain
from toolchain.generate.remote.states import Order
from toolchain.stage import Progress, StageError

MOST_TRIANGLES = 4_000_000
#: A mesh thinner than this share of its longest side is a card, not a shape.
THINNEST = 1e-4


@dataclass(frozen=True)
class Maker:
    """Who made it, as the report and the manifest tell it."""

    generator: str  # NAME
    model: str  # the service's model, such as meshy-7: the Sculpt's rung
    licence: str  # one line
    front: str = "+Z"  # of the service's models, as far as is known


def make(
    service: Service,
    order: Callable[[int], Order],
    maker: Maker,
    ask: RemoteAsk,
    progress: Progress,
    state: Path,
) -> Sculpt:
    """Candidates by `order(seed)`, one of them as a Sculpt. StageError where none is sound, or `pick` is not."""
    orders = tuple(order(ask.seed + k) for k in range(ask.seeds))
    candidates = obtain(service, orders, ask, progress, state)
    progress(0.95, "reading the model")
    read = tuple(_sculpt(candidate, maker, ask, service.host.title) for candidate in candidates)
    sound = [k for k, found in enumerate(read) if isinstance(found, Sculpt)]
    if ask.pick and ask.pick - 1 not in sound:
        raise StageError(f"Candidate {ask.pick} cannot be taken: {read[ask.pick - 1]}")
    if not sound:
        raise StageError(str(read[0]))
    taken = ask.pick - 1 if ask.pick else sound[0]
    sculpt = read[taken]
    assert isinstance(sculpt, Sculpt)
    views = [p.view for p in orders[taken].pictures]
    notes: dict[str, Any] = {
        "service": maker.generator,
        "model": maker.model,
        "licence": maker.licence,
        "views_sent": views,
        "seed": orders[taken].seed,
        "download_sha256": candidates[taken].sha256,
        **candidates[taken].notes,
    }
    sheet = None
    if ask.seeds > 1:
        from toolchain.generate.remote.sheet import contact_sheet

        notes["candidates"] = [_told(k, c, read[k]) for k, c in enumerate(candidates)]
        notes["picked"] = taken + 1
        sheet = contact_sheet([found if isinstance(found, Sculpt) else None for found in read], taken)
    return replace(sculpt, notes={**sculpt.notes, **notes}, sheet=sheet)


def _sculpt(candidate: Candidate, maker: Maker, ask: RemoteAsk, title: str) -> Sculpt | str:
    """The candidate as a Sculpt, or why it is not sound."""
    from toolchain.generate.canonical import sculpt_of
    from toolchain.intake.models import read_model

    if candidate.model is None:
        return candidate.why
    pictures = ", ".join(p.view.replace("_", " ") for p in candidate.order.pictures)
    reason = f"{title}'s {maker.model} made it from the pictures ({pictures}); what they do not show is its invention."
    try:
        dropped = read_model(candidate.model, candidate.suffix, f"{maker.generator}{candidate.suffix}")
        if why := _unsound(dropped):
            return f"{title}'s model {why}."
        dropped, facing = _faced(dropped, candidate, maker, ask)
        sculpt = sculpt_of(dropped, generator=maker.generator, rung=maker.model, reason=reason, notes=facing)
    except StageError as error:
        return str(error)
    # A network drew all of it: also what a picture shows is not traced back to it.
    return replace(sculpt, evidence=np.full(len(sculpt.mesh.positions), LEARNED, np.uint8))


def _faced(dropped: Dropped, candidate: Candidate, maker: Maker, ask: RemoteAsk) -> tuple[Dropped, dict[str, Any]]:
    """`dropped` with its front, and how that was had: asked for, by the outlines, or as the service is known."""
    from toolchain.generate.remote.facing import front_of

    if ask.front != "auto":
        front, how, fit = ask.front, "asked", {}  # type: str, str, dict[str, float]
    elif dropped.up == "+Y":
        front, fit = front_of(dropped.painted.mesh, candidate.order.pictures, maker.front)
        how = "known" if front == maker.front else "outline"
    else:
        front, how, fit = dropped.front, "file", {}
    if front[1] == dropped.up[1]:
        front, how = dropped.front, "file"
    return replace(dropped, front=front), {"front_by": how, "front_fit": fit}


def _unsound(dropped: Dropped) -> str:
    """What bars a model from being taken, or ""."""
    mesh = dropped.painted.mesh
    if not len(mesh.faces):
        return "has no triangles"
    if len(mesh.faces) > MOST_TRIANGLES:
        return f"has {len(mesh.faces)} triangles, more than the {MOST_TRIANGLES} that are taken"
    if not np.isfinite(mesh.positions).all():
        return "has vertices that are not numbers"
    if mesh.size.min() < THINNEST * mesh.size.max() or not mesh.size.max() > 0:
        return "is flat"
    return ""


def _told(number: int, candidate: Candidate, found: Sculpt | str) -> dict[str, Any]:
    told: dict[str, Any] = {"number": number + 1, "seed": candidate.order.seed}
    if isinstance(found, Sculpt):
        return told | {"triangles": len(found.mesh.faces), "sha256": candidate.sha256}
    return told | {"why_not": found}
