"""The reader of notices that others drew: where it looks, what counts, what stays open.

Lines at the corners and edges are read first. A line there that is nothing but a statement, alone
and read with confidence, is a notice. Whatever else may be one leaves the layer unread. When
nothing at the rim is one, the lines inside are read too, because "there is none" needs a look at
the whole; but none of them is taken for a notice, since pictures show writing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING

from aigclabel.carriers.canvas import MEDIA_TYPES, Box, Canvas, decode
from aigclabel.carriers.visible.drawn.layout import position
from aigclabel.carriers.visible.ocr.lines import Line, lines
from aigclabel.carriers.visible.ocr.measure import measured
from aigclabel.carriers.visible.ocr.places import flanks, grown, near, place, touch
from aigclabel.carriers.visible.ocr.reading import Reading, readings
from aigclabel.carriers.visible.ocr.tesseract import (
    MISSING,
    MODELS,
    installed,
    model_of,
    package_of,
)
from aigclabel.carriers.visible.ocr.wording import brand, contradicts, mentions, wordy
from aigclabel.carriers.visible.records import SCHEMA
from aigclabel.errors import CannotLabel
from aigclabel.model import Fault, Found, Layer, Mark
from aigclabel.protocols import Seen, View

if TYPE_CHECKING:
    from PIL.Image import Image

NAME = "ocr"
_SURE = 50.0
"""Percent, of the least sure word, from which one reading is believed."""
_AGREED = 25.0
"""The same for two readings that say the same."""
_PLAIN = 80.0
"""Percent, in the mean, from which other writing beside a line is writing, and no texture."""
_LOOSE, _BEYOND = 60.0, 0.5
"""Percent, in the mean, and line heights, from which a wider reading of the same place counts."""
_CLEAR = 88.0
"""Percent, in the mean, from which a line that says something else is not read further."""
_FAINT = 25.0
"""Percent, in the mean, below which a line is not in the script that it was read in."""
_SHORT = 3
"""Letters: fewer tell nothing of a script."""
_MOST = 40
"""Lines at the rim, and lines inside, that are read in one picture: those that stand out most."""
_NEIGHBOURS = 4
"""Languages in which what stands beside a statement is read: the first asked for."""
_SCRIPTS = {
    **dict.fromkeys(("zh-Hant", "ja"), "zh-Hans"),
    **dict.fromkeys(("vi", "de", "fr", "es", "it", "pt"), "en"),
    "kk": "ru",
}
"""Languages that are read only in lines which one before them took for its script."""
_TURNS = (("zh-Hans", "en"), ("ko", "ru", "ar", "hi"), tuple(_SCRIPTS))
"""What is read after what, until a notice is found: most are in the first."""
_JOINED = ("\u0600", "\u06ff", "\u0900", "\u097f")
"""Arabic and Devanagari (Unicode blocks), where letters join."""
_LIKE = 24.0
"""Grey levels, in the mean, by which a notice may differ between pictures of an animation."""


class Ocr:
    """Reads notices in the pixels with the program Tesseract. Asked as `ocr`, or `ocr:en,zh-Hans`
    for some languages only (`zh` is both)."""

    name = NAME

    def obstacle(self, asked: str) -> str:
        """Why it cannot read what is asked here; empty when it can."""
        if not installed():
            return MISSING
        unknown = [each for each in _named(asked) if each not in MODELS]
        if unknown:
            return f"ocr reads no {unknown[0]!r}: choose from {', '.join(MODELS)}"
        lacking = [each for each in _named(asked) if not model_of(each)]
        if asked and lacking:
            return f"tesseract has no data for {lacking[0]}: install {package_of(lacking[0])}"
        if not any(map(model_of, MODELS)):
            return f"tesseract has no language data: install {package_of('zh-Hans')}"
        return ""

    def look(self, view: View, asked: str) -> Seen:
        """The notices of others in a picture; `unread` where there may be one all the same.
        Raises MalformedAsset."""
        if view.layout is None or view.asset.media_type not in MEDIA_TYPES:
            return _open(f"ocr reads no {view.asset.media_type}")
        with view.asset.stream() as stream:
            try:
                canvas = decode(stream, view.layout, view.limits)
            except CannotLabel as why:
                return _open(str(why))
        locales = _named(asked) or tuple(MODELS)
        looks = [_Look.at(canvas, ground, locales) for ground in canvas.grounds]
        return _together(looks, canvas, locales)


def _named(asked: str) -> tuple[str, ...]:
    given = [each.strip() for each in asked.split(",") if each.strip()]
    both = {"zh": ("zh-Hans", "zh-Hant")}
    return tuple(dict.fromkeys(name for each in given for name in both.get(each, (each,))))


def _open(reason: str) -> Seen:
    return Seen(faults=(Fault(NAME, reason, (Layer.VISIBLE,)),), unread=True)


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen on one ground: notices, what may be one, and whether all was looked at."""

    found: tuple[Found, ...]
    doubts: tuple[str, ...]

    @classmethod
    def at(cls, canvas: Canvas, ground: int, locales: Sequence[str]) -> _Look:
        """A look at the first picture, with what is transparent on a grey ground."""
        shown = canvas.seen((0, 0, *canvas.size), 0, ground)
        return _Searched(shown, shown.convert("L"), locales).result()


