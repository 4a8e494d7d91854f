"""How many jobs run at once: by cores, by free memory, and apart from those, by what their generator needs.

What a generator needs follows from where its module says it runs (`WHERE`, see toolchain/generate/table.py). One
job always may run, however little memory there is: its own limit guards the machine.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from watch.worker import Job

#: Jobs at once beside those on the processor, whose number is `--jobs`.
LIMITS = {"gpu": 1, "remote": 4}
_KINDS = {"hosted": "remote", "own server": "remote", "own GPU": "gpu"}
#: What a job is thought to need before any has been measured, and what is left to the rest of the system, MB.
GUESS_MB, SPARE_MB = 1500.0, 1000.0


class Lanes:
    """Decides whether one more job may start."""

    def __init__(self, jobs: int, limits: dict[str, int] | None = None) -> None:
        self.limits = {**LIMITS, **(limits or {}), "cpu": max(1, jobs)}
        self.need_mb = GUESS_MB

    @property
    def most(self) -> int:
        """Jobs that can run at once at all."""
        return sum(self.limits.values())

    def may(self, kind: str, running: Iterable[str], free_mb: float | None) -> bool:
        """Whether a job of `kind` may join `running` kinds with `free_mb` of memory to be had (None: unknown)."""
        now = list(running)
        if now.count(kind) >= self.limits.get(kind, self.limits["cpu"]):
            return False
        return not now or free_mb is None or free_mb >= self.need_mb + SPARE_MB

    def learn(self, peak_mb: float) -> None:
        """Take a finished job's peak into the estimate; it forgets slowly."""
        if peak_mb > 0:
            self.need_mb = max(peak_mb, 0.9 * self.need_mb)


def free_mb() -> float | None:
    """Memory to be had without swapping, MB, within a container's limit; None where nobody says."""
    if sys.platform == "win32":
        return _windows_mb()
    found = []
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                found.append(int(line.split()[1]) / 1024)
        group = Path("/sys/fs/cgroup")
        most = (group / "memory.max").read_text(encoding="ascii").strip()
        if most != "max":
            found.append((int(most) - int((group / "memory.current").read_text(encoding="ascii"))) / (1 << 20))
    except (OSError, ValueError):
        pass
    return min(found) if found else None


def _windows_mb() -> float | None:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *(
                (n, ctypes.c_ulonglong)
                for n in ("total", "free", "page", "page_free", "virtual", "virtual_free", "ext")
            ),
        )

    status = Status(length=ctypes.sizeof(Status))
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined]
        return None
    return status.free / (1 << 20)


def kind_of(job: Job) -> str:
    """cpu, gpu or remote: what the generator of a job needs. A job with faulty settings fails on the processor."""
    from engine_profiles import SettingsError, load
    from toolchain.generate.table import generator
    from toolchain.recipe import read_recipe, settle_generator
    from toolchain.stage import StageError

    try:
        recipe = read_recipe(job.concept, job.engines, job.settings)
        base = job.concept.sidecar.parent if job.concept.sidecar else None
        profiles = [load(name, base if name not in job.engines else None) for name in recipe.engines]
        where = generator(settle_generator(recipe, job.concept, profiles).generator).WHERE
    except (SettingsError, StageError, OSError):
        return "cpu"
    return _KINDS.get(where, "cpu")
