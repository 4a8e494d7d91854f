"""Numbers out of text files of hundreds of megabytes: one pass over the bytes, in numba.

Decimal digits go into an integer and the power of ten is applied once, which is exact to a unit in the last place of a
double; positions are kept as float32 anyway.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_SPACE, _TAB, _LF, _CR = 32, 9, 10, 13


@njit(cache=True)
def number(data, at, end):
    """(value, place behind it, whether there was a number) of the decimal number at `at`."""
    sign, value, scale, digits = 1.0, 0.0, 0, 0
    if at < end and (data[at] == 45 or data[at] == 43):
        sign = -1.0 if data[at] == 45 else 1.0
        at += 1
    while at < end and 48 <= data[at] <= 57:
        value, digits, at = value * 10.0 + (data[at] - 48), digits + 1, at + 1
    if at < end and data[at] == 46:
        at += 1
        while at < end and 48 <= data[at] <= 57:
            value, digits, scale, at = value * 10.0 + (data[at] - 48), digits + 1, scale - 1, at + 1
    if digits == 0:
        return np.nan, at, False
    if at + 1 < end and (data[at] == 101 or data[at] == 69):
        power, place, minus = 0, at + 1, False
        if data[place] == 45 or data[place] == 43:
            minus, place = data[place] == 45, place + 1
        first = place
        while place < end and 48 <= data[place] <= 57:
            power, place = min(power * 10 + (data[place] - 48), 9999), place + 1
        if place > first:
            scale, at = scale + (-power if minus else power), place
    if scale < 0:
        value = value / 10.0**-scale if scale > -300 else 0.0
    elif scale > 0:
        value = value * 10.0**scale if scale < 300 else np.inf
    return sign * value, at, True


@njit(cache=True)
def _numbers(data, count):
    out = np.full(count, np.nan)
    at, found, end = 0, 0, len(data)
    while found < count:
        while at < end and (data[at] == 32 or 9 <= data[at] <= 13):
            at += 1
        if at >= end:
            break
        value, after, good = number(data, at, end)
        if good:
            out[found], at = value, after
        while at < end and not (data[at] == 32 or 9 <= data[at] <= 13):  # a word that is no number counts as NaN
            at += 1
        found += 1
    return out, found, at


def numbers(data: NDArray[np.uint8], count: int) -> tuple[NDArray[np.float64], int, int]:
    """(`count` numbers parted by white space, how many were there, place behind the last); NaN for other words."""
    out, found, at = _numbers(data, count)
    return out, int(found), int(at)
