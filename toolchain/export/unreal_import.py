"""Import one Dropforge asset into the project that is open: File > Execute Python Script, or `py "this file"`.

The texture and FBX files are looked for beside this script. Textures come first, with the settings that their
roles need, then a material for each slot, then the mesh. Running it again replaces what it made.
"""

from pathlib import Path
from typing import Any

import unreal

SETTINGS: dict[str, Any] = {}

HERE = Path(__file__).resolve().parent
EDIT = unreal.MaterialEditingLibrary


def put(thing: Any, name: str, value: Any) -> None:
    """Set a property; one that this version of the engine does not have is told, not fatal."""
    try:
        thing.set_editor_property(name, value)
    except Exception as error:  # noqa: BLE001 - the engine raises plain Exception for an unknown property
        unreal.log_warning(f"Dropforge: {name} was not set: {error}")


def task(file: str, name: str, options: Any = None, factory: Any = None) -> list[str]:
    """Import `file` as `name`; the paths of the assets made. Stops with a sentence when there are none."""
    path = HERE / file
    if not path.is_file():
        raise RuntimeError(f"Dropforge: {file} is not beside the import script")
    job = unreal.AssetImportTask()
    values = {
        "filename": str(path),
        "destination_path": SETTINGS["destination"],
        "destination_name": name,
        "automated": True,
        "replace_existing": True,
        "save": True,
        "options": options,
        "factory": factory,
    }
    for key, value in values.items():
        if value is not None:
            put(job, key, value)
    unreal.AssetToolsHelpers.get_asset_tools().import_asset_tasks([job])
    made = [str(p) for p in job.get_editor_property("imported_object_paths")]
    if not made:
        raise RuntimeError(f"Dropforge: Unreal imported nothing from {file}; see the Output Log")
    return made


def import_texture(row: dict[str, Any]) -> Any:
    """A texture with sRGB, compression and green as its role needs."""
    texture = unreal.load_asset(task(row["file"], row["name"])[0])
    kinds = unreal.TextureCompressionSettings
    kind = kinds.TC_NORMALMAP if row["role"] == "normal" else kinds.TC_DEFAULT if row["srgb"] else kinds.TC_MASKS
    put(texture, "srgb", row["srgb"])
    put(texture, "compression_settings", kind)
    if row["role"] == "normal":
        put(texture, "flip_green_channel", row["flip_green"])
    unreal.EditorAssetLibrary.save_loaded_asset(texture)
    return texture


def make_material(row: dict[str, Any], textures: dict[str, Any]) -> Any:
    """A material that samples the slot's textures, or holds its values."""
    path = f"{SETTINGS['destination']}/{row['name']}"
    material = unreal.load_asset(path) if unreal.EditorAssetLibrary.does_asset_exist(path) else None
    if material is None:
        tools = unreal.AssetToolsHelpers.get_asset_tools()
        kind, factory = unreal.Material, unreal.MaterialFactoryNew()
        material = tools.create_asset(row["name"], SETTINGS["destination"], kind, factory)
    EDIT.delete_all_material_expressions(material)
    outputs, y = unreal.MaterialProperty, 0
    for wire in row["wires"]:
        node = EDIT.create_material_expression(material, unreal.MaterialExpressionTextureSample, -600, y)
        put(node, "texture", textures[wire["texture"]])
        put(node, "sampler_type", getattr(unreal.MaterialSamplerType, wire["sampler"]))
        for pin, output, turned in wire["pins"]:
            source = node
            if turned:
                source = EDIT.create_material_expression(material, unreal.MaterialExpressionOneMinus, -300, y)
                EDIT.connect_material_expressions(node, pin, source, "")
            EDIT.connect_material_property(source, "" if turned else pin, getattr(outputs, output))
        y += 260
    for output, value in row["values"].items():
        node = EDIT.create_material_expression(material, unreal.MaterialExpressionConstant, -600, y)
        put(node, "r", value)
        EDIT.connect_material_property(node, "", getattr(outputs, output))
        y += 120
    EDIT.recompile_material(material)
    unreal.EditorAssetLibrary.save_loaded_asset(material)
    return material


def fbx_options() -> Any:
    """Import settings of the mesh. The file is Z-up in centimetres: nothing is turned or scaled."""
    options = unreal.FbxImportUI()
    for name, value in {
        "import_mesh": True,
        "import_as_skeletal": False,
        "import_animations": False,
        "import_materials": False,
        "import_textures": False,
        "automated_import_should_detect_type": False,
        "mesh_type_to_import": unreal.FBXImportType.FBXIT_STATIC_MESH,
        "auto_compute_lod_distances": not SETTINGS["screen"],
    }.items():
        put(options, name, value)
    methods = unreal.FBXNormalImportMethod
    data = options.get_editor_property("static_mesh_import_data")
    for name, value in {
        "combine_meshes": False,
        "auto_generate_collision": not SETTINGS["collision"],
        "one_convex_hull_per_ucx": True,
        "generate_lightmap_u_vs": not SETTINGS["lightmap"],
        "build_nanite": SETTINGS["lods"] == 1,
        "remove_degenerates": True,
        "convert_scene": True,
        "convert_scene_unit": False,
        "force_front_x_axis": False,
        "import_uniform_scale": 1.0,
        "import_mesh_lods": SETTINGS["lods"] > 1,
        "normal_import_method": methods.FBXNIM_IMPORT_NORMALS_AND_TANGENTS
        if SETTINGS["tangents"]
        else methods.FBXNIM_IMPORT_NORMALS,
        "vertex_color_import_option": unreal.VertexColorImportOption.IGNORE,
    }.items():
        put(data, name, value)
    return options


def finish_mesh(mesh: Any, materials: dict[str, Any]) -> None:
    """Materials by slot name, the lightmap channel, the LOD distances."""
    for name, material in materials.items():
        index = mesh.get_material_index(name)
        if index >= 0:
            mesh.set_material(index, material)
    put(mesh, "light_map_coordinate_index", 1)
    if SETTINGS["lods"] > 1 and SETTINGS["screen"]:
        editor = unreal.get_editor_subsystem(unreal.StaticMeshEditorSubsystem)
        if not editor.set_lod_screen_sizes(mesh, SETTINGS["screen"]):
            unreal.log_warning("Dropforge: the LOD screen sizes were not set")
    unreal.EditorAssetLibrary.save_loaded_asset(mesh)


def main() -> None:
    """Import everything, in the order in which one part needs another."""
    textures = {row["name"]: import_texture(row) for row in SETTINGS["textures"]}
    materials = {row["name"]: make_material(row, textures) for row in SETTINGS["materials"]}
    for path in task(SETTINGS["fbx"], SETTINGS["mesh"], fbx_options(), unreal.FbxFactory()):
        asset = unreal.load_asset(path)
        if isinstance(asset, unreal.StaticMesh):
            finish_mesh(asset, materials)
    unreal.log(f"Dropforge: {SETTINGS['mesh']} is in {SETTINGS['destination']}")


if __name__ == "__main__":
    main()
