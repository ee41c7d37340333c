"""`notice`: the record of a notice that was drawn, so that it can be found and checked again.

The record is this library's own. It proves nothing by itself: what counts are the pixels.
A record with empty text states that no notice was drawn.
"""

from __future__ import annotations

import json

from aigclabel.errors import CannotLabel
from aigclabel.model import Declaration, Fields, Layer, Origin, Place
from aigclabel.protocols import Entry, Reading, Value, Wish

URI = "https://aigclabel.org/ns/notice/1.0/"
PREFIX = "aigclabel"
KEY = "aigclabel-notice"
_KEYED = frozenset({"audio/flac", "audio/ogg", "audio/opus", "video/webm", "video/x-matroska"})
"""Sounds and videos whose containers have no place for a packet."""
_PACKED = ("image/", "audio/", "video/mp4", "video/quicktime", "application/pdf")
_FIELDS = (
    "text",
    "locale",
    "at",
    "every",
    "breaks",
    "font",
    "height",
    "height_ratio",
    "contrast",
    "position",
    "region",
    "canvas",
    "icon",
    "safe",
    "form",
    "recording",
    "span",
    "seconds",
    "level",
    "loudness_ratio",
)
_ALT = ("AltTextAccessibility", "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", "Iptc4xmpCore")
"""What is read out in place of a picture (IPTC Photo Metadata Standard 2021.1, "Alt Text")."""
_PROPERTIES = {"".join(part.title() for part in name.split("_")): name for name in _FIELDS}
"""XMP names: Text, HeightRatio …"""


class Notice:
    """What was drawn: wording, font digest, sizes and where, and the icon beside the words.

    `height` is in pixels, `height_ratio` of the shortest side, `contrast` a ratio to 1. `safe` is
    `crops` where the place is inside the centre crops that platforms make.

    Of a sound or video, `at` is start, middle, end, both or throughout; `every` the longest time
    in seconds from the end of one notice to the beginning of the next, `breaks` the seconds of
    interruptions, with commas, after each of which it is given again.

    Of a video, `form` is `track` where the words are in a subtitle track, not in the pictures.

    Of a sound, `form` is `speech` or `rhythm`, `recording` the digest of what was played, `span`
    and `seconds` say when, `level` is in dBFS, `loudness_ratio` a part of the programme's.
    """

    id = "notice"
    layer = Layer.VISIBLE
    fields = _FIELDS
    relayed: tuple[str, ...] = ()

    def fill(self, declaration: Declaration, wish: Wish) -> Fields:
        """The wording for the wanted locale, and the policy's figures as what is wanted at
        least. Raises CannotLabel for a locale that the policy has no wording for, and for content
        that is only suspected, of which such words would say too much."""
        if declaration.judgement == "suspected":
            raise CannotLabel("the policy's notice says that AI made it, which is only suspected")
        locale, text = _wording(wish)
        given = {
            "text": text,
            "locale": locale,
            "at": wish.at,
            "icon": wish.icon,
            "safe": wish.safe,
            "form": wish.form,
            "breaks": ",".join(f"{each:g}" for each in sorted(set(wish.breaks))),
        }
        given |= {name: f"{figure:g}" for name, figure in wish.terms}
        return tuple((name, given[name]) for name in _FIELDS if given.get(name))

    def home(self, media_type: str) -> tuple[str, str] | None:
        """The packet of a picture, a sound, a video or a PDF, a key of one that has no packet,
        the front matter of Markdown; elsewhere none."""
        if media_type in _KEYED:
            return "key", KEY
        if media_type.startswith(_PACKED):
            return "xmp", ""
        return ("frontmatter", "") if media_type == "text/markdown" else None

    def spell(self, fields: Fields, kind: str) -> tuple[Entry, ...]:
        """Plain properties, or one mapping. The text is written even when empty; that of a picture
        also joins the alternative text, for those who do not see the picture."""
        given = {"text": ""} | {name: text for name, text in fields if text}
        ordered = tuple((name, given[name]) for name in _FIELDS if name in given)
        if kind == "key":
            return (Entry(KEY, json.dumps(dict(ordered), ensure_ascii=False)),)
        if kind != "xmp":
            return (Entry(KEY, ordered),)
        own = tuple(
            Entry(spelled, given.get(name), URI, PREFIX) for spelled, name in _PROPERTIES.items()
        )
        pictured = given["text"] and given.get("canvas") and not given.get("seconds")
        return (*own, Entry(*_ALT[:1], given["text"], *_ALT[1:], joins=True)) if pictured else own

    def find(self, value: Value) -> tuple[Reading, ...]:
        """The record of a packet or of front matter."""
        place = Place.NORMATIVE if value.slot.home else Place.NON_STANDARD
        given = {
            _PROPERTIES[each.name]: each.text
            for each in value.properties
            if each.uri == URI and each.name in _PROPERTIES
        }
        found = [Reading(_ordered(given), (URI, "Text"), place)] if "text" in given else []
        for key, pairs in value.mapping:
            if key == KEY and not isinstance(pairs, str) and "text" in dict(pairs):
                found.append(Reading(_ordered(dict(pairs)), ("", KEY), place))
        for key, text in value.texts:
            told = _told(text) if key.lower() == KEY else None
            if told is not None:
                found.append(Reading(_ordered(told), ("", key), place))
        return tuple(found)

    def origin(self, fields: Fields) -> Origin:  # noqa: ARG002
        """Nothing: a record alone proves nothing."""
        return Origin.UNKNOWN

    def ours(self, fields: Fields, declaration: Declaration) -> bool:  # noqa: ARG002
        """Always: nobody else writes such records."""
        return True

    def relay(self, fields: Fields, declaration: Declaration) -> Fields:  # noqa: ARG002
        """The same: it is about the pixels, not about who passes them on."""
        return fields


def _told(text: str) -> dict[str, str] | None:
    """The record of a key; None for what is none."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        return None
    return {name: value for name, value in given.items() if isinstance(value, str)}


def _ordered(given: dict[str, str]) -> Fields:
    return tuple((name, str(given[name])) for name in _FIELDS if name in given)


def _wording(wish: Wish) -> tuple[str, str]:
    """Locale and text."""
    texts = dict(wish.texts)
    if wish.text:
        return wish.locale, wish.text
    if not texts:
        raise CannotLabel("the policy has no wording for this notice: give a text")
    if wish.locale and wish.locale not in texts:
        known = ", ".join(texts)
        raise CannotLabel(f"there is no wording for locale {wish.locale!r}: choose from {known}")
    locale = wish.locale or next(iter(texts))
    return locale, texts[locale]
