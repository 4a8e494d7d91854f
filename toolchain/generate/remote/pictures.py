"""Our views as the pictures that services take: PNG with alpha, in the size they ask for."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import numpy as np

from toolchain.asset import Reference, View
from toolchain.generate.remote.states import Picture
from toolchain.stage import StageError

if TYPE_CHECKING:
    from toolchain.asset import U8

#: Which view stands for the thing where a service takes but one picture, best first.
FIRST = ("front", "single", "three_quarter", "left", "right", "back", "top", "bottom")
#: Views that services with several pictures know by name.
AROUND = ("front", "left", "back", "right")
LARGEST_PX = 2048  # longest side that is uploaded: what these models look at is far smaller
SMALLEST_PX = 256


def one(reference: Reference, largest: int = LARGEST_PX, smallest: int = SMALLEST_PX) -> tuple[Picture]:
    """The one picture that says most. StageError where there is none."""
    views = {view.name: view for view in reference.views}
    for name in FIRST:
        if name in views:
            return (picture(views[name], largest, smallest),)
    raise StageError("There is no picture to send: this generator makes its shape from pictures.")


def around(
    reference: Reference,
    names: tuple[str, ...] = AROUND,
    largest: int = LARGEST_PX,
    smallest: int = SMALLEST_PX,
) -> tuple[Picture, ...]:
    """The views among `names`, in that order, the first of them always there: else just the one best picture.

    Their left is the subject's own left, as ours is.
    """
    views = {view.name: view for view in reference.views}
    there = [name for name in names if name in views]
    if len(there) < 2 or there[0] != names[0]:
        return one(reference, largest, smallest)
    return tuple(picture(views[name], largest, smallest) for name in there)


def picture(view: View, largest: int = LARGEST_PX, smallest: int = SMALLEST_PX) -> Picture:
    """`view` with its longest side at most `largest` and its shortest at least `smallest` pixels (by clear margins)."""
    pixels = fitted(view.rgba, largest, smallest)
    digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
    return Picture(view.name, _png(pixels), digest)


def fitted(rgba: U8, largest: int, smallest: int) -> U8:
    """`rgba` made smaller by whole pixels' areas, or larger by bicubic, and padded with nothing where it is narrow."""
    from PIL import Image

    height, width = rgba.shape[:2]
    scale = min(largest / max(height, width), max(1.0, smallest / max(height, width)))
    if scale != 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
        # Pillow weighs colours by alpha, so that the ground does not bleed into the subject's edge.
        rgba = np.asarray(Image.fromarray(rgba, "RGBA").resize(size, how))
        height, width = rgba.shape[:2]
    tall, wide = max(height, smallest), max(width, smallest)
    if (tall, wide) == (height, width):
        return np.ascontiguousarray(rgba)
    out = np.zeros((tall, wide, 4), np.uint8)
    top, left = (tall - height) // 2, (wide - width) // 2
    out[top : top + height, left : left + width] = rgba
    return out


def data_uri(picture: Picture) -> str:
    """`data:image/png;base64,...`."""
    return "data:image/png;base64," + base64.b64encode(picture.png).decode()


def _png(pixels: U8) -> bytes:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
