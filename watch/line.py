"""Who is next: jobs wait by the wave they were dropped in, and the smallest wave goes first.

So one drop overtakes a batch of ten thousand. Every `FAIR`th start goes to the oldest wave, so that a stream of single
drops cannot keep a batch waiting for ever.
"""

from __future__ import annotations

from collections.abc import Callable

FAIR = 4
#: Jobs of a wave that are looked at for one that may start now.
AHEAD = 64
#: Drops noticed within this time of each other are one wave, seconds.
WAVE_S = 2.0


class Line:
    """Assets that wait, by wave."""

    def __init__(self) -> None:
        self._waves: dict[int, dict[str, None]] = {}
        self._of: dict[str, int] = {}
        self._starts = 0

    def __len__(self) -> int:
        return len(self._of)

    def __contains__(self, asset: str) -> bool:
        return asset in self._of

    def add(self, asset: str, wave: int) -> None:
        """Queue an asset; one that waits already moves to this wave."""
        self.remove(asset)
        self._of[asset] = wave
        self._waves.setdefault(wave, {})[asset] = None

    def remove(self, asset: str) -> None:
        """Take an asset out, if it waits."""
        wave = self._of.pop(asset, None)
        if wave is not None:
            del self._waves[wave][asset]
            if not self._waves[wave]:
                del self._waves[wave]

    def next(self, may: Callable[[str], bool]) -> str | None:
        """The asset to start now, of those that `may`; it stays in line until removed."""
        order = sorted(self._waves, key=lambda w: (len(self._waves[w]), w))
        if self._starts % FAIR == FAIR - 1:
            order.sort()
        for wave in order:
            for seen, asset in enumerate(self._waves[wave]):
                if may(asset):
                    self._starts += 1
                    return asset
                if seen >= AHEAD:
                    break
        return None


class Waves:
    """Numbers waves by time."""

    def __init__(self, first: int) -> None:
        self._wave, self._last = first, None  # type: int, float | None

    def at(self, now: float) -> int:
        """The wave of what is noticed at `now`, monotonic seconds."""
        if self._last is not None and now - self._last > WAVE_S:
            self._wave += 1
        self._last = now
        return self._wave

    def own(self) -> int:
        """A wave of its own, for what an operator asks for; it goes before any batch."""
        self._wave, self._last = self._wave + 1, None
        return self._wave
