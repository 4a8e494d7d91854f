"""What the light on a picture says of the shape: a round body is brighter on one side, a flat front is not."""

from __future__ import annotations

import numpy as np

from toolchain.generate.sections import runs
from toolchain.generate.views import Picture
from toolchain.srgb import LUMINANCE

NARROWEST_PX = 5.0  # half a run's length from which its two sides can be told apart
OFF = 0.4  # of a run's half length: further from its middle is a side
DARKEST = 1e-3  # linear luminance under which a picture holds no light to compare


def side_light(picture: Picture) -> float:
    """By how much the two sides of the subject differ in light, level by level: |log ratio|, 0 on a flat front.

    The median over the picture's rows, so that a label or a knob on one side does not count. Light that comes from
    straight ahead, or flat colours, leave 0 on a round body too: a small value says nothing.
    """
    light = np.log(np.maximum(picture.rgb @ LUMINANCE, DARKEST)).T  # (W, H)
    offset, half = runs(np.ascontiguousarray(picture.alpha.T - 0.5, np.float32), 1.0)
    place = np.where(half > NARROWEST_PX, offset / np.maximum(half, 1e-6), 0)
    whole = picture.alpha.T > 0.95
    mean = []
    for side in (whole & (place < -OFF), whole & (place > OFF)):
        count = side.sum(axis=0)
        mean.append(np.where(count > 1, (light * side).sum(axis=0) / np.maximum(count, 1), np.nan))
    apart = mean[0] - mean[1]
    apart = apart[np.isfinite(apart)]
    return abs(float(np.median(apart))) if len(apart) else 0.0
