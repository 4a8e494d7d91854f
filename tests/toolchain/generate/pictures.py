"""Pictures of things whose shape is known, drawn in place for the generator's tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from toolchain.asset import Reference, View

SIDE, FINE = 240, 6  # pixels, samples a pixel along each axis
Inside = Callable[[np.ndarray, np.ndarray], np.ndarray]
MAGENTA = (255, 0, 255)  # of the background: it must never reach a sculpt


def view(
    name: str, inside: Inside, colour: tuple[int, int, int] = (128, 128, 128), scale: float = 0.45, side: int = SIDE
) -> View:
    """A picture of `inside(x, y)`, x to the right and y up in -1..1; 1 is `scale` of the picture's side."""
    at = (np.arange(side * FINE) + 0.5) / FINE - side / 2
    x, y = np.meshgrid(at / (scale * side), -at / (scale * side))
    cover = inside(x, y).reshape(side, FINE, side, FINE).mean((1, 3))
    rgba = np.zeros((side, side, 4), np.uint8)
    rgba[..., :3] = np.where(cover[..., None] > 0, colour, MAGENTA)
    rgba[..., 3] = np.round(cover * 255)
    return View(name, rgba, "given", f"{name}.png")


def reference(*views: View) -> Reference:
    return Reference(views)


def box(left: float, bottom: float, right: float, top: float) -> Inside:
    return lambda x, y: (x >= left) & (x <= right) & (y >= bottom) & (y <= top)


def disc(radius: float = 1.0) -> Inside:
    return lambda x, y: x**2 + y**2 <= radius**2


def vase(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """An upright turned outline with a curved profile."""
    return (np.abs(x) <= 0.45 + 0.25 * np.sin(2.5 * y)) & (np.abs(y) <= 1)


def hammer(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A long handle leaning to the right with a head across one side of its upper end."""
    along, across = 0.82 * y + 0.57 * x, 0.82 * x - 0.57 * y
    return ((np.abs(across) <= 0.08) & (np.abs(along) <= 1)) | (
        (across <= 0.08) & (across >= -0.25) & (along <= 1) & (along >= 0.75)
    )


def blob(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A lopsided rounded outline."""
    arm, foot = (x - 0.45) ** 2 + (y - 0.35) ** 2 <= 0.12, (x + 0.3) ** 2 + (y + 0.6) ** 2 <= 0.05
    return (x**2 + y**2 <= 0.35) | arm | foot


#: An asymmetric thing. Body |x| <= .4, |y| <= 1, |z| <= .3; an arm on its left (+X) from the body to x = 1 at
#: y in .5...8, |z| <= .1; a nose to the front (+Z) from the body to z = .9 at y in -.8..-.5, |x| <= .1.
ARM_VOLUME = 0.8 * 2 * 0.6 + 0.6 * 0.3 * 0.2 + 0.6 * 0.3 * 0.2
GREEN, RED, BLUE = (0, 200, 0), (200, 0, 0), (0, 0, 200)


def armed_front(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return box(-0.4, -1, 0.4, 1)(x, y) | box(0.4, 0.5, 1, 0.8)(x, y)


def armed_left(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Seen from +X: the picture's right is -Z, so the nose points to the picture's left."""
    return box(-0.3, -1, 0.3, 1)(x, y) | box(-0.9, -0.8, -0.3, -0.5)(x, y)


def armed_top(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Seen from +Y: the picture's right is +X, its lower edge the front."""
    return box(-0.4, -0.3, 0.4, 0.3)(x, y) | box(0.4, -0.1, 1, 0.1)(x, y) | box(-0.1, -0.9, 0.1, -0.3)(x, y)


def armed(*names: str) -> Reference:
    """The asymmetric thing: front green, left red, top blue, each drawn at a scale of its own."""
    drawn = {
        "front": view("front", armed_front, GREEN, 0.45),
        "left": view("left", armed_left, RED, 0.4),
        "top": view("top", armed_top, BLUE, 0.35),
    }
    return reference(*(drawn[name] for name in names))
