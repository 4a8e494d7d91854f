"""As much of torch as the worker touches."""

import contextlib

from behaviour import SAID, note

__version__ = "9.9-stand-in"
float16, float32 = "float16", "float32"


class OutOfMemoryError(RuntimeError):
    pass


class cuda:
    OutOfMemoryError = OutOfMemoryError

    @staticmethod
    def is_available():
        return SAID.get("cuda", True)

    @staticmethod
    def get_device_name(_index):
        return "Stand-in GPU"

    @staticmethod
    def get_device_properties(_index):
        return type("Properties", (), {"total_memory": 8 << 30})()


class Generator:
    def __init__(self, device="cpu"):
        self.device = device

    def manual_seed(self, seed):
        note(generator=[self.device, seed])
        return self


def device(name):
    return name


def manual_seed(seed):
    note(seed=seed)


def no_grad():
    return contextlib.nullcontext()


def load(path, map_location=None, weights_only=False):
    note(load=weights_only)
    return {}
