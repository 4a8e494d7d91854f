"""What a person at a terminal sees: a bar an asset while it is built, a line when it is done, a sum at the end."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from toolchain.pipeline import STAGES
from watch.build import Report
from watch.faults import BLAME
from watch.group import NOT_A_PICTURE
from watch.names import shown
from watch.worker import Outcome

#: Shares of a build's time by stage, as measured on the examples; they only pace the bar.
PACE = {"generate": 6, "bake": 6, "reduce": 3, "lods": 3, "unwrap": 2, "check": 2, "export": 2, "report": 3}
#: Assets with nothing to do that are named one by one.
UNCHANGED = 20
MARK = {
    "passed": "[green]passed[/]",
    "failed": "[yellow]has errors[/]",
    "partial": "[green]done[/]",
    "broken": "[red]not built[/]",
}


class Pacer:
    """How far an asset is, by the stage it is at."""

    def __init__(self) -> None:
        self.starts, at = {}, 0.0
        for stage in STAGES:
            self.starts[stage.name] = (at, float(PACE.get(stage.name, 1)))
            at += PACE.get(stage.name, 1)
        self.total = at

    def share(self, label: str, share: float) -> float:
        """0..1 of the whole build for a node's label and its own share."""
        start, width = self.starts.get(label.partition("/")[0], (0.0, 0.0))
        return (start + share * width) / self.total


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
        self.pacer = Pacer()
        self.unchanged = 0

    def __enter__(self) -> Terminal:
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def progress(self, asset: str, label: str, share: float, what: str) -> None:
        """One step of an asset's build."""
        done = self.pacer.share(label, share)
        with self.lock:
            if asset not in self.tasks:
                self.tasks[asset] = self.bars.add_task(asset, total=1.0, what="")
            self.bars.update(self.tasks[asset], completed=done, what=f"{label} {what}".strip())

    def done(self, outcome: Outcome) -> None:
        """An asset's last line."""
        nothing = outcome.status != "broken" and not outcome.ran
        with self.lock:
            if (task := self.tasks.pop(outcome.asset, None)) is not None:
                self.bars.remove_task(task)
            self.unchanged += nothing
        if nothing and self.unchanged > UNCHANGED:  # a build of thousands with nothing to do says so once
            return
        seconds = sum(outcome.seconds.values())
        words = f"{seconds:.1f} s" if outcome.ran else "nothing to do"
        self.console.print(f"{MARK[outcome.status]}  {outcome.asset}  [dim]{words}[/]")
        if outcome.message:
            self.console.print(f"    {outcome.message}", markup=False)
        if outcome.fault in BLAME and outcome.detail:
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
            if leftover.reason != NOT_A_PICTURE:
                self.console.print(f"{shown(leftover.path.name)}: {leftover.reason}.", markup=False, style="dim")
        if self.unchanged > UNCHANGED:
            self.console.print(f"{self.unchanged} had nothing to do.", style="dim")
        good = [o for o in report.outcomes if o.status != "broken"]
        if good:
            self.console.print(
                f"{len(good)} of {len(report.outcomes)} in {outbox}; open ASSET/report.html to look.",
                markup=False,
                style="dim",
            )
