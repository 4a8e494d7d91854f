"""The watcher's live table: what runs at which stage, what waits, how fast it goes and how long it will take.

On a terminal it stands below the lines of what has ended; elsewhere only those lines are written.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from watch.live import lasting
from watch.terminal import MARK, Pacer
from watch.worker import Outcome

_SHOWN = 12


class Board:
    """Used by one thread. `show` takes the same data as `status --json` calls `live`."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self.pacer = Pacer()
        self.live = Live(console=self.console, auto_refresh=False, transient=True) if self.console.is_terminal else None

    def __enter__(self) -> Board:
        if self.live:
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:
            self.live.stop()

    def line(self, text: str, style: str = "") -> None:
        """One line that stays."""
        self.console.print(Text(text, style=style), soft_wrap=True)

    def ended(self, state: str, text: str, outcome: Outcome) -> None:
        """An asset's last line."""
        mark = MARK.get(outcome.status, outcome.status) if state in ("done", "failed") else f"[yellow]{state}[/]"
        words = f"{sum(outcome.seconds.values()):.1f} s" if outcome.ran else text or "nothing to do"
        line = Text.from_markup(f"{mark}  ")
        line.append(outcome.asset).append(f"  {words}", style="dim")
        self.console.print(line, soft_wrap=True)
        if outcome.message:
            self.line(f"    {outcome.message}")

    def show(self, live: dict[str, Any]) -> None:
        """Redraw."""
        if self.live:
            self.live.update(Group(*self._rows(live)), refresh=True)

    def _rows(self, live: dict[str, Any]) -> list[Any]:
        table = Table.grid(padding=(0, 2))
        for asset, job in list(live["running"].items())[:_SHOWN]:
            share = self.pacer.share(job["stage"], job["share"])
            bar = "━" * round(20 * share) + "╌" * (20 - round(20 * share))
            table.add_row(asset, Text(bar, style="green"), job["stage"] or "starting")
        rate = f"{live['per_minute']:.1f} a minute" if live["per_minute"] else "rate not known yet"
        counts = ", ".join(f"{n} {state}" for state, n in sorted(live["counts"].items()) if state != "running")
        foot = f"{counts or 'nothing dropped yet'}; {rate}"
        if live["waiting"]:
            foot += f"; {live['waiting']} to go, about {lasting(live['left_s'])}"
        rows: list[Any] = [table, Text(foot, style="dim")]
        if live["trouble"]:
            rows.append(Text(live["trouble"], style="yellow"))
        return rows
