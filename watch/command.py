"""The watch floor's subcommands: their options, and what they do. toolchain/cli.py hands the command line over."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

Command = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
ORDERS = {
    "retry": "build assets again that failed, were cancelled or are in quarantine",
    "cancel": "end or forget what is under way or waits",
    "hold": "put assets aside until they are approved",
    "approve": "let held assets be built, or publish what was held for review",
}
USAGE = 2


def add_watch_options(watch: argparse.ArgumentParser) -> None:
    """What `watch` takes beside what every building command takes."""
    add = watch.add_argument
    add("--settle", type=float, default=1.0, metavar="SECONDS", help="how long a drop must lie still (1)")
    add("--incomplete-after", type=float, default=60.0, metavar="SECONDS", help="when a torn file is given up (60)")
    add("--retire", choices=("keep", "archive", "remove"), default="keep", help="outputs whose drop is gone (keep)")
    add("--review", action="store_true", help="hold every asset until `dropforge approve`")
    add("--drain", type=float, default=20.0, metavar="SECONDS", help="time for what runs when the watcher ends (20)")
    add("--deadline", type=float, default=900.0, metavar="SECONDS", help="longest time for one asset (900)")
    add("--limit", action="append", default=[], metavar="KIND=N", help="jobs at once by generator: gpu=1, remote=4")
    add("--poll", action="store_true", help="do not ask the system for events")
    add("--keep-gb", type=float, default=5.0, metavar="GB", help="artefacts kept that no asset needs now (5)")
    add("--keep-days", type=float, default=30.0, metavar="DAYS", help="how long those are kept (30)")
    add("--once", action="store_true", help="stop when everything there is done")


def add_publish_options(made: argparse.ArgumentParser) -> None:
    """Where and how assets are published: for `watch` and `build`."""
    add = made.add_argument
    add("--publish", action="append", default=[], metavar="ENGINE=DIR", help="passed deliveries go to DIR/ASSET, too")
    add("--keep-previous", type=int, default=0, metavar="N", help="earlier versions kept in .dropforge/previous (0)")
    add("--state", type=Path, metavar="DIR", help="the memory, on a local disk (beside the outbox where it is local)")


def add_commands(command: Command) -> None:
    """The operator's commands."""
    for verb, text in ORDERS.items():
        made = command(verb, order, text)
        made.add_argument("assets", nargs="*", metavar="ASSET")
        made.add_argument("--out", type=Path, default=Path("outbox"), metavar="DIR", help="the outbox (./outbox)")
        made.add_argument("--state", type=Path, metavar="DIR")
        made.set_defaults(verb=verb)
        if verb == "retry":
            made.add_argument("--all", action="store_true", help="all that ended without being built")
    logs = command("logs", show_logs, "what happened to an asset, or the watcher's last lines")
    logs.add_argument("asset", nargs="?", default="")
    logs.add_argument("--out", type=Path, default=Path("outbox"), metavar="DIR")
    logs.add_argument("--state", type=Path, metavar="DIR")
    logs.add_argument("--lines", type=int, default=40, metavar="N")
    gc = command("gc", collect_garbage, "throw out artefacts that no asset in an outbox needs")
    gc.add_argument("--out", type=Path, default=Path("outbox"), metavar="DIR")
    gc.add_argument("--state", type=Path, metavar="DIR")
    gc.add_argument("--keep-gb", type=float, default=5.0, metavar="GB")
    gc.add_argument("--keep-days", type=float, default=30.0, metavar="DAYS")


def projects(options: argparse.Namespace, engines: tuple[str, ...]) -> tuple[tuple[str, Path], ...]:
    """`--publish unity=DIR`. Raises SettingsError."""
    from engine_profiles.typed import SettingsError

    out = []
    for text in options.publish:
        engine, equals, folder = text.partition("=")
        if not (equals and engine and folder):
            raise SettingsError("--publish", None, f'"{text}" must be ENGINE=DIR, such as unity=Game/Assets/Props')
        if engine not in engines:
            raise SettingsError("--publish", None, f'"{engine}" is not built for: --profile names {", ".join(engines)}')
        if not Path(folder).is_dir():
            raise SettingsError("--publish", None, f"there is no folder {folder}")
        out.append((engine, Path(folder)))
    return tuple(out)


def run_watch(options: argparse.Namespace, engines: tuple[str, ...], settings: dict[str, dict[str, Any]]) -> int:
    """`dropforge watch`."""
    from engine_profiles.typed import SettingsError
    from watch.options import Options
    from watch.serve import serve

    limits = {}
    for text in options.limit:
        kind, _, count = text.partition("=")
        if kind not in ("gpu", "remote") or not count.isdigit():
            raise SettingsError("--limit", None, f'"{text}" must be gpu=N or remote=N')
        limits[kind] = int(count)
    return serve(
        Options(
            options.inbox,
            options.outbox,
            engines,
            settings,
            jobs=options.jobs,
            settle_s=options.settle,
            incomplete_s=options.incomplete_after,
            retire=options.retire,
            keep=options.keep_previous,
            projects=projects(options, engines),
            review=options.review,
            drain_s=options.drain,
            limits=limits,
            state=options.state,
            poll=options.poll,
            once=options.once,
            deadline_s=options.deadline,
            keep_gb=options.keep_gb,
            keep_days=options.keep_days,
        )
    )


def order(options: argparse.Namespace) -> int:
    """`retry`, `cancel`, `hold`, `approve`."""
    import sys

    from watch.asks import ask, retryable
    from watch.lock import holder
    from watch.place import Home

    home = Home.of(options.out, options.state)
    if not home.journal.is_file():
        raise FileNotFoundError(2, "no watcher has kept a journal here", str(home.journal))
    assets = retryable(home.journal) if getattr(options, "all", False) else options.assets
    if not assets:
        sys.stderr.write(f"Nothing to {options.verb}: name assets as `dropforge status` does.\n")
        return USAGE
    wrong = ask(home.journal, options.verb, assets)
    if wrong:
        sys.stderr.write("\n".join(wrong) + "\n")
        return USAGE
    if not holder(home.lock):
        sys.stdout.write("No watcher runs; it will be done when one does.\n")
    return 0


def show_logs(options: argparse.Namespace) -> int:
    """`logs`."""
    import sys

    from watch.log import tail
    from watch.place import Home
    from watch.status import history

    home = Home.of(options.out, options.state)
    if not home.journal.is_file():
        raise FileNotFoundError(2, "no watcher has kept a journal here", str(home.journal))
    lines = history(home.journal, options.asset) if options.asset else tail(home.log, options.lines)
    if options.asset and not lines:
        sys.stderr.write(f'Nothing is known of "{options.asset}"; `dropforge status` lists the assets.\n')
        return USAGE
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def collect_garbage(options: argparse.Namespace) -> int:
    """`gc`."""
    import sys

    from watch.housekeeping import sweep
    from watch.names import size
    from watch.place import Home

    done = sweep(Home.of(options.out, options.state), int(options.keep_gb * 1e9), options.keep_days)
    if done is None:
        sys.stderr.write("Not now: a build or a watcher uses this outbox, or a manifest in it cannot be read.\n")
        return 1
    sys.stdout.write(
        f"{done.removed} artefacts removed ({size(done.freed_bytes)}); "
        f"{done.needed} needed, {done.spare} kept to spare.\n"
    )
    return 0
