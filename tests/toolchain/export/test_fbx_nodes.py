"""Records of binary FBX: what is encoded is what a strict reader finds."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.export.fbx_records import parse
from toolchain.export.fbx_nodes import Int64, Node, encode, node


def test_values_come_back() -> None:
    values = (True, -5, Int64(1 << 52), 0.1, "é\0\1x", b"\0\xff")
    (top,) = parse(encode([node("Top", *values)])).children
    assert top.values == list(values)


@pytest.mark.parametrize("kind", ["float64", "float32", "int32", "int64", "bool"])
@pytest.mark.parametrize("count", [0, 1, 31, 32, 1000])
def test_arrays_come_back_short_and_compressed(kind: str, count: int) -> None:
    array = np.random.default_rng(0).integers(0, 2, count).astype(kind)
    (top,) = parse(encode([node("Top", array)])).children
    assert top.values[0].dtype == array.dtype
    np.testing.assert_array_equal(top.values[0], array)


@pytest.mark.parametrize("length", range(17))
def test_footer_is_aligned_for_every_length(length: int) -> None:
    parse(encode([node("Top", "x" * length)]))  # parse checks the padding


def test_nesting_and_empty_lists() -> None:
    tree = [node("A", children=[node("B", 1, children=[node("C")]), node("D")]), node("E"), node("F", 2)]
    root = parse(encode(tree))
    assert [c.name for c in root.children] == ["A", "E", "F"]
    assert root.get("A", "B", "C").children == [] and root.get("A", "D").values == []


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bits"):
        encode([node("Top", 1 << 31)])
    with pytest.raises(TypeError, match="NoneType"):
        encode([Node("Top", (None,))])
    with pytest.raises(TypeError, match="complex"):
        encode([node("Top", np.zeros(3, complex))])
