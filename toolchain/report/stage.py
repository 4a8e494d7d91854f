"""The report stage: the page a person looks at, made of what the other stages made and measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine_profiles.schema import Profile
from engine_profiles.typed import opt
from toolchain.asset import EVIDENCE, DeliveredFile, Delivery, Sculpt
from toolchain.recipe import Recipe
from toolchain.report.page import Picture, Section, Table, page
from toolchain.stage import Made, Progress

NAME = "report"
VERSION = 4


@dataclass(frozen=True)
class Params:
    """How the page is made."""

    name: str = opt("", "the artist's own name of the asset")
    picture_px: int = opt(256, "side of each turntable picture", unit="px", low=64, high=1024)


def params(recipe: Recipe, profile: Profile | None) -> Params:
    """The display name; a page is the asset's, whatever the engines."""
    return Params(recipe.name)


def run(
    params: Params,
    progress: Progress,
    *,
    intake: Made,
    generate: Made,
    repair: Made,
    slots: Made,
    merge: dict[str, Made],
    light: Made,
    reduce: dict[str, Made],
    unwrap: dict[str, Made],
    lods: dict[str, Made],
    collision: dict[str, Made],
    bake: dict[str, Made],
    pack: dict[str, Made],
    export: dict[str, Made],
    check: dict[str, Made],
) -> Made:
    """The page and its pictures as files: report.html, report/*.png."""
    from toolchain.export.png import encode
    from toolchain.report import pictures

    first = next(iter(check))  # engines share their looks; the first one's textures stand for all
    px, files = params.picture_px, []

    def put(name: str, image: Any, alt: str, caption: str = "") -> Picture:
        files.append(DeliveredFile(f"report/{name}.png", encode(image)))
        return Picture(f"{name}.png", alt, caption)

    sculpt, chain = generate.value, lods[first].value.levels
    looks, textures, bound = pack[first].value.looks, bake[first].value, merge[first].value.slots
    cameras = [pictures.Camera(yaw, 12) for yaw in pictures.YAWS]
    seen = tuple(
        put(
            f"picture_{v.name}",
            pictures.cutout(v, px),
            f"the {v.name} picture, cut out",
            f"{v.source}: {v.name}, cut out by {v.cutout}",
        )
        for v in intake.value.views
    )
    progress(0.1, "turntable")
    turn = pictures.orbit(pictures.asset_views(chain[0].mesh, textures, looks, cameras, px))
    progress(0.4, "evidence")
    known = pictures.orbit(pictures.evidence_views(sculpt, cameras, px // 2))
    progress(0.6, "levels of detail")
    wires = pictures.orbit(pictures.lod_views(chain, px))
    progress(0.8, "maps")
    shares = generate.measures.get("evidence", {})
    told = ", ".join(f"{round(100 * shares[e])} % {e}" for e in EVIDENCE if shares.get(e))
    found = _findings(
        [("", m) for m in (intake, generate, repair, slots, light)]
        + [
            (e, m)
            for part in (merge, reduce, unwrap, lods, collision, bake, pack, export, check)
            for e, m in part.items()
        ]
    )
    offered = [] if sculpt.sheet is None else [put("candidates", sculpt.sheet, "the candidates, numbered")]
    sections = [
        Section("What was seen", "The pictures as they were understood.", pictures=seen),
        *(
            Section("Candidates", "To take another, which is not paid for again: --set generate.pick=N", pictures=(p,))
            for p in offered
        ),
        Section(
            "The asset",
            f"LOD0 for {first}, every 45 degrees from the front, turning to its left.",
            pictures=(put("turntable", turn, "eight views around the asset"),),
        ),
        Section(
            "Seen and guessed",
            f"{sculpt.reason} Of the surface: {told}.",
            {e: pictures.EVIDENCE_COLOURS[e] for e in EVIDENCE if shares.get(e)},
            (put("evidence", known, "eight views coloured by evidence"),),
        ),
        Section(
            "Levels of detail",
            "Distances are two-sided, to the repaired sculpt.",
            pictures=(put("lods", wires, "wireframe of each level"),),
            table=Table(
                ("engine", "level", "triangles", "error, mm", "mean error, mm"),
                tuple(
                    (engine, lod.level, len(lod.mesh.faces), lod.error * 1000, lod.error_mean * 1000)
                    for engine, made in lods.items()
                    for lod in made.value.levels
                ),
            ),
        ),
        *(_unlit(repair.value, light, put) if light.measures["done"] else ()),
        Section(
            "Materials",
            "Where roughness and metal come from: the sidecar, a preset it names, measured (the model's own maps, of "
            "which the mean stands here), a guess by how the slot shines in the pictures, or a default.",
            pictures=tuple(
                put(
                    f"map_{slot.name}_{kind}",
                    pictures.map_view(textures.sets[i].maps[kind], kind, px),
                    f"{kind} of {slot.name}",
                    f"{slot.name}: {kind}",
                )
                for i, slot in enumerate(bound)
                for kind in ("albedo", "normal", "ao", "evidence")
                if kind in textures.sets[i].maps
            )
            + tuple(
                put(
                    f"uv_{slot.name}",
                    pictures.uv_layout(chain[0].mesh, i, px),
                    f"UV charts of {slot.name}",
                    f"{slot.name}: UV charts",
                )
                for i, slot in enumerate(bound)
            ),
            table=Table(
                ("slot", "share of surface", "told apart by", "how sure", "roughness", "metallic", "from"),
                tuple(
                    (s.name, s.area, s.source, s.sure, look.roughness, look.metallic, look.preset or look.source)
                    for s, look in zip(bound, looks, strict=True)
                ),
            ),
        ),
        Section("Findings", "" if found.rows else "Nothing to report.", table=found if found.rows else None),
        Section(
            "What it costs",
            "Of the file to import. Memory is that of vertices and indices on the GPU: whole floats as glTF and Unity "
            "hold them, and packed as Unreal does by default; textures with all mips.",
            table=_costs(export),
        ),
        Section(
            "Delivered",
            table=Table(
                ("engine", "file", "bytes"),
                tuple((engine, f.path, len(f.data)) for engine, made in export.items() for f in made.value.files),
            ),
        ),
    ]
    size = " x ".join(f"{v:.3g}" for v in sculpt.mesh.size)
    lead = (
        f"{size} m (width x height x depth), size from the {sculpt.size_source}; "
        f"made by the {sculpt.generator} generator, {sculpt.rung}."
    )
    html = page(params.name, lead, {e: m.value["status"] for e, m in check.items()}, sections)
    files.append(DeliveredFile("report.html", html))
    return Made(Delivery(tuple(sorted(files, key=lambda f: f.path))), {"pictures": len(files) - 1})


def _costs(export: dict[str, Made]) -> Table:
    """One row a level, and the collision and textures that all levels share."""
    rows: list[tuple[Any, ...]] = []
    for engine, made in export.items():
        cost = made.measures["cost"]
        for level in cost["levels"]:
            sizes = (level["buffer_bytes_full"], level["buffer_bytes_packed"], level["disk_bytes"])
            counts = (level["triangles"], level["vertices"], level["draw_calls"])
            rows.append((engine, f"LOD{level['level']}", *counts, *map(_kib, sizes)))
        hulls = cost["collision"]
        if hulls["hulls"]:
            kinds = ", ".join(f"{hulls['kinds'].count(k)} {k}" for k in sorted(set(hulls["kinds"])))
            rows.append((engine, f"collision: {kinds}", hulls["triangles"], "", "", "", "", _kib(hulls["disk_bytes"])))
        raw, block = cost["texture_video_bytes_raw"], cost["texture_video_bytes_block"]
        rows.append((engine, "textures: raw; block compressed", "", "", "", _kib(raw), _kib(block), ""))
    head = ("engine", "part", "triangles", "vertices", "draw calls", "memory, KiB", "packed, KiB", "on disk, KiB")
    return Table(head, tuple(rows))


def _kib(size: int) -> int:
    return -(-size // 1024)


def _unlit(sculpt: Sculpt, light: Made, put: Callable[..., Picture]) -> tuple[Section]:
    """What was taken for light, picture by picture, and the colours before and after."""
    both = [
        put(f"light_{name}_{shot.view}", shot.rgba, f"the {shot.view} picture {name}", f"{shot.view}, {name}")
        for before, after in zip(sculpt.shots, light.value.shots, strict=True)
        for name, shot in (("as drawn", before), ("without its light", after))
    ]
    rows = tuple(
        (p["view"], p["contrast"], p["belief"], p["highlights"], str(p["lamps"][0]["towards"]) if p["lamps"] else "")
        for p in light.measures["pictures"]
    )
    head = ("picture", "contrast of its light", "taken off", "share of highlights", "towards the strongest lamp")
    text = "What was told to be light is taken off the colours; [stage.light] strength says how much of it."
    return (Section("Light", text, pictures=tuple(both), table=Table(head, rows)),)


def _findings(made: list[tuple[str, Made]]) -> Table:
    """Each finding once, the gravest first."""
    order = {"error": 0, "warning": 1, "info": 2}
    rows = [(f.severity, engine, f.code, f.message, f.fix, f.where.text()) for engine, m in made for f in m.findings]
    return Table(
        ("severity", "engine", "rule", "what", "what to do", "where"),
        tuple(sorted(dict.fromkeys(rows), key=lambda row: order[row[0]])),
    )
