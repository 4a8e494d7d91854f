"""`make strangers`: our deliveries as readers that are not ours see them, written to strangers.md beside this file.

The evaluation props from three views, ten concept pictures and three dropped models with several materials are built
for every built-in engine; each file is then read by all that read its format, and what they see is held against what
the writers were handed (`tests.oracles.meant`, `agree`). Blender renders FBX, GLB and USD from one camera, so that
the pictures can be laid over each other. A reader that is not installed is named, and its column is empty.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine_profiles.load import BUILT_IN
from tests.conftest import SHARED
from tests.oracles import blender, engines, godot, pictures, sights, viewer
from tests.oracles.agree import faults
from tests.oracles.meant import Meant, read_meant

OUT = Path(__file__).with_name("strangers.md")
#: Dropped as models, for their several materials.
MODELS = ("milk_truck", "q_chest_open", "q_tank")
EVERY_NTH_CONCEPT = 4
#: What a browser shows; Godot's own file is for Godot.
VIEWED = ("portable", "roblox")
ASSETS_A_BLENDER = 4
#: Silhouettes of one asset in two formats: intersection over union.
LEAST_OVERLAP = 0.995
#: Base colour and normals of one asset in two formats, mean difference in levels of 255.
MOST_DIFFERENCE = 1.0
READERS = (*sights.SIGHTS, "Blender", "Godot", "Khronos validator", "model-viewer")
INTRO = """\
{count} assets (the evaluation props from three views, concept pictures, models with several materials) for
every built-in engine. In each cell: files of which the reader sees what was meant, of all it was given. Meant:
it loads; every node is at its place to 0.1 % of the size (units, axes), with its triangles, materials and UV
sets; levels of detail; collision shapes; textures byte for byte or pixel for pixel; as far as the reader tells."""
OVERLAID = """\
Rendered in Blender from each file, {pixels} pixels square, by one camera, and laid over the portable GLB's picture.
Silhouettes must overlap by {least}. Base colour and normals (DirectX maps turned) are mean differences in levels of
255 where both show the asset, at most {most:g}. The worst asset is named."""


@dataclass(frozen=True)
class Row:
    """What one reader said of one file."""

    asset: str
    label: str
    reader: str
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Laid:
    """One file's picture over that of the portable GLB."""

    asset: str
    label: str
    overlap: float
    colour: float
    normals: float


def gather(inbox: Path) -> None:
    """Lay the drops out."""
    for folder in sorted(p for p in (SHARED / "eval").iterdir() if p.is_dir()):
        (inbox / folder.name).mkdir(parents=True, exist_ok=True)
        for view in ("front", "left", "back"):
            shutil.copy(folder / f"{view}.png", inbox / folder.name)
    concepts = sorted(p for p in (SHARED / "concepts").iterdir() if p.suffix in (".png", ".jpg", ".webp"))
    for path in concepts[::EVERY_NTH_CONCEPT]:
        shutil.copy(path, inbox)
    for name in MODELS:
        shutil.copy(SHARED / "eval" / name / "gt.glb", inbox / f"{name}_model.glb")


def deliver(inbox: Path, out: Path, jobs: int) -> None:
    """Build every drop for every engine; what stands in `out` is not built again."""
    from watch.build import Request, build

    report = build(Request((inbox,), out, BUILT_IN, {}, jobs=jobs), lambda *_: None, lambda _: None)
    if broken := [f"{o.asset}: {o.message}" for o in report.outcomes if o.status == "broken"]:
        raise SystemExit("\n".join(broken))


def ask(meant: list[Meant], folder: Path) -> tuple[list[Row], list[Laid]]:
    """Every reader that is here, over all files."""
    rows, laid = [], []  # type: list[Row], list[Laid]
    by_asset = [[m for m in meant if m.asset == asset] for asset in sorted({m.asset for m in meant})]
    for mine in by_asset:
        for m, said in zip(mine, sights.told(mine), strict=True):
            rows += [Row(m.asset, m.label, reader, tuple(against)) for reader, against in said.items()]
    if blender.why_not() is None:
        for some in batched(by_asset, ASSETS_A_BLENDER):
            more, over = _drawn([m for mine in some for m in mine])
            rows, laid = rows + more, laid + over
    glbs = [m for m in meant if m.deliverable.format == "glb"]
    if engines.khronos_why_not() is None:
        rows += _rows(glbs, engines.by_khronos(glbs))
    if godot.why_not() is None:
        mine = [m for m in glbs if m.engine == "godot"]
        rows += _rows(mine, engines.by_godot(mine, folder))
    if viewer.why_not() is None:
        mine = [m for m in glbs if m.engine in VIEWED]
        rows += _rows(mine, viewer.look(mine))
    return rows, laid


