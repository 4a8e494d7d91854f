"""What programs of others see of GLBs, many at once: Godot, and the Khronos validator; as `agree.Seen`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracles import godot
from tests.oracles.agree import Part, Seen
from tests.oracles.meant import Meant

_VALIDATE = """
const validator = require(process.argv[1]), fs = require('fs');
(async () => {
  for (const file of process.argv.slice(2)) {
    const said = await validator.validateBytes(new Uint8Array(fs.readFileSync(file)))
    const heard = said.issues.messages.filter((m) => m.severity < 2).map((m) => `${m.code} at ${m.pointer}`)
    console.log(JSON.stringify([heard, said.info.totalTriangleCount, said.info.materialCount]))
  }
})()"""


def by_godot(meant: list[Meant], folder: Path) -> list[Seen]:
    """GLBs in one project in `folder`, without their `.import`, which is Godot 4's: as the importer takes them bare."""
    files, models = {}, []
    for m in meant:
        models.append(f"{m.asset}/{m.path.name}")
        files[models[-1]] = m.path.read_bytes()
    told = godot.read_all(files, models, folder, 20.0 + 4.0 * len(models))
    return [_godot(m, told[model]) for m, model in zip(meant, models, strict=True)]


def _godot(meant: Meant, rows: list[dict[str, Any]]) -> Seen:
    seen = Seen("Godot")
    bodies = sum(row["class"] == "CollisionShape" for row in rows)
    if bodies != len(meant.shapes):
        seen.complaints.append(f"{bodies} collision shapes, {len(meant.shapes)} meant")
    for row in rows:
        if any(abs(v) > 1e-6 for v in row.get("origin", ())):
            seen.complaints.append(f"{row['name']} is not at the origin")
        if row["class"] == "MeshInstance":
            low = np.array(row["low"])
            corners = meant.canonical(np.stack((low, low + row["size"])), meant.deliverable.unit_m)
            names = {m["name"] for m in row["materials"]}
            part = Part(np.sort(corners, axis=0), row["triangles"], names, box=True)
            seen.parts[row["name"]] = part
            if bare := sorted(
                m["name"] for m in row["materials"] if not (m["albedo"] and m["normal"] and m["metallic"])
            ):
                seen.complaints.append(f"materials without their textures: {bare}")
    return seen


def khronos_why_not() -> str | None:
    """Why glTF cannot be validated here; None when it can."""
    modules = os.environ.get("DROPFORGE_NODE_MODULES", "")
    if not (Path(modules) / "gltf-validator").is_dir():
        return "DROPFORGE_NODE_MODULES does not name a folder with gltf-validator"
    return None if shutil.which("node") else "there is no node"


def by_khronos(meant: list[Meant]) -> list[Seen]:
    """GLBs as the Khronos validator judges them: neither errors nor warnings are meant."""
    script = [os.environ["DROPFORGE_NODE_MODULES"] + "/gltf-validator", *(str(m.path) for m in meant)]
    done = subprocess.run(["node", "-e", _VALIDATE, *script], capture_output=True, text=True, check=True, timeout=300)
    out = []
    for m, line in zip(meant, done.stdout.splitlines(), strict=True):
        heard, triangles, _ = json.loads(line)
        seen = Seen("Khronos validator", complaints=heard)
        wanted = sum(len(mesh.faces) for mesh in (*(mesh for _, mesh in m.parts.values()), *m.shapes.values()))
        if triangles != wanted:
            seen.complaints.append(f"{triangles} triangles, {wanted} meant")
        seen.parts = {name: Part(mesh.positions[np.unique(mesh.faces)]) for name, (_, mesh) in m.parts.items()}
        out.append(seen)
    return out
