"""Whether a picture seems lit at all, and how much of its light is read from the shape.

The numbers were chosen on held-out training packs: 30 props in five lights, and 51 more in flat light, with the true
shape and with ours. NONE lies above all of their 152 flat pictures and below nine tenths of what lit ones have to gain.
"""

from __future__ import annotations

import numpy as np

from toolchain.surface.shading import Fit

EVENNESS = 5.0  # logits that the network's sureness loses where a picture is as even as in flat light
CONTRAST, ENOUGH = 15.0, 0.3  # logits that it gains with the light's contrast (log), up to so much of it
NONE, WHOLE = 7.0, 8.0  # logits: up to the first, light is not believed in; from the second on, wholly
SHAPED = 0.7  # what the shape's own light weighs in the mean with the network's, where it explains the picture


def seems_lit(sure: float, evenness: float, contrast: float) -> float:
    """0..1: the power to which a shading of `contrast` is to be taken off.

    `sure` is the network's logit of light, `evenness` as shading.Fit has it. Weak light, whose loss is small, must be
    surer than strong light is.
    """
    score = sure - EVENNESS * evenness + CONTRAST * min(contrast, ENOUGH)
    return float(np.clip((score - NONE) / (WHOLE - NONE), 0, 1))


def share_of_shape(found: Fit) -> float:
    """0..1: what the shape's log shading weighs in the mean; the rest is the network's."""
    return SHAPED * found.belief
