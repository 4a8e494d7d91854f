"""A Unity material or import setting refers to an asset that is not delivered.

Checks
    The guids of textures and materials that the `.mat` and `.meta` files of a delivered folder name: one of its
    `.meta` files must have each. Where the folder has no `.meta` files nothing is known.
Why it fails in the engine
    The slot stays empty: a material without its maps is plain, a model without its material is grey or pink.
How to fix
    Deliver the asset with its `.meta`, or assign one that is delivered.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.finding import Where
from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.meta_guid import metas


def _faults(case: Case) -> Iterator[Fault]:
    known = {said["guid"] for said in metas(case).values()}
    for path, said in case.scene.header["unity"].items() if known else ():
        for guid in said["refers"]:
            if guid not in known:
                yield Fault(
                    f"It refers to a texture or material {guid}, which no .meta here has.",
                    where=Where(file=path),
                    measured=guid,
                )


RULE = Rule("meta.reference", "warning", _faults, "Deliver the asset with its .meta.", engines=("unity",), folders=True)
