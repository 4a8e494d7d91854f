"""Where a model lives on this machine. From the environment alone: machine paths belong in no recipe, key or output.

DROPFORGE_TRIPOSR_PYTHON    the Python, or the folder of the virtual environment, that has the model's packages
DROPFORGE_TRIPOSR_CODE      its checkout, where it is not installed as a package
DROPFORGE_TRIPOSR_WEIGHTS   the folder of its weights; without it, what its hub's cache on this machine holds
DROPFORGE_TRIPOSR_DOWNLOAD  1 lets it fetch weights from its hub: gigabytes
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

#: What a worker gets of our environment: to find libraries, caches and the GPU. No key is among them.
KEPT = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "TEMP", "TMP", "PYTHONPATH", "LD_LIBRARY_PATH"),
    *("DYLD_LIBRARY_PATH", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA"),
    *("LOCALAPPDATA", "PROGRAMDATA", "CUDA_HOME", "CUDA_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"),
    *("NVIDIA_VISIBLE_DEVICES", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TORCH_HOME"),
    *("HY3DGEN_MODELS", "U2NET_HOME", "TRITON_CACHE_DIR", "TORCH_EXTENSIONS_DIR", "CC", "CXX", "OMP_NUM_THREADS"),
    *("ATTN_BACKEND", "SPARSE_ATTN_BACKEND", "SPARSE_CONV_BACKEND", "SPCONV_ALGO"),
)
#: Given to the hub alone, where the user lets it fetch: some weights are behind a consent.
HUB = ("HF_TOKEN", "HF_ENDPOINT", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE")


@dataclass(frozen=True)
class Home:
    """A model's place on this machine, as far as the environment names one."""

    name: str
    python: Path | None
    code: str
    weights: str
    download: bool


def variable(name: str, what: str) -> str:
    """`DROPFORGE_TRIPOSR_PYTHON`."""
    return f"DROPFORGE_{name.upper().replace('-', '_')}_{what}"


def home(name: str) -> Home:
    """What the environment says of the model `name`; looks, starts nothing."""
    said = {what: os.environ.get(variable(name, what), "").strip() for what in ("PYTHON", "CODE", "WEIGHTS")}
    return Home(
        name,
        _python(Path(said["PYTHON"])) if said["PYTHON"] else None,
        said["CODE"],
        said["WEIGHTS"],
        os.environ.get(variable(name, "DOWNLOAD"), "").strip().lower() in ("1", "true", "yes"),
    )


def why_not(name: str, package: str) -> str | None:
    """None where a worker for `name` can be started, else what to set, in a sentence."""
    found, asked = home(name), variable(name, "PYTHON")
    if found.python is None:
        return f"set {asked} to the Python, or the virtual environment, that has its package `{package}`."
    if not found.python.is_file():
        return f"{asked} names no Python and no virtual environment."
    for what, path in (("CODE", found.code), ("WEIGHTS", found.weights)):
        if path and not Path(path).is_dir():
            return f"{variable(name, what)} names no folder."
    return None


def variables(found: Home) -> dict[str, str]:
    """The worker's environment."""
    kept = {k: os.environ[k] for k in (*KEPT, *(HUB if found.download else ())) if k in os.environ}
    path = os.pathsep.join(filter(None, (found.code, kept.get("PYTHONPATH", ""))))
    return (
        kept
        | ({"PYTHONPATH": path} if path else {})
        | {
            "PYTHONIOENCODING": "utf-8",
            "PYTHONUNBUFFERED": "1",
            "HF_HUB_OFFLINE": "0" if found.download else "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "DO_NOT_TRACK": "1",
            "TOKENIZERS_PARALLELISM": "false",
            "OPENCV_IO_ENABLE_OPENEXR": "1",
            "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True",
        }
    )


def _python(path: Path) -> Path:
    if path.is_dir():
        inside = ("bin/python", "bin/python3", "Scripts/python.exe", "python.exe")
        return next((path / p for p in inside if (path / p).is_file()), path)
    return path
