"""The statements of an OBJ, read in two passes over its bytes: one counts, so that the other can fill arrays."""

from __future__ import annotations

import numpy as np
from numba import njit

from validators.readers.text import number


@njit(cache=True, inline="always")
def _blank(code):
    """White space but the line feed. Both passes must part words alike, or the second overruns the first's counts."""
    return code == 32 or (9 <= code <= 13 and code != 10)


@njit(cache=True)
def _kind(data, at, end):
    """1 v, 2 vt, 3 vn, 4 f, 5 usemtl, 0 anything else; the place behind the word."""
    if at + 1 >= end:
        return 0, at
    blank = _blank(data[at + 1])
    if data[at] == 118:
        if blank:
            return 1, at + 1
        if at + 2 < end and _blank(data[at + 2]):
            return (2 if data[at + 1] == 116 else 3 if data[at + 1] == 110 else 0), at + 2
    elif data[at] == 102 and blank:
        return 4, at + 1
    elif data[at] == 117 and at + 6 < end:
        word = (115, 101, 109, 116, 108)  # usemtl
        for k in range(5):
            if data[at + 1 + k] != word[k]:
                return 0, at
        return 5, at + 6
    return 0, at


@njit(cache=True)
def count(data):
    """(6,) how many: v, vt, vn, f, corners of all f, usemtl. Blanks part corners, so the count is a bound."""
    out = np.zeros(6, np.int64)
    at, end = 0, len(data)
    while at < end:
        while at < end and _blank(data[at]):
            at += 1
        kind, at = _kind(data, at, end)
        if kind:
            out[kind - 1 if kind < 5 else 5] += 1
        inside = False
        while at < end and data[at] != 10:
            blank = _blank(data[at])
            if kind == 4 and not blank and not inside:
                out[4] += 1
            inside = not blank
            at += 1
        at += 1
    return out


@njit(cache=True)
def scan(data, counts):
    """What `count` counted, read: v (V, 3) and their colours (V, 3), NaN where there are none, vt (T, 2), vn (N, 3),
    sizes of the faces (F,), corners (C, 3) as indices of v, vt and vn, -1 for none and unchecked upwards, and
    usemtl (E, 2): the place of its name and the face that it begins at.
    """
    points = np.full((counts[0], 3), np.nan)
    colours = np.full((counts[0], 3), np.nan)
    uvs, normals = np.zeros((counts[1], 2)), np.zeros((counts[2], 3))
    sizes = np.zeros(counts[3], np.int32)
    corners = np.full((counts[4], 3), -1, np.int64)
    events = np.zeros((counts[5], 2), np.int64)
    row = np.zeros(7)
    v, t, n, f, c, e = 0, 0, 0, 0, 0, 0
    at, end = 0, len(data)
    while at < end:
        while at < end and _blank(data[at]):
            at += 1
        kind, at = _kind(data, at, end)
        if kind == 5:
            events[e, 0], events[e, 1] = at, f
            e += 1
        elif kind == 4:
            while at < end and data[at] != 10:
                while at < end and _blank(data[at]):
                    at += 1
                if at >= end or data[at] == 10:
                    break
                for k in range(3):
                    value, at, good = number(data, at, end)
                    if good and abs(value) < 1e15:
                        have = v if k == 0 else t if k == 1 else n
                        index = np.int64(value)
                        corners[c, k] = index - 1 if index > 0 else have + index if index < 0 else -1
                    if at >= end or data[at] != 47:
                        break
                    at += 1
                while at < end and data[at] != 10 and not _blank(data[at]):
                    at += 1
                c += 1
                sizes[f] += 1
            f += 1
        elif kind:
            got = 0
            while got < 7:
                while at < end and _blank(data[at]):
                    at += 1
                if at >= end or data[at] == 10:
                    break
                value, at, good = number(data, at, end)
                if not good:
                    break
                row[got] = value
                got += 1
            if kind == 1:
                if got >= 3:
                    points[v] = row[:3]
                if got >= 6:
                    colours[v] = row[3:6]
                v += 1
            elif kind == 2:
                if got >= 2:
                    uvs[t] = row[:2]
                t += 1
            else:
                if got >= 3:
                    normals[n] = row[:3]
                n += 1
        while at < end and data[at] != 10:
            at += 1
        at += 1
    return points, colours, uvs, normals, sizes, corners, events
