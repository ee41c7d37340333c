"""Files that are of two formats at once: what one reader shows, another does not see."""

from __future__ import annotations

from typing import BinaryIO

from aigclabel.protocols import Layout

_ZIP_END = b"PK\5\6"
_ZIP_TAIL = 22 + 65_535
"""Where the end record of a ZIP archive may begin (APPNOTE 4.3.16)."""
_PDF_HEAD = 1024
"""How far down readers look for `%PDF-` (ISO 32000-1, Annex H, note 13)."""
_HEADS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"RIFF", "RIFF"),
    (b"%PDF-", "PDF"),
    (b"PK\3\4", "ZIP"),
    (b"\x1aE\xdf\xa3", "Matroska"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
)
_ZIPPED = ("application/vnd.", "application/epub", "application/zip")


def other_formats(stream: BinaryIO, layout: Layout) -> tuple[str, ...]:
    """The formats that a file is besides its own, by the places where their readers look: a
    ZIP archive ends at the end, a PDF may begin late, others begin behind the end."""
    found = []
    if not layout.media_type.startswith(_ZIPPED) and _ends_as_zip(stream, layout.size):
        found.append("ZIP")
    if layout.media_type != "application/pdf" and not layout.media_type.startswith("text/"):
        stream.seek(0)
        found += ["PDF"] * (b"%PDF-" in stream.read(_PDF_HEAD))
    for part in layout.parts:
        if part.tag == "trailing":
            stream.seek(part.start)
            head = stream.read(16)
            found += [name for magic, name in _HEADS if head.startswith(magic)]
            if any(each.tag == "APP2:MPF" for each in layout.parts):
                # The pictures that a multi-picture file's index lists (CIPA DC-007) are its own.
                found = [name for name in found if name != "JPEG"]
            found += ["ISO base media"] * (head[4:8] == b"ftyp")
    return tuple(dict.fromkeys(found))


def _ends_as_zip(stream: BinaryIO, size: int) -> bool:
    stream.seek(max(0, size - _ZIP_TAIL))
    tail = stream.read(_ZIP_TAIL)
    at = tail.rfind(_ZIP_END)
    # The archive's comment lasts just to the end of the file.
    return at >= 0 and len(tail) - at >= 22 and _comment(tail, at) == len(tail) - at - 22  # noqa: PLR2004


def _comment(tail: bytes, at: int) -> int:
    return int.from_bytes(tail[at + 20 : at + 22], "little")
