"""Unity `.mat` files for the Lit shader of URP or HDRP, one a slot, which the model's `.meta` binds for its own.

An FBX says nothing of a mask map, so Unity's own material would have neither metal nor smoothness nor occlusion.
A `.mat` names its shader by the guid of that shader's file in Unity's package; it is the same in every release. A
property that is not written keeps the shader's default. The hidden AssetVersion beside the material tells the package
that there is nothing to upgrade: without it URP would copy its predecessor's properties over the new ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine_profiles.packing import parse_pack
from toolchain.export.guard import materials_in_use
from toolchain.export.model import Model, ModelMaterial

MATERIAL_ID = 2100000  # fileID of the one material in a .mat
_TEXTURE_ID = 2800000
_WHITE, _BLACK = (1.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 1.0)
_GLOWS, _DARK = 2, 4  # m_LightmapFlags: emission is baked; emission is black


@dataclass(frozen=True)
class Pipeline:
    """What one render pipeline calls things."""

    shader: str  # guid of its Lit shader
    version_script: str  # guid of its AssetVersion
    version: int  # of materials as Unity 6 writes them


PIPELINES = {
    "urp": Pipeline("933532a4fcc9baf4fa0491de14d08ed7", "d0353a89b1f911e48b9e16bdc9f2e058", 10),
    "hdrp": Pipeline("6e4ae4064600d784cac1e41a9e6f2e59", "da692e001514ec24dbc4cca1949ff7e8", 13),
}


def require_mask(pipeline: str, packs: dict[str, str]) -> None:
    """Raise ValueError where the Lit shaders would misread the profile's mask: they know one packing alone."""
    if pipeline == "none" or "mask" not in packs:
        return
    channels = parse_pack(packs["mask"])
    held = [(c.map, c.invert) for c in channels]
    if len(channels) != 4 or [held[i] for i in (0, 1, 3)] != [("metallic", False), ("ao", False), ("roughness", True)]:
        raise ValueError(
            f'the Lit shader of {pipeline.upper()} reads a mask of "R=metallic G=ao A=1-roughness", and the profile '
            f'packs "{packs["mask"]}"; give that map another role, or set sidecars.unity_materials = "none" for a '
            "shader of your own"
        )


def unity_materials(pipeline: str, models: dict[str, Model], guids: dict[str, str]) -> dict[str, bytes]:
    """`NAME.mat` by path for the materials in use of the FBX among `models`; {} for the pipeline "none".

    `guids`: of the loose textures, by file name.
    """
    if pipeline == "none":
        return {}
    say = {"urp": _urp, "hdrp": _hdrp}[pipeline]
    made: dict[str, bytes] = {}
    for path, model in models.items():
        if path.lower().endswith(".fbx"):
            for index in materials_in_use(model):
                material = model.materials[index]
                bound = {role: guids[t.file] for role, t in material.textures.items() if t.file in guids}
                made[f"{material.name}.mat"] = _text(PIPELINES[pipeline], material.name, say(material, bound)).encode()
    return made


@dataclass(frozen=True)
class _Said:
    """What a material says beside its shader: textures by property -> guid."""

    keywords: tuple[str, ...]
    textures: dict[str, str]
    floats: dict[str, float]
    colours: dict[str, tuple[float, ...]]
    glows: bool


def _urp(material: ModelMaterial, bound: dict[str, str]) -> _Said:
    """URP Lit: the mask is both metallic (R, smoothness in A) and occlusion (G)."""
    mask, glow = "mask" in bound, "emissive" in bound
    keywords = {
        "_NORMALMAP": "normal",
        "_METALLICSPECGLOSSMAP": "mask",
        "_OCCLUSIONMAP": "mask",
        "_EMISSION": "emissive",
    }
    places = {
        "_BaseMap": "base_color",
        "_MainTex": "base_color",  # its name before URP 7
        "_BumpMap": "normal",
        "_MetallicGlossMap": "mask",
        "_OcclusionMap": "mask",
        "_EmissionMap": "emissive",
    }
    smooth = 1.0 if mask else 1.0 - material.look.roughness
    return _Said(
        tuple(sorted(k for k, role in keywords.items() if role in bound)),
        {name: bound[role] for name, role in places.items() if role in bound},
        {
            "_BumpScale": 1.0,
            "_GlossMapScale": smooth,
            "_Glossiness": smooth,
            "_GlossyReflections": 1.0,
            "_Metallic": 1.0 if mask else material.look.metallic,
            "_OcclusionStrength": 1.0,
            "_Smoothness": smooth,
            "_SmoothnessTextureChannel": 0.0,
            "_WorkflowMode": 1.0,
        },
        {"_BaseColor": _WHITE, "_Color": _WHITE, "_EmissionColor": _WHITE if glow else _BLACK},
        glow,
    )


