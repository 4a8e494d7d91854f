"""The intake stage: the dropped pictures decoded, judged and cut out, as one Reference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine_profiles.schema import Profile
from engine_profiles.typed import opt
from toolchain.asset import U8, VIEWS, Concept, Dropped, Reference, View
from toolchain.intake import u2netp
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress, StageError
from validators.finding import Finding, Where

NAME = "intake"
VERSION = 2


@dataclass(frozen=True)
class Params:
    """How pictures are read and cut out."""

    max_px: int = opt(2048, "longest side to which pictures are reduced", unit="px", low=256, high=8192)
    limit_mpx: float = opt(64.0, "larger pictures are refused", unit="million pixels", low=0.1, high=512.0)
    network: bool = opt(True, "let the U-2-Net-p network find the subject where the background is not plain")
    normal: str = opt(
        "",
        "where the green of a dropped FBX's or OBJ's normal maps points; empty looks at the map",
        choices=("", "opengl", "directx"),
    )


def params(recipe: Recipe, profile: Profile | None) -> Params:
    """The defaults, with the network as far as it is installed: installing it is a reason to run again."""
    return Params(network=u2netp.why_not() is None)


def run(params: Params, progress: Progress, *, concept: Concept) -> Made:
    """Made(Reference): views in the order of VIEWS, `single` last; a dropped model as its reader gives it.

    Raises StageError when a picture or the model cannot be read, or when a slot mask has no picture.
    """
    from toolchain.intake.checks import check_views, judge

    if not concept.views and concept.model is None:
        raise StageError(f"{concept.name} has no picture to build from; drop at least one beside its other files.")
    if stray := sorted(set(concept.slots) - set(concept.views)):
        mask = concept.slots[stray[0]].name
        raise StageError(f"{mask} paints slots, but there is no picture of that view; add it or rename the mask.")
    network, found = params.network, []  # type: bool, list[Finding]
    if network and (reason := u2netp.why_not()) is not None:
        network = False
        found.append(
            Finding(
                "ref.network",
                "warning",
                f"The cut-out network cannot run: {reason}.",
                "Install the extra, or set network = false in [stage.intake].",
            )
        )
    views: list[View] = []
    measures: dict[str, Any] = {"views": {}}
    dropped = None
    if concept.model is not None:
        progress(0.0, f"reading {concept.model.name}")
        dropped, told = _model(concept.model, concept.companions, params.normal)
        found += told
        mesh = dropped.painted.mesh
        measures["model"] = {
            "file": dropped.file,
            "format": dropped.format,
            "triangles": len(mesh.faces),
            "vertices": len(mesh.positions),
            "materials": [p.name for p in dropped.painted.paints],
            "maps": {f"{i}": sorted(p.maps) for i, p in enumerate(dropped.painted.paints)},
        }
    names = [n for n in (*VIEWS, "single") if n in concept.views]
    for i, name in enumerate(names):
        progress(i / len(names), f"cutting out {concept.views[name].name}")
        view, figures, told = _view(name, concept.views[name], concept.slots.get(name), params, network)
        views.append(view)
        measures["views"][name] = figures
        found += told
    for view in views:
        found += judge(_as_seen_in_set(measures["views"], view), view.source)
    measures["agreement"], disagreements = check_views(views)
    found += disagreements
    progress(1.0, "")
    return Made(Reference(tuple(views), dropped), measures, tuple(found))


def _model(path: Path, companions: tuple[Path, ...], green: str) -> tuple[Dropped, list[Finding]]:
    from toolchain.intake.models import MOST_BYTES, read_model_told

    try:
        if (size := sum(p.stat().st_size for p in (path, *companions))) > MOST_BYTES:
            raise StageError(
                f"{path.name} and its textures have {size / 1e6:.0f} MB; up to {MOST_BYTES / 1e6:.0f} MB are read."
            )
        beside = {p.relative_to(path.parent).as_posix(): p.read_bytes() for p in companions}
        dropped, told = read_model_told(path.read_bytes(), path.suffix, path.name, beside, green)
    except OSError as error:
        raise StageError(f"{path.name} cannot be read: {error.strerror}.") from None
    return dropped, list(told)


def _view(
    name: str,
    path: Path,
    slots: Path | None,
    params: Params,
    network: bool,
) -> tuple[View, dict[str, Any], list[Finding]]:
    from toolchain.intake.checks import measure
    from toolchain.intake.cutout import cut_out
    from toolchain.intake.decode import decode

    picture = decode(path, params.limit_mpx)
    found = list(picture.findings)
    rgba = reduced(picture.rgba, params.max_px)
    cut = cut_out(rgba, picture.has_alpha, network)
    found += _told(cut.rung, cut.reason, path.name, network)
    checks = measure(cut, rgba[..., :3])
    mask = None
    if slots is not None:
        mask, told = _slot_mask(slots, cut.rgba.shape[:2], params.limit_mpx)
        found += told
    height, width = picture.rgba.shape[:2]
    figures = {
        "cutout": cut.rung,
        "reason": cut.reason,
        "width": width,
        "height": height,
        "format": picture.format,
        "used_width": cut.rgba.shape[1],
        "used_height": cut.rgba.shape[0],
        "evidence": cut.measures,
        **checks,
    }
    if mask is not None:
        figures["slot_colours"] = len(np.unique(mask.reshape(-1, 3), axis=0))
    return View(name, cut.rgba, cut.rung, path.name, mask), figures, found


def _as_seen_in_set(views: dict[str, dict[str, Any]], view: View) -> dict[str, Any]:
    """The view's figures; a thin asset's narrow side is no fault where another view at its scale is large enough."""
    own = views[view.name]
    peers = [v for v in views.values() if all(v[k] == own[k] for k in ("used_width", "used_height"))]
    best = {k: max(v[k] for v in peers if v.get(k) is not None) for k in ("subject_px", "frame_share") if own.get(k)}
    return own | (best if own["subject_px"] >= 16 else {})


def reduced(rgba: U8, longest: int) -> U8:
    """(H, W, 4) no larger than `longest` px: area-averaged, colours weighted by alpha so that none bleeds in."""
    import cv2

    height, width = rgba.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1.0:
        return rgba
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if (rgba[..., 3] == 255).all():
        return cv2.resize(rgba, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    weight = rgba[..., 3:].astype(np.float32) / np.float32(255)
    colour = cv2.resize(rgba[..., :3] * weight, size, interpolation=cv2.INTER_AREA)
    share = cv2.resize(weight[..., 0], size, interpolation=cv2.INTER_AREA)
    straight = np.clip(np.round(colour / np.maximum(share, 1e-6)[..., None]), 0, 255)
    return np.dstack([straight, np.round(share * 255)]).astype(np.uint8)


def _told(rung: str, reason: str, file: str, network: bool) -> list[Finding]:
    where = Where(file=file)
    if rung == "whole":
        return [
            Finding(
                "ref.cutout",
                "warning",
                f"No subject stands out from the background in {file}; the whole frame is used.",
                "Export it with a transparent background, or use a plain background.",
                where,
                "whole",
                "a subject",
            )
        ]
    if rung == "u2netp":  # beside a second object it may take that one, and be as sure of it
        return [
            Finding(
                "ref.cutout",
                "info",
                f"{file} has no plain background; the network chose what to cut out.",
                "Look at the cut-out; a transparent or plain background makes it sure.",
                where,
                rung,
            )
        ]
    if rung == "grabcut":
        fix = "Look at the cut-out; a transparent or plain background makes it sure."
        fix += "" if network else ' The network does better: pip install "dropforge[cutout]".'
        return [
            Finding(
                "ref.cutout", "info", f"{file} was cut out by its colours and edges alone: {reason}.", fix, where, rung
            )
        ]
    return []


def _slot_mask(path: Path, shape: tuple[int, ...], limit_mpx: float) -> tuple[U8, list[Finding]]:
    """(H, W, 3) painted colours, exact, black where the mask is transparent."""
    import cv2

    from toolchain.intake.decode import decode

    picture = decode(path, limit_mpx, colour=False)
    found, where = list(picture.findings), Where(file=path.name)
    if picture.format == "JPEG":
        found.append(
            Finding(
                "ref.slots",
                "warning",
                f"{path.name} is a JPEG, which blurs flat colours.",
                "Save slot masks as PNG.",
                where,
                "JPEG",
                "PNG",
            )
        )
    height, width = picture.rgba.shape[:2]
    off = abs(width * shape[0] / (height * shape[1]) - 1.0)
    if off > 0.02:
        found.append(
            Finding(
                "ref.slots",
                "warning",
                f"{path.name} has other proportions than its picture; it was stretched to fit.",
                "Paint the mask over the picture itself, at the same size.",
                where,
                round(off, 4),
                0.02,
            )
        )
    painted = np.where(picture.rgba[..., 3:] >= 128, picture.rgba[..., :3], 0).astype(np.uint8)
    fitted = cv2.resize(painted, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST_EXACT)
    return fitted.astype(np.uint8, copy=False), found
