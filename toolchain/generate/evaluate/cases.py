"""A set with ground truth on the disk: a folder a prop, with its known mesh, its pictures and where they were taken.

    props/NAME/gt.glb            the known mesh (or .gltf .obj .fbx .ply): +Y up, front to +Z, its left to +X
    props/NAME/front.png ...     pictures by view: front back left right top bottom three_quarter, or single
    props/NAME/meta.json         optional: {"views": {"front": {camera}, ...}}

A camera is `camera_to_world`, 4 x 4, row major, in the mesh's axes and units once it is centred on its box and its
longest side is 1; the camera looks along its -Z with +Y up. With it stand, for "type": "orthographic", `ortho_width`,
how wide the picture is in the same unit; for "perspective", `fov_deg` across the picture's width. Pixels are square and
the principal point is in the middle. Without cameras all is measured but `from_there`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine_profiles.typed import SettingsError, nearest
from toolchain.asset import VIEWS
from toolchain.intake.models import MODELS
from toolchain.intake.names import PICTURES

TRUTH = "gt"


@dataclass(frozen=True)
class Case:
    """One prop of a set."""

    name: str
    truth: Path
    pictures: dict[str, Path] = field(default_factory=dict)  # view, or "single" -> file
    cameras: dict[str, Any] = field(default_factory=dict)  # view -> camera, as meta.json has it


def read_cases(folder: Path, only: tuple[str, ...] = ()) -> tuple[Case, ...]:
    """The props below `folder`, by name, or those of them named in `only`.

    Raises FileNotFoundError without the folder, SettingsError where it holds no prop, lacks one that was named or has
    a meta.json that cannot be read.
    """
    if not folder.is_dir():
        raise FileNotFoundError(2, "no such folder", str(folder))
    found = {p.name: p for p in sorted(folder.iterdir()) if p.is_dir() and _truth(p)}
    if not found:
        raise SettingsError(folder.name, None, f"holds no folder with a known mesh ({TRUTH}.glb) in it")
    for name in only:
        if name not in found:
            raise SettingsError("--only", None, f'there is no prop "{name}"{nearest(name, found)}')
    return tuple(_case(path) for name, path in found.items() if not only or name in only)


def matrix(camera: dict[str, Any], width: int, height: int) -> NDArray[np.float64]:
    """(3, 4): a point P falls on pixel (x / w, y / w), (x, y, w) = matrix @ (P, 1); edge coordinates.

    Raises ValueError, KeyError or TypeError for a camera that is not as the module says.
    """
    to_world = np.array(camera["camera_to_world"], np.float64)
    if to_world.shape != (4, 4) or not np.isfinite(to_world).all():
        raise ValueError("camera_to_world is not a 4 x 4 matrix")
    right, up, back = np.linalg.inv(to_world)[:3]
    if camera["type"] == "orthographic":
        away, focal = np.array([0.0, 0.0, 0.0, 1.0]), width / float(camera["ortho_width"])
    elif camera["type"] == "perspective":
        away, focal = -back, width / 2 / np.tan(np.radians(float(camera["fov_deg"])) / 2)
    else:
        raise ValueError(f'a camera of type "{camera["type"]}"')
    return np.stack([focal * right + width / 2 * away, -focal * up + height / 2 * away, away])


def _truth(folder: Path) -> Path | None:
    return next((p for p in sorted(folder.glob(f"{TRUTH}.*")) if p.suffix.lower() in MODELS and p.is_file()), None)


def _case(folder: Path) -> Case:
    truth = _truth(folder)
    assert truth is not None
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES and p.is_file())
    pictures = {p.stem: p for p in reversed(files) if p.stem in (*VIEWS, "single")}
    return Case(folder.name, truth, pictures, _cameras(folder))


def _cameras(folder: Path) -> dict[str, Any]:
    path = folder / "meta.json"
    if not path.is_file():
        return {}
    shown = f"{folder.name}/meta.json"
    try:
        cameras = json.loads(path.read_text(encoding="utf-8")).get("views", {})
        for camera in cameras.values():
            matrix(camera, 64, 64)
    except (ValueError, KeyError, TypeError, AttributeError, np.linalg.LinAlgError) as error:
        raise SettingsError(shown, None, f"its cameras cannot be read: {type(error).__name__}: {error}") from None
    return dict(cameras)
