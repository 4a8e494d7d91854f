from __future__ import annotations

import json

import pytest

from engine_profiles.typed import SettingsError
from toolchain.generate.evaluate.job import Row
from toolchain.generate.evaluate.table import as_json, floors, markdown, means, missed, worst

ROWS = [
    Row("a", ("front",), {"iou": 0.8, "f5": 0.9, "chamfer": 0.1, "colour": 10.0, "yaw": 0.0}, "hull", "", 2.0, 300.0),
    Row("b", ("front",), {"iou": 0.4, "f5": 0.5, "chamfer": 0.2, "colour": 20.0, "yaw": 90.0}, "hull", "", 4.0, 500.0),
    Row("c", ("front",), seconds=9.0, fault="It crashed."),
]


def test_a_failure_counts_nothing() -> None:
    mean = means(ROWS)
    assert (mean["props"], mean["failed"]) == (3, 1)
    assert mean["iou"] == pytest.approx(0.4)
    assert mean["chamfer"] == pytest.approx((0.1 + 0.2 + 1.0) / 3, abs=1e-4)
    assert mean["colour"] == 15  # there is no colour of nothing
    assert (mean["seconds"], mean["memory_mb"]) == (3.0, 500.0)
    assert means(ROWS[2:])["iou"] == 0


def test_the_worst_are_named_with_why() -> None:
    assert [row.case for row in worst(ROWS, 2)] == ["c", "b"]
    text = markdown(ROWS)
    assert "| front | 3 | 1 | 0.400 |" in text
    assert text.index("* c: It crashed.") < text.index("* b: 0.40 / 0.50, hull") < text.index("* a:")


def test_floors_are_held_and_ceilings_too() -> None:
    asked = floors("iou=0.5, seconds=2.5,f5=0.1")
    assert asked == {"iou": 0.5, "seconds": 2.5, "f5": 0.1}
    assert missed(ROWS, asked) == [
        "front: iou is 0.4, asked was at least 0.5.",
        "front: seconds is 3, asked was at most 2.5.",
    ]
    assert missed(ROWS, floors("from_there=0.9")) == ["front: from_there was not measured."]
    assert missed(ROWS, {}) == []
    for text, words in (("iuo=0.5", "iou"), ("iou", "MEASURE=NUMBER"), ("iou=much", "MEASURE=NUMBER")):
        with pytest.raises(SettingsError, match=words):
            floors(text)


def test_json_holds_no_picture_and_no_nan() -> None:
    told = json.loads(json.dumps(as_json(ROWS, "embedded", "1"), allow_nan=False))
    assert told["rows"][2] == {
        "case": "c",
        "views": ["front"],
        "seconds": 9.0,
        "memory_mb": 0.0,
        "fault": "It crashed.",
    } | {"measures": {}}
    assert told["means"]["front"]["failed"] == 1
