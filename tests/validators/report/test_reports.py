"""One set of verdicts, four reports: each says all of it, stays well-formed on hostile names, and is stable."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from validators.finding import Finding, Where
from validators.judge import Verdict
from validators.report import FORMATS, render
from validators.report.text import render as render_text
from validators.report.words import version, visible

HOSTILE = "a\x1b[31m\x00\ud800\u202e<&\"'>\n]]>é"


def verdicts() -> list[Verdict]:
    findings = (
        Finding(
            "geo.triangles",
            "error",
            "LOD0 has 21,168 triangles; Roblox Studio takes 20,000 at most a mesh.",
            "Reduce the mesh.",
            Where("a b/crate.glb", node="Crate", mesh="Crate", faces=(1, 2), pointer="/nodes/0"),
            21168,
            20000,
            "roblox",
        ),
        Finding(
            "tex.size",
            "warning",
            "A texture is large.",
            "Scale it.",
            Where("a b/crate.glb", texture="t.png"),
            float("nan"),
            0.5,
            "roblox",
        ),
        Finding("file.malformed", "info", f"Odd {HOSTILE}.", "", Where(HOSTILE, material=HOSTILE, offset=12)),
    )
    return [
        Verdict("drop", "roblox", "prop", findings, ("a b/crate.glb", HOSTILE), truncated=True),
        Verdict("drop", "unity", "hero", (), ("fine.fbx",)),
    ]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_report_is_stable_text_that_can_be_written(name: str) -> None:
    report = render(verdicts(), name)
    assert report == render(verdicts(), name) and report.endswith("\n")
    report.encode("utf-8")
    assert not {"\x1b", "\x00", "\u202e"} & set(report)
    assert render([], name) or name == "text"


def test_text() -> None:
    report = render_text(verdicts())
    lines = report.splitlines()
    assert lines[0] == "drop by roblox, prop tier"
    message = "LOD0 has 21,168 triangles; Roblox Studio takes 20,000 at most a mesh."
    assert f"    error    {message}  [geo.triangles]" in lines
    assert "             node Crate, at /nodes/0, faces 1 2" in lines
    assert "             measured 21,168, limit 20,000" in lines and "             Fix: Reduce the mesh." in lines
    assert "  failed: 1 error, 1 warning, 1 for information, 2 files checked" in lines
    assert "  There is more than is listed here." in lines
    assert "  passed: 0 errors, 0 warnings, 0 for information, 1 file checked" in lines
    painted = render_text(verdicts(), lambda text, severity: f"<{severity}>{text}</>")
    assert "<error>error  </>" in painted and "<pass>passed</>" in painted and "<error>failed</>" in painted


def test_json() -> None:
    text = render(verdicts(), "json")
    data = json.loads(text, parse_constant=lambda c: pytest.fail(f"{c} is not JSON"))
    assert data["schema"] == 1 and data["tool"] == {"name": "dropforge", "version": version()}
    assert data["counts"] == {"error": 1, "warning": 1, "info": 1} and data["passed"] is False
    assert data["truncated"] is True
    first, second = data["verdicts"]
    assert first["files"] == ["a b/crate.glb", HOSTILE] and second["passed"] is True
    assert first["findings"][0]["where"] == {
        "file": "a b/crate.glb",
        "node": "Crate",
        "mesh": "Crate",
        "faces": [1, 2],
        "pointer": "/nodes/0",
    }
    assert first["findings"][1]["measured"] == "nan"
    assert text == json.dumps(data, sort_keys=True, indent=1) + "\n"


def test_junit() -> None:
    root = ET.fromstring(render(verdicts(), "junit"))
    assert (root.get("tests"), root.get("failures")) == ("3", "1")
    suite = root.find("testsuite")
    assert suite is not None and (suite.get("tests"), suite.get("failures")) == ("2", "1")
    case = suite.findall("testcase")[0]
    failure = case.find("failure")
    assert case.get("name") == "a b/crate.glb" and failure is not None and failure.get("type") == "geo.triangles"
    assert "Reduce the mesh." in (failure.text or "") and "A texture is large." in (case.findtext("system-out") or "")
    assert suite.findall("testcase")[1].find("failure") is None


def test_sarif() -> None:
    data = json.loads(render(verdicts(), "sarif"))
    assert data["version"] == "2.1.0" and len(data["runs"]) == 2
    run = data["runs"][0]
    rules = [r["id"] for r in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"] and result["message"]["text"]
    assert [r["level"] for r in run["results"]] == ["error", "warning", "note"]
    place = run["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/crate.glb"
    assert {"fullyQualifiedName": "Crate", "kind": "object"} in place["logicalLocations"]
    assert run["results"][2]["locations"][0]["physicalLocation"]["region"] == {"byteOffset": 12}
    assert run["results"][0]["properties"] == {"measured": 21168, "limit": 20000, "faces": "1 2"}


def test_visible() -> None:
    assert visible("Größe 3 é") == "Größe 3 é"
    assert visible("a\x1bb\nc\u202ed") == "a\\x1bb\\nc\\u202ed"
