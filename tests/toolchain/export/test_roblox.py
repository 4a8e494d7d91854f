"""Roblox: what is to be uploaded, the Rojo project, and uploads to a server on loopback that speaks the API."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.letter_model import png
from tests.toolchain.export.test_export_stage import export, packed
from toolchain import cli
from toolchain.asset import PackedTexture
from toolchain.export import roblox_cloud, roblox_upload
from toolchain.export.roblox_cloud import Creator
from toolchain.export.roblox_project import roblox_project, rojo_files
from toolchain.generate.remote import clock
from toolchain.generate.remote.lock import held
from toolchain.generate.remote.states import Lost, Refused
from toolchain.stage import StageError, quiet

KEY = "rbx-secret-0123456789/abc"
ME = Creator("userId", "1234567")
MAPS = {"ColorMap", "NormalMap", "RoughnessMap", "MetalnessMap"}


class OpenCloud:
    """A stand-in: makes assets, answers operations after `slow` questions, misbehaves as told in `faults`."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str]] = []
        self.faults: list[str] = []
        self.operations: dict[str, int] = {}
        self.slow = 1
        stand = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                stand.create(self, self.rfile.read(int(self.headers["content-length"])))

            do_PATCH = do_POST

            def do_GET(self) -> None:
                stand.poll(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def create(self, handler: Any, body: bytes) -> None:
        self.asked.append((handler.command, handler.path))
        fault = self.faults.pop(0) if self.faults else ""
        if handler.headers.get("x-api-key") != KEY or fault == "key":
            return send(handler, 401, {"message": f"Invalid API Key {handler.headers.get('x-api-key')}"})
        if fault == "refuse":
            return send(handler, 400, {"code": "INVALID_ARGUMENT", "message": "bad name"})
        parts = form(handler.headers["content-type"], body)
        request = json.loads(parts["request"].get_payload(decode=True))
        content = parts["fileContent"]
        self.made.append(
            {"request": request, "type": content.get_content_type(), "data": content.get_payload(decode=True)}
        )
        if fault == "cut":  # it was made, though the answer does not arrive
            handler.close_connection = True
            return handler.connection.close()
        name = f"op-{len(self.made)}"
        self.operations[name] = 0
        if fault == "odd":
            return send(handler, 200, {"path": "operations/../../users/1"})
        return send(handler, 200, {"path": f"operations/{name}", "done": False})

    def poll(self, handler: Any) -> None:
        self.asked.append((handler.command, handler.path))
        name = handler.path.rpartition("/")[2]
        self.operations[name] += 1
        if self.faults and self.faults[0] == "moderated":
            self.faults.pop(0)
            return send(handler, 200, {"done": True, "error": {"code": 3, "message": "Asset is moderated."}})
        if self.operations[name] <= self.slow:
            return send(handler, 200, {"path": f"operations/{name}", "done": False})
        number = str(9000 + int(name.rpartition("-")[2]))
        return send(handler, 200, {"done": True, "response": {"assetId": number, "path": f"assets/{number}"}})

    def creates(self) -> int:
        return sum(method != "GET" for method, _ in self.asked)


def send(handler: Any, code: int, payload: dict[str, Any]) -> None:
    data = json.dumps(payload).encode()
    handler.send_response(code)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def form(kind: str, body: bytes) -> dict[str, Message]:
    """The parts of a multipart/form-data body (RFC 7578) by name."""
    read = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    return {str(p.get_param("name", header="content-disposition")): p for p in read.get_payload()}  # type: ignore[union-attr]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenCloud]:
    made = OpenCloud()
    monkeypatch.setattr(roblox_cloud, "BASE", made.base)
    monkeypatch.setattr(clock, "sleep", lambda _: None)
    yield made
    made.close()


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {f.path: f.data for f in export("roblox").value.files}


@pytest.fixture
def outbox(tmp_path: Path, files: dict[str, bytes]) -> Path:
    """An outbox that holds the letter, published and passed."""
    listed = {p: {"bytes": len(d), "sha256": hashlib.sha256(d).hexdigest()} for p, d in files.items()}
    manifest = {
        "name": "Lettre F",
        "status": "passed",
        "engines": {"roblox": {"status": "passed", "folder": "roblox", "files": listed}},
        "files": {f"roblox/{p}": len(d) for p, d in files.items()},
    }
    place = tmp_path / "outbox" / "letter"
    for path, data in files.items():
        (place / "roblox" / path).parent.mkdir(parents=True, exist_ok=True)
        (place / "roblox" / path).write_bytes(data)
    (place / "asset.json").write_text(json.dumps(manifest))
    return tmp_path / "outbox"


def delivered(outbox: Path) -> roblox_upload.Delivered:
    place = outbox / "letter"
    listed = json.loads((place / "asset.json").read_text())["engines"]["roblox"]["files"]
    return roblox_upload.read_delivery(place / "roblox", {p: e["sha256"] for p, e in listed.items()})


def go(outbox: Path, **more: Any) -> dict[str, str]:
    return roblox_upload.upload(delivered(outbox), ME, KEY, outbox / "state", lambda _: None, **more)


def test_the_request_in_the_delivery(files: dict[str, bytes]) -> None:
    asked = json.loads(files["upload.json"])
    model, *images = asked["files"]
    assert (model["path"], model["assetType"], model["contentType"]) == ("Letter.glb", "Model", "model/gltf-binary")
    assert model["displayName"] == "Lettre F"
    assert len(images) == 8 and {i["assetType"] for i in images} == {"Image"}
    assert [p["name"] for p in asked["parts"]] == ["Letter_paint", "Letter_steel"]
    for part, slot in zip(asked["parts"], ("paint", "steel"), strict=True):
        assert set(part["maps"]) == MAPS and all(f"_{slot}_" in at for at in part["maps"].values())
    heights = [p["size_studs"][1] for p in asked["parts"]]
    assert max(heights) == pytest.approx(1 / 0.28, abs=1e-4)


def test_the_rojo_project(files: dict[str, bytes]) -> None:
    project = json.loads(files["default.project.json"])
    model = json.loads(files[project["tree"]["$path"]])
    assert project["name"] == "Letter" and model["ClassName"] == "Model"
    assert [c["ClassName"] for c in model["Children"]] == ["MeshPart", "MeshPart"]
    assert model["Children"][0]["Children"][0]["Properties"] == {}, "nothing is made up before there are ids"
    asked = json.loads(files["upload.json"])
    ids = {e["path"]: str(i) for i, e in enumerate(asked["files"])}
    filled = json.loads(rojo_files(asked, ids)["Letter.model.json"])
    shown = filled["Children"][1]["Children"][0]
    assert shown["ClassName"] == "SurfaceAppearance" and set(shown["Properties"]) == MAPS
    at = asked["parts"][1]["maps"]["NormalMap"]
    assert shown["Properties"]["NormalMap"] == f"rbxassetid://{ids[at]}"


def test_what_glows_is_uploaded_and_bound_as_a_content() -> None:
    """EmissiveMaskContent is of the newer type Content: an address alone is no value of it."""
    glow = PackedTexture(1, "emissive", "Letter_steel_emissivemask.png", "linear", png((9, 9, 9)))
    colour = PackedTexture(1, "emissive", "Letter_steel_Emissive.png", "srgb", png((9, 0, 0)), loose=False)
    maps = packed("roblox")
    made = export("roblox", pack=replace(maps, textures=(*maps.textures, glow, colour)))
    files = {f.path: f.data for f in made.value.files}
    asked = json.loads(files["upload.json"])
    at = f"SurfaceAppearance/{glow.file}"
    assert at in files and [p["maps"].get("EmissiveMaskContent") for p in asked["parts"]] == [None, at]
    assert [e["assetType"] for e in asked["files"] if e["path"] == at] == ["Image"]
    filled = json.loads(rojo_files(asked, {at: "77"})["Letter.model.json"])
    shown = filled["Children"][1]["Children"][0]["Properties"]
    assert shown == {"EmissiveMaskContent": {"Content": {"Uri": "rbxassetid://77"}}}
    assert f"EmissiveMaskContent {at}" in " ".join(files["IMPORT.txt"].decode().split())
    assert colour.data in files["Letter.glb"] and glow.data not in files["Letter.glb"]


def test_a_format_that_open_cloud_does_not_take() -> None:
    from tests.letter_model import letter_model

    with pytest.raises(ValueError, match="takes FBX and glTF"):
        roblox_project("x", "x", {"x.usdz": letter_model("portable", "usdz")}, {})


def test_everything_is_uploaded_once(cloud: OpenCloud, outbox: Path, files: dict[str, bytes]) -> None:
    ids = go(outbox)
    assert cloud.creates() == 9 and len(set(ids.values())) == 9
    first = cloud.made[0]
    assert first["data"] == files["Letter.glb"] and first["type"] == "model/gltf-binary"
    assert first["request"]["creationContext"] == {"creator": {"userId": "1234567"}}
    assert (first["request"]["assetType"], first["request"]["displayName"]) == ("Model", "Lettre F")
    assert {m["type"] for m in cloud.made[1:]} == {"image/png"}
    kept = json.loads((outbox / "state/ids.json").read_text())
    assert kept["ids"] == ids and kept["model"] == ids["Letter.glb"] == "9001"
    text = (outbox / "state/Letter.model.json").read_text()
    assert text.count("rbxassetid://") == 8
    assert go(outbox) == ids and cloud.creates() == 9, "a second run sends nothing"


def test_another_owner_is_another_asset(cloud: OpenCloud, outbox: Path) -> None:
    go(outbox)
    roblox_upload.upload(delivered(outbox), Creator("groupId", "7"), KEY, outbox / "state", lambda _: None)
    assert cloud.creates() == 18
    assert cloud.made[-1]["request"]["creationContext"] == {"creator": {"groupId": "7"}}


def test_a_cut_connection_is_never_sent_twice_unasked(cloud: OpenCloud, outbox: Path) -> None:
    cloud.faults = ["", "cut"]
    with pytest.raises(Lost):
        go(outbox)
    assert cloud.creates() == 2
    with pytest.raises(StageError, match=r"not known whether Roblox has it.*--again"):
        go(outbox)
    assert cloud.creates() == 2
    assert len(go(outbox, again=True)) == 9 and cloud.creates() == 10


def test_a_killed_run_goes_on_waiting(cloud: OpenCloud, outbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def die(_: float) -> None:
        raise Killed

    monkeypatch.setattr(clock, "sleep", die)
    with pytest.raises(Killed):
        go(outbox)
    monkeypatch.setattr(clock, "sleep", lambda _: None)
    go(outbox)
    assert cloud.creates() == 9 and cloud.operations["op-1"] == 2


def test_what_is_refused_may_be_sent_again(cloud: OpenCloud, outbox: Path) -> None:
    cloud.faults = ["refuse"]
    with pytest.raises(Refused, match="bad name"):
        go(outbox)
    cloud.faults = ["", "moderated"]
    with pytest.raises(Refused, match="Asset is moderated"):
        go(outbox)
    cloud.faults = []
    go(outbox)
    assert cloud.creates() == 11


def test_an_operation_elsewhere_is_not_followed(cloud: OpenCloud, outbox: Path) -> None:
    cloud.faults = ["odd"]
    with pytest.raises(StageError, match="named no operation"):
        go(outbox)
    assert cloud.asked == [("POST", "/assets/v1/assets")]


def test_it_does_not_wait_for_ever(cloud: OpenCloud, outbox: Path) -> None:
    cloud.slow = 10_000
    with pytest.raises(StageError, match="has not finished the upload yet"):
        go(outbox)
    cloud.slow = 0
    go(outbox)
    assert cloud.creates() == 9


def test_the_key_is_told_to_nobody(cloud: OpenCloud, outbox: Path) -> None:
    cloud.faults = ["key"]
    with pytest.raises(Refused) as caught:
        go(outbox)
    assert KEY not in str(caught.value) + str(caught.value.detail)
    assert "ROBLOX_API_KEY" in str(caught.value)
    go(outbox)
    for path in (outbox / "state").iterdir():
        assert KEY.encode() not in path.read_bytes(), path.name


def test_new_content_of_an_fbx_replaces_the_old(cloud: OpenCloud, tmp_path: Path) -> None:
    def one(data: bytes) -> dict[str, str]:
        entry = {"path": "a.fbx", "assetType": "Model", "contentType": "model/fbx", "displayName": "a"}
        request = {"schema": 1, "asset": "a", "files": [entry], "parts": []}
        made = roblox_upload.Delivered(request, {"a.fbx": data})
        return roblox_upload.upload(made, ME, KEY, tmp_path, lambda _: None)

    one(b"first")
    one(b"second")
    assert [a for a in cloud.asked if a[0] != "GET"] == [
        ("POST", "/assets/v1/assets"),
        ("PATCH", "/assets/v1/assets/9001"),
    ]
    assert cloud.made[1]["request"]["assetId"] == "9001"


def test_a_changed_or_heavy_file_is_not_sent(outbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roblox_upload, "MOST_BYTES", 1000)
    with pytest.raises(StageError, match=r"Letter\.glb has .* MB; Roblox Open Cloud takes 20 MB"):
        delivered(outbox)
    (outbox / "letter/roblox/Letter.glb").write_bytes(b"changed")
    with pytest.raises(StageError, match="not what was published"):
        delivered(outbox)
    (outbox / "letter/roblox/upload.json").unlink()
    with pytest.raises(StageError, match="roblox_project = true"):
        delivered(outbox)


def test_a_damaged_journal_stops_everything(cloud: OpenCloud, outbox: Path) -> None:
    (outbox / "state").mkdir()
    (outbox / "state/journal.json").write_text("{")
    with pytest.raises(StageError, match=r"journal .* is damaged"):
        go(outbox)
    assert not cloud.asked


def test_two_runs_at_once(cloud: OpenCloud, outbox: Path) -> None:
    taken = held(outbox / "state" / "lock", 0.0, quiet, "", "")
    with taken, pytest.raises(StageError, match="Another run"):
        go(outbox)
    assert not cloud.asked


def test_the_command(
    cloud: OpenCloud, outbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asset = str(outbox / "letter")
    monkeypatch.delenv("ROBLOX_API_KEY", raising=False)
    assert cli.main(["upload", "roblox", asset, "--user", "1", "--dry-run"]) == 0
    assert 'Model  Letter.glb as "Lettre F"' in capsys.readouterr().out and not cloud.asked
    assert cli.main(["upload", "roblox", asset, "--user", "1"]) == 1
    assert "ROBLOX_API_KEY" in capsys.readouterr().err
    assert cli.main(["upload", "roblox", asset, "--user", "me"]) == 2
    assert cli.main(["upload", "roblox", str(outbox / "other"), "--user", "1"]) == 2
    capsys.readouterr()
    monkeypatch.setenv("ROBLOX_API_KEY", KEY)
    assert cli.main(["upload", "roblox", asset, "--group", "77"]) == 0
    out = capsys.readouterr().out
    assert "LoadAsset(9001)" in out and KEY not in out
    before = {p.name for p in (outbox / "letter").rglob("*")}
    assert (outbox / ".dropforge/uploads/roblox/letter/ids.json").is_file()
    assert cli.main(["status", str(outbox)]) == 0 and {p.name for p in (outbox / "letter").rglob("*")} == before


def test_a_rejected_delivery_is_not_uploaded(outbox: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = outbox / "letter/asset.json"
    tree = json.loads(path.read_text())
    tree["engines"]["roblox"]["status"] = "failed"
    path.write_text(json.dumps(tree))
    assert cli.main(["upload", "roblox", str(outbox / "letter"), "--user", "1"]) == 2
    assert "has not passed its checks" in capsys.readouterr().err
