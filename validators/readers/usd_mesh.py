"""One UsdGeom.Mesh as arrays: primvars of every interpolation spread to the corners, subsets to face materials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

MOST_CORNERS = 8_000_000  # points and corners over all meshes
MOST_UV_SETS = 8
_UV_TYPES = ("texCoord2f[]", "texCoord2d[]", "texCoord2h[]", "float2[]", "double2[]")
_COLOUR_TYPES = ("color3f[]", "color4f[]", "color3d[]", "color4d[]", "color3h[]", "color4h[]")


def read_mesh(prim: Any, left: int, bound: Callable[[Any], int], notes: list[Any]) -> dict[str, Any]:
    """Arrays of a mesh prim. Faces and streams that do not fit are left out and noted; `left` bounds its size."""
    from pxr import UsdGeom

    mesh, path = UsdGeom.Mesh(prim), str(prim.GetPath())

    def fault(message: str, code: str = "file.malformed") -> None:
        notes.append((code, "error", message, path))

    points = _array(mesh.GetPointsAttr(), 3)
    sizes = _array(mesh.GetFaceVertexCountsAttr(), 0).astype(np.int64)
    index = _array(mesh.GetFaceVertexIndicesAttr(), 0).astype(np.int64)
    if len(points) + len(index) > left:
        fault("The file has more corners than we read; this mesh is left out.", "file.too_big")
        return _without_faces(prim, points[:0])
    if (sizes < 0).any() or sizes.sum() != len(index):
        fault("The face sizes do not add up to the number of corners; the mesh's faces are left out.")
        return _without_faces(prim, points)
    order, kept = _kept(sizes, index, len(points), mesh, fault)
    out: dict[str, Any] = {
        "name": str(prim.GetName()),
        "path": path,
        "points": points,
        "sizes": sizes[kept].astype(np.int32),
        "corner_point": index[order].astype(np.int32),
        "face_material": _materials(prim, len(sizes), bound, fault)[kept],
        "normals": None,
        "tangents": None,
        "colours": None,
        "uvs": [],
        "uv_names": [],
        "double_sided": bool(mesh.GetDoubleSidedAttr().Get()),
    }
    api = UsdGeom.PrimvarsAPI(prim)
    shape = (points, sizes, index)

    def spread(values: np.ndarray, indices: np.ndarray | None, interpolation: str, name: str) -> np.ndarray | None:
        found = _spread(values, indices, interpolation, shape)
        if found is None:
            fault(f"{name} does not have the values that its interpolation ({interpolation}) asks for; it is left out.")
            return None
        return found[order]

    normals = api.GetPrimvar("normals")
    if normals and normals.HasValue():
        out["normals"] = spread(*_primvar(normals, 3), "normals")
    elif mesh.GetNormalsAttr().HasValue():
        out["normals"] = spread(_array(mesh.GetNormalsAttr(), 3), None, str(mesh.GetNormalsInterpolation()), "normals")
    for primvar in sorted(
        api.GetPrimvarsWithValues(), key=lambda p: (str(p.GetPrimvarName()) != "st", str(p.GetPrimvarName()))
    ):
        name, kind = str(primvar.GetPrimvarName()), str(primvar.GetTypeName())
        if kind in _UV_TYPES and len(out["uvs"]) < MOST_UV_SETS:
            uv = spread(*_primvar(primvar, 2), name)
            if uv is not None:
                out["uvs"].append(uv)
                out["uv_names"].append(name)
        elif name == "tangents" and kind in ("float3[]", "float4[]", "vector3f[]", "normal3f[]"):
            out["tangents"] = _padded(spread(*_primvar(primvar, 4 if kind == "float4[]" else 3), name))
        elif kind in _COLOUR_TYPES and (out["colours"] is None or name == "displayColor"):
            out["colours"] = _padded(spread(*_primvar(primvar, int(kind[5])), name))
    return out


def _without_faces(prim: Any, points: np.ndarray) -> dict[str, Any]:
    none = np.zeros(0, np.int32)
    return {
        "name": str(prim.GetName()),
        "path": str(prim.GetPath()),
        "points": points,
        "sizes": none,
        "corner_point": none,
        "face_material": none,
        "normals": None,
        "tangents": None,
        "colours": None,
        "uvs": [],
        "uv_names": [],
        "double_sided": False,
    }


def _kept(
    sizes: np.ndarray, index: np.ndarray, count: int, mesh: Any, fault: Callable[[str], None]
) -> tuple[np.ndarray, np.ndarray]:
    """The corners that are kept, in winding order, and the faces they belong to (bool mask)."""
    wild = (index < 0) | (index >= count)
    face = np.repeat(np.arange(len(sizes)), sizes)
    kept = np.ones(len(sizes), bool)
    kept[face[wild]] = False
    if wild.any():
        fault(f"{int((~kept).sum())} faces name points that are not there; they are left out.")
    order = np.arange(len(index))
    if str(mesh.GetOrientationAttr().Get()) == "leftHanded" and len(index):
        ends = np.cumsum(sizes)
        order = (ends - 1)[face] + (ends - sizes)[face] - order  # each face from its last corner to its first
    return order[kept[face]], kept


def _materials(prim: Any, count: int, bound: Callable[[Any], int], fault: Callable[[str], None]) -> np.ndarray:
    from pxr import UsdGeom, UsdShade

    out = np.full(count, bound(UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial()[0]), np.int32)
    for subset in UsdGeom.Subset.GetGeomSubsets(
        UsdGeom.Imageable(prim), UsdGeom.Tokens.face, UsdShade.Tokens.materialBind
    ):
        faces = _array(subset.GetIndicesAttr(), 0).astype(np.int64)
        good = (faces >= 0) & (faces < count)
        if not good.all():
            fault(f"The subset {subset.GetPrim().GetName()} names faces that are not there.")
        out[faces[good]] = bound(UsdShade.MaterialBindingAPI(subset.GetPrim()).ComputeBoundMaterial()[0])
    return out


def _primvar(primvar: Any, width: int) -> tuple[np.ndarray, np.ndarray | None, str]:
    indices = _array(primvar.GetIndicesAttr(), 0).astype(np.int64) if primvar.IsIndexed() else None
    return _array(primvar.GetAttr(), width), indices, str(primvar.GetInterpolation())


def _spread(
    values: np.ndarray, indices: np.ndarray | None, interpolation: str, shape: tuple[np.ndarray, ...]
) -> np.ndarray | None:
    """(C, width) values per corner, or None where the counts do not fit."""
    points, sizes, index = shape
    if indices is not None:
        if len(indices) and (indices.min() < 0 or indices.max() >= len(values)):
            return None
        values = values[indices]
    wanted = {
        "constant": 1,
        "uniform": len(sizes),
        "vertex": len(points),
        "varying": len(points),
        "faceVarying": len(index),
    }
    if len(values) != wanted.get(interpolation, -1):
        return None
    if interpolation == "constant":
        return np.repeat(values, len(index), axis=0)
    if interpolation == "uniform":
        return np.repeat(values, sizes, axis=0)
    if interpolation == "faceVarying":
        return values
    safe = np.clip(index, 0, max(len(points) - 1, 0))  # faces with wild indices are dropped later
    return values[safe]


def _array(attribute: Any, width: int) -> np.ndarray:
    """The attribute's value at the default time, else at its first sample: (N, width) float64, or (N,) for width 0."""
    from pxr import Usd

    value = attribute.Get()
    if value is None:
        value = attribute.Get(Usd.TimeCode.EarliestTime())
    empty = np.zeros((0, width)) if width else np.zeros(0)
    if value is None:
        return empty
    try:
        array = np.array(value, np.float64 if width else None)
    except (TypeError, ValueError):
        return empty
    if not width:
        return array.reshape(-1) if array.dtype.kind in "iu" else np.zeros(0, np.int64)
    return array.reshape(-1, width) if array.size % width == 0 and array.size else empty


def _padded(values: np.ndarray | None) -> np.ndarray | None:
    """A fourth component of 1 where there are three."""
    if values is None or values.shape[1] == 4:
        return values
    return np.concatenate((values, np.ones((len(values), 1))), axis=1)
