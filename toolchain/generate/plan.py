"""Which rung of the ladder straight pictures are shaped by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from toolchain.generate import hull, single
from toolchain.generate.aside import found
from toolchain.generate.learned import prior, snug, straight
from toolchain.generate.learned.camera import place
from toolchain.generate.outline import read_outline
from toolchain.generate.shape import Shape
from toolchain.generate.sight import Camera
from toolchain.generate.views import Picture, Registered

#: Rungs of a lone front that the networks beat. IoU, F at 5 % of rule and networks on 150 held-out props: box .315,
#: .416 and .421, .513; turned .387, .566 and .359, .586; inflated .444, .643 and .385, .597.
UNRULED = ("box",)
SLIM, LEANING = 0.45, 20.0  # Outline.narrow, and degrees off upright and level, from which a lone picture lies flat
ROUGH = 64  # voxels along the longest side, enough to tell the kind of an outline


@dataclass(frozen=True, eq=False)
class Plan:
    """A rung, and what it was chosen by."""

    shape: Callable[[Registered, int], Shape]  # of pictures and a resolution
    first: Shape
    beside: tuple[Camera, ...] = ()  # cameras of pictures that are not straight
    told: str = ""  # a sentence about those


def plan_of(registered: Registered, spare: Picture | None, resolution: int, learned: bool) -> Plan:
    """The rung of straight pictures and of a `spare` three-quarter one; `learned`: whether the networks are asked.

    Pictures along several lines of sight make a hull, which the networks hollow out. A lone front, or it and its
    back, is theirs where the rule for its outline is worse, or where the three-quarter picture can tell its depth.
    """
    several = len({picture.plane.depth for picture in registered.pictures}) > 1
    able = learned and any(picture.plane.depth == 2 for picture in registered.pictures)
    if not (able and (several or spare)):
        rule = hull.shape if several else single.shape
        first = rule(registered, resolution)
        if not (able and first.rung in UNRULED):
            return Plan(rule, first, (), "The three-quarter picture was not used." if spare else "")
    guess = prior.pose_of(spare) if spare else prior.FRONT
    if spare and not several:  # it shows the depth
        answer = prior.fitted(snug.shape(spare, guess), registered.extents)
    else:
        answer = prior.together(registered)
    shape = partial(straight.shape, answer)
    first = shape(registered, resolution)
    if spare is None:
        return Plan(shape, first)
    aside = found(spare, guess, first)
    if aside is None:
        return Plan(shape, first, (), "The three-quarter picture shows another outline: its colours were not used.")
    return Plan(shape, first, (aside.camera,), f"The three-quarter picture was taken from {place(aside.pose)}.")


def lies_flat(registered: Registered) -> bool:
    """Whether a lone picture without a name is of something long that leans: tools are drawn so, on their side."""
    (picture, *more) = registered.pictures
    if more or picture.name != "single":
        return False
    outline = read_outline(single.silhouette(registered, ROUGH)[1] > 0)
    return outline.narrow < SLIM and LEANING < abs(outline.lean) < 90 - LEANING
