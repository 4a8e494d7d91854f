"""The only clock of the remote generators. Tests put their own functions here, and wait for nothing."""

from __future__ import annotations

import time

sleep = time.sleep
now = time.monotonic
