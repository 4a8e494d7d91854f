"""`make generator`: the embedded generator measured on props known in 3D, written to generator.md beside this file.

Two sets, neither of which is part of the project: the evaluation props, and props of the packs that no training saw,
drawn here (props.py). Views, measures and the way of measuring are those of `dropforge eval`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from tests.bench.props import write_set
from tests.conftest import SHARED
from toolchain.generate.evaluate.cases import read_cases
from toolchain.generate.evaluate.run import VIEW_SETS, jobs_of, run
from toolchain.generate.evaluate.table import markdown

OUT = Path(__file__).with_name("generator.md")
COUNT = 60
HEAD = """# The embedded generator, measured

`make generator` wrote this, on {cores} cores. Both meshes centred on their boxes, longest side 1, no turning and no
alignment. IoU of 64^3 solids; F-scores and Chamfer of 30,000 area samples a side; a failure counts 0. *8 silhouettes*:
from all around, 20 degrees above the ground. *Given views*: the sculpt's silhouette in the pictures given, as the
generator placed them; *from their cameras*: from where they were truly taken. *Colour*: mean CIE 1976 difference of
the lit colour seen and the true albedo. *Yaw*: degrees between our front and the true one. *MB*: greatest
resident size, Python and packages included.
"""


def evaluation() -> str:
    """The 20 evaluation props."""
    return _table(SHARED / "eval")


def validation() -> str:
    """60 props of the six validation packs."""
    with tempfile.TemporaryDirectory(prefix="dropforge-") as folder:
        write_set(SHARED / "train", Path(folder), COUNT)
        return _table(Path(folder))


SECTIONS = {"eval": evaluation, "val": validation}


def _table(folder: Path) -> str:
    with tempfile.TemporaryDirectory(prefix="dropforge-") as state:
        return markdown(run(jobs_of(read_cases(folder), VIEW_SETS, "embedded", {}, Path(state)), 1, lambda row: None))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections: eval, val")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    if not SHARED.is_dir():
        raise SystemExit("The evaluation data is not beside this checkout.")
    parts = [HEAD.format(cores=os.cpu_count())]
    for name in options.only.split(","):
        parts.append(f"## {str(SECTIONS[name].__doc__).rstrip('.')}\n\n{SECTIONS[name]()}")
        options.out.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
