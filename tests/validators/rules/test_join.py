"""Components are scipy's."""

from __future__ import annotations

import numpy as np
import pytest

from validators.rules.join import components


@pytest.mark.parametrize(("nodes", "edges"), [(0, 0), (1, 0), (7, 3), (1000, 400), (1000, 3000)])
def test_components_are_scipys(nodes: int, edges: int) -> None:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rng = np.random.default_rng(nodes + edges)
    a, b = rng.integers(0, max(nodes, 1), (2, edges))
    number, part = components(nodes, a, b)
    if not nodes:
        assert (number, len(part)) == (0, 0)
        return
    known, label = connected_components(coo_array((np.ones(edges), (a, b)), shape=(nodes, nodes)), directed=False)
    assert number == known
    assert len(np.unique(np.stack((part, label)), axis=1).T) == known
    first = [int(np.flatnonzero(part == i)[0]) for i in range(number)]
    assert first == sorted(first)


def test_a_long_chain_takes_few_rounds() -> None:
    at = np.random.default_rng(1).permutation(200_000)
    number, part = components(200_000, at[:-1], at[1:])
    assert number == 1 and not part.any()
