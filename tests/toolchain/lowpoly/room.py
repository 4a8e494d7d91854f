"""The geometry rooms from end to end, as the pipeline runs them: repair, reduce, unwrap, lods, collision."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from engine_profiles import load
from tests.toolchain.lowpoly.solids import one_slot, sculpt
from toolchain.asset import Mesh
from toolchain.lowpoly import collision, lods, reduce, unwrap
from toolchain.recipe import Recipe
from toolchain.repair import stage as repair
from toolchain.stage import Made, quiet


@dataclass(eq=False)
class Walk:
    """What each stage made, and how long it took."""

    made: dict[str, Made] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def errors(self) -> list[str]:
        """Codes of error-level findings."""
        return [f.code for made in self.made.values() for f in made.findings if f.severity == "error"]


def walk(mesh: Mesh, engine: str = "unreal", triangles: int = 5000) -> Walk:
    """`mesh` through every stage for `engine` at a budget of `triangles`. StageError where a stage refuses it."""
    profile, recipe, done = load(engine), Recipe("prop", "prop"), Walk()

    def step(name: str, run: object, params: object, **inputs: object) -> object:
        start = time.perf_counter()
        done.made[name] = run(params, quiet, **inputs)  # type: ignore[operator]
        done.seconds[name] = time.perf_counter() - start
        return done.made[name].value

    whole = step("repair", repair.run, repair.params(recipe), generate=sculpt(mesh))
    budget = replace(reduce.params(recipe, profile), triangles=triangles)
    low = step("reduce", reduce.run, budget, repair=whole, slots=one_slot(whole.mesh))  # type: ignore[attr-defined]
    flat = step("unwrap", unwrap.run, unwrap.params(recipe, profile), reduce=low)
    step("lods", lods.run, lods.params(recipe, profile), unwrap=flat, repair=whole)
    step("collision", collision.run, collision.params(recipe, profile), reduce=low)
    return done
