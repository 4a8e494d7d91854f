"""Strict TOML into frozen dataclasses: one mechanism for profiles, sidecars and stage parameters.

A dataclass field declared with :func:`opt` carries its help, unit, range and choices.
:func:`build` turns a parsed table into the dataclass and answers a fault with one sentence
that names the file, the line and, for an unknown key, the nearest known one.
:func:`json_schema` describes the same fields to editors and to technical directors.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import tomllib
import types
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

T = TypeVar("T")
MISSING: Any = dataclasses.MISSING
LIMIT_BYTES = 1 << 20  # no honest sidecar or profile comes near a mebibyte


class SettingsError(ValueError):
    """A fault in a settings file, told in one sentence: `helmet.toml, line 4: ...`."""

    def __init__(self, where: str, line: int | None, message: str) -> None:
        self.where, self.line, self.detail = where, line, message
        super().__init__(f"{where}{f', line {line}' if line else ''}: {message}")


def opt(
    default: Any = MISSING,
    help: str = "",  # noqa: A002 - the word users of the schema read
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    factory: Any = MISSING,
) -> Any:
    """Declare a dataclass field with what a person must know to set it."""
    meta = {"help": help, "unit": unit, "low": low, "high": high, "choices": choices}
    if factory is not MISSING:
        return field(default_factory=factory, metadata=meta)
    if default is MISSING:
        return field(metadata=meta)
    return field(default=default, metadata=meta)


@dataclass(frozen=True)
class Source:
    """Where a table came from: the name shown to people and the line of each dotted key."""

    name: str
    lines: dict[str, int]

    def fault(self, key: str, message: str) -> SettingsError:
        """The error for dotted `key`; falls back to the line of the nearest parent."""
        line, at = None, key
        while at and line is None:
            line = self.lines.get(at)
            at = at.rpartition(".")[0]
        return SettingsError(self.name, line, message)


def read_toml(path: Path, name: str | None = None) -> tuple[dict[str, Any], Source]:
    """Parse a TOML file. Raises SettingsError for anything that is not one."""
    shown = name or path.name
    try:
        if path.stat().st_size > LIMIT_BYTES:
            raise SettingsError(shown, None, "larger than 1 MiB, which no settings file needs to be")
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(shown, None, f"not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise SettingsError(shown, None, f"cannot be read: {error.strerror}") from None
    return parse_toml(text, shown)


def parse_toml(text: str, name: str) -> tuple[dict[str, Any], Source]:
    """Parse TOML text; `name` is what messages call it."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = re.sub(r"\s*\(at line (\d+), column \d+\)$", "", str(error))
        at = re.search(r"at line (\d+)", str(error))
        raise SettingsError(name, int(at[1]) if at else None, f"not valid TOML: {message}") from None
    except RecursionError:
        raise SettingsError(name, None, "nested too deeply") from None
    return table, Source(name, _key_lines(text))


_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")


def _key_lines(text: str) -> dict[str, int]:
    """Line of each dotted key (tomllib gives none). Array tables count from 0: `map.2.name`."""
    lines: dict[str, int] = {}
    prefix, seen = "", {}  # type: str, dict[str, int]
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            prefix = _dotted(header[2])
            if header[1] == "[[":
                index = seen[prefix] = seen.get(prefix, -1) + 1
                prefix = f"{prefix}.{index}"
            lines.setdefault(prefix, number)
        elif key := _KEY.match(line):
            lines.setdefault(f"{prefix}.{_dotted(key[1])}".lstrip("."), number)
    return lines


def _dotted(text: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in text.split("."))


def build(cls: type[T], table: dict[str, Any], source: Source, at: str = "") -> T:
    """Make a `cls` of `table`. Raises SettingsError on unknown keys, wrong types and bad ranges."""
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls)
    values: dict[str, Any] = {}
    for key, value in table.items():
        dotted = f"{at}.{key}".lstrip(".")
        if key not in fields:
            raise source.fault(dotted, f'unknown key "{key}"{_in(at)}{nearest(key, fields)}')
        values[key] = _convert(hints[key], value, source, dotted, fields[key].metadata)
    for name, f in fields.items():
        if name not in values and f.default is MISSING and f.default_factory is MISSING:
            raise source.fault(at, f'"{name}" is missing{_in(at)}')
    try:
        return cls(**values)
    except ValueError as error:  # a dataclass may check what spans fields in __post_init__
        raise source.fault(at, str(error)) from None


def nearest(key: str, known: typing.Iterable[str]) -> str:
    """`; did you mean "x"?` or a list of what is known."""
    names = list(known)
    close = difflib.get_close_matches(key, names, 1, 0.6)
    return f'; did you mean "{close[0]}"?' if close else f"; known: {', '.join(sorted(names))}"


def _in(at: str) -> str:
    return f" in [{at}]" if at else ""


