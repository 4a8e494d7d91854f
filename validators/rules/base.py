"""Rule: one thing that is checked. Fault: one place where it does not hold. A Rule turns Faults into Findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from engine_profiles.load import BUILT_IN
from engine_profiles.schema import Profile
from validators.finding import SEVERITIES, Finding, Where
from validators.rules.case import Case
from validators.scene import Scene

MOST = 20  # findings of one rule on one file; the rest is told in one more


@dataclass(frozen=True)
class Fault:
    """One place where a rule does not hold. `softer` lowers the rule's severity for this place; it never raises it."""

    message: str
    fix: str = ""  # "" takes the rule's
    where: Where = field(default_factory=Where)
    measured: float | int | str | None = None
    limit: float | int | str | None = None
    softer: str = ""  # "", warning or info


@dataclass(frozen=True)
class Rule:
    """One rule. `engines` it speaks for, () for all; a profile that names the code in [rules] always hears it."""

    code: str  # "geo.triangles"
    severity: str  # error, warning, info
    faults: Callable[[Case], Iterator[Fault]]
    fix: str  # what to do, for faults that do not say it better
    engines: tuple[str, ...] = ()
    by_engine: Mapping[str, str] = field(default_factory=dict)  # other default severities, by built-in profile
    images: bool = False  # it also has something to say about a loose image
    folders: bool = False  # it speaks of the delivered folder as a whole, and of nothing else

    def severity_for(self, profile: Profile) -> str:
        """error, warning, info or off: the profile's own word first, then the default for its engine."""
        if self.code in profile.rules:
            return profile.rules[self.code]
        engine = engine_of(profile)
        if self.engines and engine not in self.engines:
            return "off"
        return self.by_engine.get(engine, self.severity)

    def check(self, scene: Scene, profile: Profile, tier: str = "prop") -> list[Finding]:
        """Findings on one scene, at most MOST and one that counts the rest."""
        return self.judge(Case(scene, profile, tier))

    def judge(self, case: Case) -> list[Finding]:
        """As :meth:`check`, sharing what other rules have already worked out on the case."""
        severity = self.severity_for(case.profile)
        of_folder = case.scene.format == "folder"
        if severity == "off" or of_folder != self.folders or (case.scene.format == "image" and not self.images):
            return []
        with np.errstate(all="ignore"):  # a hostile file's numbers overflow; what becomes of them compares as false
            faults = self.faults(case)
            found = [self._finding(fault, severity, case) for fault in islice(faults, MOST)]
            rest = sum(1 for _ in faults)
        if rest:
            found.append(
                Finding(
                    self.code,
                    severity,
                    f"{rest:,} more of the same kind are not listed.",
                    self.fix,
                    Where(file=case.scene.file),
                    measured=MOST + rest,
                    profile=case.profile.name,
                )
            )
        return found

    def _finding(self, fault: Fault, severity: str, case: Case) -> Finding:
        if fault.softer:
            severity = max(severity, fault.softer, key=SEVERITIES.index)
        return Finding(
            self.code,
            severity,
            fault.message,
            fault.fix or self.fix,
            replace(fault.where, file=fault.where.file or case.scene.file),
            fault.measured,
            fault.limit,
            case.profile.name,
        )


def engine_of(profile: Profile) -> str:
    """The built-in profile that `profile` is or directly extends, or ""."""
    return next((name for name in (profile.name, profile.extends) if name in BUILT_IN), "")
