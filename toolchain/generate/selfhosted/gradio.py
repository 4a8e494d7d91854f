"""Gradio apps, hosted as Spaces or on the user's own machine, by `gradio_client`: an extra.

An app is a list of calls. Those of TripoSR and TRELLIS.2 are built in, after VAST-AI-Research/TripoSR gradio_app.py
(3d90449) and microsoft/TRELLIS.2 app.py (48b6699); any other app's are written down by the user, as its "Use via API"
page shows them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine_profiles.typed import opt
from toolchain.asset import Reference, Sculpt
from toolchain.generate.remote.ask import RemoteAsk
from toolchain.generate.remote.client import Service
from toolchain.generate.remote.finish import Maker, make
from toolchain.generate.remote.http import Api
from toolchain.generate.remote.states import SUFFIXES, Lost, Order, Price, Receipt, suffix_of
from toolchain.generate.selfhosted import server
from toolchain.generate.unbilled import UnbilledAsk
from toolchain.stage import Progress, StageError

NAME, TITLE = "gradio", "The Gradio app"
WHERE, PRICE = "own server", ""
CAN = ("1 view", "what the app gives", "seeds")
LICENCE = "That of the app's model, and of whoever hosts it; a public Space sees your picture."
MEMORY_MB = 4096

#: What TRELLIS.2's page sends as its own defaults, in its order.
_TRELLIS2 = {
    "ss_guidance_strength": 7.5,
    "ss_guidance_rescale": 0.7,
    "ss_sampling_steps": 12,
    "ss_rescale_t": 5.0,
    "shape_slat_guidance_strength": 7.5,
    "shape_slat_guidance_rescale": 0.5,
    "shape_slat_sampling_steps": 12,
    "shape_slat_rescale_t": 3.0,
    "tex_slat_guidance_strength": 1.0,
    "tex_slat_guidance_rescale": 0.0,
    "tex_slat_sampling_steps": 12,
    "tex_slat_rescale_t": 3.0,
}
APPS: dict[str, list[list[Any]]] = {
    "triposr": [
        ["/preprocess", {"input_image": "{{image}}", "do_remove_background": False, "foreground_ratio": 0.85}],
        ["/generate", {"image": "{{1}}"}],
    ],
    "trellis2": [
        ["/start_session", {}],
        ["/preprocess_image", {"image": "{{image}}"}],
        ["/image_to_3d", {"image": "{{2}}", "seed": "{{seed}}", "resolution": "1024", **_TRELLIS2}],
        ["/extract_glb", {"decimation_target": 300_000, "texture_size": 2048}],
    ],
}


@dataclass(frozen=True)
class Params(UnbilledAsk):
    """Which app, and how it is called."""

    space: str = opt("", f"OWNER/NAME of a Space; empty takes {server.variable(NAME, 'URL')}")
    app: str = opt("custom", "whose calls are known; custom takes `calls`", choices=("custom", *APPS))
    calls: str = opt(
        "",
        'JSON: [["/name", {"argument": value}], ...]; "{{image}}", "{{seed}}", "{{1}}" for what the first call gave, '
        '"{{2.1}}" for the first part of what the second gave',
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.space and not re.fullmatch(r"[\w.-]+/[\w.-]+", self.space, re.ASCII):
            raise ValueError(f'space = "{self.space}" must be OWNER/NAME')
        if self.calls:
            _calls(self.calls)


def available() -> str | None:
    """None where gradio_client is installed."""
    if importlib.util.find_spec("gradio_client") is None:
        return 'install its client: pip install "dropforge[gradio]".'
    if os.environ.get(server.variable(NAME, "URL"), "").strip():
        return server.why_not(NAME, TITLE, "http://127.0.0.1:7860")
    return None


def generate(reference: Reference, params: Params, progress: Progress, state: Path) -> Sculpt:
    """The app's model. StageError in one sentence where there is none."""
    from toolchain.generate.remote.pictures import one

    calls = APPS[params.app] if params.app in APPS else _calls(params.calls) if params.calls else []
    if not calls:
        raise StageError("Say how the app is called: set generate.app, or generate.calls.")
    if not params.space and (why := server.why_not(NAME, TITLE, "http://127.0.0.1:7860")):
        raise StageError(f"Name the app: set generate.space to OWNER/NAME, or {why}")
    pictures = one(reference)
    model = params.space or (params.app if params.app in APPS else "model")

    def order(seed: int) -> Order:
        return Order(NAME, {"space": params.space, "calls": calls}, pictures, seed, Price(0.0))

    host = server.host(NAME, TITLE, address(params.space) if params.space else "")
    return make(Gradio(host, params, progress), order, Maker(NAME, model, LICENCE), params, progress, state)


def address(space: str) -> str:
    """`microsoft/TRELLIS.2` as https://microsoft-trellis-2.hf.space."""
    return f"https://{re.sub('[^a-z0-9]+', '-', space.lower()).strip('-')}.hf.space"


def _calls(text: str) -> list[list[Any]]:
    """`calls` as a list. ValueError, one sentence, where it is none."""
    try:
        calls = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("calls is not JSON") from None
    good = isinstance(calls, list) and all(
        isinstance(c, list) and len(c) == 2 and isinstance(c[0], str) and c[0][:1] == "/" and isinstance(c[1], dict)
        for c in calls
    )
    if not good or not calls:
        raise ValueError('calls must be a list such as [["/generate", {"image": "{{image}}"}]]')
    return calls


class Gradio(Service):
    """One app. It answers with the model; a call that broke off is not found again."""

    billed = False

    def __init__(self, host: Any, ask: RemoteAsk, progress: Progress) -> None:
        super().__init__(host)
        self._ask, self._progress = ask, progress

    def submit(self, api: Api, order: Order, prepared: Any) -> Receipt:
        """All calls, one after another, in a child with a deadline."""
        from toolchain.generate.selfhosted.gradio_child import AppFailed, talk
        from validators.child import ChildError, call

        def tell(message: Any) -> None:
            share, text = message
            self._progress(0.05 + 0.85 * share, f"{TITLE} {text}")

        with tempfile.TemporaryDirectory(prefix="dropforge-") as folder:
            picture = Path(folder) / "image.png"
            picture.write_bytes(order.pictures[0].png)
            values = {"image": str(picture), "seed": order.seed}
            token = self.host.secrets[0] if self.host.secrets else ""
            try:
                found = call(
                    talk,
                    self.host.base,
                    token,
                    [tuple(c) for c in order.options["calls"]],
                    values,
                    folder,
                    deadline_s=self._ask.wait_s,
                    memory_mb=MEMORY_MB,
                    on_message=tell,
                )
            except AppFailed as failed:
                raise Lost(f"{TITLE}: {api.clean(str(failed)).replace(folder, '')}.") from None
            except ChildError as error:
                took = error.kind == "timeout"
                why = f"has not finished after {self._ask.wait_s:g} s" if took else "made its client fail"
                raise Lost(f"{TITLE} {why}.", api.clean(error.detail)) from None
            models = sorted(
                (SUFFIXES.index(suffix), number, path)
                for number, path in enumerate(found)
                if (suffix := suffix_of(f"x:///{Path(path).name}")) in SUFFIXES
            )
            if not models:
                names = ", ".join(Path(path).name for path in found) or "none"
                raise Lost(f"{TITLE} gave no model file that Dropforge reads; it gave these files: {names}.")
            path = Path(models[0][2])
            return Receipt({}, path.read_bytes(), suffix_of(f"x:///{path.name}"))
