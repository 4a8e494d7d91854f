"""Materials of a Scene as Paints: textures decoded, channels split, what cannot be read told."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from toolchain.asset import U8, Paint
from toolchain.intake.gloss import convert
from toolchain.intake.gltf_extras import Extras, Gloss
from toolchain.srgb import srgb, srgb_to_linear
from validators.finding import Where
from validators.readers.notes import Notes
from validators.rules.curl import green
from validators.scene import Binding, Material, Scene, Texture

#: Role -> (map, channels). Extra channels are not looked at.
_MAPS = {
    "base_color": ("albedo", 3),
    "normal": ("normal", 3),
    "roughness": ("roughness", 1),
    "metallic": ("metallic", 1),
    "occlusion": ("ao", 1),
    "opacity": ("opacity", 1),
    "emissive": ("emissive", 3),
}
MOST_TEXELS = 400_000_000  # of all maps of one file
#: Shading models of FBX from before physically based ones: their shininess and reflection are seldom meant.
_OLD = ("lambert", "phong", "blinn", "unknown")


@dataclass
class Decoder:
    """Textures of one scene, each decoded once; maps cut from them, each cut once."""

    scene: Scene
    notes: Notes
    pixels: dict[int, U8 | None] = field(default_factory=dict)
    maps: dict[tuple[int, str, int], U8 | None] = field(default_factory=dict)
    texels: int = 0

    def texture(self, index: int) -> U8 | None:
        """(H, W, 4) uint8, or None where it cannot be had, as noted once."""
        if index not in self.pixels:
            self.pixels[index] = self._decode(self.scene.textures[index])
        return self.pixels[index]

    def map(self, binding: Binding, width: int) -> U8 | None:
        """(H, W, 3), or (H, W) of the one channel that the binding names."""
        key = (binding.texture, binding.channels, width)
        if key not in self.maps:
            image = self.texture(binding.texture)
            if image is None:
                self.maps[key] = None
            elif width == 3:
                self.maps[key] = np.ascontiguousarray(image[..., :3])
            else:
                self.maps[key] = np.ascontiguousarray(image[..., max("rgba".find(binding.channels), 0)])
        return self.maps[key]

    def _decode(self, texture: Texture) -> U8 | None:
        count = 4 * texture.width * texture.height
        if texture.decode is None:
            return None  # missing or no image, as its reader has noted
        try:
            if self.texels + count > MOST_TEXELS:
                raise ValueError("the file's textures are larger together than we read")
            found = texture.decode()
        except ValueError as error:
            self.notes.add(
                "file.texture",
                f'The texture "{texture.name[-80:]}" is not used: {error}.',
                severity="warning",
                fix="Deliver it as PNG or JPEG beside the model or inside it.",
                where=Where(texture=texture.name),
            )
            return None
        self.texels += count
        if found.dtype != np.uint8:
            found = np.round(found.astype(np.float32) / 257.0)
        image = found.astype(np.uint8)
        high, wide, channels = image.shape
        out = np.full((high, wide, 4), 255, np.uint8)
        out[..., :3] = image[..., :3] if channels >= 3 else image[..., :1]
        if channels in (2, 4):
            out[..., 3] = image[..., -1]
        return out


def paints(scene: Scene, used: list[int], extras: list[Extras], green_says: str, notes: Notes) -> list[Paint]:
    """A Paint for each of `used`: indices into the scene's materials, -1 for no material.

    `green_says`: opengl or directx for normal maps of a format that does not say; "" to look at the map itself.
    """
    decoder = Decoder(scene, notes)
    # The grey of an unpainted surface; under vertex colours it would darken them.
    grey = 0.8 if all(mesh.colours is None for mesh in scene.meshes) else 1.0
    none = Material("main", factors={"base_color": (grey, grey, grey, 1.0)})
    out = []
    for index in used:
        material = scene.materials[index] if index >= 0 else none
        own = extras[index] if 0 <= index < len(extras) else Extras()
        out.append(_paint(decoder, material, own, green_says, notes))
    return out


def _paint(decoder: Decoder, material: Material, extras: Extras, green_says: str, notes: Notes) -> Paint:
    form, f = decoder.scene.format, material.factors
    maps: dict[str, U8] = {}
    factors: dict[str, tuple[float, ...]] = {}
    for role, binding in sorted(material.bindings.items()):
        if role not in _MAPS or (extras.gloss is not None and role in ("base_color", "roughness", "metallic")):
            continue
        name, width = _MAPS[role]
        if (image := decoder.map(binding, width)) is not None:
            maps[name] = image
    glossy = material.bindings.get("other:glossiness")
    if glossy and "roughness" not in maps and (image := decoder.map(glossy, 1)) is not None:
        maps["roughness"] = 255 - image
    if form in ("fbx", "obj") and "normal" in maps:
        maps["normal"] = _upright(maps["normal"], green_says, material.name, notes)
    base = tuple(float(v) for v in f.get("base_color", (1.0,) * 4))
    # FBX: a colour beside a texture is what stood there before the texture was put in.
    factors["albedo"] = (1.0, 1.0, 1.0) if form == "fbx" and "albedo" in maps else _held(base[:3])
    gltf = form in ("glb", "gltf")  # where alpha is only meant as alphaMode says
    if material.alpha != "opaque" or (not gltf and base[3] < 1.0):
        factors["opacity"] = _held(base[3:4])
    old = form == "fbx" and str(f.get("shader", "")).lower() in _OLD
    for name in ("roughness", "metallic"):
        value = f.get(name)
        if value is not None and (gltf or not (old or name in maps)):
            factors[name] = _held((float(value),))
    glow = tuple(float(v) * extras.emissive_strength for v in f.get("emissive", (0.0,) * 3))
    if form == "fbx" and "emissive" in maps:
        glow = (1.0, 1.0, 1.0)
    if any(glow):
        factors["emissive"] = tuple(min(max(v, 0.0), 1e4) for v in glow)
    else:
        maps.pop("emissive", None)
    scale = float(f.get("normal_scale", 1.0))
    if "normal" in maps and scale != 1.0 and np.isfinite(scale):
        factors["normal"] = (min(max(scale, -8.0), 8.0),)
    strength = float(f.get("occlusion_strength", 1.0))
    if "ao" in maps and 0.0 <= strength < 1.0:
        maps["ao"] = np.round(255 - strength * (255 - maps["ao"].astype(np.float32))).astype(np.uint8)
    if material.alpha == "mask" and "opacity" in maps:
        cut = float(f.get("alpha_cutoff", 0.5)) / max(factors.get("opacity", (1.0,))[0], 1e-6)
        maps["opacity"] = np.where(maps["opacity"] >= cut * 255, 255, 0).astype(np.uint8)
        factors["opacity"] = (1.0,)
    if extras.gloss is not None:
        _from_gloss(decoder, extras.gloss, material, maps, factors)
    return Paint(material.name or "main", maps, factors)


def _held(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(min(max(v, 0.0), 1.0) if np.isfinite(v) else 1.0 for v in values)


def _from_gloss(
    decoder: Decoder, gloss: Gloss, material: Material, maps: dict[str, U8], factors: dict[str, tuple[float, ...]]
) -> None:
    """Fill in albedo, metallic and roughness; maps at the size of the larger texture."""
    import cv2

    images = [None if t is None else decoder.texture(t) for t in (gloss.diffuse_texture, gloss.gloss_texture)]
    high, wide = max((i.shape[:2] for i in images if i is not None), default=(1, 1))
    white = np.full((1, 1, 4), 255, np.uint8)
    sized = [
        np.asarray(cv2.resize(white if i is None else i, (wide, high), interpolation=cv2.INTER_LINEAR))
        .reshape(high, wide, 4)
        .astype(np.uint8)
        for i in images
    ]
    diffuse = srgb_to_linear(sized[0][..., :3]) * np.array(gloss.diffuse[:3], np.float32)
    specular = srgb_to_linear(sized[1][..., :3]) * np.array(gloss.specular, np.float32)
    albedo, metallic = convert(diffuse, specular)
    roughness = 1.0 - sized[1][..., 3].astype(np.float32) / 255.0 * gloss.glossiness
    if all(i is None for i in images):
        factors["albedo"] = tuple(float(v) for v in albedo[0, 0])
        factors["metallic"], factors["roughness"] = (float(metallic[0, 0]),), (float(roughness[0, 0]),)
    else:
        maps["albedo"] = np.round(srgb(albedo) * 255).astype(np.uint8)
        maps["metallic"] = np.round(metallic * 255).astype(np.uint8)
        maps["roughness"] = np.round(roughness * 255).astype(np.uint8)
        factors["albedo"], factors["metallic"], factors["roughness"] = (1.0, 1.0, 1.0), (1.0,), (1.0,)
    if material.alpha != "opaque":
        factors["opacity"] = (gloss.diffuse[3],)
        if images[0] is not None:
            maps["opacity"] = np.ascontiguousarray(sized[0][..., 3])


def _upright(normal: U8, says: str, name: str, notes: Notes) -> U8:
    """The map with its green up. FBX and OBJ do not say which way theirs points: the picture often does."""
    sign = says or green(normal)[0]
    if not sign:
        notes.add(
            "file.normal_sign",
            f'Which way the green of the normal map of "{name[:60]}" points cannot be told; OpenGL is taken.',
            severity="info",
            fix='Set normal = "directx" in [stage.intake] where dents look like bumps.',
        )
    if sign != "directx":
        return normal
    flipped = normal.copy()
    flipped[..., 1] = 255 - flipped[..., 1]
    return flipped
