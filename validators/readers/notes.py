"""What a reader finds while it reads: a bounded list of Findings, and the exception that drops one bad part."""

from __future__ import annotations

from dataclasses import replace

from validators.finding import Finding, Where

MOST = 200  # a hostile file could have a fault in every byte

FIX = {
    "file.malformed": "Export the file again; if the fault stays, the exporter writes broken files.",
    "file.truncated": "Export or copy the file again: its end is missing.",
    "file.escape": "Put the file inside the asset's folder and refer to it by a relative path.",
    "file.too_big": "Split or reduce the asset.",
    "file.unsupported": "Export without it, or in a format that the profile names.",
    "file.ascii_fbx": "Export it again as a binary FBX.",
    "file.missing_part": "Deliver the missing file with the asset, or embed it.",
}


class Bad(Exception):
    """One part of a file that cannot be used. Caught by the reader, which drops the part and notes it."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        pointer: str = "",
        offset: int | None = None,
        severity: str = "error",
        measured: int | float | str | None = None,
        limit: int | float | str | None = None,
    ) -> None:
        super().__init__(message)
        self.finding = Finding(
            code, severity, message, FIX.get(code, ""), Where(pointer=pointer, offset=offset), measured, limit
        )


class Notes:
    """Findings of one file, at most MOST of them; the last says how many were left out."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._kept: list[Finding] = []
        self._more = 0

    def add(
        self,
        code: str,
        message: str,
        *,
        severity: str = "error",
        fix: str = "",
        measured: int | float | str | None = None,
        limit: int | float | str | None = None,
        where: Where | None = None,
    ) -> None:
        """Note a finding; its file is this one unless `where` names another."""
        self._keep(Finding(code, severity, message, fix or FIX.get(code, ""), where or Where(), measured, limit))

    def bad(self, error: Bad, pointer: str = "") -> None:
        """Note a part that was dropped; `pointer` serves where the error has none."""
        finding = error.finding
        if pointer and not finding.where.pointer:
            finding = replace(finding, where=replace(finding.where, pointer=pointer))
        self._keep(finding)

    def _keep(self, finding: Finding) -> None:
        if len(self._kept) >= MOST:
            self._more += 1
            return
        if not finding.where.file:
            finding = replace(finding, where=replace(finding.where, file=self.file))
        self._kept.append(finding)

    def has(self, *codes: str) -> bool:
        """Whether a finding of one of `codes` was noted."""
        return any(f.code in codes for f in self._kept)

    def findings(self) -> tuple[Finding, ...]:
        """All that was kept."""
        if not self._more:
            return tuple(self._kept)
        rest = Finding(
            "file.truncated_findings",
            "info",
            f"{self._more} more faults of this file are not listed.",
            where=Where(file=self.file),
            measured=self._more,
            limit=MOST,
        )
        return (*self._kept, rest)