@dataclass(frozen=True, slots=True)
class _Searched:
    shown: Image
    grey: Image
    locales: Sequence[str]

    def result(self) -> _Look:
        """The rim first, then the rest."""
        every = lines(self.grey)
        rim = [line for line in every if position(line.box, self.grey.size) != "inside"]
        found, doubts = self._rim(_plainest(rim), every)
        if found:
            return _Look(found, ())
        inner = [line for line in every if line not in rim]
        doubts += self._inside(_plainest(inner), every)
        if max(len(rim), len(inner)) > _MOST:
            doubts += (f"only the {_MOST} plainest lines at the rim and inside were read",)
        return _Look((), doubts)

    def _rim(
        self, rim: list[Line], every: tuple[Line, ...]
    ) -> tuple[tuple[Found, ...], tuple[str, ...]]:
        read: dict[Line, list[Reading]] = {line: [] for line in rim}
        found, doubts = self._weighed(read, every)
        for turn in _TURNS:
            self._read(rim, turn, read, (0, 1, 2))
            found, doubts = self._weighed(read, every)
            if found:
                break
        return found, doubts

    def _weighed(
        self, read: dict[Line, list[Reading]], every: tuple[Line, ...]
    ) -> tuple[tuple[Found, ...], tuple[str, ...]]:
        """The notices among lines that were read, and what may be one."""
        found: list[Found] = []
        doubts: list[str] = []
        for each in read.values():
            best = _best(each)
            if best is None:
                doubts += [_may_be(one) for one in each if mentions(one.text)][:1]
                continue
            reason = self._doubt(best, read, every)
            if reason is None:
                found += _new(self._mark(best), found)
            elif reason:
                doubts.append(reason)
        return tuple(found), tuple(dict.fromkeys(doubts))

    def _read(
        self,
        wanted: Sequence[Line],
        turn: tuple[str, ...],
        read: dict[Line, list[Reading]],
        hows: tuple[int, ...],
    ) -> None:
        """Adds the readings of a turn's languages, each of the lines that can be in it."""
        jobs: dict[str, list[Line]] = {}
        for locale in turn:
            model = model_of(locale) if locale in self.locales else ""
            fit = [line for line in wanted if self._can_be(locale, read[line])]
            if model and fit:
                jobs[model] = list(dict.fromkeys((*jobs.get(model, ()), *fit)))
        for line, more in readings(self.grey, tuple(jobs.items()), hows).items():
            read[line] += more

    def _can_be(self, locale: str, before: Sequence[Reading]) -> bool:
        """Whether a line may be in a language, after what was read in others of its script; a
        line that is surely something else is nothing more."""
        if not before or any(one.states for one in before):
            return True
        long = [one for one in before if one.letters > _SHORT]
        if any(one.likely >= _CLEAR and not mentions(one.text) for one in long):
            return False
        if _SCRIPTS.get(locale) not in self.locales:
            return True
        return any(one.likely >= _FAINT for one in long)

    def _inside(self, inner: list[Line], every: tuple[Line, ...]) -> tuple[str, ...]:
        """Statements that stand alone inside the picture: nobody here can tell what they are."""
        read: dict[Line, list[Reading]] = {line: [] for line in inner}
        for turn in _TURNS:
            self._read(inner, turn, read, (0,))
        doubts: list[str] = []
        for each in read.values():
            best = _best(each) or next((one for one in each if mentions(one.text)), None)
            if best is not None and not self._company(best, every)[0]:
                doubts.append(_may_be(best))
        return tuple(dict.fromkeys(doubts))

    def _doubt(
        self, best: Reading, read: dict[Line, list[Reading]], every: tuple[Line, ...]
    ) -> str | None:
        """None where a line at the rim is a notice, else why it may not be one; empty where it is
        none at all."""
        there = [one for line, each in read.items() if touch(line.box, best.box) for one in each]
        prose, denied = self._company(best, every)
        if denied or any(contradicts(one.text) for one in there):
            return ""
        if prose or any(_more(one, best) for one in there):
            return f"{best.text!r} stands at {place(best.box)} beside other writing"
        agreed = sum(one.text == best.text and one.sure >= _AGREED for one in there) > 1
        if not best.whole or not best.spans or not (best.sure >= _SURE or agreed):
            return _may_be(best)
        return None

    def _company(self, best: Reading, every: tuple[Line, ...]) -> tuple[bool, bool]:
        """Whether other writing stands so near that a line is part of a text, and whether the
        two together deny."""
        others = [line for line in every if near(best.line.box, line.box)][:_MOST]
        models = _models(self.locales)[:_NEIGHBOURS]
        read = readings(self.grey, [(model, others) for model in models if others])
        sides = flanks(best, self.grey)
        read |= readings(self.grey, [(model, sides) for model in models if sides], (1,))
        texts, prose = [], False
        for each in read.values():
            plain = max(each, key=lambda one: (one.states, one.likely))
            if not plain.states and not brand(plain.text):
                texts += [one.text for one in each if one.text]
                prose = prose or (plain.likely >= _PLAIN and wordy(plain.text))
        denied = any(
            contradicts(both)
            for text in texts
            for both in (f"{text} {best.text}", f"{text}{best.text}", f"{best.text} {text}")
        )
        return prose, denied

    def _mark(self, best: Reading) -> Found | None:
        """What is known of a notice, measured in the pixels."""
        x, y, w, h = grown(best, self.grey.size)
        joins = any(
            low <= sign <= high for sign in best.text for low, high in (_JOINED[:2], _JOINED[2:])
        )
        seen = measured(self.shown.crop((x, y, x + w, y + h)), best.line.light, joins=joins)
        if seen is None:
            return None
        size = self.grey.size
        box = (x + seen.box[0], y + seen.box[1], seen.box[2], seen.box[3])
        fields = (
            ("text", best.text),
            ("height", str(seen.height)),
            ("height_ratio", f"{floor(seen.height / min(size) * 1e4 + 1e-6) / 1e4:.4f}"),
            ("contrast", f"{floor(seen.contrast * 100) / 100:.2f}"),
            ("position", position(box, size)),
            ("region", ",".join(map(str, box))),
            ("canvas", f"{size[0]}x{size[1]}"),
        )
        return Found(Mark(Layer.VISIBLE, SCHEMA, fields), NAME, f"pixels {place(box)}")


