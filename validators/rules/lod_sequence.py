"""The levels of detail have a gap, do not start at 0, or do not belong together.

Checks
    The levels of the drawn meshes: 0, 1, 2 ... without a gap, and one name before `_LOD`.
Why it fails in the engine
    Unity makes its LODGroup only of Name_LOD0, Name_LOD1 ... in a row; Unreal needs levels 0 to N-1 before N.
How to fix
    Number the levels from 0 and give them one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import some

_LOD = re.compile(r"(?i)^(.*?)[_ ]?LOD\d+")


def _faults(case: Case) -> Iterator[Fault]:
    nodes = [n for n in case.scene.render_nodes() if n.lod is not None]
    levels = sorted({n.lod for n in nodes if n.lod is not None})
    if missing := sorted(set(range(min(len(levels), levels[-1]) + 1)) - set(levels)) if levels else []:
        yield Fault(
            f"The levels of detail are {some([str(v) for v in levels], 8)}; level {missing[0]} is missing.",
            "Number the levels 0, 1, 2 ... without a gap.",
            measured=" ".join(map(str, levels[:8])),
            limit="0 1 2 ...",
        )
    bases = {match[1]: None for n in nodes if (match := _LOD.match(n.name))}
    if len(bases) > 1:
        yield Fault(
            f"The levels of detail go by different names: {some(list(bases))}.",
            "Give all levels of one asset one name before _LOD.",
            measured=len(bases),
            limit=1,
        )


RULE = Rule("lod.sequence", "error", _faults, "Number the levels from 0 without a gap, under one name.")
