"""One level of the chain: LOD0 at fewer triangles, with LOD0's slots and UVs.

Rungs: those of :mod:`simplify`, and *filled*, where the level's tunnels would cost more triangles than it has:
small ones are closed (see :mod:`fill`) and the texture is laid on anew (see :mod:`project`). Where both meet the
budget, the one that lies nearer to LOD0 is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from toolchain.asset import Mesh
from toolchain.lowpoly.closest import Tree, build
from toolchain.lowpoly.distance import two_sided
from toolchain.lowpoly.fill import Filled, fill
from toolchain.lowpoly.project import project
from toolchain.lowpoly.simplify import Simplified, simplify
from toolchain.lowpoly.topology import Topology, topology, weld_exact
from toolchain.lowpoly.tunnels import Solid

TRIANGLES_OF_A_TUNNEL = 32  # a level with fewer for each is tried with its tunnels filled too
SAMPLES = 5_000  # of the distances that choose between the two


@dataclass(frozen=True, eq=False)
class Base:
    """LOD0 welded, with its UVs as wedges."""

    mesh: Mesh  # one vertex for each place
    wedges: np.ndarray  # (F, 3) rows of uv
    uv: np.ndarray  # (W, 2)
    tree: Tree
    shape: Topology

    @cached_property
    def solid(self) -> Solid:
        """What tunnels are filled in."""
        return Solid(self.mesh.positions, self.mesh.faces)


@dataclass(frozen=True, eq=False)
class Level:
    """A welded level: one vertex for each place."""

    mesh: Mesh
    wedges: np.ndarray  # (F, 3) rows of uv
    uv: np.ndarray
    rung: str
    pruned: int  # parts left out
    shape: Topology
    filled: int = 0  # tunnels filled


def make_base(mesh: Mesh) -> Base:
    """Weld an unwrapped LOD0. Vertices that agree in slot, place and UV are one wedge, whatever their normals."""
    assert mesh.uv is not None
    first, weld = weld_exact(mesh.positions)
    welded = Mesh(mesh.positions[first], weld[mesh.faces].astype(np.int32), slots=mesh.slot_of_faces())
    slot = np.zeros(len(mesh.positions))
    slot[mesh.faces] = mesh.slot_of_faces()[:, None]
    rows = np.concatenate((mesh.positions.astype(np.float64), mesh.uv, slot[:, None]), axis=1)
    _, first, index = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    wedges, uv = index.reshape(-1)[mesh.faces].astype(np.int64), mesh.uv[first].astype(np.float64)
    return Base(welded, wedges, uv, build(welded.positions, welded.faces), topology(welded.faces))


def make_level(base: Base, target: int) -> Level:
    """LOD0 at `target` triangles; the caller checks that it was reached."""
    mesh = base.mesh
    made = simplify(mesh.positions, mesh.faces, target, base.wedges, base.uv)
    shape = topology(made.faces)
    missed = len(made.faces) > target
    if missed or (base.shape.closed and TRIANGLES_OF_A_TUNNEL * base.shape.genus > target):
        filled = fill(base.solid, target)
        if filled and (missed or _apart(filled.made, base) < _apart(made, base)):
            return _filled(filled, base)
    slots = mesh.slot_of_faces()[made.source]
    low = Mesh(made.positions.astype(np.float32), made.faces.astype(np.int32), slots=slots)
    return Level(low, made.wedges, made.uv, made.rung, made.pruned, shape)


def _apart(made: Simplified, base: Base) -> float:
    mesh = base.mesh
    return two_sided(made.positions, made.faces, mesh.positions, mesh.faces, base.tree, SAMPLES).mean


def _filled(filled: Filled, base: Base) -> Level:
    made = filled.made
    wedges, uv, owner = project(made.positions, made.faces, base.mesh.positions, base.mesh.faces, base.wedges, base.uv)
    slots = base.mesh.slot_of_faces()[owner]
    low = Mesh(made.positions.astype(np.float32), made.faces.astype(np.int32), slots=slots)
    shape = topology(made.faces)
    return Level(low, wedges, uv, "filled", made.pruned, shape, base.shape.genus - shape.genus)
