"""What a person at a terminal sees: a bar an asset while it is built, a line when it is done, a sum at the end."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from toolchain.pipeline import STAGES
from watch.build import Report
from watch.worker import Outcome

#: Shares of a build's time by stage, as measured on the examples; they only pace the bar.
PACE = {"generate": 6, "bake": 6, "reduce": 3, "lods": 3, "unwrap": 2, "check": 2, "export": 2, "report": 3}
MARK = {
    "passed": "[green]passed[/]",
    "failed": "[yellow]has errors[/]",
    "partial": "[green]done[/]",
    "broken": "[red]not built[/]",
}


class Terminal:
    """Progress on standard error, so that standard output stays the command's own. Thread-safe."""

    def __init__(self, quiet: bool = False) -> None:
        self.console = Console(stderr=True, quiet=quiet, highlight=False)
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[what]}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=quiet or not self.console.is_terminal,
        )
        self.tasks: dict[str, TaskID] = {}
        self.lock = threading.Lock()
        starts, at = {}, 0.0
        for stage in STAGES:
            starts[stage.name] = (at, float(PACE.get(stage.name, 1)))
            at += PACE.get(stage.name, 1)
        self.starts, self.total = starts, at

    def __enter__(self) -> Terminal:
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def progress(self, asset: str, label: str, share: float, what: str) -> None:
        """One step of an asset's build."""
        start, width = self.starts[label.partition("/")[0]]
        with self.lock:
            if asset not in self.tasks:
                self.tasks[asset] = self.bars.add_task(asset, total=self.total, what="")
            self.bars.update(self.tasks[asset], completed=start + share * width, what=f"{label} {what}".strip())

    def done(self, outcome: Outcome) -> None:
        """An asset's last line."""
        with self.lock:
            if (task := self.tasks.pop(outcome.asset, None)) is not None:
                self.bars.remove_task(task)
        seconds = sum(outcome.seconds.values())
        words = f"{seconds:.1f} s" if outcome.ran else "nothing to do"
        self.console.print(f"{MARK[outcome.status]}  {outcome.asset}  [dim]{words}[/]")
        if outcome.message:
            self.console.print(f"    {outcome.message}", markup=False)
        if outcome.fault == "internal" and outcome.detail:
            self.console.print(outcome.detail, markup=False, style="dim")

    def summary(self, report: Report, outbox: Path) -> None:
        """Findings worth acting on, files that were no part of any asset, and where to look."""
        for outcome in report.outcomes:
            seen: set[tuple[str, str]] = set()
            for finding in outcome.findings:
                key = (finding["code"], finding["message"])
                if finding["severity"] == "info" or key in seen:
                    continue
                seen.add(key)
                engine = f" ({finding['engine']})" if finding.get("engine") else ""
                self.console.print(
                    f"{outcome.asset}: {finding['severity']} {finding['code']}{engine}: {finding['message']}",
                    markup=False,
                )
        for leftover in report.leftovers:
            if leftover.reason != "not a picture":
                self.console.print(f"{leftover.path.name}: {leftover.reason}.", markup=False, style="dim")
        good = [o for o in report.outcomes if o.status != "broken"]
        if good:
            self.console.print(
                f"{len(good)} of {len(report.outcomes)} in {outbox}; open ASSET/report.html to look.",
                markup=False,
                style="dim",
            )
