"""Judge a file or a folder by a profile: read each file as a stranger would, run the rules, sort what they find."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from engine_profiles.schema import TIERS, Profile
from engine_profiles.typed import nearest
from validators.finding import SEVERITIES, Finding, Where
from validators.rules import RULES
from validators.rules.base import Rule
from validators.rules.case import Case
from validators.rules.own import RuleFault, own_rules
from validators.scene import Scene

MODELS = (".fbx", ".glb", ".gltf", ".usd", ".usda", ".usdc", ".usdz", ".3mf", ".stl", ".obj", ".ply")
IMAGES = (".png", ".jpg", ".jpeg", ".tga", ".exr", ".bmp", ".ktx2", ".webp")
MOST_FILES = 2000  # of one folder
MOST_FINDINGS = 2000  # of one verdict


@dataclass(frozen=True)
class Verdict:
    """What was found. `files` were looked at; `truncated`: there was more than is listed."""

    subject: str  # name of the file or folder that was judged
    profile: str
    tier: str
    findings: tuple[Finding, ...]
    files: tuple[str, ...]
    truncated: bool = False

    @cached_property
    def counts(self) -> dict[str, int]:
        """Findings by severity; all three are there."""
        seen = Counter(f.severity for f in self.findings)
        return {severity: seen[severity] for severity in SEVERITIES}

    @property
    def passed(self) -> bool:
        """No finding is an error."""
        return not self.counts["error"]


def judge(
    path: Path, profile: Profile, *, tier: str = "prop", select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> Verdict:
    """The verdict on a model, an image, or every model and loose image of a folder.

    `select` and `ignore` are rule codes or their first parts ("uv", "tex.size"). What a reader finds wrong with a file
    is kept whatever is selected, unless it is ignored: an unreadable file never passes unseen. Raises ValueError for an
    unknown tier.
    """
    if tier not in TIERS:
        raise ValueError(f'there is no tier "{tier}"{nearest(tier, TIERS)}')
    path = Path(path)
    root = path if path.is_dir() else path.parent
    files, cut = _files(path)
    findings = _unknown_codes(profile)
    if not files:
        findings.append(
            Finding(
                "file.none",
                "error",
                f"There is no model and no image in {path.name or 'this folder'}.",
                f"Give a file or a folder with {', '.join(MODELS)}.",
                profile=profile.name,
            )
        )
    if cut:
        findings.append(
            Finding(
                "file.too_many",
                "error",
                f"There are more than {MOST_FILES:,} files; the rest was not looked at.",
                "Judge the folder in parts.",
                limit=MOST_FILES,
                profile=profile.name,
            )
        )
    bound: set[str] = set()
    for file in sorted(files, key=lambda f: (f.suffix.lower() in IMAGES, f.as_posix())):
        name = file.relative_to(root).as_posix()
        if name not in bound:  # an image that a model names is judged there, where its use is known
            scene = replace(_read(file, root), file=name)
            bound |= _bound(scene)
            findings += _judge_scene(scene, profile, tier, select)
    if path.is_dir():
        from validators.readers.folder import read_folder

        findings += _judge_scene(read_folder(path), profile, tier, select)
    kept = sorted((f for f in findings if not _matches(f.code, ignore)), key=_order)
    listed = sorted(kept, key=lambda f: SEVERITIES.index(f.severity))[:MOST_FINDINGS]  # no error is cut for a warning
    return Verdict(
        path.resolve().name,
        profile.name,
        tier,
        tuple(sorted(listed, key=_order)),
        tuple(sorted(f.relative_to(root).as_posix() for f in files)),
        cut or len(kept) > len(listed),
    )


def judge_scene(scene: Scene, profile: Profile, *, tier: str = "prop", select: Sequence[str] = ()) -> list[Finding]:
    """Findings on one scene that is already read, sorted; what its reader found is among them."""
    return sorted(_judge_scene(scene, profile, tier, select), key=_order)


def _judge_scene(scene: Scene, profile: Profile, tier: str, select: Sequence[str]) -> list[Finding]:
    found: list[Finding] = []
    case = Case(scene, profile, tier)
    try:
        rules = (*RULES, *own_rules(profile))
    except RuleFault as error:
        rules = RULES
        message, fix = (
            f"A rule of the profile's own cannot be used: {error}.",
            "Mend the file, or take it out of rule_files.",
        )
        found.append(Finding("rule.unusable", "error", message, fix, Where(file=scene.file), profile=profile.name))
    lost = not scene.nodes and not scene.textures and any(f.severity == "error" for f in scene.findings)
    for rule in rules:
        # Of a file that could not be read at all, only its size, path and kind are known.
        if (select and not _matches(rule.code, select)) or (lost and not rule.code.startswith(("file.", "path."))):
            continue
        try:
            found += rule.judge(case)
        except Exception as error:  # noqa: BLE001 - one rule's failure must not hide what the others find
            found.append(
                Finding(
                    "rule.failed",
                    "error",
                    f"The check {rule.code} could not be completed on this file.",
                    f"Report this as a fault of the checker: {type(error).__name__}: {error}",
                    Where(file=scene.file),
                    measured=rule.code,
                    profile=profile.name,
                )
            )
    # A reader says "is not there" of a texture too; the rule says it better, so it is told once.
    told = any(f.code in ("tex.missing", "tex.absolute_path") for f in found)
    absent = [f'"{t.uri}"' for t in scene.textures if told and t.missing and t.uri]
    for finding in scene.findings:
        twice = finding.code in ("file.missing_part", "file.escape") and any(uri in finding.message for uri in absent)
        if profile.rules.get(finding.code) != "off" and not twice:
            found.append(_by_profile(finding, scene, profile))
    return found


def _by_profile(finding: Finding, scene: Scene, profile: Profile) -> Finding:
    """A reader's finding with the profile's name, and the profile's severity where it has one."""
    where = finding.where if finding.where.file else replace(finding.where, file=scene.file)
    return replace(
        finding, where=where, profile=profile.name, severity=profile.rules.get(finding.code, finding.severity)
    )


