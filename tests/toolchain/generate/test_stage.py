from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.toolchain.generate.pictures import BLUE, GREEN, RED, armed, box, disc, reference, vase, view
from toolchain.asset import EVIDENCE, Reference, View
from toolchain.codec import encode
from toolchain.generate import embedded, stage
from toolchain.recipe import Recipe
from toolchain.stage import Made, StageError, quiet

QUICK = embedded.Params(resolution=72)


def made(reference: Reference, **params: object) -> Made:
    return stage.run(replace(QUICK, **params), quiet, intake=reference, state=Path("unused"))  # type: ignore[arg-type]


def test_it_stands_on_the_ground_at_the_size_asked() -> None:
    mesh = made(armed("front", "left"), size_m=3.0).value.mesh
    low, high = mesh.positions.min(0), mesh.positions.max(0)
    assert low[1] == pytest.approx(0, abs=1e-6)
    assert (low + high)[[0, 2]] == pytest.approx(0, abs=1e-6)
    assert mesh.size.max() == pytest.approx(3.0, rel=1e-5)


def test_height_is_the_other_way_to_give_the_size() -> None:
    flat = reference(view("front", box(-1, -0.3, 1, 0.3)), view("left", box(-0.5, -0.3, 0.5, 0.3)))
    mesh = made(flat, size_m=0.3, size_axis="height", size_source="sidecar")
    assert mesh.value.mesh.size == pytest.approx([1.0, 0.3, 0.5], rel=0.03)
    assert mesh.measures["size_source"] == mesh.value.size_source == "sidecar"


def test_measures_are_of_what_is_returned() -> None:
    out = made(armed("front", "left", "top"))
    sculpt, measures = out.value, out.measures
    assert measures["rung"] == sculpt.rung == "hull"
    assert measures["triangles"] == len(sculpt.mesh.faces)
    assert measures["size_m"] == pytest.approx(sculpt.mesh.size.tolist(), abs=1e-5)
    assert measures["evidence"].keys() == set(EVIDENCE)
    assert sum(measures["evidence"].values()) == pytest.approx(1.0, abs=1e-3)
    assert 0.4 < measures["evidence"]["seen"] < 0.7
    assert min(measures["silhouette_iou"].values()) > 0.97
    assert not out.findings
    encode(out, [])  # it can be stored


def test_the_hidden_half_of_one_picture_is_guessed() -> None:
    shares = made(reference(view("front", vase))).measures["evidence"]
    assert shares["guessed"] > 0.45
    assert shares["mirrored"] == 0


def test_same_pictures_same_bytes() -> None:
    one, two = made(armed("front", "left")).value, made(armed("front", "left")).value
    for a, b in (
        (one.mesh.positions, two.mesh.positions),
        (one.mesh.faces, two.mesh.faces),
        (one.colour, two.colour),
        (one.evidence, two.evidence),
    ):
        assert a.tobytes() == b.tobytes()


def test_density_follows_the_vertices_asked() -> None:
    out = made(reference(view("front", disc()), view("left", disc())), resolution=0, vertices=20_000)
    assert out.measures["vertices"] == pytest.approx(20_000, rel=0.15)


def test_pictures_that_contradict_each_other_are_told() -> None:
    """A wide rim at the top in one picture, at the bottom in the other."""

    def rim(at: float):  # type: ignore[no-untyped-def]
        return lambda x, y: ((np.abs(x) < 0.2) & (np.abs(y) < 1)) | ((np.abs(x) < 1) & (np.abs(y - at) < 0.1))

    out = made(reference(view("front", rim(0.9)), view("left", rim(-0.9)), view("top", disc())))
    assert {f.code for f in out.findings} == {"generate.silhouette"}
    front = next(f for f in out.findings if "front picture" in f.message)
    assert front.measured == out.measures["silhouette_iou"]["front"] < stage.FAITHFUL
    assert "contradict" in front.message


def test_an_unknown_generator_names_the_nearest() -> None:
    with pytest.raises(StageError, match='no generator "embeded"; did you mean "embedded"'):
        made(armed("front"), generator="embeded")


