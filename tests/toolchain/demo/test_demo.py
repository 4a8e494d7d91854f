"""The example pictures are what the script draws, and the props behind them are closed and sized as said."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from toolchain.demo import CONCEPTS
from toolchain.demo.draw import PICTURES, SLOT_COLOURS, draw, draw_slots
from toolchain.demo.props import PROPS


@pytest.mark.parametrize("stem", sorted(PICTURES))
def test_pictures_are_what_the_script_draws(stem: str) -> None:
    name, camera, background = PICTURES[stem]
    drawn = draw(PROPS[name](), camera, background).astype(int)
    kept = np.asarray(Image.open(CONCEPTS / f"{stem}.png")).astype(int)
    difference = np.abs(drawn[..., : kept.shape[-1]] - kept).max(axis=-1)
    assert (difference > 8).mean() < 0.002  # rays through edges may differ by processor


def test_the_slot_mask_has_flat_colours_alone() -> None:
    mask = draw_slots(PROPS["crate"](), PICTURES["crate_front"][1])
    assert {tuple(c) for c in np.unique(mask.reshape(-1, 3), axis=0)} == {(0, 0, 0), *SLOT_COLOURS.values()}


@pytest.mark.parametrize("name", sorted(PROPS))
def test_every_part_is_closed_and_outward(name: str) -> None:
    prop = PROPS[name]()
    for part in range(len(prop.colours)):
        faces = prop.mesh.faces[prop.part == part]
        edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
        a, b, c = (prop.mesh.positions[faces[:, i]].astype(float) for i in range(3))
        assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() > 0


def test_sizes_are_what_the_sidecars_say() -> None:
    assert PROPS["crate"]().mesh.size.max() == pytest.approx(0.8)
    assert PROPS["lantern"]().mesh.size[1] == pytest.approx(0.36, abs=0.005)
