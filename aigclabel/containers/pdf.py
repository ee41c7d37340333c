"""PDF (ISO 32000-1): named texts in the Info dictionary (TC260-PG-20258A 6.3: `/AIGC`), XMP as
the catalog's metadata stream, and the manifest as an associated file (C2PA 2.4, A.4).

Every change is an incremental update behind the file as it stands, so that earlier signatures
keep what they signed.
"""

from __future__ import annotations

from typing import BinaryIO

from aigclabel.containers.pdf_file import Pdf, number_of, open_pdf
from aigclabel.containers.pdf_objects import Name, Object, Ref, text_of
from aigclabel.containers.pdf_page import holds_fonts, sheets, stamped
from aigclabel.containers.pdf_update import MARK, Update
from aigclabel.containers.walk import Cut, KeepsMedia, Walk, assemble, need_whole
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.files import CHUNK
from aigclabel.insides import Sheet, Stamp, Typeface
from aigclabel.protocols import Edit, Layout, Limits, Segment, Slot, Span

_MANIFEST = Name("C2PA_Manifest")


class PdfContainer(KeepsMedia):
    """`application/pdf`."""

    media_types = ("application/pdf",)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """Named texts, XMP and the manifest."""
        return ("key", "xmp", "c2pa") if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Follow the cross-references. Raises MalformedAsset where they are broken; a password
        leaves the file not whole."""
        walk = Walk(stream, limits)
        pdf = open_pdf(walk)
        if "Encrypt" in pdf.trailer:
            walk.stop("the PDF is encrypted")
        else:
            _note(walk, pdf)
        # What stood before our own updates is what they must not touch.
        return walk.layout(media_type, (Span(0, _untouched(walk)),))

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The file with one update more; a manifest of the same length is put in place of the
        old one. Raises CannotLabel for an encrypted file, and for one that is certified
        against any change."""
        need_whole(layout)
        rest = tuple(edit for edit in edits if not _fits(edit))
        cuts = [Cut(e.replaces.start, len(e.data), e.data) for e in edits
                if _fits(e) and e.replaces and e.data]  # fmt: skip
        if rest:
            pdf = open_pdf(Walk(stream, Limits()))
            _check_permitted(pdf)
            cuts.append(Cut(layout.size, 0, _updated(pdf, rest)))
        return assemble(layout.size, cuts)

    def sheets(self, stream: BinaryIO, limits: Limits, *, every: bool) -> tuple[Sheet, ...]:
        """The first page, or all. Raises MalformedAsset, also for an encrypted file."""
        return sheets(_opened(stream, limits), every=every)

    def holds_fonts(
        self, stream: BinaryIO, limits: Limits, faces: tuple[tuple[Typeface, ...], ...]
    ) -> bool:
        """Whether each page, from the first on, has these fonts under their names."""
        return holds_fonts(_opened(stream, limits), faces)

    def stamped(
        self, stream: BinaryIO, limits: Limits, stamps: tuple[Stamp, ...]
    ) -> tuple[Segment, ...]:
        """The file with a content behind those of each page, from the first on, as one update
        more. Raises CannotLabel for a file that is encrypted or certified."""
        pdf = _opened(stream, limits)
        return assemble(pdf.walk.size, [Cut(pdf.walk.size, 0, stamped(pdf, stamps))])


def _opened(stream: BinaryIO, limits: Limits) -> Pdf:
    pdf = open_pdf(Walk(stream, limits))
    if "Encrypt" in pdf.trailer:
        raise CannotLabel("this PDF is encrypted: save it without a password first")
    return pdf


def _fits(edit: Edit) -> bool:
    """Whether a manifest takes the place of one of the same length."""
    old = edit.replaces
    return edit.kind == "c2pa" and old is not None and len(edit.data or b"") == len(old.data)


def _untouched(walk: Walk) -> int:
    """Where our first update begins, else the end."""
    at, kept = 0, b""
    walk.stream.seek(0)
    while block := walk.stream.read(CHUNK):
        text = kept + block
        found = text.find(MARK)
        if found >= 0:
            return at + found
        kept = text[1 - len(MARK) :]
        at += len(text) - len(kept)
    return walk.size


