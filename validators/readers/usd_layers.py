"""Which layers a USD stage may be composed of: those inside the delivery. The others are cut off in memory.

Runs in the child that holds pxr.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from validators.finding import Finding
from validators.readers.files import inside, is_absolute
from validators.readers.notes import Bad

MOST_LAYERS = 64
Note = tuple[str, str, str, str]  # code, severity, message, USD path
_ROUNDS = 8  # one call of UpdateCompositionAssetDependency removes one kind of reference to an asset


def cut(top: Any, root: Path, notes: list[Note]) -> None:
    """Remove each sublayer, reference and payload that is no file inside `root`. Raises Bad if one stays."""
    from pxr import Sdf

    queue, seen = [top], {top.identifier}
    while queue:
        layer = queue.pop()
        told: set[str] = set()
        for _ in range(_ROUNDS):
            faults = {a: f for a in layer.GetCompositionAssetDependencies() if a and (f := _fault(a, layer, root))}
            if not faults:
                break
            for asset, fault in sorted(faults.items()):
                if asset not in told:
                    told.add(asset)
                    notes.append((fault.code, fault.severity, fault.message, layer.identifier.rpartition("/")[2]))
                layer.UpdateCompositionAssetDependency(asset, "")
        else:
            raise Bad("file.escape", "The stage refers to layers outside the delivery in a way that cannot be cut.")
        for asset in filter(None, layer.GetCompositionAssetDependencies()):
            found = Sdf.Layer.FindOrOpen(layer.ComputeAbsolutePath(asset))
            if found is None or found.identifier in seen:
                continue
            if len(seen) >= MOST_LAYERS:
                raise Bad("file.too_big", "The stage is composed of more layers than we read.", limit=MOST_LAYERS)
            seen.add(found.identifier)
            queue.append(found)


def _fault(asset: str, layer: Any, root: Path) -> Finding | None:
    """Why a layer must not be followed, or None."""
    try:
        if asset.endswith(".usdz") or "[" in asset or asset.startswith("`"):  # packages in packages, expressions
            raise Bad("file.unsupported", f'"{asset[:200]}" is not followed.')
        if "[" in layer.realPath:
            if is_absolute(asset) or ".." in asset.replace("\\", "/").split("/"):
                raise Bad("file.escape", f'"{asset[:200]}" leads out of the package.')
        else:
            inside(asset, Path(layer.realPath).parent, root)
    except Bad as error:
        return error.finding
    return None
