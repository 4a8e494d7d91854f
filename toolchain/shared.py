"""Work that several engines' nodes ask of one and the same artefact: done once, for as long as that lives.

A run hands every node the same object for the same key (`pipeline.run`), so what was made of it is found again by it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")
_MADE: WeakKeyDictionary[Any, dict[Hashable, Any]] = WeakKeyDictionary()


def once(of: object, key: Hashable, make: Callable[[], T]) -> T:
    """`make()`, or what it gave before for this very `of` and an equal `key`.

    `of` is told by identity and must not change; `key` holds all else that the result hangs on. The result must not
    hold `of`, which would then never be let go.
    """
    made = _MADE.setdefault(of, {})
    if key not in made:
        made[key] = make()
    result: T = made[key]
    return result
