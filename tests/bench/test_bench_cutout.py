"""The cut-out's kernels, each with a peer: the border key against GrabCut, the network against OpenCV's own runtime."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from tests.toolchain.intake.scenes import ground, iou, mug, over, paint
from toolchain.intake import border, u2netp

SIDE = 512


def picture() -> tuple[np.ndarray, np.ndarray]:
    """(S, S, 3) uint8 on a gradient, and its mask."""
    share = mug(SIDE)
    return np.ascontiguousarray(over(share, paint(SIDE), ground("gradient", SIDE))[..., :3]), share > 0.5


@pytest.mark.benchmark(group="key 512^2")
def test_ours_border_key(benchmark: Any) -> None:
    rgb, truth = picture()
    assert iou(benchmark(border.key, rgb).mask, truth) > 0.98


@pytest.mark.benchmark(group="key 512^2")
def test_peer_grabcut(benchmark: Any) -> None:
    rgb, truth = picture()
    rim = SIDE // 20

    def cut() -> np.ndarray:
        cv2.setRNGSeed(0)
        state = np.zeros((SIDE, SIDE), np.uint8)
        box = (rim, rim, SIDE - 2 * rim, SIDE - 2 * rim)
        cv2.grabCut(rgb, state, box, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_RECT)
        return (state & 1) > 0

    assert iou(benchmark(cut), truth) > 0.5


@pytest.mark.benchmark(group="u2netp 320^2")
def test_ours_network(benchmark: Any) -> None:
    if reason := u2netp.why_not():
        pytest.skip(reason)
    assert benchmark(u2netp.saliency, picture()[0]).max() > 0.9


@pytest.mark.benchmark(group="u2netp 320^2")
def test_peer_opencv_dnn(benchmark: Any) -> None:
    if reason := u2netp.why_not():
        pytest.skip(reason)
    net = cv2.dnn.readNetFromONNX(str(u2netp.weights()))
    rgb = picture()[0]

    def infer() -> np.ndarray:
        small = cv2.resize(rgb, (320, 320), interpolation=cv2.INTER_AREA).astype(np.float32) / float(rgb.max())
        feed = ((small - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)).transpose(2, 0, 1)[None]
        net.setInput(np.ascontiguousarray(feed, np.float32))
        return net.forward(net.getUnconnectedOutLayersNames()[0])[0, 0]

    theirs = benchmark(infer)
    stretched = (theirs - theirs.min()) / (theirs.max() - theirs.min())
    assert np.abs(stretched - u2netp.saliency(rgb)).max() < 0.02  # two runtimes, one network
