import torch
from behaviour import SAID, Mesh, misbehave, note


class TSR:
    @classmethod
    def from_pretrained(cls, source, config_name, weight_name):
        note(source=source, names=[config_name, weight_name])
        torch.load(weight_name, map_location="cpu")  # noqa: TID251 - as the original, without the flag
        return cls()

    class renderer:
        @staticmethod
        def set_chunk_size(size):
            note(chunk=size)

    def to(self, device):
        note(device=device)

    def __call__(self, images, device):
        note(image=[images[0].mode, *images[0].size], corner=list(images[0].getpixel((0, 0))))
        misbehave()
        return ["code"]

    def extract_mesh(self, codes, has_vertex_color=False, resolution=256, threshold=25.0):
        note(resolution=resolution, colour=has_vertex_color)
        return [Mesh(SAID.get("shape", (4, 3)))]
