"""Named texts of office documents and books: custom properties of OOXML (ECMA-376 part 1,
15.2.12.2), user-defined metadata of OpenDocument (part 3, 4.3.3), `meta` of EPUB (3.3, 5.5).

A part is parsed without entities, edited, and written as XML of the same meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigclabel.errors import CannotLabel
from aigclabel.slots.xml_parts import as_bytes, parse

if TYPE_CHECKING:
    from lxml.etree import _Element

CUSTOM = "docProps/custom.xml"
CORE = "docProps/core.xml"
TYPES = "[Content_Types].xml"
RELATIONS = "_rels/.rels"
META = "meta.xml"
_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_VT = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_FMTID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_ODF_META = "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"
_OPF = "http://www.idpf.org/2007/opf"
_TEXTS = {f"{{{_VT}}}{name}" for name in ("lpwstr", "lpstr", "bstr")}
_CORE = {"description", "keywords", "category", "subject", "title"}
_FIRST_PID = 2
_EMPTY = (
    f'<Properties xmlns="{_PROPERTIES}" xmlns:vt="{_VT}"/>'.encode()
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """A named text of a part, by its number among the part's elements."""

    name: str
    text: str
    number: int
    home: bool = True


def texts(root: _Element, part: str) -> tuple[Text, ...]:
    """The named texts of a part."""
    found = []
    for number, each in enumerate(root.iter("*")):
        pair = _pair(each, part)
        if pair is not None:
            found.append(Text(*pair, number, part != CORE))
    return tuple(found)


def _pair(each: _Element, part: str) -> tuple[str, str] | None:
    if part == CUSTOM and each.tag == f"{{{_PROPERTIES}}}property":
        inner = next((child for child in each if child.tag in _TEXTS), None)
        return None if inner is None else (each.get("name", ""), inner.text or "")
    if part == CORE:
        name = str(each.tag).rpartition("}")[2]
        return (name, each.text or "") if name in _CORE else None
    if part == META and each.tag == f"{{{_ODF_META}}}user-defined":
        return each.get(f"{{{_ODF_META}}}name", ""), "".join(map(str, each.itertext()))
    if each.tag == f"{{{_OPF}}}meta" and part not in {CUSTOM, META}:
        if each.get("name"):
            return each.get("name", ""), each.get("content", "")
        if each.get("property") and not each.get("refines"):
            return each.get("property", ""), each.text or ""
    return None


def edited(
    root: _Element, part: str, gone: set[int], added: tuple[tuple[str, str], ...]
) -> bytes | None:
    """The part without some of its elements and with new texts; None where custom properties
    are left without any. Raises CannotLabel for characters that XML cannot hold."""
    doomed = [each for number, each in enumerate(root.iter("*")) if number in gone]
    for each in doomed:
        above = each.getparent()
        if above is not None:
            above.remove(each)
    for name, text in added:
        try:
            _add(root, part, name, text)
        except ValueError:
            raise CannotLabel("a value holds characters that XML cannot: remove them") from None
    return None if part == CUSTOM and len(root) == 0 else as_bytes(root)


def _add(root: _Element, part: str, name: str, text: str) -> None:
    from lxml import etree

    if part == CUSTOM:
        pids = [int(each.get("pid", "0")) for each in root if each.get("pid", "0").isdigit()]
        pid = max([_FIRST_PID - 1, *pids]) + 1
        given = {"fmtid": _FMTID, "pid": str(pid), "name": name}
        holder = etree.SubElement(root, f"{{{_PROPERTIES}}}property", given)
        etree.SubElement(holder, f"{{{_VT}}}lpwstr", nsmap={"vt": _VT}).text = text
        return
    if part == META:
        above = root if root.tag == f"{{{_OFFICE}}}meta" else root.find(f"{{{_OFFICE}}}meta")
        if above is None:
            above = etree.SubElement(root, f"{{{_OFFICE}}}meta")
        given = {f"{{{_ODF_META}}}name": name}
        tag = f"{{{_ODF_META}}}user-defined"
        etree.SubElement(above, tag, given, nsmap={"meta": _ODF_META}).text = text
        return
    above = root.find(f"{{{_OPF}}}metadata")
    if above is None:
        raise CannotLabel("this book has no metadata element: mend its package document first")
    etree.SubElement(above, f"{{{_OPF}}}meta", {"name": name, "content": text})


def empty_custom() -> _Element:
    """Custom properties without any."""
    return parse(_EMPTY, CUSTOM)


def with_custom(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The content types and relations with the custom properties named in them (ECMA-376 part
    2, 9.1.2 and 9.3), those of the two that have to change. `parts` are both as they stand."""
    from lxml import etree

    types, relations = (parse(parts[name], name) for name in (TYPES, RELATIONS))
    changed = {}
    if f"/{CUSTOM}" not in [each.get("PartName") for each in types]:
        given = {"PartName": f"/{CUSTOM}", "ContentType": _CUSTOM_TYPE}
        etree.SubElement(types, f"{{{_CONTENT_TYPES}}}Override", given)
        changed[TYPES] = as_bytes(types)
    if not any(_names_custom(each.get("Type") or "") for each in relations):
        used = {each.get("Id") for each in relations}
        number = next(n for n in range(1, len(used) + 2) if f"rIdAIGC{n}" not in used)
        kind = _PROPERTIES.replace("2006/custom", "2006/relationships/custom")
        given = {"Id": f"rIdAIGC{number}", "Type": kind, "Target": CUSTOM}
        etree.SubElement(relations, f"{{{_PACKAGE}}}Relationship", given)
        changed[RELATIONS] = as_bytes(relations)
    return changed


def _names_custom(kind: str) -> bool:
    """Whether a relationship is that of custom properties, transitional or strict."""
    return kind.rpartition("/")[2].replace("-", "").lower() == "customproperties"


def package_path(container: bytes) -> str:
    """The path of a book's package document, from META-INF/container.xml."""
    root = parse(container, "META-INF/container.xml")
    for each in root.iter("*"):
        if str(each.tag).endswith("}rootfile") and each.get("full-path"):
            return str(each.get("full-path"))
    return ""
