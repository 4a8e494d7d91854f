"""Specular-glossiness to metallic-roughness, texel by texel.

The base colour that gives the same diffuse and specular light is solved for the metal share: the quadratic that the
Khronos registry publishes with KHR_materials_pbrSpecularGlossiness (its appendix, and the conversion sample beside it).
"""

from __future__ import annotations

import numpy as np

from toolchain.asset import F32

DIELECTRIC = 0.04  # reflectance of what is no metal
_WEIGHTS = np.array((0.299, 0.587, 0.114), np.float32)  # of a perceived brightness, as the appendix has it


def convert(diffuse: F32, specular: F32) -> tuple[F32, F32]:
    """(albedo (..., 3), metallic (...)) of linear `diffuse` and `specular` (..., 3) in 0..1."""
    strongest = specular.max(axis=-1)
    rest = 1.0 - strongest
    bright_d = np.sqrt((diffuse * diffuse * _WEIGHTS).sum(axis=-1))
    bright_s = np.sqrt((specular * specular * _WEIGHTS).sum(axis=-1))
    b = bright_d * rest / (1.0 - DIELECTRIC) + bright_s - 2.0 * DIELECTRIC
    c = DIELECTRIC - bright_s
    root = np.sqrt(np.maximum(b * b - 4.0 * DIELECTRIC * c, 0.0))
    metallic = np.where(bright_s < DIELECTRIC, 0.0, np.clip((root - b) / (2.0 * DIELECTRIC), 0.0, 1.0))
    m = metallic[..., None]
    from_diffuse = diffuse * (rest / ((1.0 - DIELECTRIC) * np.maximum(1.0 - metallic, 1e-6)))[..., None]
    from_specular = (specular - DIELECTRIC * (1.0 - m)) / np.maximum(m, 1e-6)
    albedo = from_diffuse + (from_specular - from_diffuse) * m * m
    return np.clip(albedo, 0.0, 1.0).astype(np.float32), metallic.astype(np.float32)
