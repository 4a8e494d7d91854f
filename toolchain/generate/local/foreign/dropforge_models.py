"""How each open model is called, after its published source, and its answer as a GLB: +Y up, +Z the front.

VAST-AI-Research/TripoSR (3f54efe, 91e2566), VAST-AI-Research/TripoSG (8866ef2), microsoft/TRELLIS.2 (40c5a3f, 91fd4f5),
Tencent/Hunyuan3D-2 (de02c52, 8d2b6b1; hy3dgen 2.0.2). Each takes the pictures (PIL, RGBA, by view), what was asked and
`say(share, text)`. Runs in the model's own environment, see worker.py; for Python 3.8 and later.
"""

from __future__ import annotations

import inspect
import json
import struct

LOADED: dict = {}  # what a model's glue has loaded, for the next seed


class Fault(Exception):
    """A fault with a kind that the other side has words for: cuda, shape, options."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


def loaded(key, make):
    """What `make()` gave for `key`, made once."""
    if key not in LOADED:
        LOADED[key] = make()
    return LOADED[key]


def framed(image, share, ground=None):
    """The subject of an RGBA image in the middle of a square, filling `share` of it; over a grey `ground` (0..255) as
    RGB, or transparent with a clear border."""
    from PIL import Image

    image = image.convert("RGBA")
    image = image.crop(image.getchannel("A").getbbox() or (0, 0, *image.size))
    side = max(max(image.size) + 2, round(max(image.size) / share))
    out = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    out.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    if ground is None:
        return out
    flat = Image.new("RGBA", out.size, (ground, ground, ground, 255))
    flat.alpha_composite(out)
    return flat.convert("RGB")


def glb(positions, faces, colours=None):
    """A GLB of (V, 3) positions, (F, 3) faces and (V, 3) linear colours, turned outward. Fault for other shapes."""
    import numpy as np

    positions, faces = np.ascontiguousarray(positions, "<f4"), np.ascontiguousarray(faces, "<u4")
    good = positions.ndim == faces.ndim == 2 and positions.shape[1] == faces.shape[1] == 3 and len(faces)
    if not good or not np.isfinite(positions).all() or faces.max() >= len(positions):
        raise Fault("shape", f"positions {positions.shape} and faces {faces.shape} are no mesh")
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    if (a * np.cross(b, c)).sum() < 0:
        faces = np.ascontiguousarray(faces[:, ::-1])
    streams = [(faces, 5125, "SCALAR", faces.size, 34963), (positions, 5126, "VEC3", len(positions), 34962)]
    attributes = {"POSITION": 1}
    if colours is not None:
        colours = np.ascontiguousarray(colours, "<f4")
        if colours.shape != positions.shape:
            raise Fault("shape", f"{colours.shape} colours for {positions.shape} positions")
        streams.append((colours, 5126, "VEC3", len(colours), 34962))
        attributes["COLOR_0"] = 2
    views, accessors, at = [], [], 0
    for index, (array, kind, shape, count, target) in enumerate(streams):
        views.append({"buffer": 0, "byteOffset": at, "byteLength": array.nbytes, "target": target})
        accessors.append({"bufferView": index, "componentType": kind, "count": count, "type": shape})
        at += array.nbytes
    accessors[1].update(min=positions.min(0).tolist(), max=positions.max(0).tolist())
    document = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": at}],
        "bufferViews": views,
        "accessors": accessors,
        "meshes": [{"primitives": [{"attributes": attributes, "indices": 0}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
        "scene": 0,
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = b"".join(array.tobytes() for array, *_ in streams)
    head = struct.pack("<4sIIII", b"glTF", 2, 28 + len(text) + len(body), len(text), 0x4E4F534A)
    return head + text + struct.pack("<II", len(body), 0x004E4942) + body


def triposr(pictures, ask, say):
    """One picture to a mesh with vertex colours. TripoSR's axes: +X towards the viewer, +Z up."""
    import numpy as np
    import torch
    from tsr.system import TSR

    def load():
        say(0.05, "loading TripoSR")
        source = ask["weights"] or "stabilityai/TripoSR"
        model = TSR.from_pretrained(source, config_name="config.yaml", weight_name="model.ckpt")
        model.renderer.set_chunk_size(8192)
        model.to(ask["device"])
        return model

    model = loaded("triposr", load)
    image = framed(next(iter(pictures.values())), 0.85, 127)
    say(0.4, "TripoSR looks at the picture")
    with torch.no_grad():
        codes = model([image], device=ask["device"])
    say(0.6, "meshing")
    named = {"resolution": ask["options"]["resolution"]}
    if "has_vertex_color" in inspect.signature(model.extract_mesh).parameters:
        named["has_vertex_color"] = True
    mesh = model.extract_mesh(codes, **named)[0]
    srgb = np.asarray(mesh.visual.vertex_colors, np.float64)[:, :3] / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    vertices = np.asarray(mesh.vertices)
    if vertices.ndim != 2 or vertices.shape[1] != 3:
        raise Fault("shape", f"vertices of shape {vertices.shape} are no mesh")
    return glb(vertices[:, [1, 2, 0]], mesh.faces, linear)


