"""A mesh has no normals, or normals that are not of length one.

Checks
    That every drawn mesh has normals, and that their lengths are within 1 % of one (a warning).
Why it fails in the engine
    Without normals an importer shades each face flat or guesses where edges are hard; baked normal maps no longer
    fit.
How to fix
    Export normals with the mesh.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.words import count, share

CLOSE = 0.01


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in () if case.bare else case.drawn():
        if not len(mesh.face_sizes):
            continue
        if mesh.normals is None:
            yield Fault(f"{called(node)} has no normals; the engine will make its own.", where=case.at(node))
            continue
        long = np.sqrt(np.einsum("ij,ij->i", mesh.normals, mesh.normals))
        bad = int((np.isfinite(long) & (np.abs(long - 1.0) > CLOSE)).sum())
        if bad:
            yield Fault(
                f"{called(node)} has {count(bad, 'normal')} that {'is' if bad == 1 else 'are'} not of length one "
                f"({share(bad / len(long))} of them).",
                "Normalise the normals; an unapplied scale is a usual cause.",
                case.at(node),
                bad,
                0,
                softer="warning",
            )


RULE = Rule("nrm.present", "error", _faults, "Export normals with the mesh.")
