"""`dropforge doctor`: what is installed, what is not, and the one line that mends it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

#: distribution -> module, and what is lost without it
NEEDED = {
    "numpy": "numpy",
    "scipy": "scipy",
    "numba": "numba",
    "pillow": "PIL",
    "opencv-python-headless": "cv2",
    "scikit-image": "skimage",
    "torch": "torch",
    "trimesh": "trimesh",
    "embreex": "embreex",
    "xatlas": "xatlas",
    "pymeshlab": "pymeshlab",
    "pygltflib": "pygltflib",
    "usd-core": "pxr",
    "ufbx": "ufbx",
    "watchdog": "watchdog",
    "rich": "rich",
    "httpx": "httpx",
    "manifold3d": "manifold3d",
}
#: what the dynamic loader says is missing -> Debian's package
LIBRARIES = {"libGL.so.1": "libgl1", "libOpenGL.so.0": "libopengl0", "libGLX.so.0": "libglx0"}
OURS = ("toolchain", "engine_profiles", "validators", "watch")


@dataclass(frozen=True)
class Check:
    """One line of the report. state: good, missing (an option is off), broken (builds will fail)."""

    what: str
    state: str
    text: str
    mend: str = ""


def examine() -> list[Check]:
    """Every check, in order."""
    checks = [
        Check(
            "python",
            "good" if sys.version_info >= (3, 11) else "broken",
            f"{platform.python_version()} on {platform.system()} {platform.machine()}",
            "" if sys.version_info >= (3, 11) else "install Python 3.11 or later",
        )
    ]
    checks += [_package(dist, module) for dist, module in NEEDED.items()]
    checks += [_own(name) for name in OURS]
    checks += _cutouts() + _generators() + [_gpu()]
    return checks


def report(checks: list[Check]) -> str:
    """A table for people; faults first in words, then how to mend them."""
    mark = {"good": "ok     ", "missing": "option ", "broken": "BROKEN "}
    lines = [f"{mark[c.state]} {c.what:24} {c.text}" + (f"\n        mend: {c.mend}" if c.mend else "") for c in checks]
    broken = sum(c.state == "broken" for c in checks)
    lines.append(
        "Everything that a build needs is here."
        if not broken
        else f"{broken} of {len(checks)} keep builds from working."
    )
    return "\n".join(lines)


def _package(dist: str, module: str) -> Check:
    """Import in a child: a native package may crash on import, and costs time that we do not keep."""
    from validators.child import ChildError, call

    try:
        version = importlib.metadata.version(dist)
    except importlib.metadata.PackageNotFoundError:
        return Check(dist, "broken", "not installed", f"pip install {dist}")
    try:
        call(_import, module, deadline_s=60)
    except ChildError as error:
        return Check(
            dist, "broken", f"{version} does not load: {error}", f"pip install --force-reinstall {dist}=={version}"
        )
    except ImportError as error:
        for library, package in LIBRARIES.items():
            if library in str(error):
                return Check(dist, "broken", f"{version} needs {library}", f"apt-get install {package}")
        return Check(
            dist, "broken", f"{version} does not load: {error}", f"pip install --force-reinstall {dist}=={version}"
        )
    return Check(dist, "good", version)


def _import(module: str) -> None:
    importlib.import_module(module)


def _own(name: str) -> Check:
    """`validators` is also the name of an unrelated package: say so when a foreign one is in the way."""
    spec = importlib.util.find_spec(name)
    origin = Path(spec.origin).parent.parent if spec and spec.origin else None
    here = Path(__file__).parent.parent
    if origin == here:
        return Check(name, "good", "ours")
    return Check(
        name,
        "broken",
        "another package of this name is in the way",
        "install Dropforge in an environment of its own: python -m venv .venv",
    )


def _cutouts() -> list[Check]:
    from toolchain.intake.cutout import available

    return [
        Check(
            f"cut-out: {name}",
            "missing" if why else "good",
            why or "available",
            'pip install "dropforge[cutout]"' if why and name == "u2netp" else "",
        )
        for name, why in available().items()
    ]


def _generators() -> list[Check]:
    from toolchain.generate.table import MODULES

    out = []
    for name, module in MODULES.items():
        why = importlib.import_module(module).available()
        out.append(Check(f"generator: {name}", "missing" if why else "good", why or "available"))
    return out


def _gpu() -> Check:
    from validators.child import ChildError, call

    try:
        name = call(_gpu_name, deadline_s=60)
    except (ChildError, ImportError):
        name = ""
    return Check("gpu", "good" if name else "missing", name or "none: everything runs on the CPU")


def _gpu_name() -> str:
    import torch

    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else ""