def _models(locales: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(model_of, locales))))


def _plainest(found: Sequence[Line]) -> list[Line]:
    """The lines that stand out most, when there are many."""
    return sorted(found, key=lambda line: (-len(line.cuts), -line.height))[:_MOST]


def _best(each: Sequence[Reading]) -> Reading | None:
    """The surest reading that is a statement."""
    said = [one for one in each if one.states]
    return max(said, key=lambda one: (one.whole, one.sure), default=None)


def _more(one: Reading, best: Reading) -> bool:
    """Whether a line over the same place was read as more than the statement."""
    wider = one.box[2] > best.box[2] + _BEYOND * best.line.height
    return wider and one.likely >= _LOOSE and not one.states and wordy(one.text)


def _may_be(one: Reading) -> str:
    return f"{one.text[:60]!r} at {place(one.box)} may be a notice: look at it"


def _new(mark: Found | None, found: Sequence[Found]) -> list[Found]:
    """A notice, unless it was found already: the same line is seen in several ways."""
    if mark is None:
        return []
    here = _box_of(mark)
    return [] if any(touch(here, _box_of(other)) for other in found) else [mark]


def _box_of(found: Found) -> Box:
    x, y, w, h = map(int, found.mark.get("region").split(","))
    return x, y, w, h


def _together(looks: Sequence[_Look], canvas: Canvas, locales: Sequence[str]) -> Seen:
    """One answer for all grounds and pictures: a notice has to be seen in each of them."""
    first = looks[0]
    doubts = [reason for look in looks for reason in look.doubts]
    kept: list[Found] = []
    for each in first.found:
        text = each.mark.get("text")
        everywhere = all(
            any(other.mark.get("text") == text for other in look.found) for look in looks[1:]
        )
        if everywhere and _lasts(canvas, each):
            kept.append(each)
        else:
            doubts.append(f"{text!r} is not in every picture, or not on every ground")
    doubts += [f"{one.mark.get('text')!r} is not on every ground"
               for look in looks[1:] for one in look.found if not first.found]  # fmt: skip
    if kept:
        return Seen(tuple(kept))
    lacking = [each for each in locales if not model_of(each)]
    doubts += [f"tesseract has no data for {each}: install {package_of(each)}" for each in lacking]
    if doubts:
        faults = tuple(Fault(NAME, reason, (Layer.VISIBLE,)) for reason in dict.fromkeys(doubts))
        return Seen(faults=faults, unread=True)
    told = f"ocr looked at the whole picture for notices in {', '.join(locales)} and read none"
    return Seen(faults=(Fault("visible", told),))


def _lasts(canvas: Canvas, found: Found) -> bool:
    """Whether every picture of an animation shows a notice at its place as the first does."""
    from PIL import ImageChops, ImageStat

    box = _box_of(found)
    first = canvas.seen(box).convert("L")
    return all(
        ImageStat.Stat(ImageChops.difference(first, canvas.seen(box, at).convert("L"))).mean[0]
        <= _LIKE
        for at in range(1, len(canvas.frames))
    )
