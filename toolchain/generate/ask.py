"""What every generator can be told. A generator's own Params are a frozen dataclass that adds fields to these.

`[stage.generate]` of a sidecar and `--set generate.FIELD=VALUE` reach them all, and all are part of the
stage's key. A secret is never a field: keys come from the environment.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine_profiles.typed import opt
from toolchain.recipe import DEFAULT_SIZE_M


@dataclass(frozen=True)
class Ask:
    """Who makes the shape, and how large the thing is."""

    generator: str = opt("embedded", "who makes the 3D")
    size_m: float = opt(
        DEFAULT_SIZE_M, "size of the asset along `size_axis`; 0 keeps a file's own", unit="m", low=0.0, high=1000.0
    )
    size_axis: str = opt("longest", "which side `size_m` is", choices=("longest", "height"))
    size_source: str = opt("default", "where `size_m` comes from", choices=("default", "sidecar", "file"))
