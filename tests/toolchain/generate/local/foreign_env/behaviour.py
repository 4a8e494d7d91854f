"""What the stand-ins do this time: JSON beside this file's copy, written by the test."""

import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

SAID = json.loads((Path(__file__).parent / "behaviour.json").read_text())
CALLS = Path(__file__).parent / "calls.jsonl"
TETRA = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]], float)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def note(**what):
    """Keep what a stand-in was called with."""
    with CALLS.open("a") as file:
        file.write(json.dumps(what) + "\n")


def misbehave():
    """The fault this test asks for."""
    fault = SAID.get("fault")
    os.write(1, b"a package writes on standard output\n")
    sys.stdout.write("a package prints\n")
    sys.stdout.flush()
    sys.stderr.write(f"a package complains: {fault}\n")
    sys.stderr.flush()
    if fault == "raise":
        raise RuntimeError("the checkpoint does not fit the model")
    if fault == "crash":
        ctypes.string_at(0)
    if fault == "hang":
        time.sleep(60)
    if fault == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if fault == "quits":
        os._exit(3)
    if fault == "gpu memory":
        import torch

        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
    if fault == "weights":
        from huggingface_hub import LocalEntryNotFoundError

        raise LocalEntryNotFoundError("not in the cache")


class Mesh:
    """As much of trimesh.Trimesh as the glue touches."""

    def __init__(self, shape=(4, 3)):
        self.vertices = TETRA if tuple(shape) == (4, 3) else np.zeros(shape)
        self.faces = FACES
        self.visual = type("Visual", (), {"vertex_colors": np.tile(np.array([188, 0, 255, 255], np.uint8), (4, 1))})()

    def simplify(self, most):
        note(simplify=most)

    def export(self, file_type):
        note(export=file_type)
        return (Path(__file__).parent / "ready.glb").read_bytes()
