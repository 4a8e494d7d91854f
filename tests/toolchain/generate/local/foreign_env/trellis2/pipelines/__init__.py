from behaviour import Mesh, misbehave, note

from . import rembg


class Trellis2ImageTo3DPipeline:
    @classmethod
    def from_pretrained(cls, source):
        note(source=source)
        cls.rembg_model = rembg.BiRefNet(model_name="briaai/RMBG-2.0")
        return cls()

    def to(self, device):
        self.rembg_model.to(device)

    def run(self, image, seed, pipeline_type):
        note(image=[image.mode, *image.size], corner=list(image.getpixel((0, 0))), seed=seed, pipeline=pipeline_type)
        misbehave()
        mesh = Mesh()
        mesh.attrs = mesh.coords = mesh.layout = mesh.voxel_size = None
        return [mesh]
