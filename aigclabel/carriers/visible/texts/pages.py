"""Notices in HTML: a line of its own where the page's visible content begins."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from html import escape

from aigclabel.carriers.visible.standing import judged, one_line, only_start, unsure
from aigclabel.carriers.visible.statement import bare
from aigclabel.carriers.visible.texts.markup import Element, Opening, opening
from aigclabel.carriers.visible.texts.styles import START, coloured, legible
from aigclabel.errors import CannotLabel
from aigclabel.model import Mark
from aigclabel.protocols import Seen, Segment, Span, View, Work
from aigclabel.segments import spliced

MEDIA_TYPES = ("text/html",)
WHERE = "html:body"
CLASS = "aigclabel-notice"
STYLE = (
    "all:initial!important;display:flex!important;position:relative!important;"
    "z-index:2147483647!important;margin:0!important;padding:8px 12px!important;"
    "color:#000!important;background:#fff!important;border-bottom:1px solid #000!important;"
    "font:16px/1.5 sans-serif!important"
)
"""`all:initial`, important, in the element itself: no style sheet of the page outweighs it (CSS
Cascade 4, 3.2 and 6.1), and a flex container has no first line or letter to style apart."""
_CHARSET = re.compile(
    rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE
)
_SHEETS = re.compile(rb"<style|<link|<script|@import|\son[a-z]+\s*=", re.IGNORECASE)
"""What may change how the page looks."""
_PROGRAMS = re.compile(
    rb"<(style|script)(?=[\s/>]).*?(?:</\1|\Z)|\son[a-z]+\s*=\s*(?:\"[^\"]*\"|'[^']*')",
    re.IGNORECASE | re.DOTALL,
)
_AIMED = re.compile(rb"aigclabel-notice|data-ai-generated|\[\s*role", re.IGNORECASE)
"""What a style sheet or script needs for singling the notice out."""
_MOST = 16 << 20


def banner(text: str, locale: str) -> bytes:
    """The element that is the notice, in ASCII: it means the same in every encoding."""
    lang = f' lang="{escape(locale)}"' if locale else ""
    said = escape(text)
    made = (
        f'<p role="note" aria-label="{said}" data-ai-generated="true"{lang} class="{CLASS}" '
        f'style="{STYLE}">{said}</p>'
    )
    return made.encode("ascii", "xmlcharrefreplace")


def obstacle(mark: Mark, view: View) -> str:  # noqa: ARG001  any page takes one
    """Why the notice cannot be written."""
    return only_start(mark)


def write(work: Work, marks: tuple[Mark, ...]) -> tuple[Work, tuple[Mark, ...]]:
    """The page with these notices. Raises CannotLabel for UTF-16, and for a page whose opening
    cannot be told."""
    for mark in marks:
        work = _added(work, mark)
    return work, tuple(mark.having(at="start") for mark in marks)


def _added(work: Work, mark: Mark) -> Work:
    line = one_line(mark)
    if wrong := only_start(mark):
        raise CannotLabel(wrong)
    with work.asset.stream() as stream:
        text = stream.read(_MOST + 1)
        if bare(first_line(text) or "") == bare(line):
            return work
        at = _start(text, xml=False)
        new = banner(line, mark.get("locale"))
        segments: tuple[Segment, ...] = (Span(0, at), new, Span(at, len(text) - at))
        asset = spliced(work.asset, segments, stream)
    return replace(work, asset=asset, layout=None)


def with_banner(text: bytes, line: str, locale: str, *, xml: bool) -> bytes:
    """A page with the notice. Raises CannotLabel for UTF-16, and for a page whose opening
    cannot be told."""
    at = _start(text, xml=xml)
    return text[:at] + banner(line, locale) + text[at:]


def _start(text: bytes, *, xml: bool) -> int:
    codec = _codec(text)
    if len(text) > _MOST or not codec:
        raise CannotLabel("this page is too long, or its encoding is unusual: use UTF-8")
    at = opening(text, codec, xml=xml).start
    if at < 0 or re.match(rb"\s*<frameset", text[at:], re.IGNORECASE):
        raise CannotLabel("where this page begins cannot be told: give it a plain <body>")
    return at


def first_line(text: bytes, *, xml: bool = False) -> str | None:
    """The words that a reader of the page sees first; empty where they are hidden for certain,
    None where nobody can tell."""
    codec = _codec(text)
    found = opening(text, codec, xml=xml) if codec and len(text) <= _MOST else None
    if found is None or not found.sure:
        return None
    if found.words and not _shown(text, found):
        return "" if _hidden(found) else None
    return found.words


def _codec(text: bytes) -> str:
    """The encoding of a page; empty for one in which ASCII is not ASCII."""
    if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ""
    named = _CHARSET.search(text[:4096])
    name = named[1].decode() if named and not text.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        codec = codecs.lookup(name).name
        plain = bytes(range(32, 127))
        return codec if plain.decode(codec) == plain.decode("ascii") else ""
    except (LookupError, ValueError, TypeError):
        return ""


def read(view: View) -> Seen:
    """The notice where the page begins. What its scripts and style sheets make of it is judged
    only as far as they could single it out."""
    with view.asset.stream() as stream:
        line = first_line(stream.read(_MOST + 1))
    if line is None:
        return unsure("nobody here can tell what this page shows first")
    return judged(view, line, WHERE)


def _aimed(text: bytes) -> bool:
    """Whether a style sheet or script of the page is about the notice."""
    return any(_AIMED.search(each[0]) for each in _PROGRAMS.finditer(text))


def _ours(element: Element) -> bool:
    return element.attributes.get("style") == STYLE and element.attributes.get("class") == CLASS


def _hidden(found: Opening) -> bool:
    """Whether an element around the words hides them for certain."""
    for each in found.around:
        style = re.sub(r"\s", "", each.attributes.get("style", "").lower())
        none = re.search(r"display:none|visibility:hidden|font-size:0(?![.\d])|opacity:0(?![.\d])",
                         style)  # fmt: skip
        if "hidden" in each.attributes or none:
            return True
    return False


def _shown(text: bytes, found: Opening) -> bool:
    """Whether a reader sees the first words."""
    around = found.around
    if around and _ours(around[-1]):
        # What an element around it says of its own place or opacity holds inside, too.
        rest = text[: around[-1].start] + text[found.end :]
        return not _aimed(rest) and all(
            coloured(each.attributes) is not None for each in around[:-1]
        )
    if _SHEETS.search(text):
        return False
    colours = START
    for each in around:
        inner = coloured(each.attributes, colours)
        if inner is None or each.name == "a":
            return False
        colours = inner
    return legible(colours)
