"""What ComfyUI's answers say: which checkpoint fits, why a job failed, which files it made."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from toolchain.generate.remote.states import SUFFIXES, Link, suffix_of
from toolchain.stage import StageError


def checkpoint(info: dict[str, Any], several: bool) -> str:
    """The first Hunyuan3D checkpoint that the loader offers; for several views, one of the multi-view models."""
    asked = info["ImageOnlyCheckpointLoader"]["input"]["required"]["ckpt_name"]
    names = asked[0] if isinstance(asked[0], list) else asked[1].get("options", []) if len(asked) > 1 else []
    there = [n for n in sorted(map(str, names)) if "hunyuan" in n.lower() and "3d" in n.lower()]
    fitting = [n for n in there if ("mv" in n.lower()) == several]
    if not fitting:
        which = "hunyuan3d-dit-v2-mv" if several else "hunyuan3d-dit-v2"
        other = " Or ask for one view: --set generate.views=one." if several else ""
        raise StageError(
            f"Your ComfyUI has no checkpoint for {'several views' if several else 'one view'} of Hunyuan3D. Put "
            f"{which} into its models/checkpoints, or name one by generate.checkpoint.{other}"
        )
    return fitting[0]


def why(messages: list[list[Any]]) -> str:
    """Of a failed job's messages: the node that failed and its reason, without its end."""
    error = next((data for kind, data in messages if kind == "execution_error" and isinstance(data, dict)), {})
    text, node = " ".join(str(error.get("exception_message", "")).split()).rstrip("."), error.get("node_type", "a node")
    kind = str(error.get("exception_type", ""))
    if "OutOfMemory" in kind or "out of memory" in text.lower() or text.startswith("Allocation on device"):
        return f"{node} ran out of GPU memory; ask for less, such as a lower generate.resolution"
    return f"{node} failed: {text[:200]}" if text else "one of its nodes failed"


def files(outputs: dict[str, Any]) -> list[dict[str, str]]:
    """Every model among a job's outputs: tables as SaveGLB gives them, and the path that Preview3D gives."""
    found = []
    for node in outputs.values():
        for items in node.values() if isinstance(node, dict) else ():
            for item in items if isinstance(items, list) else ():
                if isinstance(item, dict) and suffix_of(f"x:///{item.get('filename', '')}") in SUFFIXES:
                    found.append({k: str(item.get(k, "")) for k in ("filename", "subfolder", "type")})
                elif isinstance(item, str) and suffix_of(f"x:///{item}") in SUFFIXES:
                    folder, _, name = item.replace("\\", "/").rpartition("/")
                    found.append({"filename": name, "subfolder": folder, "type": "output"})
    return found


def link(base: str, file: dict[str, str]) -> Link:
    """Where the server gives `file`."""
    return Link(f"{base}/view?{urlencode(file)}", suffix_of(f"x:///{file['filename']}"), own=True)
