"""What every generator behind an API can be told."""

from __future__ import annotations

from dataclasses import dataclass

from engine_profiles.typed import opt
from toolchain.generate.ask import Ask

#: Of a seed: every service takes numbers up to here.
MOST_SEED = 60_000


@dataclass(frozen=True)
class RemoteAsk(Ask):
    """How often it is asked, what it may cost, which answer is taken."""

    seeds: int = opt(1, "how many candidates to ask for; each is paid for", low=1, high=8)
    pick: int = opt(0, "which candidate is taken, from 1; 0 takes the first that is sound", low=0, high=8)
    seed: int = opt(
        1, "of the first candidate; another number is another request and costs again", low=1, high=MOST_SEED
    )
    max_credits: float = opt(
        0.0, "send nothing that is expected to cost more, in the service's own unit; 0 sets no bound", low=0.0
    )
    dry_run: bool = opt(False, "say what would be sent and what it would cost, and send nothing")
    resubmit: bool = opt(False, "send again where it is not known whether the last request was billed")
    wait_s: float = opt(
        600.0, "how long to wait for the service; run again to go on waiting", unit="s", low=1, high=840
    )
    front: str = opt(
        "auto", "which axis of the service's model is its front; auto asks the outlines",
        choices=("auto", "+Z", "-Z", "+X", "-X"),
    )  # fmt: skip

    def __post_init__(self) -> None:
        if self.pick > self.seeds:
            raise ValueError(f"pick = {self.pick}, but only {self.seeds} candidates are asked for by `seeds`")
