"""A GLB as Godot 3 imports it, headless: nodes, sizes, materials and collision shapes of the imported scene.

DROPFORGE_GODOT names the program; else `godot3-server` is looked for on the PATH. Godot 3 and 4 read the same
collision suffixes; levels of detail, UV2 and `.import` keys are 4's own and are not seen here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

_WALK = """extends SceneTree

func told(node, depth):
    var row = {"name": node.name, "class": node.get_class(), "depth": depth}
    if node is Spatial:
        var at = node.transform.origin
        row["origin"] = [at.x, at.y, at.z]
    if node is MeshInstance:
        var box = node.mesh.get_aabb()
        row["low"] = [box.position.x, box.position.y, box.position.z]
        row["size"] = [box.size.x, box.size.y, box.size.z]
        row["materials"] = []
        row["triangles"] = 0
        for i in range(node.mesh.get_surface_count()):
            row["triangles"] += node.mesh.surface_get_array_index_len(i) / 3
            var m = node.mesh.surface_get_material(i)
            if m == null:
                continue
            row["materials"].append({"name": m.resource_name, "albedo": m.albedo_texture != null,
                "normal": m.normal_texture != null, "metallic": m.metallic_texture != null,
                "double_sided": m.params_cull_mode == SpatialMaterial.CULL_DISABLED})
    if node is CollisionShape:
        row["shape"] = node.shape.get_class()
        if node.shape is ConvexPolygonShape:
            row["points"] = []
            for p in node.shape.points:
                row["points"].append([p.x, p.y, p.z])
    print("ROW " + to_json(row))
    for child in node.get_children():
        told(child, depth + 1)

func _init():
    for path in FILES:
        print("FILE " + path)
        told(load("res://" + path).instance(), 0)
    quit()
"""


def program() -> str | None:
    """Where Godot 3 is, or None."""
    return os.environ.get("DROPFORGE_GODOT") or shutil.which("godot3-server")


def why_not() -> str | None:
    """Why nothing can be imported here; None when it can."""
    return None if program() else "DROPFORGE_GODOT names no Godot 3, and godot3-server is not installed"


def read(files: dict[str, bytes], model: str, folder: Path) -> list[dict[str, Any]]:
    """The nodes of `model` as imported, root first. `files` (path -> bytes) are put into a new project in `folder`."""
    return read_all(files, [model], folder)[model]


def read_all(
    files: dict[str, bytes], models: list[str], folder: Path, deadline_s: float = 40.0
) -> dict[str, list[dict[str, Any]]]:
    """:func:`read` of several models in one project, by path."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    (folder / "project.godot").write_text('config_version=4\n\n[application]\n\nconfig/name="oracle"\n')
    (folder / "told.gd").write_text(_WALK.replace("    ", "\t").replace("FILES", json.dumps(models)))
    around = os.environ | {"HOME": str(folder), "LC_ALL": "C.UTF-8"}
    command = [str(program()), "--path", str(folder)]
    with (folder / "editor.log").open("wb") as log:
        # The editor imports when it starts, and never ends by itself.
        editor = subprocess.Popen([*command, "--editor", "--quit"], stdout=log, stderr=log, env=around)
        try:
            end = time.monotonic() + deadline_s
            while len(list((folder / ".import").glob("*.md5"))) < len(models) and time.monotonic() < end:
                time.sleep(0.1)
        finally:
            editor.kill()
            editor.wait()
    done = subprocess.run(
        [*command, "-s", "told.gd"], capture_output=True, text=True, env=around, timeout=deadline_s, check=False
    )
    rows: dict[str, list[dict[str, Any]]] = {}
    for line in done.stdout.splitlines():
        if line.startswith("FILE "):
            at = rows.setdefault(line[5:], [])
        elif line.startswith("ROW "):
            at.append(json.loads(line[4:]))
    assert all(rows.get(m) for m in models), (folder / "editor.log").read_text(errors="replace")[-2000:] + done.stderr[
        -2000:
    ]
    return rows
