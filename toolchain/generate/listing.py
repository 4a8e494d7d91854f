"""`dropforge generators`: which there are, what each can do, its price, its terms, and why not. Asks no server."""

from __future__ import annotations

import dataclasses
import textwrap
import typing
from typing import Any

from toolchain.generate.ask import Ask
from toolchain.generate.table import MODULES, Generator, generator

WIDTH = 110
INDENT = 18
#: Without a bill they do nothing.
MONEY = ("max_credits", "resubmit")
KINDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def rows() -> list[dict[str, Any]]:
    """Every generator as a table of JSON-able values, in the order of the explicit table."""
    return [row(name) for name in MODULES]


def row(name: str) -> dict[str, Any]:
    """One generator: name, where it runs, what it can do, price, licence, why it cannot run here ("" where it can).

    StageError where there is none.
    """
    module = generator(name)
    return {
        "name": name,
        "where": module.WHERE,
        "can": list(module.CAN),
        "price": module.PRICE,
        "licence": module.LICENCE,
        "why_not": module.available() or "",
    }


def options(name: str) -> list[dict[str, Any]]:
    """What generator `name` can be told, straight from its Params: its own first, then what it shares with others."""
    module = generator(name)
    hints = typing.get_type_hints(module.Params)
    left_out = {f.name for f in dataclasses.fields(Ask)} | (set(MONEY) if module.WHERE != "hosted" else set())
    shared = {
        f.name for base in module.Params.__mro__[1:] if dataclasses.is_dataclass(base) for f in dataclasses.fields(base)
    }
    found = [
        {
            "name": field.name,
            "default": list(value) if isinstance(value := _default(field), tuple) else value,
            "type": KINDS.get(hints[field.name], "a list"),
            "unit": field.metadata.get("unit", ""),
            "low": field.metadata.get("low"),
            "high": field.metadata.get("high"),
            "choices": list(field.metadata.get("choices", ())),
            "help": field.metadata.get("help", ""),
            "own": field.name not in shared,
        }
        for field in dataclasses.fields(module.Params)
        if field.name not in left_out
    ]
    return sorted(found, key=lambda option: not option["own"])


def _default(field: Any) -> Any:
    return field.default if field.default is not dataclasses.MISSING else field.default_factory()


def table_text() -> str:
    """The table for people: a paragraph a generator, those that can run here marked."""
    found = rows()
    lines = [f"{'generator':{INDENT}}{'where':12}what it takes and gives"]
    for entry in found:
        ready, price = not entry["why_not"], f"; {entry['price']}" if entry["price"] else ""
        lines += ["", f"{entry['name']:{INDENT}}{entry['where']:12}{', '.join(entry['can'])}{price}"]
        lines += _wrapped("ready" if ready else f"not ready: {entry['why_not']}", INDENT)
        lines += _wrapped(entry["licence"], INDENT)
    count = sum(not entry["why_not"] for entry in found)
    lines += [
        "",
        f"{count} of {len(found)} can run here. `dropforge generators NAME` shows what one can be told;",
        '`--generator NAME`, or generator = "NAME" in a sidecar or profile, chooses it.',
    ]
    return "\n".join(lines)


def one_text(name: str) -> str:
    """One generator and its options, for people."""
    module: Generator = generator(name)
    entry = row(name)
    lines = [f"{name}: {', '.join(entry['can'])} ({entry['where']}{', ' + entry['price'] if entry['price'] else ''})"]
    summary = (module.__doc__ or "").strip().split("\n\n")[0]
    lines += _wrapped(summary)
    lines += _wrapped(f"Terms: {entry['licence']}")
    lines += _wrapped(f"Not ready: {entry['why_not']}" if entry["why_not"] else "Ready.")
    lines += ["", "Options, as [stage.generate] of a sidecar or `--set generate.NAME=VALUE`:"]
    for option in options(name):
        lines += ["", f"  {option['name']} = {_toml(option['default'])}{_range(option)}"]
        lines += _wrapped(option["help"], 6)
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def _range(option: dict[str, Any]) -> str:
    low, high, unit = option["low"], option["high"], f" {option['unit']}" if option["unit"] else ""
    if option["choices"]:
        return "   one of " + ", ".join(map(_toml, option["choices"]))
    if low is not None and high is not None:
        return f"   {low:g} to {high:g}{unit}"
    if low is not None or high is not None:
        return f"   at {'least' if low is not None else 'most'} {low if low is not None else high:g}{unit}"
    return f"  {unit}" if unit else ""


def _wrapped(text: str, indent: int = 0) -> list[str]:
    space = " " * indent
    return textwrap.wrap(
        " ".join(text.split()), WIDTH, initial_indent=space, subsequent_indent=space, break_on_hyphens=False
    )
