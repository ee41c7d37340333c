"""Where a notice stands that is not at its recorded place: so that a report can say "moved".

Nothing is decided here: a notice that is not at its place is not met, wherever else it may be.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from aigclabel.carriers.visible.drawn.compare import Look, Region, Template
from aigclabel.carriers.visible.drawn.draw import Stencil

if TYPE_CHECKING:
    from PIL.Image import Image

_EM = 6
"""Pixels per em at which the picture is searched: the fewest at which words still have a shape."""
_MOST = 8000
"""Places that are tried; each costs some 40 microseconds."""
_LIKELY = 0.4
"""The least correlation, at that size and up to half a pixel beside, that is followed."""
_FOLLOWED = 4
"""Candidates that are looked at closely."""
_At: TypeAlias = tuple[int, int]


def astray(picture: Image, plate: Region, stencil: Stencil) -> _At | None:
    """By how many pixels (right, down) a notice stands off its recorded place `plate`; None where
    it is not found in the picture, or is at its place. In large pictures only the surroundings
    of the place are searched."""
    luma = picture.convert("L")
    factor = min(1.0, _EM * stencil.size[1] / (stencil.em * plate[3]))
    found = _candidates(luma, plate, stencil, factor)
    look = Look(luma, plate, Template.of(stencil, plate[2:]))
    for at in found:
        best, score = _climbed(look, at, max(1, round(1 / factor)))
        if best != (0, 0) and look.closely(best, score, 4).whole_there:
            return best
    return None


def _candidates(luma: Image, plate: Region, stencil: Stencil, factor: float) -> list[_At]:
    """Shifts in pixels of the picture, the likeliest first, none near another."""
    from PIL.Image import Resampling

    small = luma.resize(_sides(luma.size, factor), Resampling.BOX)
    template = Template.of(stencil, plate[2:], _EM)
    look = Look(small, (0, 0, *template.size), template)
    home = round(plate[0] * factor), round(plate[1] * factor)
    room = small.width - template.size[0] + 1, small.height - template.size[1] + 1
    scores = look.scores(_window(home, room, template.size))
    kept: list[_At] = []
    for at in sorted(scores, key=lambda each: -scores[each]):
        if scores[at] < _LIKELY or len(kept) == _FOLLOWED:
            break
        if all(max(abs(at[0] - x), abs(at[1] - y)) > _EM // 2 for x, y in kept):
            kept.append(at)
    return [(round(x / factor - plate[0]), round(y / factor - plate[1])) for x, y in kept]


def _sides(size: tuple[int, int], factor: float) -> tuple[int, int]:
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _window(home: _At, room: tuple[int, int], plate: tuple[int, int]) -> list[_At]:
    """Every place in the picture, or those near its recorded one where that would be too many."""
    across, down = range(room[0]), range(room[1])
    if len(across) * len(down) > _MOST:
        across = across[max(0, home[0] - plate[0]) : home[0] + plate[0]]
        by = _MOST // (4 * plate[0]) + 1
        down = down[max(0, home[1] - by) : home[1] + by]
    return list(product(across, down))


def _climbed(look: Look, start: _At, step: int) -> tuple[_At, float]:
    """The best shift near a start, by ever smaller steps."""
    best, score = start, look.scores((start,)).get(start, 0.0)
    while step:
        round_about = look.scores(
            (best[0] + x * step, best[1] + y * step) for x, y in product((-1, 0, 1), repeat=2)
        )
        at = max(round_about, key=lambda each: round_about[each], default=best)
        if round_about.get(at, 0.0) > score:
            best, score = at, round_about[at]
        else:
            step //= 2
    return best, score
