"""XMP packets (ISO 16684-1): read as properties, edited with everything else kept.

Packets are hostile input: no DTD, no entities, no network, bounded size, nesting and number
of nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Entry, Limits, Property

if TYPE_CHECKING:
    from lxml.etree import _Element

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
META = "adobe:ns:meta/"
_XML = "http://www.w3.org/XML/1998/namespace"
_MOST = 2_000
"""Namespace declarations, and descriptions at the top: more would make looking names up slow."""
_UNBOUND = "urn:unbound:"
"""What a prefix that was never declared is bound to, so that the packet can be parsed."""
_KNOWN = {"rdf": RDF, "x": META}
_ARRAYS = {f"{{{RDF}}}Alt": "alt", f"{{{RDF}}}Bag": "bag", f"{{{RDF}}}Seq": "seq"}
_DESCRIPTION = f"{{{RDF}}}Description"
_DEFAULT = "x-default"
_ABOUT = f"{{{RDF}}}about"
_OPEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<((?:[\w.-]{1,64}:)?(?:xmpmeta|xapmeta|RDF))(?=[\s/>])",
    re.DOTALL,
)
"""The root's start tag, or a comment or instruction, in which none counts."""
_WRAPPER = re.compile(r"<\?[^>]*\?>")
_PREFIX = re.compile(r"NS_ERR_UNDEFINED_NAMESPACE: Namespace prefix (\S+) (?:for|on) ")
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'.encode()
# No padding is written: it is for editing in place, which a signature over the file forbids.
_TAIL = b'\n<?xpacket end="w"?>'
_LIMITS = Limits()


def properties(data: bytes, limits: Limits = _LIMITS) -> tuple[Property, ...]:
    """The properties of a packet, in document order; none for an empty one.

    UTF-8, UTF-16 and UTF-32 are read, with or without a byte order mark, packet wrapper or
    `x:xmpmeta`, and with junk around. Where a prefix was never declared its properties have
    `bound` False and no `uri`. An array has its items as `children` and the text of the
    default (or first) one. Raises MalformedAsset for everything that cannot be read whole.
    """
    root = _root(data, limits)
    if root is None:
        return ()
    return tuple(_all(root, limits))


def edit(data: bytes | None, entries: tuple[Entry, ...], limits: Limits = _LIMITS) -> bytes:
    """The packet with these properties set, or removed where their value is None.

    Afterwards each set property stands exactly once, as an element with its own prefix, and
    all other properties are what they were; a packet that says all this already is returned
    as it is. An entry without `uri` means properties whose prefix was never declared; such
    prefixes are declared in the result, so that strict readers can read it. Raises
    CannotLabel when the packet cannot be read, or XML cannot carry a value.
    """
    try:
        root = None if data is None else _root(data, limits)
    except MalformedAsset as wrong:
        raise CannotLabel(f"{wrong}: repair or remove the packet, then label again") from None
    if root is None or data is None:
        root = _fresh()
    elif all(_holds(root, each, limits) for each in entries):
        return data
    for entry in entries:
        if entry.joins:
            _join(root, entry)
            continue
        if data is not None:
            _remove(root, entry)
        if entry.value is not None:
            _add(root, entry)
    from lxml import etree

    return _HEAD + etree.tostring(root, encoding="utf-8", xml_declaration=False) + _TAIL


# -- parsing ------------------------------------------------------------------------------


def _root(data: bytes, limits: Limits) -> _Element | None:
    if len(data) > limits.slot:
        raise MalformedAsset(f"an XMP packet of {len(data)} bytes is over the limit")
    text = _decoded(data)
    opened = next((each for each in _OPEN.finditer(text) if each[1]), None)
    if opened is None:
        if _WRAPPER.sub("", text).strip("\0\ufeff \t\r\n"):
            raise MalformedAsset("an XMP packet holds no rdf:RDF")
        return None
    if "<!doctype" in text[: opened.start()].lower():
        raise MalformedAsset("an XMP packet has a document type, which XMP forbids")
    closing = f"</{opened[1]}"
    last = text.rfind(closing)
    end = text.find(">", last) if last > opened.start() else text.rfind(">")
    body = text[opened.start() : end + 1]
    nodes = body.count("<") + body.count('="') + body.count("='")
    if nodes > limits.parts or body.count("xmlns") > _MOST:
        raise MalformedAsset("an XMP packet has too many nodes")
    return _tree(body, opened.end() - opened.start())


def _decoded(data: bytes) -> str:
    for codec in _WIDE:
        width = 4 if "32" in codec else 2
        at = data.find("RDF".encode(codec))
        # Read from an odd offset, one byte order looks like the other.
        if at >= 0 and at % width == 0:
            return data.decode(codec, "replace")
    return data.decode("utf-8", "replace")


