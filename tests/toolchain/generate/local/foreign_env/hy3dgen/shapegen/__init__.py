from behaviour import Mesh, misbehave, note


class Hunyuan3DDiTFlowMatchingPipeline:
    @classmethod
    def from_pretrained(cls, source, subfolder, use_safetensors, variant, device, dtype):
        note(source=[source, subfolder], safetensors=use_safetensors, to=[device, dtype])
        return cls()

    def __call__(self, image, num_inference_steps, callback, callback_steps, **rest):
        note(views=sorted(image) if isinstance(image, dict) else None, named=sorted(rest))
        for step in range(num_inference_steps):
            callback(step, None, None)
        misbehave()
        return [Mesh()]


class _Tool:
    def __call__(self, mesh, max_facenum=None):
        note(tool=type(self).__name__, faces=max_facenum)
        return mesh


class FloaterRemover(_Tool):
    pass


class DegenerateFaceRemover(_Tool):
    pass


class FaceReducer(_Tool):
    pass
