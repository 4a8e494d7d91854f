"""From a finished run to the asset's folder: the files, and asset.json that accounts for every one of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from toolchain.asset import DeliveredFile
from toolchain.pipeline import Built, Node, Plan
from toolchain.stage import Made
from toolchain.store import Store

SCHEMA = 1
MANIFEST = "asset.json"
#: An engine's delivery with an error-level finding is put below this folder, where no import looks for it.
REJECTED = "rejected"


@dataclass(frozen=True, eq=False)
class Folder:
    """An asset's folder: files by path, asset.json last, and the manifest as data."""

    files: dict[str, bytes]
    manifest: dict[str, Any]


def build_id(plan: Plan) -> str:
    """One hash over all keys and names of a plan: equal ids, equal folders."""
    text = json.dumps(
        [
            SCHEMA,
            plan.recipe.name,
            plan.recipe.asset,
            plan.recipe.size_source,
            [n.key for n in plan.nodes],
            [n.label for n in plan.nodes],
            plan.sources,
        ],
        sort_keys=True,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def needed(node: Node) -> bool:
    """The nodes whose values `assemble` reads."""
    return node.stage.name in ("generate", "export", "check", "report")


def assemble(built: Built, store: Store, version: str) -> Folder:
    """Lay out the folder of a run that reached its last node. Pure but for reading the store."""
    plan = built.plan
    engines = [n.engine for n in plan.nodes if n.stage.name == "check"]
    reached = plan.nodes[-1].stage.name
    findings, stages = [], []
    for node in plan.nodes:
        kept = store.peek(node.key) or Made(None)
        stages.append({"stage": node.label, "measures": kept.measures, **node.record()})
        findings += [{"stage": node.stage.name, "engine": node.engine, **f.as_json()} for f in kept.findings]
    status = {e: _status(f for f in findings if f["engine"] in (e, "")) for e in engines}
    files: dict[str, bytes] = {}
    listed: dict[str, dict[str, Any]] = {}
    for engine in engines:
        folder = engine if status[engine] == "passed" else f"{REJECTED}/{engine}"
        delivered = built.made[f"export/{engine}"].value.files
        listed[engine] = {
            "status": status[engine],
            "folder": folder,
            "files": _listed(delivered),
            "cost": built.made[f"export/{engine}"].measures["cost"],
        }
        files |= {f"{folder}/{f.path}": f.data for f in delivered}
    if reached == "report":
        files |= {f.path: f.data for f in built.made["report"].value.files}
    if reached == "generate":
        from toolchain.export.sculpt_glb import write_sculpt_glb

        files["sculpt.glb"] = write_sculpt_glb(built.made["generate"].value)
    manifest = {
        "schema": SCHEMA,
        "tool": f"dropforge {version}",
        "build": build_id(plan),
        "until": reached,
        "name": plan.recipe.name,
        "asset": plan.recipe.asset,
        "tier": plan.recipe.tier,
        "generator": plan.recipe.generator,
        "size": {"asked_m": plan.recipe.size_m, "axis": plan.recipe.size_axis, "source": plan.recipe.size_source},
        "status": "partial" if reached != "report" else _status(findings),
        "sources": plan.sources,
        "engines": listed,
        "findings": findings,
        "stages": stages,
        "files": {path: len(data) for path, data in sorted(files.items())},
    }
    files[MANIFEST] = (
        json.dumps(manifest, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"
    ).encode()
    return Folder(files, manifest)


def _status(findings: Iterable[dict[str, Any]]) -> str:
    return "failed" if any(f["severity"] == "error" for f in findings) else "passed"


def _listed(files: Iterable[DeliveredFile]) -> dict[str, dict[str, Any]]:
    return {f.path: {"bytes": len(f.data), "sha256": hashlib.sha256(f.data).hexdigest()} for f in files}