def test_no_picture_and_no_subject_are_one_sentence() -> None:
    with pytest.raises(StageError, match="no picture"):
        made(Reference(()))
    with pytest.raises(StageError, match=r"x.png: nothing of the subject"):
        made(reference(View("single", np.zeros((40, 40, 4), np.uint8), "given", "x.png")))


@pytest.mark.parametrize("mask", ["dot", "line", "two pieces", "full frame", "holes"])
def test_odd_masks_still_give_a_shape(mask: str) -> None:
    alpha = np.zeros((90, 90), np.uint8)
    parts = {
        "dot": [(40, 49, 40, 49)],
        "line": [(20, 80, 44, 45)],
        "two pieces": [(5, 30, 5, 30), (60, 85, 50, 85)],
        "full frame": [(0, 90, 0, 90)],
        "holes": [(5, 85, 5, 85)],
    }[mask]
    for top, bottom, left, right in parts:
        alpha[top:bottom, left:right] = 255
    if mask == "holes":
        alpha[20:70:10, 20:70] = 0
    rgba = np.dstack([np.full((90, 90, 3), 90, np.uint8), alpha])
    out = made(reference(View("single", rgba, "given", "odd.png")))
    assert out.measures["silhouette_iou"]["single"] > (0.35 if mask == "line" else 0.9)


def test_params_come_from_the_recipe() -> None:
    recipe = Recipe("Helm", "Helm", size_m=0.4, size_axis="height", size_source="sidecar")
    got = stage.params(recipe, None)
    assert (got.generator, got.size_m, got.size_axis, got.size_source) == ("embedded", 0.4, "height", "sidecar")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("prop", "views", "iou"), [("q_radio", ("front", "left", "top"), 0.85), ("kk_burger", ("front",), 0.8)]
)
def test_real_props_from_their_pictures(shared: Path, prop: str, views: tuple[str, ...], iou: float) -> None:
    """Held well under what was measured (0.95 and 0.94); a wrong axis or scale would fall far below."""
    from toolchain.generate.score import score
    from validators.read import read

    folder = shared / "eval" / prop
    pictures = tuple(View(n, np.asarray(Image.open(folder / f"{n}.png").convert("RGBA")), "given", n) for n in views)
    mesh = made(Reference(pictures), resolution=110).value.mesh
    scene = read(folder / "gt.glb")
    (node,) = scene.render_nodes()
    assert node.mesh is not None
    true = scene.meshes[node.mesh]
    assert score(mesh.positions, mesh.faces, scene.world_points(node), true.triangle_points)["iou"] > iou


def test_a_shot_says_where_a_point_falls_on_its_picture() -> None:
    """The arm's end and the nose's tip, at the size asked, on the pictures that they were drawn on."""
    sculpt = made(armed("front", "left", "top"), size_m=4.0).value
    front, left, top = sculpt.shots
    assert [shot.view for shot in sculpt.shots] == ["front", "left", "top"]
    assert front.eye @ (0, 0, 1, 0) > 0 and left.eye @ (1, 0, 0, 0) > 0 and top.eye @ (0, 1, 0, 0) > 0
    points, colour = sculpt.mesh.positions.astype(np.float64), {front: GREEN, left: RED, top: BLUE}
    ends = {
        front: (points[points[:, 0].argmax()], (1, 0)),  # the arm is furthest right
        left: (points[points[:, 2].argmax()], (-1, 0)),  # the nose furthest left
        top: (points[points[:, 2].argmax()], (0, 1)),  # and lowest
    }
    for shot, (point, (across, down)) in ends.items():
        x, y, w = shot.matrix @ (*point, 1)
        row, column = np.nonzero(shot.rgba[..., 3] > 127)
        if across:
            assert x / w == pytest.approx(column.max() + 1 if across > 0 else column.min(), abs=1.5)
        if down:
            assert y / w == pytest.approx(row.max() + 1, abs=1.5)
        inside = shot.rgba[row, column][len(row) // 2]
        assert inside[:3].tolist() == pytest.approx(list(colour[shot]), abs=2)
