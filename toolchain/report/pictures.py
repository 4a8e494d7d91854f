"""The report's pictures, each an (H, W, 4) uint8 sheet made of canonical artefacts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolchain.asset import EVIDENCE, U8, Lod, Look, Mesh, Sculpt, TextureSets, View
from toolchain.report import render
from toolchain.report.render import Camera
from toolchain.srgb import srgb

YAWS = (0, 45, 90, 135, 180, 225, 270, 315)
#: Evidence colours, sRGB: also the page's legend. Told apart in every common colour blindness.
EVIDENCE_COLOURS = {
    "seen": (64, 160, 96),
    "mirrored": (72, 118, 200),
    "learned": (150, 110, 190),
    "guessed": (226, 140, 36),
}
CLAY = (0.52, 0.5, 0.47)


def asset_views(
    mesh: Mesh, textures: TextureSets, looks: tuple[Look, ...], cameras: Sequence[Camera], size: int
) -> list[U8]:
    """LOD0 as an engine would shade it: albedo, normal map, occlusion, roughness, metal."""
    seen = zip(cameras, render.turntable(mesh, cameras, size), strict=True)
    return [_shaded(mesh, textures, looks, camera, hits, size) for camera, hits in seen]


def _shaded(
    mesh: Mesh, textures: TextureSets, looks: tuple[Look, ...], camera: Camera, hits: render.Hits, size: int
) -> U8:
    uv = render.interpolate(_of(mesh.uv), mesh.faces, hits).astype(np.float32)
    normals = render.interpolate(_of(mesh.normals), mesh.faces, hits)
    tangents = render.interpolate(_of(mesh.tangents), mesh.faces, hits)
    slot = mesh.slot_of_faces()[hits.face]
    colours = np.zeros((len(slot), 3))
    for index, texture_set in enumerate(textures.sets):
        of = slot == index
        if not of.any():
            continue
        bump = render.sample(texture_set.maps["normal"], uv[of])
        bitangent = tangents[of, 3:] * np.cross(normals[of], tangents[of, :3])
        bent = tangents[of, :3] * bump[:, :1] + bitangent * bump[:, 1:2] + normals[of] * bump[:, 2:3]
        bent /= np.maximum(np.linalg.norm(bent, axis=1, keepdims=True), 1e-9)
        colours[of] = render.light(
            render.sample(texture_set.maps["albedo"], uv[of]),
            bent,
            hits.view[of],
            render.sample(texture_set.maps["ao"], uv[of])[:, 0],
            looks[index].roughness,
            looks[index].metallic,
            camera.yaw,
        )
    return render.picture(hits, colours, size)


def clay_view(mesh: Mesh, camera: Camera, size: int, wires: bool = False) -> U8:
    """Untextured, flat shaded; with `wires`, the triangle edges in dark lines."""
    hits = render.cast(mesh, camera, size)
    a, b, c = (mesh.positions[mesh.faces[:, i]] for i in range(3))
    normals = np.cross(b - a, c - a).astype(np.float64)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    colours = render.light(
        np.broadcast_to(CLAY, (len(hits.face), 3)),
        normals[hits.face],
        hits.view,
        np.ones(len(hits.face)),
        0.9,
        0.0,
        camera.yaw,
    )
    if wires:
        # Distance to an edge in samples: a barycentric divided by how fast it changes across the picture.
        height = np.linalg.norm(np.cross(b - a, c - a), axis=1)[hits.face, None] / np.stack(
            [np.linalg.norm(x - y, axis=1) for x, y in ((c, b), (a, c), (b, a))], axis=1
        )[hits.face].clip(1e-12)
        step = mesh.diagonal * camera.margin / (size * render.SAMPLES)
        near = (hits.bary * height).min(axis=1) < step * 0.8
        colours = np.where(near[:, None], 0.03, colours)
    return render.picture(hits, colours, size)


def evidence_views(sculpt: Sculpt, cameras: Sequence[Camera], size: int) -> list[U8]:
    """The sculpt coloured by how each place is known."""
    from toolchain.bake.field import smooth_normals

    palette = (np.array([EVIDENCE_COLOURS[e] for e in EVIDENCE]) / 255) ** 2.2
    smooth, drawn = smooth_normals(sculpt.mesh.positions, sculpt.mesh.faces), []
    for camera, hits in zip(cameras, render.turntable(sculpt.mesh, cameras, size), strict=True):
        kind = sculpt.evidence[sculpt.mesh.faces[hits.face, hits.bary.argmax(axis=1)]]
        normals = render.interpolate(smooth, sculpt.mesh.faces, hits)
        colours = render.light(palette[kind], normals, hits.view, np.ones(len(kind)), 1.0, 0.0, camera.yaw)
        drawn.append(render.picture(hits, colours, size))
    return drawn


def cutout(view: View, size: int) -> U8:
    """The picture's subject on a chequered ground, fitted into a square."""
    height, width = view.rgba.shape[:2]
    scale = size / max(height, width)
    out = (max(1, round(height * scale)), max(1, round(width * scale)))
    small = _shrink(view.rgba, out)
    y, x = np.mgrid[: out[0], : out[1]]
    ground = np.where((y // 8 + x // 8) % 2, 196, 228)[..., None]
    alpha = small[..., 3:] / 255.0
    rgb = small[..., :3] * alpha + ground * (1 - alpha)
    return np.concatenate((rgb, np.full((*out, 1), 255)), axis=-1).astype(np.uint8)


def orbit(draw: list[U8]) -> U8:
    """Pictures of one size side by side, in two rows when there are more than four."""
    columns = len(draw) if len(draw) <= 4 else (len(draw) + 1) // 2
    blank = np.zeros_like(draw[0])
    cells = draw + [blank] * (-len(draw) % columns)
    rows = [np.concatenate(cells[i : i + columns], axis=1) for i in range(0, len(cells), columns)]
    return np.concatenate(rows, axis=0)


def uv_layout(mesh: Mesh, slot: int, size: int) -> U8:
    """The charts of one slot: filled faintly, edges drawn."""
    from PIL import Image, ImageDraw

    image = Image.new("RGBA", (size, size), (255, 255, 255, 255))
    pen = ImageDraw.Draw(image)
    uv = _of(mesh.uv)[mesh.faces[mesh.slot_of_faces() == slot]] * size
    for triangle in uv:
        points = [(float(u), float(size - v)) for u, v in triangle]
        pen.polygon(points, fill=(222, 230, 240, 255), outline=(60, 84, 120, 255))
    return np.asarray(image)


def map_view(image: np.ndarray, kind: str, size: int) -> U8:
    """A canonical map as a person expects to see it."""
    import cv2

    if min(image.shape[:2]) > size:  # averaged as light, before the curve
        image = np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA))
    values = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=-1)
    shown: np.ndarray = values
    if kind == "normal":
        shown = values * 0.5 + 0.5
    elif kind == "albedo":
        shown = srgb(np.clip(values, 0, 1))
    rgb = (np.clip(shown, 0, 1) * 255 + 0.5).astype(np.uint8)
    return _shrink(np.concatenate((rgb, np.full((*rgb.shape[:2], 1), 255, np.uint8)), axis=-1), (size, size))


def lod_views(levels: tuple[Lod, ...], size: int) -> list[U8]:
    """Each level's wires from the usual three-quarter place."""
    return [clay_view(lod.mesh, Camera(-30, 15), size, wires=True) for lod in levels]


def _shrink(image: U8, shape: tuple[int, int]) -> U8:
    from PIL import Image

    return np.asarray(Image.fromarray(image).resize((shape[1], shape[0]), Image.Resampling.BOX))


def _of(stream: np.ndarray | None) -> np.ndarray:
    if stream is None:
        raise ValueError("the mesh to be shown lacks normals, tangents or UVs")
    return stream
