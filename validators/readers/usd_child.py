"""pxr, in a child process: the composed stage as plain numbers. Layers outside the delivery are cut off first."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

from validators.readers.conventions import lod_of
from validators.readers.notes import Bad
from validators.readers.usd_layers import Note, cut
from validators.readers.usd_looks import read_material
from validators.readers.usd_mesh import MOST_CORNERS, read_mesh

MOST_PRIMS = 100_000
MOST_VARIANTS = 16
_LIGHTS = (
    "SphereLight",
    "DistantLight",
    "RectLight",
    "DiskLight",
    "DomeLight",
    "DomeLight_1",
    "CylinderLight",
    "GeometryLight",
)
_NOT_TEXT = "it holds text that is not UTF-8"
_NO_VARIANT = "dropforge_none"  # a selection that names no variant; an empty one would fall back to the file's


def load(path: str, root: str) -> dict[str, Any]:
    """The stage of a USD file as dicts, lists and arrays; {"error": sentence} for what pxr refuses.

    To be run by `validators.child.call`: pxr's messages on stderr are closed off for good.
    """
    os.environ["PXR_WORK_THREAD_LIMIT"] = "1"
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    from pxr import Sdf, Tf, Usd, UsdGeom

    notes: list[Note] = []
    try:
        layer = Sdf.Layer.FindOrOpen(path)
        if layer is None:
            return {"error": "no layer"}
        cut(layer, Path(root), notes)
        stage = Usd.Stage.Open(layer)
        reader = _Reader(stage, notes)
        reader.read()
    except Bad as error:
        return {"error": error.finding.message, "code": error.finding.code}
    except Tf.ErrorException as error:
        return {"error": _said(error)}
    except UnicodeDecodeError:  # pxr hands bytes of names and texts on as they are
        return {"error": _NOT_TEXT}
    default = stage.GetDefaultPrim()
    return {
        "up": "+" + str(UsdGeom.GetStageUpAxis(stage)),
        "unit_m": float(UsdGeom.GetStageMetersPerUnit(stage)),
        "header": {
            "defaultPrim": default.GetName() if default else "",
            "upAxis_authored": bool(stage.HasAuthoredMetadata("upAxis")),
            "metersPerUnit_authored": bool(stage.HasAuthoredMetadata("metersPerUnit")),
            "variant_sets": reader.variant_sets,
            "doc": str(layer.documentation)[:200],
        },
        "nodes": reader.nodes,
        "meshes": reader.meshes,
        "materials": reader.materials,
        "extras": reader.extras,
        "notes": notes,
    }


def _said(error: Exception) -> str:
    """pxr's own sentence without its places in code and on disk; its bindings fail over bytes that are no text."""
    try:
        text = " ".join(str(error).split())
    except UnicodeDecodeError:
        return _NOT_TEXT
    quoted = re.search(r" : '(.*)'", text)
    said = re.sub(r"\s*(while reading )?(in )?@[^@]*@|</?[^<>]*/[^<>]*>", "", quoted[1] if quoted else text)
    said = re.sub(r"(?:[A-Za-z]:)?[^\s:']*[\\/]|\s+in$", "", said.strip(" .,'"))
    return said[:200] or "pxr gives no reason"