def _convert(hint: Any, value: Any, source: Source, at: str, meta: typing.Mapping[str, Any]) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (types.UnionType, typing.Union):  # only `X | None` is used
        return _convert(next(a for a in args if a is not type(None)), value, source, at, meta)
    if dataclasses.is_dataclass(hint):
        _expect(isinstance(value, dict), "a table", value, source, at)
        return build(typing.cast(type, hint), value, source, at)
    if origin is tuple:
        _expect(isinstance(value, list), "a list", value, source, at)
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_convert(args[0], v, source, f"{at}.{i}", meta) for i, v in enumerate(value))
        if len(value) != len(args):
            raise source.fault(at, f"{at} must have {len(args)} entries, got {len(value)}")
        return tuple(
            _convert(a, v, source, f"{at}.{i}", meta) for i, (a, v) in enumerate(zip(args, value, strict=True))
        )
    if origin is dict:
        _expect(isinstance(value, dict), "a table", value, source, at)
        return {k: _convert(args[1], v, source, f"{at}.{k}", meta) for k, v in value.items()}
    return _scalar(hint, value, source, at, meta)


def _scalar(hint: Any, value: Any, source: Source, at: str, meta: typing.Mapping[str, Any]) -> Any:
    if hint is bool:
        _expect(isinstance(value, bool), "true or false", value, source, at)
    elif hint is int:
        _expect(isinstance(value, int) and not isinstance(value, bool), "a whole number", value, source, at)
    elif hint is float:
        _expect(isinstance(value, (int, float)) and not isinstance(value, bool), "a number", value, source, at)
        value = float(value)
        _expect(math.isfinite(value), "a finite number", value, source, at)
    elif hint is str:
        _expect(isinstance(value, str), "text in quotes", value, source, at)
        if meta.get("choices") and value not in meta["choices"]:
            near = difflib.get_close_matches(value, meta["choices"], 1, 0.5)
            hint_text = f'; did you mean "{near[0]}"?' if near else ""
            raise source.fault(at, f'{at} = "{value}" is not one of {", ".join(meta["choices"])}{hint_text}')
    else:
        raise TypeError(f"{at}: fields of type {hint} cannot be read from TOML")
    low, high = meta.get("low"), meta.get("high")
    if hint in (int, float) and ((low is not None and value < low) or (high is not None and value > high)):
        unit = f" {meta['unit']}" if meta.get("unit") else ""
        bounds = (
            f"between {low:g} and {high:g}"
            if low is not None and high is not None
            else f"at least {low:g}"
            if low is not None
            else f"at most {high:g}"
        )
        raise source.fault(at, f"{at} = {value:g} must be {bounds}{unit}")
    return value


def _expect(good: bool, wanted: str, value: Any, source: Source, at: str) -> None:
    if not good:
        kinds = {
            str: "text",
            bool: "true/false",
            int: "a whole number",
            float: "a number",
            list: "a list",
            dict: "a table",
        }
        raise source.fault(at, f"{at} must be {wanted}, got {kinds.get(type(value), type(value).__name__)}")


def json_schema(cls: type, title: str | None = None) -> dict[str, Any]:
    """JSON Schema (2020-12) of a dataclass declared with :func:`opt`."""
    schema = _schema_of(cls, {})
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = title or cls.__name__
    return schema


def _schema_of(hint: Any, meta: typing.Mapping[str, Any]) -> dict[str, Any]:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return _schema_of(next(a for a in args if a is not type(None)), meta)
    if dataclasses.is_dataclass(hint):
        hints, properties, required = typing.get_type_hints(hint), {}, []
        for f in dataclasses.fields(hint):
            properties[f.name] = _schema_of(hints[f.name], f.metadata)
            text = " ".join(
                filter(None, (f.metadata.get("help", ""), f.metadata.get("unit") and f"[{f.metadata['unit']}]"))
            )
            if text:
                properties[f.name]["description"] = text
            if f.default is MISSING and f.default_factory is MISSING:
                required.append(f.name)
            elif isinstance(f.default, (str, int, float, bool)):
                properties[f.name]["default"] = f.default
        out: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
        return out | ({"required": required} if required else {})
    if origin is tuple:
        return {"type": "array", "items": _schema_of(args[0], meta)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema_of(args[1], meta)}
    if hint is Any:
        return {}
    out = {"type": {bool: "boolean", int: "integer", float: "number", str: "string"}[hint]}
    if hint in (int, float):
        out |= {k: meta[m] for k, m in (("minimum", "low"), ("maximum", "high")) if meta.get(m) is not None}
    if hint is str and meta.get("choices"):
        out["enum"] = list(meta["choices"])
    return out


def override(instance: T, table: dict[str, Any], source: Source, at: str) -> T:
    """`instance` with the fields of `table` in place of its own, checked like :func:`build`."""
    fields = {f.name: f for f in dataclasses.fields(instance)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(type(instance))
    values = {}
    for key, value in table.items():
        dotted = f"{at}.{key}"
        if key not in fields:
            raise source.fault(dotted, f'unknown key "{key}"{_in(at)}{nearest(key, fields)}')
        values[key] = _convert(hints[key], value, source, dotted, fields[key].metadata)
    try:
        return dataclasses.replace(instance, **values)  # type: ignore[type-var]
    except ValueError as error:
        raise source.fault(at, str(error)) from None
