"""Dropped model files: a GLB, glTF, OBJ, FBX or PLY as one :class:`~toolchain.asset.Dropped`.

All reading is done in a child process with a deadline and a memory limit, from bytes: the model and its companions
lie alone in a folder of their own there, and nothing outside it is ever opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.stage import StageError
from validators.child import ChildError, call
from validators.readers.companions import companions

if TYPE_CHECKING:
    from toolchain.asset import Dropped
    from validators.finding import Finding

__all__ = ["MODELS", "companions", "read_model", "read_model_told"]

#: Suffixes of the files that are read as models.
MODELS = frozenset((".glb", ".gltf", ".obj", ".fbx", ".ply"))
#: What our own code in the child may raise over a value it did not expect.
_FAULTS = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError, RecursionError)
MOST_BYTES = 1 << 30  # of a model and all that it refers to
DEADLINE_S = 60.0
MEMORY_MB = 8192


def read_model(data: bytes, suffix: str, name: str, companions: dict[str, bytes] | None = None) -> Dropped:
    """The model in `data`, whose file is `name` (for messages) and of kind `suffix` (".glb").

    `companions`: what the file refers to, by path relative to it. Raises StageError, one sentence, where there is
    no triangle to be had.
    """
    return read_model_told(data, suffix, name, companions)[0]


def read_model_told(
    data: bytes, suffix: str, name: str, companions: dict[str, bytes] | None = None, green: str = ""
) -> tuple[Dropped, tuple[Finding, ...]]:
    """:func:`read_model`, and what its reader had to leave out or assume.

    `green`: opengl or directx where the artist knows which way the green of an FBX's or OBJ's normal maps points.
    """
    from toolchain.intake.model_child import load

    if suffix.lower() not in MODELS:
        raise StageError(f"{name} is no model file we read; drop one of {', '.join(sorted(MODELS))}.")
    try:
        answer = call(
            load, data, suffix.lower(), name, companions or {}, green, deadline_s=DEADLINE_S, memory_mb=MEMORY_MB
        )
    except _FAULTS as error:
        trace = "\n".join(getattr(error, "__notes__", ()))
        raise StageError(f"{name} makes its reader fail; export it again from another program.", trace) from None
    except ChildError as error:
        reasons = {
            "timeout": f"takes longer than {DEADLINE_S:g} s to read",
            "memory": "needs more memory to read than a model may",
        }
        reason = reasons.get(error.kind, "makes its reader fail")
        raise StageError(
            f"{name} {reason}; export it again, with fewer triangles.", error.detail or str(error)
        ) from None
    if isinstance(answer, str):
        raise StageError(answer)
    return answer
