"""The XML parts of archives: parsed without entities and network, and written again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigclabel.errors import MalformedAsset

if TYPE_CHECKING:
    from lxml.etree import _Element


def parse(data: bytes, part: str) -> _Element:
    """The root of a part. Raises MalformedAsset."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise MalformedAsset(f"{part} cannot be parsed: {' '.join(str(wrong).split())}") from None
    if root.getroottree().docinfo.internalDTD is not None and b"<!ENTITY" in data:
        raise MalformedAsset(f"{part} declares entities of its own")
    return root


def as_bytes(root: _Element) -> bytes:
    """A part again."""
    from lxml import etree

    made: bytes = etree.tostring(
        root.getroottree(), xml_declaration=True, encoding="UTF-8", standalone=True
    )
    return made