def _rows(meant: list[Meant], seen: Iterable) -> list[Row]:
    return [Row(m.asset, m.label, s.reader, tuple(faults(m, s))) for m, s in zip(meant, seen, strict=True)]


def _drawn(meant: list[Meant]) -> tuple[list[Row], list[Laid]]:
    """Some assets in one Blender."""
    mine = [m for m in meant if m.deliverable.format in ("fbx", "glb", "usdz")]
    told = pictures.look(mine)
    against = {m.asset: p for m, (_, p) in zip(mine, told, strict=True) if m.label == "portable glb"}
    laid = []
    for m, (_, p) in zip(mine, told, strict=True):
        whole = against[m.asset]
        apart = [pictures.difference(whole, p, what) for what in ("colour", "normals")]
        laid.append(Laid(m.asset, m.label, pictures.overlap(whole, p), *apart))
    return _rows(mine, [seen for seen, _ in told]), laid


def batched(items: list, size: int) -> Iterator[list]:
    """`items` in runs of `size`."""
    return (items[i : i + size] for i in range(0, len(items), size))


def table(rows: list[Row], laid: list[Laid]) -> Iterator[str]:
    """strangers.md, line by line."""
    assets, labels = sorted({r.asset for r in rows}), sorted({r.label for r in rows})
    yield from ("# Deliveries, as strangers read them", "", "`make strangers` wrote this.", "")
    yield INTRO.format(count=len(assets))
    yield from ("", "| | " + " | ".join(READERS) + " |", "|---" * (len(READERS) + 1) + "|")
    for label in labels:
        cells = []
        for reader in READERS:
            mine = [r for r in rows if (r.label, r.reader) == (label, reader)]
            cells.append(f"{sum(not r.faults for r in mine)}/{len(mine)}" if mine else "")
        yield f"| {label} | " + " | ".join(cells) + " |"
    absent = [r for r in READERS if r not in {row.reader for row in rows}]
    yield from ("", f"Not here when this was written: {', '.join(absent)}." if absent else "Every reader was here.", "")
    if laid:
        yield from _pictures(laid)
    yield from ("## What disagrees", "")
    told: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        for fault in row.faults:
            told[row.label, row.reader].append(f"{row.asset}: {fault}")
    for (label, reader), lines in sorted(told.items()):
        yield f"* **{label}, {reader}** ({len(lines)}): {'; '.join(lines[:3])}{'; ...' if len(lines) > 3 else ''}"
    if not told:
        yield "Nothing."


def _pictures(laid: list[Laid]) -> Iterator[str]:
    yield from ("## Pictures", "")
    yield OVERLAID.format(pixels=pictures.PIXELS, least=LEAST_OVERLAP, most=MOST_DIFFERENCE)
    yield from ("", "| | least overlap | most in colour | most in normals |", "|---|---|---|---|")
    for label in sorted({x.label for x in laid}):
        mine = [x for x in laid if x.label == label]
        least = min(mine, key=lambda x: x.overlap)
        colour, normals = max(mine, key=lambda x: x.colour), max(mine, key=lambda x: x.normals)
        yield (
            f"| {label} | {least.overlap:.4f} ({least.asset}) | {colour.colour:.2f} ({colour.asset}) | "
            f"{normals.normals:.2f} ({normals.asset}) |"
        )
    yield ""


def main() -> int:
    """Build, ask, write; 1 where anything disagrees."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="outbox to use and keep; what stands there is not built again")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="assets, by name with commas; the table goes to standard output")
    told = parser.parse_args()
    if not (SHARED / "eval").is_dir():
        sys.stdout.write("the evaluation data is not beside this checkout\n")
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        inbox, out = Path(scratch) / "in", told.out or Path(scratch) / "out"
        only = [n for n in told.only.split(",") if n]
        if not only:
            inbox.mkdir()
            gather(inbox)
            deliver(inbox, out, told.jobs)
        names = only or sorted(p.parent.name for p in out.glob("*/asset.json"))
        rows, laid = ask([m for name in names for m in read_meant(out, name)], Path(scratch) / "godot")
    text = "\n".join(table(rows, laid)) + "\n"
    if only:
        sys.stdout.write(text)
    else:
        OUT.write_text(text, encoding="utf-8")
    apart = [x for x in laid if x.overlap < LEAST_OVERLAP or max(x.colour, x.normals) > MOST_DIFFERENCE]
    return 1 if apart or any(r.faults for r in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
