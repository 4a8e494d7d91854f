from behaviour import FACES, SAID, TETRA, misbehave, note


class TripoSGPipeline:
    @classmethod
    def from_pretrained(cls, folder, use_safetensors=False):
        note(source=folder, safetensors=use_safetensors)
        return cls()

    def to(self, device, kind):
        note(to=[device, kind])
        return self

    def __call__(self, image, generator, num_inference_steps, guidance_scale, callback_on_step_end, use_flash_decoder):
        note(image=[image.mode, *image.size], corner=list(image.getpixel((0, 0))), flash=use_flash_decoder)
        for step in range(num_inference_steps):
            assert callback_on_step_end(self, step, None, {"latents": 1}) == {"latents": 1}
        misbehave()
        found = (None, None) if SAID.get("nothing") else (TETRA, FACES[:, ::-1])  # inside out
        return type("Output", (), {"samples": [found]})()
