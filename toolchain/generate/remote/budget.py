"""What a run may spend: told before anything is sent, and refused there."""

from __future__ import annotations

import json

from toolchain.generate.remote.ask import RemoteAsk
from toolchain.generate.remote.states import Order, Planned, Price
from toolchain.stage import StageError


def check(title: str, fresh: list[Order], wanted: int, ask: RemoteAsk) -> None:
    """Planned for a dry run; StageError where what would be sent may cost more than `max_credits`."""
    prices = [order.price for order in fresh]
    known = [p for p in prices if p is not None]
    total, unit = sum(p.amount for p in known), known[0].unit if known else "credits"
    shown = Price(total, unit).text()
    estimate = shown if known and len(known) == len(prices) else "a price that is not known beforehand"
    if ask.dry_run:
        kept = wanted - len(fresh)
        pictures = sum(len(order.pictures) for order in fresh)
        say = (
            f"{_count(len(fresh), 'request')} with {_count(pictures, 'picture')} would go to {title}, for {estimate}."
            if fresh
            else f"Nothing would go to {title}."
        )
        have = f" {_count(kept, 'candidate')} already asked for would be used." if kept else ""
        detail = json.dumps([{"seed": o.seed, **o.options} for o in fresh], indent=1, sort_keys=True)
        raise Planned(f"Dry run: {say}{have} Nothing was sent.", detail)
    if not fresh or not ask.max_credits:
        return
    if len(known) < len(prices):
        raise StageError(
            f"{title}'s price is not known beforehand, so max_credits cannot be kept. Nothing was sent; "
            "set generate.max_credits=0 to send without a bound."
        )
    if total > ask.max_credits:
        raise StageError(f"{title} would cost {shown}, more than max_credits = {ask.max_credits:g}. Nothing was sent.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
