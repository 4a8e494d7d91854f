"""Find a profile by name or path, lay it over what it extends, and read it into the schema."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from engine_profiles.schema import Profile
from engine_profiles.typed import SettingsError, Source, build, read_toml

HERE = Path(__file__).parent
#: Profiles that ship with us, in the order that `profile show` lists them.
BUILT_IN = ("unity", "unreal", "roblox", "godot", "portable", "print")
MAX_DEPTH = 8
MOST_RULE_TEXT = 100_000


def load(name: str, base: Path | None = None) -> Profile:
    """The profile called `name`: a built-in's name, or a path to a TOML file (relative to `base`).

    Raises SettingsError, in one sentence with file and line, for anything wrong with it.
    """
    table, source = resolved(name, base)
    return build(Profile, table, source)


def resolved(name: str, base: Path | None = None) -> tuple[dict[str, Any], Source]:
    """The merged table of `name` and all it extends, and where each key stands."""
    table: dict[str, Any] = {}
    lines: dict[str, int] = {}
    shown, seen = "", []  # type: str, list[Path]
    while name:
        path = _find(name, base, shown)
        if path in seen or len(seen) == MAX_DEPTH:
            raise SettingsError(seen[0].name, None, f"extends itself by way of {path.name}")
        seen.append(path)
        layer, source = read_toml(path)
        # A fault in a lower layer would carry the upper file's name, so each layer's keys are checked alone.
        _check_keys(layer, source)
        if "own_rules" in layer:
            raise source.fault("own_rules", "own_rules is filled in by Dropforge; name the files in rule_files")
        if "rule_files" in layer and "rule_files" not in table:
            layer["own_rules"] = _texts(layer["rule_files"], path.parent, source)
        shown = shown or source.name
        lines = lines or source.lines
        table = _overlay(table, layer)
        parent = layer.get("extends", "")
        if not isinstance(parent, str):
            raise source.fault("extends", "extends must be text in quotes")
        name, base = parent, path.parent
    return table, Source(shown, lines)


def _texts(files: list[str], folder: Path, source: Source) -> dict[str, str]:
    """The rule files by name. Their text, not their place, is the profile's: a changed rule is a changed profile."""
    out = {}
    for name in files:
        path = folder / name
        if path.suffix != ".py" or not path.resolve().is_relative_to(folder.resolve()):
            raise source.fault(
                "rule_files", f'rule_files names "{name}", which is no .py file in the profile\'s folder'
            )
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            raise source.fault("rule_files", f'the rule file "{name}" cannot be read as text') from None
        if len(text) > MOST_RULE_TEXT:
            raise source.fault("rule_files", f'the rule file "{name}" is longer than {MOST_RULE_TEXT:,} characters')
        out[path.stem] = text
    return out


def template(name: str, extends: str) -> str:
    """The text of a new profile that extends another: the start of a studio's own."""
    return (
        f"# {name}: a studio profile. What is not said here holds as in {extends}; "
        f"see `dropforge profile show {extends}`.\n"
        f'schema = 1\nname = "{name}"\ntitle = "{name}"\nextends = "{extends}"\n\n'
        "[budget.prop]\ntriangles = 4000\n\n"
        '[rules]\n# "geo.watertight" = "warning"\n'
    )


def _find(name: str, base: Path | None, asked_by: str) -> Path:
    if name in BUILT_IN:
        return HERE / f"{name}.toml"
    path = Path(name) if base is None else base / name
    if path.suffix == ".toml" and path.is_file():
        return path.resolve()
    if path.suffix == ".toml":
        raise SettingsError(asked_by or name, None, f'there is no profile file "{name}"')
    near = difflib.get_close_matches(name, BUILT_IN, 1, 0.5)
    hint = f'; did you mean "{near[0]}"?' if near else f"; known: {', '.join(BUILT_IN)}, or a path ending in .toml"
    raise SettingsError(asked_by or "profile", None, f'there is no profile "{name}"{hint}')


def _check_keys(layer: dict[str, Any], source: Source) -> None:
    """Read a layer over a complete stand-in, so that its own faults name its own file and line."""
    stand_in: dict[str, Any] = {
        "schema": 1,
        "name": "x",
        "title": "x",
        "deliverable": [{"format": "glb", "file": "{asset}.glb"}],
        "map": [{"suffix": "C", "pack": "RGB=albedo", "role": "base_color"}],
    }
    build(Profile, _overlay(layer, stand_in) if layer.get("extends") else layer, source)


def _overlay(over: dict[str, Any], under: dict[str, Any]) -> dict[str, Any]:
    """`over` laid on `under`: tables merge key by key, all else (lists too) is taken whole from `over`."""
    out = dict(over)
    for key, value in under.items():
        if isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = _overlay(out[key], value)
        elif key not in out:
            out[key] = value
    return out
