"""`dropforge eval`: its options, and what it prints and writes."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine_profiles.typed import SettingsError, nearest

if TYPE_CHECKING:
    from toolchain.generate.evaluate.job import Row

Command = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
PASS, MISSED = 0, 1


def add_eval(command: Command, settings: Callable[[argparse.Namespace], dict[str, dict[str, Any]]]) -> None:
    """The command. `settings` reads `--set` and `--generator` as every other command does."""
    made = command(
        "eval", lambda options: run_eval(options, settings(options)), "measure a generator on props known in 3D"
    )
    add = made.add_argument
    add("folder", type=Path, help="a folder a prop: NAME/gt.glb, NAME/front.png ..., NAME/meta.json")
    add("--views", action="append", default=[], metavar="A+B", help="pictures given, such as front+left; repeatable")
    add("--generator", default="", metavar="NAME", help="who makes the 3D (embedded)")
    add("--set", action="append", default=[], metavar="STAGE.FIELD=VALUE", help="a setting of generate or intake")
    add("--only", default="", metavar="NAMES", help="these props alone")
    add("--jobs", type=int, default=1, metavar="N", help="props at once (1); seconds are only true with 1")
    add("--out", type=Path, metavar="DIR", help="write table.md, results.json and contact sheets here")
    add("--least", default="", metavar="M=X,...", help="fail where a mean is worse: iou=0.5,f5=0.7,seconds=15")
    add("--deadline", type=float, default=900.0, metavar="SECONDS", help="longest time for one prop (900)")
    add("--state", type=Path, metavar="DIR", help="where requests that cost money are remembered (OUT/.state)")
    add("--json", action="store_true", help="the outcome as JSON on standard output")


def run_eval(options: argparse.Namespace, settings: dict[str, dict[str, Any]]) -> int:
    """0; 1 where `--least` is missed. Raises SettingsError for what was asked wrongly."""
    from toolchain.generate.evaluate import table
    from toolchain.generate.evaluate.cases import read_cases
    from toolchain.generate.evaluate.run import VIEW_SETS, jobs_of, run
    from toolchain.stage import StageError
    from toolchain.version import VERSION

    generator = settings.get("generate", {}).pop("generator", "embedded")
    asked, names = table.floors(options.least), tuple(filter(None, options.only.split(",")))
    cases = read_cases(options.folder, names)
    view_sets = tuple(_views(text) for text in options.views) or VIEW_SETS
    with _state(options, generator) as state:
        try:
            jobs = jobs_of(cases, view_sets, generator, settings, state, options.out is not None)
        except StageError as error:
            raise SettingsError("--generator", None, str(error)) from None
        with _bar(len(jobs), options.json) as tell:
            rows = run(jobs, options.jobs, tell, options.deadline)
    result, text = table.as_json(rows, generator, VERSION), table.markdown(rows)
    if options.out is not None:
        _write(options.out, rows, result, text)
    print(json.dumps(result, indent=1, sort_keys=True, ensure_ascii=False) if options.json else text)  # noqa: T201
    misses = table.missed(rows, asked)
    for miss in misses:
        print(miss, file=sys.stderr)  # noqa: T201
    return MISSED if misses else PASS


def _views(text: str) -> tuple[str, ...]:
    from toolchain.asset import VIEWS

    known, names = (*VIEWS, "single"), tuple(dict.fromkeys(filter(None, text.split("+"))))
    for name in names:
        if name not in known:
            raise SettingsError("--views", None, f'there is no view "{name}"{nearest(name, known)}')
    if not names:
        raise SettingsError("--views", None, "names no view")
    return names


@contextmanager
def _state(options: argparse.Namespace, generator: str) -> Iterator[Path]:
    """The folder that outlives a run; a passing one will do for who costs nothing."""
    from toolchain.generate import table
    from toolchain.stage import StageError

    chosen = options.state or (options.out / ".state" if options.out else None)
    try:
        costs = bool(table.generator(generator).PRICE)
    except StageError as error:
        raise SettingsError("--generator", None, str(error)) from None
    if chosen is None and costs:
        raise SettingsError(
            "--state", None, f"{generator} costs money: give --out or --state, where orders are remembered"
        )
    if chosen is not None and costs:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen
        return
    with tempfile.TemporaryDirectory(prefix="dropforge-") as folder:
        yield Path(folder)


@contextmanager
def _bar(total: int, quiet: bool) -> Iterator[Callable[[Row], None]]:
    """A bar on standard error, and a line for each job that ends."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, quiet=quiet, highlight=False)
    columns = (TextColumn("eval"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bars:
        task = bars.add_task("eval", total=total)

        def tell(row: Row) -> None:
            bars.advance(task)
            told = row.fault or f"IoU {row.measures['iou']:.3f}  F@5 % {row.measures['f5']:.3f}  {row.seconds:.1f} s"
            console.print(f"{'+'.join(row.views)}  {row.case}  {told}", markup=False)

        yield tell


def _write(folder: Path, rows: list[Row], result: dict[str, Any], text: str) -> None:
    import io

    from PIL import Image

    from toolchain.atomic import put
    from toolchain.generate.evaluate import table
    from toolchain.generate.evaluate.sheet import sheet

    folder.mkdir(parents=True, exist_ok=True)
    put(folder / "table.md", text.encode())
    put(folder / "results.json", (json.dumps(result, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())
    for views, group in table.by_views(rows).items():
        drawn, data = sheet(group), io.BytesIO()
        if drawn is not None:
            Image.fromarray(drawn).save(data, "PNG")
            put(folder / f"sheet_{views}.png", data.getvalue())