def _hdrp(material: ModelMaterial, bound: dict[str, str]) -> _Said:
    """HDRP Lit: with a mask map the remaps are whole, and the plain values are not read."""
    glow = "emissive" in bound
    keywords = {
        "_NORMALMAP": "normal",
        "_NORMALMAP_TANGENT_SPACE": "normal",
        "_MASKMAP": "mask",
        "_EMISSIVE_COLOR_MAP": "emissive",
    }
    places = {
        "_BaseColorMap": "base_color",
        "_MainTex": "base_color",  # what HDRP's lightmapper reads
        "_NormalMap": "normal",
        "_MaskMap": "mask",
        "_EmissiveColorMap": "emissive",
    }
    return _Said(
        (*sorted(k for k, role in keywords.items() if role in bound), "_DISABLE_SSR_TRANSPARENT"),
        {name: bound[role] for name, role in places.items() if role in bound},
        {
            "_AORemapMax": 1.0,
            "_AORemapMin": 0.0,
            "_EmissiveExposureWeight": 0.0,  # a map of 0..1 is shown as it is, whatever the exposure
            "_Metallic": material.look.metallic,
            "_MetallicRemapMax": 1.0,
            "_MetallicRemapMin": 0.0,
            "_NormalScale": 1.0,
            "_Smoothness": 1.0 - material.look.roughness,
            "_SmoothnessRemapMax": 1.0,
            "_SmoothnessRemapMin": 0.0,
        },
        {"_BaseColor": _WHITE, "_Color": _WHITE, "_EmissiveColor": _WHITE if glow else _BLACK},
        glow,
    )


def _text(pipeline: Pipeline, name: str, said: _Said) -> str:
    """The two documents of a .mat as Unity 6 writes them (Material 8, saved properties 3)."""
    none = ("m_CorrespondingSourceObject", "m_PrefabInstance", "m_PrefabAsset")
    nobody = "".join(f"  {key}: {{fileID: 0}}\n" for key in none)
    textures = "".join(
        f"    - {key}:\n        m_Texture: {{fileID: {_TEXTURE_ID}, guid: {guid}, type: 3}}\n"
        "        m_Scale: {x: 1, y: 1}\n        m_Offset: {x: 0, y: 0}\n"
        for key, guid in sorted(said.textures.items())
    )
    floats = "".join(f"    - {key}: {value:g}\n" for key, value in sorted(said.floats.items()))
    colours = "".join(
        f"    - {key}: {{{', '.join(f'{c}: {v:g}' for c, v in zip('rgba', value, strict=True))}}}\n"
        for key, value in sorted(said.colours.items())
    )
    return (
        "%YAML 1.1\n%TAG !u! tag:unity3d.com,2011:\n"
        f"--- !u!21 &{MATERIAL_ID}\nMaterial:\n  serializedVersion: 8\n  m_ObjectHideFlags: 0\n{nobody}"
        f"  m_Name: {name}\n  m_Shader: {{fileID: 4800000, guid: {pipeline.shader}, type: 3}}\n"
        "  m_Parent: {fileID: 0}\n  m_ModifiedSerializedProperties: 0\n"
        f"  m_ValidKeywords:{_list(said.keywords)}  m_InvalidKeywords: []\n"
        f"  m_LightmapFlags: {_GLOWS if said.glows else _DARK}\n"
        "  m_EnableInstancingVariants: 0\n  m_DoubleSidedGI: 0\n  m_CustomRenderQueue: -1\n"
        "  stringTagMap: {}\n  disabledShaderPasses: []\n  m_LockedProperties: \n"
        "  m_SavedProperties:\n    serializedVersion: 3\n"
        + (f"    m_TexEnvs:\n{textures}" if textures else "    m_TexEnvs: []\n")
        + f"    m_Ints: []\n    m_Floats:\n{floats}    m_Colors:\n{colours}  m_BuildTextureStacks: []\n"
        "--- !u!114 &1\nMonoBehaviour:\n  m_ObjectHideFlags: 11\n"
        f"{nobody}  m_GameObject: {{fileID: 0}}\n  m_Enabled: 1\n  m_EditorHideFlags: 0\n"
        f"  m_Script: {{fileID: 11500000, guid: {pipeline.version_script}, type: 3}}\n"
        f"  m_Name: \n  m_EditorClassIdentifier: \n  version: {pipeline.version}\n"
    )


def _list(words: tuple[str, ...]) -> str:
    return "\n" + "".join(f"  - {word}\n" for word in words) if words else " []\n"


def remapped(model: Model, guids: dict[str, str]) -> list[dict[str, Any]]:
    """ModelImporter's externalObjects: each material of the FBX by its name, to the .mat of `guids` (path -> guid)."""
    names = [model.materials[i].name for i in materials_in_use(model)]
    kind: Any = {"type": "UnityEngine:Material", "assembly": "UnityEngine.CoreModule"}
    return [
        {
            "first": kind | {"name": name},
            "second": f"{{fileID: {MATERIAL_ID}, guid: {guids[f'{name}.mat']}, type: 2}}",
        }
        for name in sorted(names)
        if f"{name}.mat" in guids
    ]
