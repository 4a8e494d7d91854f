"""Synthetic concept pictures whose masks are known exactly."""

from __future__ import annotations

import cv2
import numpy as np

SIDE = 520


def grid(side: int = SIDE) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    return y, x


def mug(side: int = SIDE, dx: float = 0.0) -> np.ndarray:
    """(S, S) share 0..1: a body with a handle, and so an opening that is ground."""
    big = 4 * side
    at = int(dx * big)
    mask = np.zeros((big, big), np.uint8)
    cv2.rectangle(mask, (int(0.3 * big) + at, int(0.25 * big)), (int(0.6 * big) + at, int(0.78 * big)), 255, -1)
    centre, radius = (int(0.6 * big) + at, int(0.5 * big)), int(0.16 * big)
    cv2.ellipse(mask, centre, (radius, radius), 0, -90, 90, 255, int(0.05 * big))
    return cv2.resize(mask, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def paint(side: int = SIDE, tint: tuple[float, float, float] = (180, 60, 40)) -> np.ndarray:
    """(S, S, 3) a lit, lightly textured surface."""
    y, x = grid(side)
    light = 0.75 + 0.35 * np.cos(5 * (x - 0.35)) * np.cos(3 * (y - 0.3)) + 0.2 * np.sign(np.sin(60 * y))
    return np.clip(np.float32(tint) * light[..., None], 0, 255)


def ground(kind: str, side: int = SIDE) -> np.ndarray:
    """(S, S, 3) white, grey, gradient, studio (radial, tinted) or noise."""
    y, x = grid(side)
    if kind == "white":
        return np.full((side, side, 3), 255, np.float32)
    if kind == "grey":
        return np.full((side, side, 3), 118, np.float32)
    if kind == "gradient":
        return np.float32([120, 160, 200]) * (1.2 - 0.5 * y)[..., None]
    if kind == "studio":
        return np.float32([235, 225, 205]) * (1.0 - 0.5 * ((x - 0.5) ** 2 + (y - 0.45) ** 2))[..., None]
    rough = np.random.default_rng(0).uniform(0, 255, (side // 4, side // 4, 3)).astype(np.float32)
    return cv2.resize(rough, (side, side), interpolation=cv2.INTER_NEAREST)


def over(share: np.ndarray, front: np.ndarray, back: np.ndarray) -> np.ndarray:
    """(S, S, 4) uint8, opaque."""
    rgb = front * share[..., None] + back * (1 - share[..., None])
    return np.dstack([np.round(np.clip(rgb, 0, 255)), np.full(share.shape, 255)]).astype(np.uint8)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / max(1, (a | b).sum()))