def triposg(pictures, ask, say):
    """One picture to a shape without colour. Its own cut-out network is not licensed for trade and is not used."""
    import torch
    from triposg.pipelines.pipeline_triposg import TripoSGPipeline

    cuda, options = ask["device"] == "cuda", ask["options"]

    def load():
        say(0.05, "loading TripoSG")
        folder = ask["weights"]
        if not folder:
            from huggingface_hub import snapshot_download

            folder = snapshot_download("VAST-AI/TripoSG")
        pipe = TripoSGPipeline.from_pretrained(folder, use_safetensors=True)
        return pipe.to(ask["device"], torch.float16 if cuda else torch.float32)

    def step(_pipe, index, _time, tensors):
        say(0.2 + 0.6 * (index + 1) / options["steps"], f"step {index + 1} of {options['steps']}")
        return tensors

    answer = loaded("triposg", load)(
        image=framed(next(iter(pictures.values())), 1 / 1.2, 255),
        generator=torch.Generator(device=ask["device"]).manual_seed(ask["seed"]),
        num_inference_steps=options["steps"],
        guidance_scale=options["guidance"],
        callback_on_step_end=step,
        use_flash_decoder=cuda,  # its kernels are CUDA's
    )
    positions, faces = answer.samples[0][:2]
    if positions is None or faces is None:
        raise Fault("shape", "TripoSG found no surface")
    return glb(positions, faces)


def trellis2(pictures, ask, say):
    """One picture to a mesh with base colour, metallic, roughness and opacity. CUDA alone."""
    import o_voxel
    import torch
    from trellis2.pipelines import Trellis2ImageTo3DPipeline, rembg

    options = ask["options"]

    class Unused:
        """In place of its cut-out network, whose weights are not for trade: our pictures come cut out."""

        def __init__(self, **_):
            pass

        def to(self, *_):
            return self

        cuda = cpu = to

    def load():
        say(0.05, "loading TRELLIS.2")
        rembg.BiRefNet = Unused
        pipe = Trellis2ImageTo3DPipeline.from_pretrained(ask["weights"] or "microsoft/TRELLIS.2-4B")
        pipe.to(torch.device("cuda"))
        return pipe

    pipe = loaded("trellis2", load)
    say(0.3, "TRELLIS.2 is at work")
    image = framed(next(iter(pictures.values())), 1.0)
    mesh = pipe.run(image, seed=ask["seed"], pipeline_type=options["pipeline"])[0]
    mesh.simplify(16777216)  # what its rasteriser takes
    say(0.8, "TRELLIS.2 bakes the textures")
    textured = o_voxel.postprocess.to_glb(
        vertices=mesh.vertices,
        faces=mesh.faces,
        attr_volume=mesh.attrs,
        coords=mesh.coords,
        attr_layout=mesh.layout,
        voxel_size=mesh.voxel_size,
        aabb=[[-0.5, -0.5, -0.5], [0.5, 0.5, 0.5]],
        decimation_target=options["faces"],
        texture_size=options["texture_px"],
        remesh=True,
        remesh_band=1,
        remesh_project=0,
    )
    return textured.export(file_type="glb")


def hunyuan3d(pictures, ask, say):
    """One to four pictures to a shape; with a texture where asked, which takes CUDA."""
    import torch
    from hy3dgen.shapegen import Hunyuan3DDiTFlowMatchingPipeline

    options, cuda = ask["options"], ask["device"] == "cuda"

    def load():
        say(0.05, "loading Hunyuan3D")
        return Hunyuan3DDiTFlowMatchingPipeline.from_pretrained(
            ask["weights"] or options["repository"],
            subfolder=options["subfolder"],
            use_safetensors=True,
            variant="fp16",
            device=ask["device"],
            dtype=torch.float16 if cuda else torch.float32,
        )

    def step(index, *_):
        say(0.2 + 0.4 * (index + 1) / options["steps"], f"step {index + 1} of {options['steps']}")

    named = ("front", "left", "back", "right")
    images = {view if view in named else "front": framed(image, 0.85) for view, image in pictures.items()}
    first = next(iter(images.values()))
    mesh = loaded("shape", load)(
        image=images if options["views"] else first,
        num_inference_steps=options["steps"],
        guidance_scale=options["guidance"],
        octree_resolution=options["resolution"],
        generator=torch.Generator(ask["device"]).manual_seed(ask["seed"]),
        output_type="trimesh",
        callback=step,
        callback_steps=1,
    )[0]
    if mesh is None:
        raise Fault("shape", "Hunyuan3D found no surface")
    if options["texture"]:
        from hy3dgen.shapegen import DegenerateFaceRemover, FaceReducer, FloaterRemover
        from hy3dgen.texgen import Hunyuan3DPaintPipeline

        say(0.65, "Hunyuan3D paints")
        mesh = FaceReducer()(DegenerateFaceRemover()(FloaterRemover()(mesh)), max_facenum=options["faces"])
        paint = loaded("paint", lambda: Hunyuan3DPaintPipeline.from_pretrained(ask["weights"] or "tencent/Hunyuan3D-2"))
        mesh = paint(mesh, image=first)
    return mesh.export(file_type="glb")


#: name -> (the package that must be there, what makes the model)
MODELS = {
    "triposr": ("tsr", triposr),
    "triposg": ("triposg", triposg),
    "trellis2": ("trellis2", trellis2),
    "hunyuan3d": ("hy3dgen", hunyuan3d),
}