def _tree(body: str, after_name: int) -> _Element:
    """The parsed document, with every prefix that was never declared bound to a name of its
    own. `after_name` is where the root's start tag takes attributes."""
    root, prefixes, reason = _parsed(body)
    if root is None and prefixes:
        declared = "".join(
            f' xmlns:{each}="{_KNOWN.get(each, _UNBOUND + each)}"' for each in sorted(prefixes)
        )
        root, _, reason = _parsed(body[:after_name] + declared + body[after_name:])
    if root is None:
        raise MalformedAsset(f"an XMP packet is not well-formed: {reason}")
    return root


def _parsed(body: str) -> tuple[_Element | None, set[str], str]:
    """The tree, or else the prefixes that nothing declares (none when something else is
    wrong) and the parser's reason."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(body.encode("utf-8", "replace"), parser), set(), ""
    except etree.XMLSyntaxError as wrong:
        # The log of the exception would also hold the errors of older packets.
        found = [_PREFIX.search(each) for each in str(parser.error_log).splitlines()]
        whole = bool(found) and all(found)
        prefixes = {each[1] for each in found if each} if whole else set()
        return None, prefixes, str(wrong).partition("\n")[0]
    except (ValueError, MemoryError) as wrong:
        return None, set(), str(wrong)


# -- reading ------------------------------------------------------------------------------


def _descriptions(root: _Element) -> Iterator[_Element]:
    every = (each for rdf in _bodies(root) for each in rdf.iterchildren(_DESCRIPTION))
    for number, description in enumerate(every):
        if number >= _MOST:
            raise MalformedAsset("an XMP packet has too many descriptions")
        yield description


def _bodies(root: _Element) -> Iterator[_Element]:
    """The outermost rdf:RDF: one inside is a value (rdf:parseType="Literal"), not a statement."""
    tag = f"{{{RDF}}}RDF"
    for rdf in root.iter(tag):
        if not any(above.tag == tag for above in rdf.iterancestors()):
            yield rdf


def _all(root: _Element, limits: Limits) -> Iterator[Property]:
    for description in _descriptions(root):
        prefixes = {uri: prefix or "" for prefix, uri in description.nsmap.items()}
        yield from _members(description, limits.depth, prefixes)


def _members(node: _Element, depth: int, prefixes: Mapping[str, str]) -> Iterator[Property]:
    """The properties of a description or structure: its attributes, then its elements.

    Inside structures nobody asks for the prefix of an attribute, and looking it up is slow.
    """
    if depth <= 0:
        raise MalformedAsset("an XMP packet is nested too deeply")
    for name, text in node.attrib.items():
        uri, local = _split(str(name))
        if uri and uri not in {RDF, _XML}:
            yield _made(uri, local, str(text), prefixes.get(uri, ""), "attribute")
    for child in _elements(node):
        yield _property(child, depth - 1)


def _property(node: _Element, depth: int) -> Property:
    uri, local = _split(str(node.tag))
    prefix = node.prefix or ""
    resource = node.get(f"{{{RDF}}}resource")
    if resource is not None:
        return _made(uri, local, str(resource), prefix, "resource")
    inner = _elements(node)
    if len(inner) == 1 and str(inner[0].tag) in _ARRAYS:
        items = tuple(_property(each, depth - 1) for each in _elements(inner[0]))
        form = _ARRAYS[str(inner[0].tag)]
        return _made(uri, local, _default(inner[0], items), prefix, form, items)
    if inner or any(_split(str(name))[0] not in {"", RDF, _XML} for name in node.attrib):
        holder = inner[0] if len(inner) == 1 and inner[0].tag == _DESCRIPTION else node
        return _structure((uri, local, prefix), tuple(_members(holder, depth, {})))
    return _made(uri, local, _text(node), prefix)


def _structure(name: tuple[str, str, str], members: tuple[Property, ...]) -> Property:
    """A structure; or the plain value that one with rdf:value only qualifies."""
    uri, local, prefix = name
    for each in members:
        if (each.uri, each.name) == (RDF, "value"):
            return _made(uri, local, each.text, prefix)
    return _made(uri, local, "", prefix, "struct", members)


def _made(
    uri: str,
    name: str,
    text: str,
    prefix: str,
    form: str = "element",
    children: tuple[Property, ...] = (),
) -> Property:
    if uri.startswith(_UNBOUND):
        return Property("", name, text, prefix, form, children, bound=False)
    return Property(uri, name, text, prefix, form, children)


def _default(array: _Element, items: tuple[Property, ...]) -> str:
    languages = [each.get(f"{{{_XML}}}lang") for each in _elements(array)]
    if _DEFAULT in languages:
        return items[languages.index(_DEFAULT)].text
    return items[0].text if items else ""


def _text(node: _Element) -> str:
    """The text of a node without element children, comments left out."""
    return (node.text or "") + "".join(each.tail or "" for each in node)


def _elements(node: _Element) -> list[_Element]:
    return [each for each in node if isinstance(each.tag, str)]


def _split(tag: str) -> tuple[str, str]:
    uri, _, local = tag.rpartition("}")
    return uri[1:], local


# -- editing ------------------------------------------------------------------------------


def _fresh() -> _Element:
    from lxml import etree

    root = etree.Element(f"{{{META}}}xmpmeta", nsmap={"x": META})
    etree.SubElement(root, f"{{{RDF}}}RDF", nsmap={"rdf": RDF})
    return root


def _holds(root: _Element, entry: Entry, limits: Limits) -> bool:
    found = [
        each for each in _all(root, limits) if (each.uri, each.name) == (entry.uri, entry.name)
    ]
    if entry.value is None:
        return not found
    if entry.joins:
        told = [each.text for each in found[0].children] if len(found) == 1 else []
        return bool(told) and all(str(entry.value) in each for each in told)
    wanted = Property(entry.uri, entry.name, str(entry.value), entry.prefix)
    return found == [wanted]


def _means(tag: str, entry: Entry) -> bool:
    uri, local = _split(tag)
    return local == entry.name and (uri == entry.uri if entry.uri else uri.startswith(_UNBOUND))


def _remove(root: _Element, entry: Entry) -> None:
    for description in list(_descriptions(root)):
        gone = [each for each in _elements(description) if _means(str(each.tag), entry)]
        for each in gone:
            description.remove(each)
        names = [name for name in description.attrib if _means(str(name), entry)]
        for name in names:
            del description.attrib[name]
        parent = description.getparent()
        if (gone or names) and parent is not None and _is_bare(description):
            parent.remove(description)


def _is_bare(description: _Element) -> bool:
    return len(description) == 0 and set(description.attrib) <= {_ABOUT}


def _add(root: _Element, entry: Entry) -> None:
    from lxml import etree

    node = etree.SubElement(
        _holder(root, entry), f"{{{entry.uri}}}{entry.name}", nsmap={entry.prefix: entry.uri}
    )
    _write(node, str(entry.value), entry)


def _write(node: _Element, text: str, entry: Entry) -> None:
    try:
        node.text = text
    except ValueError:
        raise CannotLabel(
            f"{entry.prefix}:{entry.name} holds a character that XML cannot carry: remove "
            "control characters from it"
        ) from None


def _join(root: _Element, entry: Entry) -> None:
    """Say a value in every language of a text (ISO 16684-1, 8.2.2.4), in brackets behind what it
    says; one that is no list of languages becomes the default of one."""
    from lxml import etree

    said = str(entry.value)
    texts: dict[str, str] = {}
    for description in _descriptions(root):
        for node in (each for each in _elements(description) if _means(str(each.tag), entry)):
            items = [one for held in _elements(node) for one in _elements(held)] or [node]
            for item in items:
                texts.setdefault(str(item.get(f"{{{_XML}}}lang") or _DEFAULT), _text(item).strip())
        for name, text in description.attrib.items():
            if _means(str(name), entry):
                texts.setdefault(_DEFAULT, str(text).strip())
    _remove(root, entry)
    _add(root, replace(entry, value=""))
    node = [each for d in _descriptions(root) for each in _elements(d)
            if _means(str(each.tag), entry)][-1]  # fmt: skip
    held = etree.SubElement(node, f"{{{RDF}}}Alt")
    for language, text in texts.items() or {_DEFAULT: ""}.items():
        item = etree.SubElement(held, f"{{{RDF}}}li", {f"{{{_XML}}}lang": language})
        more = f"{text} [{said}]" if text else said
        _write(item, text if said in text else more, entry)


def _holder(root: _Element, entry: Entry) -> _Element:
    """The description that declares the entry's prefix, else a new one about the same
    resource: all descriptions of a packet must name one (ISO 16684-1, 7.4)."""
    from lxml import etree

    about = ""
    for description in _descriptions(root):
        about = about or str(description.get(_ABOUT) or "")
        if description.nsmap.get(entry.prefix) == entry.uri:
            return description
    rdf = next(iter(root.iter(f"{{{RDF}}}RDF")), None)
    if rdf is None:
        rdf = etree.SubElement(root, f"{{{RDF}}}RDF", nsmap={"rdf": RDF})
    return etree.SubElement(rdf, _DESCRIPTION, {_ABOUT: about}, nsmap={entry.prefix: entry.uri})
