"""Torch on one thread, for as long as a network is asked or something is fitted with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Also a decorator. More threads sum in other orders, so that last bits would hang on the machine's cores.

    The networks here are so small that one thread answers as soon as two.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
