"""File names to concepts: `helmet_front.png` is the front view of `helmet`. Pure text, no file is opened."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

#: Suffixes of pictures we read, small letters. Anything else in a drop is not a picture to us.
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".tga"})

#: How artists write a view, and the view it is. `_view` or `_side` may follow: `helmet_left_side`.
_WORDS = {
    "front": "front",
    "back": "back",
    "rear": "back",
    "left": "left",
    "side": "left",
    "right": "right",
    "top": "top",
    "bottom": "bottom",
    "3q": "three_quarter",
    "threequarter": "three_quarter",
    "three_quarter": "three_quarter",
    "three_quarters": "three_quarter",
    "3_quarter": "three_quarter",
}
# A view stands at the end and alone: at the start of the stem or after a separator, so that
# `backpack`, `desktop` and `leftover` stay concepts. Longer words first: three_quarter before quarter.
_SEPARATORS = r"[\s._-]+"
_VIEW = re.compile(
    rf"(?:^|{_SEPARATORS})({'|'.join(w.replace('_', '[ ._-]?') for w in sorted(_WORDS, key=len, reverse=True))})"
    rf"(?:{_SEPARATORS}(?:view|side))?$",
    re.IGNORECASE,
)
_SLOTS = re.compile(r"\.slots$", re.IGNORECASE)


class Named(NamedTuple):
    """What a stem says."""

    concept: str  # as written, without view and separators; "" when the stem is a view alone
    view: str  # one of toolchain.asset.VIEWS, or "single"
    slots: bool  # it is a painted slot mask


def parse(stem: str) -> Named:
    """Read the stem of a file (its name without the picture suffix): `Helmet-back.slots` -> Helmet, back, True.

    A stem that is a view name alone, `front` in the folder `helmet/`, has the concept "": the folder names it.
    The concept keeps its letters' case; grouping should compare it case-folded.
    """
    text = unicodedata.normalize("NFC", stem).strip()  # macOS hands out decomposed names
    slots = bool(_SLOTS.search(text))
    text = _SLOTS.sub("", text)
    if found := _VIEW.search(text):
        word = re.sub(r"[ .-]", "_", found[1].lower())
        return Named(text[: found.start()].strip(" ._-"), _WORDS.get(word, "three_quarter"), slots)
    return Named(text, "single", slots)
