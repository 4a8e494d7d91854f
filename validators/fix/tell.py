"""What was fixed, in lines for a person: each change, what could not be done, and the findings before and after."""

from __future__ import annotations

from collections import Counter

from validators.finding import SEVERITIES, Finding
from validators.fix.run import Fixed
from validators.report.words import visible
from validators.rules.words import count


def told(done: Fixed) -> str:
    """The text, without its last line break."""
    name = visible(done.file.name)
    head = f"{name}: written to {visible(done.written.name)}" if done.written else f"{name}: nothing was changed"
    lines = [
        head,
        *(f"  fixed     {visible(c)}" for c in done.changes),
        *(f"  left      {visible(c)}" for c in done.left),
    ]
    lines += [f"  before    {_tally(done.before)}", f"  after     {_tally(done.after)}"]
    was, now = (Counter(f.code for f in found) for found in (done.before, done.after))
    gone = sorted(code for code in was if code not in now)
    rest = sorted({f.code for f in done.after if f.severity != "info"})
    lines += [f"  gone      {', '.join(gone)}"] if gone else []
    lines += [f"  remains   {', '.join(rest)}"] if rest else []
    return "\n".join(lines)


def _tally(found: tuple[Finding, ...]) -> str:
    n = Counter(f.severity for f in found)
    words = [count(n[s], s) for s in SEVERITIES[:2]]
    return f"{', '.join(words)}, {n['info']:,} for information"
