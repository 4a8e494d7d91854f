"""Work on all cores whose results do not depend on how many there are.

Embree, zlib and our numba kernels let go of the interpreter lock, so threads are enough.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
CHUNK = 1 << 16  # texels worked on at a time: bounds memory, and gives every core something to do


def in_order(work: Callable[[T], R], items: Sequence[T], done: Callable[[float], object] | None = None) -> list[R]:
    """`work` on each item; results in the items' order. `done` hears the share done, in this thread."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    out: list[R] = []
    with ThreadPoolExecutor(min(cores, 16)) as pool:
        for result in pool.map(work, items):
            out.append(result)
            if done:
                done(len(out) / len(items))
    return out


def in_chunks(work: Callable[[slice], None], count: int, done: Callable[[float], object] | None = None) -> None:
    """`work(slice)` over 0..count; each call writes its own part of the result."""
    in_order(work, [slice(a, min(a + CHUNK, count)) for a in range(0, count, CHUNK)], done)