def _read(file: Path, root: Path) -> Scene:
    from validators.read import read

    try:
        return read(file, root)
    except Exception as error:  # noqa: BLE001 - a file that defeats its reader is a finding on that file
        name = file.relative_to(root).as_posix()
        failed = Finding(
            "file.unreadable",
            "error",
            f"{file.name} could not be read: {error}",
            "Export the file again.",
            Where(file=name),
            measured=type(error).__name__,
        )
        return Scene(file=name, format=file.suffix.lower().lstrip("."), findings=(failed,))


def _files(path: Path) -> tuple[list[Path], bool]:
    """Models and images at or under `path`, and whether there were over MOST_FILES. No hidden files, no links."""
    if not path.is_dir():
        return [path], False
    found: list[Path] = []
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            file = Path(folder, name)
            if file.suffix.lower() in MODELS + IMAGES and not name.startswith(".") and not file.is_symlink():
                found.append(file)
        if len(found) > MOST_FILES:
            return found[:MOST_FILES], True
    return found, False


def _bound(scene: Scene) -> set[str]:
    """The loose images that a model names, as paths from the root."""
    if scene.format == "image":
        return set()
    folder = PurePosixPath(scene.file).parent
    return {
        os.path.normpath(folder / t.uri.replace("\\", "/")).replace(os.sep, "/")
        for t in scene.textures
        if t.uri and not t.embedded and not t.missing
    }


def _matches(code: str, chosen: Iterable[str]) -> bool:
    return any(code == c or code.startswith(c.rstrip(".") + ".") for c in chosen)


def rules_of(profile: Profile) -> tuple[Rule, ...]:
    """All rules that a profile is judged by: ours, then its own as far as they can be used."""
    try:
        return (*RULES, *own_rules(profile))
    except RuleFault:  # told where a file is judged
        return RULES


def unknown_choices(chosen: Iterable[str], profiles: Iterable[Profile] = ()) -> list[str]:
    """Sentences about entries of `select` or `ignore` that name no rule and no family of rules."""
    codes = {r.code for r in RULES} | {r.code for p in profiles for r in rules_of(p)}
    known = codes | {code.partition(".")[0] for code in codes}
    return [
        f'there is no rule "{c}"{nearest(c, known) if len(c) < 40 else ""}'
        for c in chosen
        if c.rstrip(".") not in known and not re.fullmatch(r"(file|rule)\.[a-z_]+", c)
    ]


def _unknown_codes(profile: Profile) -> list[Finding]:
    """The profile's [rules] entries that name no rule: a misspelt code would silently change nothing."""
    codes = [r.code for r in rules_of(profile)]
    return [
        Finding(
            "rule.unknown",
            "warning",
            f"The profile names a rule {code} that does not exist.",
            f"Correct the code in [rules]{nearest(code, codes)}",
            measured=code,
            profile=profile.name,
        )
        for code in sorted(profile.rules)
        if code not in codes and not re.fullmatch(r"file\.[a-z_]+", code)
    ]


def _order(finding: Finding) -> tuple[str, int, str, str, str]:
    where = finding.where
    return where.file, SEVERITIES.index(finding.severity), finding.code, where.text(), finding.message
