"""Draw the example concepts: shaded, inked, as an artist hands them in. `python -m toolchain.demo.draw DIR`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from toolchain.asset import U8
from toolchain.demo.props import PROPS, Prop
from toolchain.report import render
from toolchain.report.render import Camera

SIZE = 768
#: file stem -> prop, camera, background (linear) or None for alpha
PICTURES: dict[str, tuple[str, Camera, tuple[float, float, float] | None]] = {
    "crate_front": ("crate", Camera(0, 0, 0), None),
    "crate_left": ("crate", Camera(90, 0, 0), None),
    "crate_back": ("crate", Camera(180, 0, 0), None),
    "lantern": ("lantern", Camera(0, 4, 20), None),
    "helmet": ("helmet", Camera(-32, 14, 25), (0.72, 0.72, 0.7)),
}
#: What paints which slot in the crate's .slots.png files; crate.toml says the same.
SLOT_COLOURS = {"paint": (255, 128, 0), "metal": (0, 96, 255)}


def draw(prop: Prop, camera: Camera, background: tuple[float, float, float] | None) -> U8:
    """(SIZE, SIZE, 4) sRGB: cel-shaded faces, and ink where the part or the facing changes."""
    hits = render.cast(prop.mesh, camera, SIZE)
    a, b, c = (prop.mesh.positions[prop.mesh.faces[:, i]] for i in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    seen = normals[hits.face]
    colours = render.light(prop.face_colours[hits.face], seen, hits.view, np.ones(len(seen)), 0.5, 0.0, camera.yaw)
    full = SIZE * render.SAMPLES
    part, facing = np.full(full * full, -1), np.zeros((full * full, 3))
    part[hits.where], facing[hits.where] = prop.part[hits.face], seen
    ink = _edges(part.reshape(full, full), facing.reshape(full, full, 3)).reshape(-1)[hits.where]
    colours = np.where(ink[:, None], np.array([0.012, 0.01, 0.014]), colours)
    return render.picture(hits, colours, SIZE, background)


def draw_slots(prop: Prop, camera: Camera) -> U8:
    """(SIZE, SIZE, 3) flat slot colours on black, no anti-aliasing."""
    hits = render.cast(prop.mesh, camera, SIZE)
    painted = np.array([SLOT_COLOURS[s] for s in prop.slots], np.uint8)
    full = SIZE * render.SAMPLES
    image = np.zeros((full * full, 3), np.uint8)
    image[hits.where] = painted[prop.part[hits.face]]
    return image.reshape(full, full, 3)[:: render.SAMPLES, :: render.SAMPLES]


def draw_all(folder: Path) -> None:
    """Write every example picture into `folder`."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for stem, (name, camera, background) in PICTURES.items():
        image = draw(PROPS[name](), camera, background)
        picture = Image.fromarray(image if background is None else image[..., :3])
        picture.save(folder / f"{stem}.png", optimize=True)
    for stem in (s for s in PICTURES if s.startswith("crate")):
        Image.fromarray(draw_slots(PROPS["crate"](), PICTURES[stem][1])).save(
            folder / f"{stem}.slots.png", optimize=True
        )


def _edges(part: np.ndarray, facing: np.ndarray) -> np.ndarray:
    """(H, W) bool: the part or, by over 40 degrees, the facing changes within two samples."""
    ink = np.zeros(part.shape, bool)
    for axis in (0, 1):
        for step in (-2, -1, 1, 2):
            ink |= (part != np.roll(part, step, axis)) | ((facing * np.roll(facing, step, axis)).sum(-1) < 0.76)
    return ink & (part >= 0)


if __name__ == "__main__":
    draw_all(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "concepts")
