"""What generators on the user's own machines can be told: the candidates of the paid ones, without the bill."""

from __future__ import annotations

from dataclasses import dataclass

from engine_profiles.typed import opt
from toolchain.generate.remote.ask import MOST_SEED, RemoteAsk


@dataclass(frozen=True)
class UnbilledAsk(RemoteAsk):
    """The same fields in other words; `max_credits` and `resubmit` do nothing where nothing is paid."""

    seeds: int = opt(1, "how many candidates to make", low=1, high=8)
    seed: int = opt(1, "of the first candidate; another number makes another shape", low=1, high=MOST_SEED)
    dry_run: bool = opt(False, "say what would be asked for, and ask for nothing")
    wait_s: float = opt(600.0, "how long it may take", unit="s", low=1, high=840)
