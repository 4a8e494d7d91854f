"""A watcher as a process of its own, with the stand-in build: `python -m tests.watch.player INBOX OUTBOX [WORK_S]`.

It imports what the real command imports, so that its memory is the real watcher's.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.watch.studio import watch
from watch.options import Options


def main() -> int:
    inbox, outbox, *rest = sys.argv[1:]
    options = Options(Path(inbox), Path(outbox), ("unity",), settle_s=0.1, jobs=2)
    return watch(options, float(rest[0]) if rest else 0.0)


if __name__ == "__main__":
    sys.exit(main())
