"""`dropforge generators`: honest, complete, and without a call to anywhere."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import Any

import pytest

from toolchain import cli
from toolchain.generate import listing
from toolchain.generate.table import MODULES, generator

HEAVY = ("torch", "numba", "scipy", "cv2", "PIL", "httpx", "gradio_client", "trimesh")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be asked of a server, and no process started."""

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("listing reached out")

    for variable in [v for v in os.environ if v.startswith("DROPFORGE_")]:  # the answers are those of a bare machine
        monkeypatch.delenv(variable)
    for owner, name in ((socket, "getaddrinfo"), (socket.socket, "connect"), (subprocess, "Popen")):
        monkeypatch.setattr(owner, name, never)


@pytest.mark.parametrize("name", MODULES)
def test_every_generator_says_what_it_is(name: str) -> None:
    module, row = generator(name), listing.row(name)
    assert name == module.NAME
    assert module.WHERE in ("here", "hosted", "own server", "own GPU")
    assert isinstance(module.CAN, tuple) and module.CAN and isinstance(module.PRICE, str)
    assert row["licence"].endswith((".", '."')) and "\n" not in row["licence"] and len(row["licence"]) < 260
    assert (module.WHERE == "hosted") == bool(module.PRICE)  # what is hosted has a price, and nothing else has
    assert not row["why_not"] or row["why_not"].endswith(".")
    for option in listing.options(name):
        assert option["help"], option["name"]


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("hunyuan3d", "not licensed in the EU, the UK and South Korea"),
        ("hunyuan3d-server", "not licensed in the EU, the UK and South Korea"),
        ("comfyui", "not licensed in the EU, the UK and South Korea"),
        ("trellis2", "nvdiffrast and nvdiffrec, which are non-commercial"),
        ("stability", "revenue"),
        ("triposg", "RMBG-1.4 is non-commercial"),
    ],
)
def test_terms_that_bite_are_told(name: str, terms: str) -> None:
    assert terms in listing.row(name)["licence"]


def test_options_are_the_params() -> None:
    found = {o["name"]: o for o in listing.options("triposr")}
    assert next(iter(found)) == "resolution"  # its own first
    assert (found["resolution"]["default"], found["resolution"]["low"], found["resolution"]["high"]) == (256, 32, 512)
    assert found["device"]["choices"] == ["cuda", "cpu"] and found["wait_s"]["unit"] == "s"
    assert not {"generator", "size_m", "max_credits", "resubmit"} & set(
        found
    )  # told elsewhere, or without meaning here
    assert "max_credits" in {o["name"] for o in listing.options("meshy")}


def test_the_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MESHY_API_KEY", raising=False)
    assert cli.main(["generators"]) == 0
    said = capsys.readouterr().out
    for name in MODULES:
        assert f"\n{name} " in said
    assert "not ready: set MESHY_API_KEY" in said
    assert max(map(len, said.splitlines())) <= listing.WIDTH


def test_a_key_in_the_environment_makes_it_ready_and_is_not_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESHY_API_KEY", "msy_a-very-secret-key")
    assert cli.main(["generators", "--json"]) == 0
    said = capsys.readouterr().out
    found = {row["name"]: row for row in json.loads(said)}
    assert list(found) == list(MODULES)
    assert found["meshy"]["why_not"] == "" and "secret" not in said


def test_one_generator(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["generators", "comfyui"]) == 0
    said = capsys.readouterr().out
    assert "resolution = 256   16 to 512" in said and 'views = "auto"   one of "auto", "one", "several"' in said
    assert max(map(len, said.splitlines())) <= listing.WIDTH
    assert cli.main(["generators", "comfyui", "--json"]) == 0
    assert {o["name"] for o in json.loads(capsys.readouterr().out)["options"]} >= {"workflow", "prompt", "seeds"}


def test_one_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["generators", "meshi"]) == cli.USAGE
    assert 'did you mean "meshy"' in capsys.readouterr().err


def test_listing_is_light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    loaded = f"[m for m in {HEAVY!r} if m in sys.modules]"
    code = f"import sys; from toolchain.generate import listing; listing.rows(); print({loaded})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
