"""ComfyUI graphs in API format: the built-in one for Hunyuan3D, and the user's own with its placeholders filled in."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

from toolchain.generate.selfhosted.server import variable
from toolchain.stage import StageError

Graph = dict[str, Any]
FOLDER = variable("comfyui", "WORKFLOWS")
LARGEST_BYTES = 4 << 20
_HOLE = re.compile(r"\{\{(\w+)\}\}")


def hunyuan(views: tuple[str, ...], steps: int, guidance: float, resolution: int, latent: int) -> Graph:
    """Core nodes from pictures to a GLB; holes for the checkpoint, the pictures, the seed and the file's name.

    Nodes and inputs as in comfy_extras/nodes_hunyuan3d.py (ComfyUI 0323d87).
    """
    eyes = {view: f"see_{view}" for view in views}
    graph: Graph = {
        "load": _node("ImageOnlyCheckpointLoader", ckpt_name="{{checkpoint}}"),
        "shift": _node("ModelSamplingAuraFlow", model=["load", 0], shift=1.0),
        "latent": _node("EmptyLatentHunyuan3Dv2", resolution=latent, batch_size=1),
        "sample": _node(
            "KSampler",
            model=["shift", 0],
            positive=["condition", 0],
            negative=["condition", 1],
            latent_image=["latent", 0],
            seed="{{seed}}",
            steps=steps,
            cfg=guidance,
            sampler_name="euler",
            scheduler="normal",
            denoise=1.0,
        ),
        "decode": _node(
            "VAEDecodeHunyuan3D", samples=["sample", 0], vae=["load", 2], num_chunks=8000, octree_resolution=resolution
        ),
        "mesh": _node("VoxelToMesh", voxel=["decode", 0], algorithm="surface net", threshold=0.6),
        "save": _node("SaveGLB", mesh=["mesh", 0], filename_prefix="{{file}}"),
    }
    for view, name in eyes.items():
        graph[f"picture_{view}"] = _node("LoadImage", image="{{%s}}" % (view if len(views) > 1 else "image"))
        graph[name] = _node("CLIPVisionEncode", clip_vision=["load", 1], image=[f"picture_{view}", 0], crop="none")
    if len(views) > 1:
        named = {view: [name, 0] for view, name in eyes.items()}
        graph["condition"] = _node("Hunyuan3Dv2ConditioningMultiView", **named)
    else:
        graph["condition"] = _node("Hunyuan3Dv2Conditioning", clip_vision_output=[eyes[views[0]], 0])
    return graph


def _node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def read(name: str) -> tuple[Graph, str]:
    """The user's workflow `name`, and the sha256 of its file. ValueError, one sentence, where it is none."""
    folder = os.environ.get(FOLDER, "").strip()
    if not folder or not Path(folder).is_dir():
        raise ValueError(f'workflow = "{name}" is looked for in the folder that {FOLDER} names, and it names none')
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.-]*", name):
        raise ValueError(f'workflow = "{name}" must be the name of a file in {FOLDER}, without folders')
    path = Path(folder) / (name if name.endswith(".json") else f"{name}.json")
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise ValueError(f'workflow "{name}" is larger than {LARGEST_BYTES >> 20} MiB')
        raw = path.read_bytes()
    except OSError:
        there = ", ".join(sorted(p.stem for p in Path(folder).glob("*.json"))[:20]) or "none"
        raise ValueError(f'there is no workflow "{name}" in the folder that {FOLDER} names; there: {there}') from None
    try:
        graph = json.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError(f'workflow "{name}" is not JSON') from None
    if isinstance(graph, dict) and isinstance(graph.get("nodes"), list):
        raise ValueError(f'workflow "{name}" is the editor\'s own format; save it by Workflow > Export (API)')
    if not isinstance(graph, dict) or not graph or not all(_is_node(node) for node in graph.values()):
        raise ValueError(f'workflow "{name}" is no ComfyUI workflow in API format')
    return graph, hashlib.sha256(raw).hexdigest()


def _is_node(node: Any) -> bool:
    return isinstance(node, dict) and isinstance(node.get("class_type"), str) and isinstance(node.get("inputs"), dict)


def holes(graph: Graph) -> set[str]:
    """Names of the placeholders in `graph`."""
    return set(_HOLE.findall(json.dumps(graph)))


def kinds(graph: Graph) -> tuple[str, ...]:
    """The kinds of node in `graph`, sorted."""
    return tuple(sorted({node["class_type"] for node in graph.values()}))


def fill(graph: Graph, values: dict[str, Any]) -> Graph:
    """`graph` with `{{name}}` replaced; a text that is nothing but a placeholder takes the value's own type.

    StageError where a placeholder has no value.
    """
    if missing := sorted(holes(graph) - set(values)):
        shown = ", ".join("{{%s}}" % name for name in missing)  # noqa: UP031
        raise StageError(f"The workflow asks for {shown}, and there is: {', '.join(sorted(values))}.")

    def put(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: put(v) for k, v in value.items()}
        if isinstance(value, list):
            return [put(v) for v in value]
        if not isinstance(value, str):
            return value
        whole = _HOLE.fullmatch(value)
        return values[whole[1]] if whole else _HOLE.sub(lambda found: str(values[found[1]]), value)

    filled: Graph = put(graph)
    return filled
