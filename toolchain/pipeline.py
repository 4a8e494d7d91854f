"""The stage table, and what runs it. Knows nothing of any stage's inside.

A *node* is one stage for one engine, or for the asset as a whole. Its key is the hash of the stage,
its version, its params and the keys of its inputs; engines that ask the same share the node's artefact.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any

from engine_profiles import Profile
from engine_profiles.typed import SettingsError, nearest, override
from toolchain.asset import Concept
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress, StageError
from toolchain.store import Store, sha256_file


@dataclass(frozen=True)
class Stage:
    """One row of the table."""

    name: str
    module: str
    needs: tuple[str, ...]  # stages whose values are its inputs, by keyword; "slots=merge" is merge's value as `slots`
    per_engine: bool = False
    whole: bool = False  # it is handed Made instead of values, and per-engine inputs as {engine: Made}
    most: str = ""  # where engines ask for different amounts of this param, one run with the greatest serves them all
    state: bool = False  # it is handed `state`, a folder that outlives the run: what it has paid for must not be lost


STAGES = (
    Stage("intake", "toolchain.intake.stage", ("concept",)),
    Stage("generate", "toolchain.generate.stage", ("intake",), state=True),
    Stage("repair", "toolchain.repair.stage", ("generate",)),
    Stage("slots", "toolchain.surface.slots", ("repair", "intake"), most="max_slots"),
    Stage("merge", "toolchain.surface.merge", ("repair", "slots"), per_engine=True),
    Stage("light", "toolchain.surface.light", ("repair", "slots", "intake")),
    Stage("reduce", "toolchain.lowpoly.reduce", ("repair", "slots=merge"), per_engine=True),
    Stage("unwrap", "toolchain.lowpoly.unwrap", ("reduce",), per_engine=True),
    Stage("lods", "toolchain.lowpoly.lods", ("unwrap", "repair"), per_engine=True),
    Stage("collision", "toolchain.lowpoly.collision", ("reduce",), per_engine=True),
    Stage("bake", "toolchain.bake.stage", ("repair", "slots=merge", "unwrap", "light"), per_engine=True),
    Stage("pack", "toolchain.export.pack", ("bake", "slots=merge"), per_engine=True),
    Stage("export", "toolchain.export.stage", ("lods", "collision", "pack", "slots=merge"), per_engine=True),
    Stage("check", "toolchain.check", ("export",), per_engine=True),
    Stage(
        "report",
        "toolchain.report.stage",
        (
            "intake",
            "generate",
            "repair",
            "slots",
            "merge",
            "light",
            "reduce",
            "unwrap",
            "lods",
            "collision",
            "bake",
            "pack",
            "export",
            "check",
        ),
        whole=True,
    ),
)
BY_NAME = {stage.name: stage for stage in STAGES}


@dataclass(frozen=True, eq=False)
class Node:
    """One stage to be run, for one engine or for the asset."""

    stage: Stage
    engine: str  # "" for an asset stage
    version: int
    params: Any
    inputs: dict[str, str]  # input (with /engine where an asset stage takes one from each) -> key
    key: str

    @property
    def label(self) -> str:
        """`bake` or `bake/unity`."""
        return f"{self.stage.name}/{self.engine}" if self.engine else self.stage.name

    def record(self) -> dict[str, Any]:
        """What the key was made of, as JSON."""
        return {
            "key": self.key,
            "version": self.version,
            "params": dataclasses.asdict(self.params),
            "inputs": self.inputs,
        }


@dataclass(frozen=True, eq=False)
class Plan:
    """All nodes of one asset, in order."""

    concept: Concept
    recipe: Recipe
    nodes: tuple[Node, ...]
    sources: dict[str, dict[str, str]]  # input picture -> {file, sha256}


@dataclass(eq=False)
class Built:
    """What a run came to. `made` holds what was loaded or run, by node label."""

    plan: Plan
    made: dict[str, Made] = field(default_factory=dict)
    ran: tuple[str, ...] = ()  # labels that were not in the store
    seconds: dict[str, float] = field(default_factory=dict)  # for the log, never for an output


def plan(
    concept: Concept,
    recipe: Recipe,
    profiles: dict[str, Profile],
    until: str | None = None,
    hashed: Callable[[Path], str] = sha256_file,
) -> Plan:
    """Keys of every node up to stage `until` (all by default). Reads the sources' bytes and nothing else.

    `hashed(path)` gives a source's sha256, for callers that know it already.
    Raises StageError for an unknown stage or an unreadable source, SettingsError for a fault in `[stage.NAME]`.
    """
    last = len(STAGES) if until is None else [s.name for s in STAGES].index(stage_named(until).name) + 1
    for name in recipe.overrides:
        if name not in BY_NAME:
            raise recipe.source.fault(f"stage.{name}", f'there is no stage "{name}"{nearest(name, BY_NAME)}')
    sources = _sources(concept, hashed)
    keys: dict[str, str] = {"concept": _digest(sources)}
    nodes = []
    for stage in STAGES[:last]:
        module = importlib.import_module(stage.module)
        for engine in profiles if stage.per_engine else ("",):
            if stage.most and profiles:
                params = max((module.params(recipe, p) for p in profiles.values()), key=attrgetter(stage.most))
            else:
                params = module.params(recipe, profiles.get(engine))
            if asked := recipe.overrides.get(stage.name):
                params = override(params, asked, recipe.source, f"stage.{stage.name}")
            inputs: dict[str, str] = {}
            for entry in stage.needs:
                given, _, need = entry.rpartition("=")
                if need in BY_NAME and BY_NAME[need].per_engine and not stage.per_engine:
                    inputs |= {f"{need}/{e}": keys[f"{need}/{e}"] for e in profiles}
                else:
                    label = f"{need}/{engine}" if need in BY_NAME and BY_NAME[need].per_engine else need
                    inputs[given or need] = keys[label]
            key = _digest([stage.name, module.VERSION, dataclasses.asdict(params), inputs])
            node = Node(stage, engine, module.VERSION, params, inputs, key)
            keys[node.label] = key
            nodes.append(node)
    return Plan(concept, recipe, tuple(nodes), sources)


def run(
    plan: Plan,
    store: Store,
    progress: Callable[[str, float, str], None],
    again_from: str | None = None,
    want: Callable[[Node], bool] = lambda node: True,
) -> Built:
    """Run what the store lacks, and what stands at or after stage `again_from`; load what is wanted or needed.

    `progress(label, share, what)` is called as nodes start, go on and end. Raises StageError with one
    sentence when a stage cannot go on; what was finished before it stays in the store.
    """
    first_again = [s.name for s in STAGES].index(stage_named(again_from).name) if again_from else len(STAGES)
    order = {stage.name: i for i, stage in enumerate(STAGES)}
    built, ran, cache = Built(plan), [], {}  # type: Built, list[str], dict[str, Made]
    by_key = {node.key: node for node in plan.nodes}
    fresh: set[str] = set()

    def load(key: str) -> Made:
        if key not in cache:
            made = store.load(key)
            if made is None:  # damaged since the plan was made: make it anew
                made = make(by_key[key])
            cache[key] = made
        return cache[key]

    def make(node: Node) -> Made:
        module = importlib.import_module(node.stage.module)
        progress(node.label, 0.0, "")
        start = time.monotonic()

        def tell(share: float, what: str = "") -> None:
            progress(node.label, share, what)

        made = _call(module, node, tell, load, plan, store)
        store.save(node.key, made)
        built.seconds[node.label] = time.monotonic() - start
        ran.append(node.label)
        fresh.add(node.key)
        cache[node.key] = made
        return made

    for node in plan.nodes:
        stale = order[node.stage.name] >= first_again and node.key not in fresh
        if stale or not (node.key in cache or store.has(node.key)):
            make(node)
        if want(node):
            built.made[node.label] = load(node.key)
        progress(node.label, 1.0, "")
    built.ran = tuple(ran)
    return built


def stage_named(name: str) -> Stage:
    """The stage called `name`; StageError names the nearest one."""
    if name not in BY_NAME:
        raise StageError(f'There is no stage "{name}"{nearest(name, BY_NAME)}')
    return BY_NAME[name]


def _call(
    module: ModuleType, node: Node, progress: Progress, load: Callable[[str], Made], plan: Plan, store: Store
) -> Made:
    given: dict[str, Any] = {"state": store.root.parent / "state"} if node.stage.state else {}
    for label, key in node.inputs.items():
        name, _, engine = label.partition("/")
        if name == "concept":
            given[name] = plan.concept
        elif node.stage.whole and engine:
            given.setdefault(name, {})[engine] = load(key)
        else:
            given[name] = load(key) if node.stage.whole else load(key).value
    try:
        made = module.run(node.params, progress, **given)
    except (StageError, SettingsError, KeyboardInterrupt, OSError, MemoryError):
        raise
    except Exception as error:
        message = f"The {node.label} step failed on this asset: {error}"
        raise StageError(message, _trace(error), internal=True) from error
    if not isinstance(made, Made):
        raise TypeError(f"{node.label} returned {type(made).__name__}")
    return made


def _trace(error: Exception) -> str:
    import traceback

    return "".join(traceback.format_exception(error))


def _sources(concept: Concept, hashed: Callable[[Path], str]) -> dict[str, dict[str, str]]:
    """File name and content hash of each picture, by role."""
    files = {f"view/{k}": p for k, p in concept.views.items()} | {f"slots/{k}": p for k, p in concept.slots.items()}
    if concept.model is not None:
        files["model"] = concept.model
        files |= {f"model/{p.relative_to(concept.model.parent).as_posix()}": p for p in concept.companions}
    out = {}
    for role, path in sorted(files.items()):
        try:
            out[role] = {"file": path.name, "sha256": hashed(path)}
        except OSError as error:
            raise StageError(f"{path.name} cannot be read: {error.strerror}.") from None
    return out


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, allow_nan=False).encode()).hexdigest()
