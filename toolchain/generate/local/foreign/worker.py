"""The far side of the pipe: runs one open model under the Python that has it (3.8 or later), never in our process.

Started as `PYTHON worker.py NAME`. It imports the standard library and the model's own packages, nothing of
Dropforge. Frames on standard input and output: 4 bytes magic, 4 bytes length of a JSON head, 8 bytes length of a
body, big-endian. What the packages print goes to standard error.

    here -> us   hello    versions, device, memory of the GPU
    us -> here   run      options, seed, device, weights; body: the pictures' PNGs, one after another
    here -> us   progress share, text
    here -> us   result   body: a GLB, +Y up, +Z the front     or     error   kind, text, trace

Weights are read as safetensors or with `weights_only`: a pickle runs code.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import platform
import struct
import sys
import threading
import traceback

from dropforge_models import MODELS, Fault

FRAME = struct.Struct(">4sIQ")
MAGIC = b"DFW1"
MOST_HEAD, MOST_BODY = 1 << 20, 256 << 20
NOT_HERE = ("LocalEntryNotFoundError", "OfflineModeIsEnabled", "GatedRepoError", "RepositoryNotFoundError")


class Wire:
    """The two ends of the pipe, taken before any package can print on them."""

    def __init__(self):
        self._in, self._out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        self._lock = threading.Lock()

    def send(self, head, body=b""):
        """One frame out."""
        text = json.dumps(head).encode()
        with self._lock:
            self._out.write(FRAME.pack(MAGIC, len(text), len(body)) + text)
            self._out.write(body)
            self._out.flush()

    def take(self):
        """(head, body) of the next frame; None when the other side has gone."""
        raw = self._in.read(FRAME.size)
        if len(raw) < FRAME.size:
            return None
        magic, head, body = FRAME.unpack(raw)
        if magic != MAGIC or head > MOST_HEAD or body > MOST_BODY:
            raise ValueError("not a frame of ours")
        return json.loads(self._in.read(head)), self._in.read(body)


def hello(package):
    """What this environment is."""
    import torch

    importlib.import_module(package)
    cuda = bool(torch.cuda.is_available())
    return {
        "type": "hello",
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "cuda": cuda,
        "device": str(torch.cuda.get_device_name(0)) if cuda else "cpu",
        "vram_mib": int(torch.cuda.get_device_properties(0).total_memory) >> 20 if cuda else 0,
    }


def only_weights():
    """torch.load that never runs a pickle's code, whoever calls it: TripoSR's loader has no flag for it."""
    import torch

    load = torch.load  # noqa: TID251 - to be made safe

    def safe(*args, **kwargs):
        kwargs["weights_only"] = True
        return load(*args, **kwargs)

    torch.load = safe  # noqa: TID251


def make(glue, head, body, say):
    """The GLB that `glue` makes of one run's frame."""
    import torch
    from PIL import Image

    if head["device"] == "cuda" and not torch.cuda.is_available():
        raise Fault("cuda", f"torch {torch.__version__} finds no CUDA device")
    torch.manual_seed(head["seed"])
    pictures, at = {}, 0
    for view, length in head["pictures"]:
        pictures[view] = Image.open(io.BytesIO(body[at : at + length])).convert("RGBA")
        at += length
    made = glue(pictures, head, say)
    if not isinstance(made, (bytes, bytearray)) or len(made) > MOST_BODY:
        raise Fault("shape", f"the result is no GLB, or larger than {MOST_BODY >> 20} MiB")
    return made


def kind_of(error):
    """Which of the kinds that the other side has words for `error` is."""
    chain: list = []
    seen = error
    while seen is not None and len(chain) < 10:
        chain.append(seen)
        seen = seen.__cause__ or seen.__context__
    names = [c.__name__ for e in chain for c in type(e).__mro__]
    if isinstance(error, Fault):
        return error.kind
    if "OutOfMemoryError" in names or "CUDA out of memory" in str(error):
        return "gpu memory"
    if isinstance(error, MemoryError):
        return "memory"
    if any(name in NOT_HERE for name in names):
        return "weights"
    return "missing" if isinstance(error, ImportError) else "error"


def main(name):
    """Answer runs until the other side goes away."""
    wire = Wire()
    package, glue = MODELS[name]
    del sys.path[0]  # our own folder: nothing in it is for the model's imports

    def failed(error):
        text = str(error) if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
        trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        wire.send({"type": "error", "kind": kind_of(error), "text": text[:2000], "trace": trace[-8000:]})

    try:
        only_weights()
        wire.send(hello(package))
    except Exception as error:  # noqa: BLE001 - every failure is told
        failed(error)
        return
    frames = []
    ready = threading.Semaphore(0)

    def listen():
        while True:
            frame = wire.take()
            if frame is None:  # the other side is gone, or wants no more: leave the GPU now, in whatever we are
                os._exit(0)
            frames.append(frame)
            ready.release()

    threading.Thread(target=listen, daemon=True).start()
    while True:
        ready.acquire()
        head, body = frames.pop(0)
        try:
            made = make(
                glue, head, body, lambda share, text: wire.send({"type": "progress", "share": share, "text": text})
            )
            wire.send({"type": "result"}, made)
        except Exception as error:  # noqa: BLE001 - every failure is told
            failed(error)


if __name__ == "__main__":
    main(sys.argv[1])
