"""The notice in a book (EPUB 3.3): the first line of the first document of its spine."""

from __future__ import annotations

from aigclabel.carriers.visible.documents.office import Parts, Sight, resolved
from aigclabel.carriers.visible.texts.pages import first_line, with_banner
from aigclabel.errors import CannotLabel, MalformedAsset

WHERE = "epub:spine[1]"
_OPF = "{http://www.idpf.org/2007/opf}"
_XHTML = "application/xhtml+xml"


def added(parts: Parts, text: str, locale: str) -> dict[str, bytes]:
    """The first document with the notice. Raises CannotLabel where there is none."""
    name = _first(parts)
    data = parts.get(name)
    if data is None:
        raise CannotLabel("the first page of this book cannot be read: put an XHTML page first")
    return {name: with_banner(data, text, locale, xml=True)}


def seen(parts: Parts) -> Sight:
    """The first line of the first document."""
    data = parts.get(_first(parts))
    line = None if data is None else first_line(data, xml=True)
    return Sight(doubtful=None) if line is None else Sight((line,))


def _first(parts: Parts) -> str:
    """The first document of the spine that is read in order (EPUB 3.3, 5.7); empty for none."""
    book = parts.xml("META-INF/container.xml")
    roots = [] if book is None else list(book.iter("{*}rootfile"))
    path = str(roots[0].get("full-path") or "") if roots else ""
    package = parts.xml(path)
    if package is None:
        raise MalformedAsset("the book has no package document")
    items = {each.get("id"): each for each in package.iter(f"{_OPF}item")}
    for each in package.iter(f"{_OPF}itemref"):
        item = items.get(each.get("idref"))
        if each.get("linear") == "no" or item is None:
            continue
        if item.get("media-type") != _XHTML:
            return ""
        return resolved(
            path.rpartition("/")[0] + "/" if "/" in path else "", item.get("href") or ""
        )
    return ""
