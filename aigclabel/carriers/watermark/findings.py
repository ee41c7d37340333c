"""What a hit of the detector is as evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from aigclabel.model import Found, Layer, Mark
from aigclabel.protocols import Work
from aigclabel.schemas.watermark import ALGORITHM

if TYPE_CHECKING:
    from aigclabel.carriers.watermark.spread.hits import Hit

NAME = "watermark"


def found(hit: Hit, where: str) -> Found:
    """The mark of a hit in pictures; `where` says in which part of the content it is."""
    seen = hit.geometry
    lies = {
        "scale": f"{seen.scale:.3f}",
        "angle": f"{seen.angle:.2f}" if seen.angle else "",
        "flip": "yes" if seen.flip else "",
        "turn": str(seen.turn) if seen.turn else "",
    }
    return _evidence(hit, where, lies)


def heard(hit: Hit) -> Found:
    """The mark of a hit in sound."""
    speed = hit.geometry.scale
    return _evidence(hit, "sound", {"speed": f"{speed:.4f}" if speed != 1 else ""})


def _evidence(hit: Hit, where: str, lies: dict[str, str]) -> Found:
    said = {
        "alg": ALGORITHM,
        "payload": hit.payload.hex(),
        "key": hit.key,
        "p_value": f"{hit.p_value:.1e}",
        "path": hit.path,
        **lies,
    }
    fields = tuple((name, text) for name, text in said.items() if text)
    return Found(Mark(Layer.WATERMARK, "watermark", fields), NAME, where)


def same(one: Mark, other: Mark) -> bool:
    """Whether two marks say the same by the same key."""
    return all(one.get(name) == other.get(name) for name in ("alg", "payload", "key"))


def filled(work: Work, planned: Mark, there: Mark, notes: tuple[str, ...] = ()) -> Work:
    """The work with a planned mark as it stands there, and nothing left to do for this layer."""
    marks = tuple(there if each == planned else each for each in work.marks)
    notes += tuple(_replaced(there, work.before.found))
    done = tuple(dict.fromkeys((*work.done, Layer.WATERMARK)))
    return replace(work, marks=marks, notes=(*work.notes, *notes), done=done)


def _replaced(there: Mark, found: tuple[Found, ...]) -> Iterator[str]:
    """A note on a mark under the same key, whoever made it: of the two only the new one is read."""
    for each in found:
        mark = each.mark
        under = all(mark.get(name) == there.get(name) for name in ("alg", "key"))
        if mark.layer is Layer.WATERMARK and under and mark.get("key") and not same(mark, there):
            yield (
                f"a watermark {mark.get('payload'):.20} stood there under the key "
                f"{mark.get('key')}, and gives way to this one: it leads back to its label no "
                "more; a key of your own (--watermark-key) keeps both"
            )