class _Reader:
    """Walks the stage once, and once more for each level of a variant set that holds LODs."""

    def __init__(self, stage: Any, notes: list[Note]) -> None:
        self.stage, self.notes = stage, notes
        self.nodes: list[dict[str, Any]] = []
        self.meshes: list[dict[str, Any]] = []
        self.materials: list[dict[str, Any]] = []
        self.variant_sets: dict[str, list[str]] = {}
        self.extras = dict.fromkeys(("cameras", "lights", "animations", "skins", "morph_targets"), 0)
        self._material: dict[str, int] = {}
        self._shared: dict[str, int] = {}
        self._left = MOST_CORNERS
        self._seen = 0

    def read(self) -> None:
        """Fill nodes, meshes and materials."""
        lods = self._find_variants()
        selected = self._walk(None, frozenset())
        for prim_path, name in lods[:8]:
            self._levels(prim_path, name, selected)
        self.extras["animations"] += int(self.stage.HasAuthoredTimeCodeRange())

    def _prims(self, top: Any = None) -> Any:
        from pxr import Usd

        start = self.stage.GetPseudoRoot() if top is None else top
        return Usd.PrimRange(start, Usd.TraverseInstanceProxies())

    def _find_variants(self) -> list[tuple[Any, str]]:
        found = []
        for prim in self._prims():
            sets = prim.GetVariantSets()
            for name in sorted(sets.GetNames())[:MOST_VARIANTS] if prim.HasVariantSets() else ():
                variants = sorted(sets.GetVariantSet(name).GetVariantNames())[:64]
                self.variant_sets[f"{prim.GetPath()}{{{name}}}"] = variants
                if "lod" in name.lower() and not prim.IsInstanceProxy():
                    found.append((prim.GetPath(), name))
        return found

    def _levels(self, path: Any, name: str, selected: dict[str, int]) -> None:
        """Mark the selected variant's nodes with its level, and add the nodes of the other variants."""
        from pxr import Usd

        prim = self.stage.GetPrimAtPath(path)
        variants = prim.GetVariantSet(name)
        chosen, names = variants.GetVariantSelection(), variants.GetVariantNames()[:MOST_VARIANTS]
        with Usd.EditContext(self.stage, self.stage.GetSessionLayer()):
            variants.SetVariantSelection(_NO_VARIANT)
            common = {str(p.GetPath()) for p in self._prims(prim)}
            for order, variant in enumerate(sorted(names, key=lambda v: (_level(v, 99), v))):
                level = _level(variant, order)
                if variant == chosen:
                    for below, index in selected.items():
                        if below.startswith(f"{path}/") and below not in common:
                            self.nodes[index]["lod"] = level
                    continue
                variants.SetVariantSelection(variant)
                self._walk(prim, frozenset(common), selected, level)
            variants.SetVariantSelection(chosen)

    def _walk(
        self, top: Any, skip: frozenset[str], known: dict[str, int] | None = None, level: int | None = None
    ) -> dict[str, int]:
        """Add the nodes below `top`; node index by path."""
        from pxr import UsdGeom, UsdShade

        placed: dict[str, int] = {}
        for prim in self._prims(top):
            path = str(prim.GetPath())
            if path == "/" or path in skip or prim.IsA(UsdShade.Shader) or prim.IsA(UsdGeom.Subset):
                continue
            self._seen += 1
            if self._seen > MOST_PRIMS:
                self.notes.append(("file.too_big", "error", "The stage has more prims than we read.", path))
                break
            if prim.IsA(UsdShade.Material):
                self._bound(UsdShade.Material(prim))
                continue
            if prim.IsA(UsdShade.NodeGraph):
                continue
            above = path.rpartition("/")[0]
            parent = placed.get(above, (known or {}).get(above))
            placed[path] = len(self.nodes)
            self.nodes.append(self._node(prim, path, parent, level))
        return placed

    def _node(self, prim: Any, path: str, parent: int | None, level: int | None) -> dict[str, Any]:
        from pxr import UsdGeom

        kind, mesh, local, resets = "empty", None, np.eye(4), False
        type_name = str(prim.GetTypeName())
        if prim.IsA(UsdGeom.Mesh):
            kind, mesh = "mesh", self._mesh(prim, level)
        elif prim.IsA(UsdGeom.Camera):
            kind = "camera"
            self.extras["cameras"] += 1
        elif type_name in _LIGHTS:
            kind = "light"
            self.extras["lights"] += 1
        elif type_name == "Skeleton":
            self.extras["skins"] += 1
        elif type_name == "BlendShape":
            self.extras["morph_targets"] += 1
        elif prim.IsA(UsdGeom.PointInstancer):
            self.notes.append(("file.unsupported", "warning", "A PointInstancer is not read.", path))
        if prim.IsA(UsdGeom.Xformable):
            xform = UsdGeom.Xformable(prim)
            local = np.array(xform.GetLocalTransformation(), np.float64).reshape(4, 4).T
            resets = bool(xform.GetResetXformStack())
        authored = {
            k: v for spec in reversed(prim.GetPrimStack()) for k, v in spec.customData.items()
        }  # no schema's own
        properties = {
            f"customData:{k}": v for k, v in sorted(authored.items()) if isinstance(v, (str, int, float, bool))
        }
        for prop in prim.GetAuthoredPropertiesInNamespace("userProperties")[:64]:
            value = prop.Get() if hasattr(prop, "Get") else None
            if isinstance(value, (str, int, float, bool)):
                properties[str(prop.GetName()).removeprefix("userProperties:")] = value
        if kind == "mesh":
            properties["subdivision"] = str(UsdGeom.Mesh(prim).GetSubdivisionSchemeAttr().Get())
        return {
            "name": str(prim.GetName()),
            "kind": kind,
            "parent": None if resets else parent,
            "mesh": mesh,
            "local": local,
            "purpose": _purpose(prim),
            "lod": level,
            "properties": properties,
            "pointer": path,
            "type": type_name,
        }

    def _mesh(self, prim: Any, level: int | None) -> int | None:
        source = prim.GetPrimInPrototype() if prim.IsInstanceProxy() else prim
        key = f"{source.GetPath()}@{level}"
        if key not in self._shared:
            made = read_mesh(prim, self._left, self._bound, self.notes)
            self._left -= len(made["points"]) + len(made["corner_point"])
            self._shared[key] = len(self.meshes)
            self.meshes.append(made)
        return self._shared[key]

    def _bound(self, material: Any) -> int:
        """Index of a UsdShade.Material, read when it is first met; -1 for none."""
        if not material:
            return -1
        path = str(material.GetPath())
        if path not in self._material:
            self._material[path] = len(self.materials)
            self.materials.append(read_material(material))
        return self._material[path]


def _level(variant: str, order: int) -> int:
    """The level that a variant's name states (`LOD1`, `Crate_LOD1`, `1`), else its place."""
    named = lod_of(f"_{variant}")
    digits = variant[-1:].isdigit() and variant.lower().strip("0123456789_ ") in ("", "lod", "level")
    return named if named is not None else int("".join(c for c in variant if c.isdigit())[-3:]) if digits else order


def _purpose(prim: Any) -> str | None:
    """guide for guides and proxies, None (left to the name) for what is drawn."""
    from pxr import UsdGeom

    if not prim.IsA(UsdGeom.Imageable):
        return None
    purpose = str(UsdGeom.Imageable(prim).ComputePurpose())
    if purpose not in ("guide", "proxy"):
        return None
    return "collision" if "PhysicsCollisionAPI" in prim.GetAppliedSchemas() else "guide"
