"""Settings faults are one sentence with file, line and the nearest known key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from engine_profiles.typed import SettingsError, Source, build, json_schema, opt, override, parse_toml, read_toml


@dataclass(frozen=True)
class Inner:
    count: int = opt(3, "how many", low=1, high=8)
    mode: str = opt("fast", "how", choices=("fast", "careful"))


@dataclass(frozen=True)
class Outer:
    name: str = opt(help="its name")
    share: float = opt(0.5, "a share", unit="m", low=0.0, high=1.0)
    on: bool = opt(False)
    inner: Inner = opt(factory=Inner)
    many: tuple[Inner, ...] = opt(())
    pair: tuple[float, float] = opt((0.0, 1.0))
    by_name: dict[str, Inner] = opt(factory=dict)


def read(text: str) -> Outer:
    return build(Outer, *parse_toml(text, "x.toml"))


def test_reads_every_kind() -> None:
    got = read(
        'name = "a"\nshare = 1\npair = [2, 3]\n[inner]\ncount = 8\n[[many]]\nmode = "careful"\n[by_name.b]\ncount = 1'
    )
    assert got == Outer("a", 1.0, False, Inner(8), (Inner(mode="careful"),), (2.0, 3.0), {"b": Inner(1)})
    assert isinstance(got.share, float)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "a"\nshrae = 1', 'x.toml, line 2: unknown key "shrae"; did you mean "share"?'),
        ('name = "a"\n[inner]\n\ncuont = 1', 'x.toml, line 4: unknown key "cuont" in [inner]; did you mean "count"?'),
        ('name = "a"\n[inner]\ncount = 9', "x.toml, line 3: inner.count = 9 must be between 1 and 8"),
        ('name = "a"\nshare = 2', "x.toml, line 2: share = 2 must be between 0 and 1 m"),
        ('name = "a"\nshare = "b"', "x.toml, line 2: share must be a number, got text"),
        ('name = "a"\non = 1', "x.toml, line 2: on must be true or false, got a whole number"),
        ('name = "a"\nshare = nan', "x.toml, line 2: share must be a finite number, got a number"),
        (
            'name = "a"\n[inner]\nmode = "fasst"',
            'x.toml, line 3: inner.mode = "fasst" is not one of fast, careful; did you mean "fast"?',
        ),
        ('name = "a"\n[[many]]\n[[many]]\ncount = 0', "x.toml, line 4: many.1.count = 0 must be between 1 and 8"),
        ('name = "a"\npair = [1]', "x.toml, line 2: pair must have 2 entries, got 1"),
        ("share = 1", 'x.toml: "name" is missing'),
        ('name = "a"\nshare = = 1', "x.toml, line 2: not valid TOML: Invalid value"),
    ],
)
def test_faults_name_file_line_and_remedy(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(text)
    assert str(caught.value) == words


def test_override_checks_like_build() -> None:
    source = Source("--set", {})
    assert override(Inner(), {"count": 5}, source, "stage.x") == Inner(5)
    with pytest.raises(SettingsError, match="did you mean"):
        override(Inner(), {"cout": 5}, source, "stage.x")
    with pytest.raises(SettingsError, match="between 1 and 8"):
        override(Inner(), {"count": 0}, source, "stage.x")


def test_hostile_files(tmp_path: Path) -> None:
    for name, data in {"binary": b"\xff\xfe\x00", "deep": b"a=" + b"[" * 100_000, "big": b"#" * (2 << 20)}.items():
        path = tmp_path / f"{name}.toml"
        path.write_bytes(data)
        with pytest.raises(SettingsError, match=f"{name}.toml"):
            read_toml(path)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_toml(tmp_path / "none.toml")


def test_schema_says_what_the_reader_enforces() -> None:
    schema = json_schema(Outer)
    assert schema["required"] == ["name"]
    assert schema["properties"]["share"] == {
        "type": "number",
        "minimum": 0.0,
        "maximum": 1.0,
        "description": "a share [m]",
        "default": 0.5,
    }
    assert schema["properties"]["many"]["items"]["properties"]["mode"]["enum"] == ["fast", "careful"]
    assert schema["additionalProperties"] is False