def _note(walk: Walk, pdf: Pdf) -> None:
    info = pdf.trailer.get("Info")
    place = pdf.places.get(info.number, (0, -1))[0] if isinstance(info, Ref) else 0
    for number, (name, value) in enumerate(pdf.dictionary(info).items(), 1):
        text = pdf.get(value)
        if isinstance(text, bytes):
            data = text_of(text).encode("utf-8", "replace")
            where = f"pdf:Info:{name}"
            walk.slots.append(Slot("key", name, data, "Info", where, place + number))
    root = pdf.dictionary(pdf.trailer.get("Root"))
    if "Pages" not in root:
        # An update would put an empty catalog in its place (ISO 32000-1, 7.7.2).
        walk.stop("the PDF is damaged: its catalog cannot be read")
    packet = pdf.stream(root.get("Metadata"))
    if packet is not None:
        data, at, size = packet
        walk.part("metadata", at, size, 0, size)
        walk.slots.append(Slot("xmp", "", data, "Metadata", "pdf:Metadata", at))
    for spec in manifest_files(pdf, root):
        held = pdf.stream(pdf.dictionary(pdf.dictionary(spec).get("EF")).get("F"))
        if held is None:
            walk.stop("the PDF names a manifest that is not there")
            continue
        data, at, size = held
        walk.part("manifest", at, size, 0, size)
        walk.slots.append(Slot("c2pa", "", data, "AF", "pdf:AF", at))


def manifest_files(pdf: Pdf, root: dict[str, Object]) -> list[Object]:
    """The associated files of the catalog that are manifests."""
    files = pdf.get(root.get("AF"))
    every = files if isinstance(files, list) else []
    return [e for e in every if pdf.dictionary(e).get("AFRelationship") == _MANIFEST]


def _check_permitted(pdf: Pdf) -> None:
    """Raises CannotLabel for a file whose author's signature rules out any change (12.8.2.2)."""
    root = pdf.dictionary(pdf.trailer.get("Root"))
    signature = pdf.dictionary(pdf.dictionary(root.get("Perms")).get("DocMDP"))
    references = pdf.get(signature.get("Reference"))
    for each in references if isinstance(references, list) else []:
        given = pdf.dictionary(pdf.dictionary(each).get("TransformParams"))
        if number_of(pdf.get(given.get("P"))) == 1:
            raise CannotLabel("this PDF is certified against any change: label it before that")


def _updated(pdf: Pdf, edits: tuple[Edit, ...]) -> bytes:
    update = Update(pdf)
    root_ref = pdf.trailer["Root"]
    if not isinstance(root_ref, Ref):
        raise MalformedAsset("the PDF is damaged: its catalog is no object of its own")
    root = dict(pdf.dictionary(root_ref))
    texts = [
        edit
        for edit in edits
        if edit.kind == "key" or (edit.replaces and edit.replaces.kind == "key")
    ]
    if texts:
        _set_texts(pdf, update, texts)
    before = dict(root)
    for edit in edits:
        if edit.kind == "xmp":
            _set_packet(pdf, update, root, edit.data)
        elif edit.kind == "c2pa":
            _set_manifest(pdf, update, root, edit.data)
        elif edit.kind != "key":
            raise CannotLabel(f"a PDF cannot take a value of kind {edit.kind}: use a key or XMP")
    if root != before:
        update.put(root_ref, root)
    return update.data()


def _set_texts(pdf: Pdf, update: Update, edits: list[Edit]) -> None:
    info_ref = pdf.trailer.get("Info")
    info = dict(pdf.dictionary(info_ref))
    for edit in edits:
        if edit.replaces is not None:
            info.pop(edit.replaces.name, None)
        if edit.data is not None:
            info[edit.name] = update.string(edit.data.decode("utf-8", "replace"))
    update.info = update.put(info_ref if isinstance(info_ref, Ref) else None, info)


def _set_packet(pdf: Pdf, update: Update, root: dict[str, Object], data: bytes | None) -> None:
    old = root.pop("Metadata", None)
    if data is not None:
        kind: dict[str, Object] = {"Type": Name("Metadata"), "Subtype": Name("XML")}
        inside = isinstance(old, Ref) and pdf.places.get(old.number, (0, 0))[1] < 0
        kept = old if inside and isinstance(old, Ref) else None
        root["Metadata"] = update.put_stream(kept, kind, data)


def _set_manifest(pdf: Pdf, update: Update, root: dict[str, Object], data: bytes | None) -> None:
    files = pdf.get(root.get("AF"))
    every = files if isinstance(files, list) else []
    kept = [e for e in every if pdf.dictionary(e).get("AFRelationship") != _MANIFEST]
    if data is not None:
        kind: dict[str, Object] = {
            "Type": Name("EmbeddedFile"),
            "Subtype": Name("application/x-c2pa-manifest-store"),
        }
        held = update.put_stream(None, kind, data)
        name = update.string("manifest.c2pa")
        spec: dict[str, Object] = {
            "Type": Name("Filespec"),
            "AFRelationship": _MANIFEST,
            "F": name,
            "UF": name,
            "Desc": update.string("C2PA Manifest Store"),
            "EF": {"F": held},
        }
        kept.append(update.put(None, spec))
    root.pop("AF", None)
    if kept:
        root["AF"] = kept
