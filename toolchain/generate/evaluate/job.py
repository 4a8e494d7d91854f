"""One prop, one set of views: generated as a build would, then measured. Runs in a child of its own."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine_profiles.typed import SettingsError, Source, override
from toolchain.asset import U8, Concept, safe_name
from toolchain.generate.evaluate.cases import Case, matrix
from toolchain.recipe import Recipe
from toolchain.stage import StageError, quiet

STAGES = ("intake", "generate")  # those whose settings have a say


@dataclass(frozen=True)
class Job:
    """All that the child needs to know."""

    case: Case
    views: tuple[str, ...]
    generator: str
    settings: dict[str, dict[str, Any]]
    state: Path
    pictures: bool = False  # draw the row of the contact sheet


@dataclass(frozen=True, eq=False)
class Row:
    """What became of one job. `fault`: why there is no sculpt, in a sentence."""

    case: str
    views: tuple[str, ...]
    measures: dict[str, float] = field(default_factory=dict)
    rung: str = ""
    reason: str = ""
    seconds: float = 0.0  # pictures to Sculpt, loading of packages and networks included
    memory_mb: float = 0.0  # greatest resident size by then, of the process and its children; 0 where not known
    fault: str = ""
    strip: U8 | None = None  # (H, W, 3) the row of the contact sheet

    def as_json(self) -> dict[str, Any]:
        """All but the picture."""
        flat = {k: v for k, v in vars(self).items() if k != "strip" and v not in ("", None)}
        return flat | {"views": list(self.views)}


def settled(job: Job) -> tuple[Any, Any]:
    """Params of intake and of the generator. SettingsError for what was set wrongly, StageError for no generator."""
    from toolchain.generate import stage as generate
    from toolchain.intake import stage as intake

    source = Source("--set", {})
    for name in job.settings:
        if name not in STAGES:
            raise source.fault(name, f'only intake and generate are run here, not "{name}"')
    recipe = Recipe(job.case.name, safe_name(job.case.name), generator=job.generator)
    modules = {"intake": intake, "generate": generate}
    made = (
        override(modules[name].params(recipe, None), job.settings.get(name, {}), source, f"stage.{name}")
        for name in STAGES
    )
    return next(made), next(made)


def work(job: Job) -> Row:
    """Generate and measure. A drop that cannot be built is a row with a fault; what crashes is the caller's to tell."""
    from toolchain.generate import stage as generate
    from toolchain.intake import stage as intake

    case = job.case
    concept = Concept(case.name, safe_name(case.name), {view: case.pictures[view] for view in job.views})
    start = time.perf_counter()
    try:
        how, ask = settled(job)
        reference = intake.run(how, quiet, concept=concept).value
        made = generate.run(ask, quiet, intake=reference, state=job.state)
    except (StageError, SettingsError) as error:
        return Row(case.name, job.views, seconds=round(time.perf_counter() - start, 3), fault=str(error))
    seconds, memory = time.perf_counter() - start, _peak_mb()

    from toolchain.generate.evaluate.measure import measure
    from toolchain.generate.evaluate.sheet import strip
    from toolchain.generate.evaluate.truth import read_truth

    truth, sculpt = read_truth(case.truth), made.value
    cameras = {
        view.name: (matrix(case.cameras[view.name], view.rgba.shape[1], view.rgba.shape[0]), view.rgba[..., 3] >= 128)
        for view in reference.views
        if view.name in case.cameras
    }
    return Row(
        case.name,
        job.views,
        measure(sculpt, truth, cameras),
        sculpt.rung,
        sculpt.reason,
        round(seconds, 3),
        round(memory, 1),
        strip=strip(reference, sculpt, truth) if job.pictures else None,
    )


def _peak_mb() -> float:
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / unit
