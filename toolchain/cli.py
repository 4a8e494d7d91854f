"""The command line. The roof of the house: it alone may import the floor above, and only when asked to.

Stage options are not restated here: `--set bake.ao_rays=32` reaches any field of any stage's Params.
Exit codes: 0 pass, 1 findings, 2 usage, 3 internal, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from toolchain.version import VERSION

ENGINES = "unity,unreal,roblox"
USAGE, INTERNAL, INTERRUPTED = 2, 3, 130


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    parser = _parser()
    options = parser.parse_args(argv)
    from engine_profiles.typed import SettingsError

    try:
        return options.run(options)
    except KeyboardInterrupt:
        print("\nInterrupted. What was finished is kept; run the same command to go on.", file=sys.stderr)
        return INTERRUPTED
    except SettingsError as error:
        print(error, file=sys.stderr)
        return USAGE
    except FileNotFoundError as error:
        print(f"There is no {error.filename or error}.", file=sys.stderr)
        return USAGE
    except BrokenPipeError:  # `dropforge ... | head`
        sys.stderr.close()
        return 0
    except Exception as error:  # noqa: BLE001 - the last wall: a log to paste, never a bare traceback
        return _internal(error)


def _parser() -> argparse.ArgumentParser:
    from toolchain.generate.evaluate.command import add_eval
    from watch.command import add_commands, add_publish_options, add_watch_options
    from watch.upload import add_upload

    top = argparse.ArgumentParser(prog="dropforge", description="Concept pictures in, engine-checked game assets out.")
    top.add_argument("--version", action="version", version=f"dropforge {VERSION}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    def building(made: argparse.ArgumentParser) -> None:
        made.add_argument(
            "--profile", default=ENGINES, metavar="NAMES", help=f"engines, by name or TOML path ({ENGINES})"
        )
        made.add_argument(
            "--set", action="append", default=[], metavar="STAGE.FIELD=VALUE", help="a stage setting, as TOML"
        )
        made.add_argument("--generator", default="", metavar="NAME", help="who makes the 3D, over sidecar and profile")
        made.add_argument("--jobs", type=int, default=1, metavar="N", help="assets built at once (1)")

    build = command("build", _build, "build pictures, or folders of them, into checked assets")
    build.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    build.add_argument("--out", type=Path, default=Path("outbox"), metavar="DIR", help="the outbox (./outbox)")
    building(build)
    build.add_argument("--until", metavar="STAGE", help="stop after this stage; generate leaves sculpt.glb")
    build.add_argument("--from", dest="again_from", metavar="STAGE", help="make anew from this stage on")
    build.add_argument("--json", action="store_true", help="the outcome as JSON on standard output")
    build.add_argument("--depfile", type=Path, metavar="FILE.d", help="for ninja: what was read; FILE gets the report")
    add_publish_options(build)

    watch = command("watch", _watch, "build what is dropped into a folder, until stopped")
    watch.add_argument("inbox", type=Path)
    watch.add_argument("outbox", type=Path)
    building(watch)
    add_publish_options(watch)
    add_watch_options(watch)
    add_commands(command)
    add_upload(command)

    status = command("status", _status, "what an outbox holds and what is under way")
    status.add_argument("outbox", type=Path, nargs="?", default=Path("outbox"))
    status.add_argument("--state", type=Path, metavar="DIR")
    status.add_argument("--json", action="store_true")

    why = command("why", _why, "which stages would run for an asset, and because of what")
    why.add_argument("path", type=Path, help="the asset's picture or folder")
    why.add_argument("--out", type=Path, default=Path("outbox"))
    building(why)

    check = command("validate", _validate, "judge files or folders by engine profiles")
    check.add_argument("paths", nargs="+", type=Path, metavar="FILE")
    check.add_argument("--profile", default="portable", metavar="NAMES")
    check.add_argument("--tier", default="prop", choices=("hero", "prop", "background"))
    check.add_argument("--format", default="text", choices=("text", "json", "junit", "sarif"))
    check.add_argument("--select", default="", metavar="CODES", help="only these rules, or families such as tex")
    check.add_argument("--ignore", default="", metavar="CODES")
    check.add_argument(
        "--fix", action="store_true", help="mend what cannot change the look, into NAME.fixed.glb or .fbx"
    )
    check.add_argument("--in-place", action="store_true", help="with --fix: into the file itself, by rename")

    rule = command("rule", _rule, "explain a rule, or list them all")
    rule.add_argument("code", nargs="?", default="", help="such as geo.watertight")
    rule.add_argument("--profile", default="unity,unreal,roblox,godot,portable", metavar="NAMES")

    profile = command("profile", _profile, "check, show, start or describe an engine profile")
    profile.add_argument("action", choices=("check", "show", "new", "schema"))
    profile.add_argument("name", nargs="?", default="")
    profile.add_argument("--extends", default="unity", help="what a new profile builds on")

    doctor = command("doctor", _doctor, "what is installed, what is not, and what mends it")
    doctor.add_argument("--json", action="store_true")
    makers = command(
        "generators", _generators, "who can make the 3D: what each can do, its price and terms, or why not"
    )
    makers.add_argument("name", nargs="?", default="", metavar="NAME", help="show this one, and what it can be told")
    makers.add_argument("--json", action="store_true")
    add_eval(command, _settings)
    demo = command("demo", _demo, "build the example concepts")
    demo.add_argument("--out", type=Path, default=Path("outbox"))
    building(demo)
    return top


def _settings(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """`--set a.b=1` as {"a": {"b": 1}}; the value is TOML, or text where it is not."""
    import tomllib

    from engine_profiles.typed import SettingsError

    table: dict[str, dict[str, Any]] = {}
    for text in options.set:
        key, equals, value = text.partition("=")
        stage, dot, field = key.partition(".")
        if not (equals and dot and stage and field):
            raise SettingsError("--set", None, f'"{text}" must be STAGE.FIELD=VALUE, such as bake.ao_rays=32')
        try:
            table.setdefault(stage, {})[field] = tomllib.loads(f"v = {value}")["v"]
        except tomllib.TOMLDecodeError:
            table.setdefault(stage, {})[field] = value
    if options.generator:
        table.setdefault("generate", {})["generator"] = options.generator
    return table


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _engines(options: argparse.Namespace) -> tuple[str, ...]:
    """The profiles asked for, each checked to exist and to be sound before anything is built."""
    from engine_profiles import SettingsError, load

    names = _names(options.profile)
    if not names:
        raise SettingsError("--profile", None, "names no engine")
    for name in names:
        load(name)
    return names


def _build(options: argparse.Namespace) -> int:
    from toolchain.pipeline import stage_named
    from toolchain.stage import StageError
    from watch.build import Request, build
    from watch.command import projects
    from watch.terminal import Terminal

    try:
        for name in filter(None, (options.until, options.again_from)):
            stage_named(name)
    except StageError as error:
        print(error, file=sys.stderr)
        return USAGE
    engines = _engines(options)
    request = Request(
        tuple(options.paths),
        options.out,
        engines,
        _settings(options),
        options.until,
        options.again_from,
        options.jobs,
        options.depfile,
        options.state,
        projects(options, engines),
        options.keep_previous,
    )
    with Terminal(quiet=options.json) as terminal:
        report = build(request, terminal.progress, terminal.done)
    if options.json:
        print(json.dumps(report.as_json(), indent=1, sort_keys=True, ensure_ascii=False))
    else:
        terminal.summary(report, options.out)
    if not report.outcomes:
        print("No picture found. Dropforge builds .png, .jpg and .webp files, and folders of them.", file=sys.stderr)
        return USAGE
    return report.exit_code


def _demo(options: argparse.Namespace) -> int:
    from toolchain.demo import CONCEPTS

    options.paths, options.until, options.again_from, options.json = [CONCEPTS], None, None, False
    options.depfile, options.state, options.publish, options.keep_previous = None, None, [], 0
    return _build(options)


def _watch(options: argparse.Namespace) -> int:
    from watch.command import run_watch

    return run_watch(options, _engines(options), _settings(options))


def _status(options: argparse.Namespace) -> int:
    from watch.status import status_json, status_text

    if not options.outbox.is_dir():
        raise FileNotFoundError(2, "no such folder", str(options.outbox))
    print(
        json.dumps(status_json(options.outbox, options.state), indent=1, sort_keys=True)
        if options.json
        else status_text(options.outbox, options.state)
    )
    return 0


def _why(options: argparse.Namespace) -> int:
    from toolchain.why import why
    from watch.gather import gather
    from watch.publish import published
    from watch.worker import Job, plan_job

    if not options.path.exists():
        raise FileNotFoundError(2, "no such file", str(options.path))
    for concept in gather([options.path]).concepts:
        plan = plan_job(Job(concept, options.out, _engines(options), _settings(options)))
        reasons = why(plan, published(options.out, concept.id))
        print(
            f"{concept.id}: " + (f"{len(reasons)} of {len(plan.nodes)} stages would run" if reasons else "up to date")
        )
        for label, reason in reasons:
            print(f"  {label:20} {reason}")
    return 0


def _validate(options: argparse.Namespace) -> int:
    from validators.command import run_fix, run_validate

    said: list[str] = []
    if options.fix:
        code = run_fix(options.paths, _names(options.profile), options.tier, said.append, options.in_place)
        print("\n".join(said), file=sys.stderr if code == USAGE else sys.stdout)
        return code
    code = run_validate(
        options.paths,
        _engines(options),
        options.tier,
        options.format,
        said.append,
        _names(options.select),
        _names(options.ignore),
    )
    print("\n".join(said), file=sys.stderr if code == USAGE else sys.stdout)
    return code


def _rule(options: argparse.Namespace) -> int:
    from validators.command import run_rule

    said: list[str] = []
    code = run_rule(options.code, _engines(options), said.append)
    print("\n".join(said), file=sys.stderr if code == USAGE else sys.stdout)
    return code


def _profile(options: argparse.Namespace) -> int:
    from engine_profiles import BUILT_IN, Profile, load, resolved, template
    from engine_profiles.typed import json_schema

    if options.action == "schema":
        print(json.dumps(json_schema(Profile, "Dropforge engine profile"), indent=1))
    elif options.action == "new":
        load(options.extends)
        print(template(options.name or "studio", options.extends), end="")
    elif options.action == "show" and not options.name:
        for name in BUILT_IN:
            print(f"{name:10} {load(name).title}")
    elif options.action == "show":
        load(options.name)
        print(json.dumps(resolved(options.name)[0], indent=1))
    else:
        for name in _names(options.name) or BUILT_IN:
            print(f"{name}: sound ({load(name).title})")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from toolchain.doctor import examine, report

    checks = examine()
    print(json.dumps([vars(c) for c in checks], indent=1) if options.json else report(checks))
    return int(any(c.state == "broken" for c in checks))


def _generators(options: argparse.Namespace) -> int:
    from toolchain.generate import listing
    from toolchain.stage import StageError

    name = options.name
    try:
        if options.json:
            found = {**listing.row(name), "options": listing.options(name)} if name else listing.rows()
            print(json.dumps(found, indent=1, ensure_ascii=False))
        else:
            print(listing.one_text(name) if name else listing.table_text())
    except StageError as error:
        print(error, file=sys.stderr)
        return USAGE
    return 0


def _internal(error: Exception) -> int:
    """A Markdown log to paste into an issue, on standard error: what failed, under which versions."""
    import platform
    import traceback

    trace = "".join(traceback.format_exception(error))
    print(
        f"Dropforge met a fault of its own: {error}\nPlease report it with this log:\n\n"
        f"* dropforge {VERSION}, Python {platform.python_version()}, {platform.system()} {platform.machine()}\n\n"
        f"```\n{trace}```",
        file=sys.stderr,
    )
    return INTERNAL


if __name__ == "__main__":
    sys.exit(main())
