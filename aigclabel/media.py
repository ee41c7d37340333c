"""Which format bytes are in: structure decides, a name or hint only among text formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Literal

UNKNOWN = "application/octet-stream"
_ID3_HEAD = 10
HEAD = 4096
"""How many bytes of the start `sniff` wants to see."""

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"II+\0", "image/tiff"),
    (0, b"MM\0+", "image/tiff"),
    (0, b"\xff\x0a", "image/jxl"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (0, b"BM", "image/bmp"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"\xff\xfa", "audio/mpeg"),
    (0, b"\xff\xe3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"FLV\x01", "video/x-flv"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic",
    b"hevx": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"crx ": "image/x-canon-cr3",
}
"""Major brands of ISO base media (mp4ra.org) that are no video/mp4; `3g…` are 3GPP's."""
_ISO = {b"ftyp", b"styp", b"moof", b"moov", b"mdat", b"wide", b"pnot"}
"""Boxes that a file begins with: segments of a stream, or QuickTime without a file type."""
_KIN: dict[str, dict[str, tuple[str, ...]]] = {
    "video/mp4": {"audio/mp4": ("m4a", "m4b")},
    "video/x-matroska": {"audio/x-matroska": ("mka",)},
    "video/webm": {"audio/webm": ("weba",)},
    "image/tiff": {"image/x-adobe-dng": ("dng",)},
    "image/heif": {"image/heic": ("heic",)},
}
"""What a hint or an extension may make of a format that its first bytes cannot tell apart."""
_OGG_STARTS = 1024
_DNG = 0xC612
"""DNGVersion, which every DNG has in its first directory (DNG 1.7, chapter 4)."""
_ZIPPED = (
    (b"wordprocessingml", "docx"),
    (b"word/", "docx"),
    (b"xl/", "xlsx"),
    (b"ppt/", "pptx"),
)
_OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "dotx": "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    "xltx": "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
    "potx": "application/vnd.openxmlformats-officedocument.presentationml.template",
    "ppsx": "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
    "docm": "application/vnd.ms-word.document.macroEnabled.12",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    "pptm": "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
    "ott": "application/vnd.oasis.opendocument.text-template",
    "ots": "application/vnd.oasis.opendocument.spreadsheet-template",
    "otp": "application/vnd.oasis.opendocument.presentation-template",
    "odg": "application/vnd.oasis.opendocument.graphics",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "epub": "application/epub+zip",
}
_TEXT = {
    "txt": "text/plain",
    "md": "text/markdown",
    "markdown": "text/markdown",
    "html": "text/html",
    "htm": "text/html",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "geojson": "application/json",
    "ipynb": "application/json",
    "jsonl": "text/x-ndjson",
    "ndjson": "text/x-ndjson",
    "rtf": "text/rtf",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "xml": "application/xml",
    "xhtml": "application/xml",
    "xsd": "application/xml",
    "xsl": "application/xml",
    "fodt": "application/xml",
    "fods": "application/xml",
    "fodp": "application/xml",
    "fodg": "application/xml",
    "svg": "image/svg+xml",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
    "ass": "text/x-ssa",
    "ssa": "text/x-ssa",
    "py": "text/x-python",
    "js": "text/javascript",
    "mjs": "text/javascript",
    "jsx": "text/javascript",
    "ts": "text/x-typescript",
    "tsx": "text/x-typescript",
    "css": "text/css",
    "bat": "text/x-bat",
    "cmd": "text/x-bat",
    "hs": "text/x-haskell",
    "lua": "text/x-lua",
    "php": "text/x-php",
    "pl": "text/x-perl",
    "ps1": "text/x-powershell",
    "r": "text/x-r",
    "scala": "text/x-scala",
    "c": "text/x-c",
    "h": "text/x-c",
    "cc": "text/x-c++",
    "cpp": "text/x-c++",
    "hpp": "text/x-c++",
    "cs": "text/x-csharp",
    "go": "text/x-go",
    "java": "text/x-java",
    "kt": "text/x-kotlin",
    "rb": "text/x-ruby",
    "rs": "text/x-rust",
    "sh": "text/x-shellscript",
    "sql": "text/x-sql",
    "swift": "text/x-swift",
    "toml": "application/toml",
}
_BINARY = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "jpe": "image/jpeg",
    "jfif": "image/jpeg",
    "png": "image/png",
    "apng": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "pdf": "application/pdf",
}
"""Extensions that mean one format, so that another content is worth saying."""
_SAME = {
    "image/jpg": "image/jpeg",
    "image/apng": "image/png",
    "text/x-markdown": "text/markdown",
    "text/xml": "application/xml",
    "application/rtf": "text/rtf",
    "application/x-ndjson": "text/x-ndjson",
    "application/xhtml+xml": "application/xml",
}


_ALSO_TEXT = (b"%PDF-", b"RIFF")
"""Magic of formats whose first bytes may be text to their end."""


def plain(media_type: str) -> str:
    """A media type in the one spelling used here: lower case, no parameters, no aliases."""
    kind = media_type.partition(";")[0].strip().lower()
    return _SAME.get(kind, kind)


def seen(read: Callable[[int, int], bytes]) -> bytes:
    """What `sniff` wants to see of content that `read` gives (offset, length): its start, or
    what stands behind an ID3 tag when that is no MPEG audio."""
    head = read(0, HEAD)
    if head[:3] != b"ID3" or len(head) < _ID3_HEAD:
        return head
    size = 0
    for byte in head[6:_ID3_HEAD]:
        size = size << 7 | byte & 0x7F
    behind = read(_ID3_HEAD + size, HEAD)
    return behind if behind.startswith(b"fLaC") else head


def sniff(head: bytes, name: str = "", hint: str | None = None) -> tuple[str, str]:
    """The media type of content that begins with `head`, and a fault (or "").

    The fault is set when `hint` contradicts the content, or without one the name's extension
    does.
    """
    found, fault = _sniff(head, name, hint)
    return found, fault or ("" if hint else _misnamed(found, name))


def _sniff(head: bytes, name: str, hint: str | None) -> tuple[str, str]:
    hint = plain(hint) if hint else None
    if is_text(head) and not head.startswith(_ALSO_TEXT):
        # Words that begin like a format's magic ("BMW is a car maker") are still text.
        return _text(name, hint)
    found = _kin(_binary(head, name) or UNKNOWN, name, hint)
    if hint and found not in (hint, UNKNOWN):
        return found, f"said to be {hint}, but the content is {found}"
    if hint and found == UNKNOWN and head:
        return UNKNOWN, f"said to be {hint}, but the content is not recognised as that"
    return found, ""


def _misnamed(found: str, name: str) -> str:
    said = {**_BINARY, **_TEXT}.get(_extension(name), "")
    right = found in {said, UNKNOWN} or (said in _TEXT.values() and is_text_type(found))
    return "" if not said or right else f"named like {said}, but the content is {found}"


def _extension(name: str) -> str:
    return PurePath(name).suffix.lower().lstrip(".")


def is_text(head: bytes) -> bool:
    """Whether the start of content reads as Unicode text without control characters."""
    if not head:
        return False
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return len(head) > 2  # noqa: PLR2004  a byte order mark and something behind it
    if any(byte in head for byte in range(9)) or b"\x0e" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as wrong:
        # A character cut by the end of the window is not an error in the text.
        return len(head) >= HEAD and wrong.start > len(head) - 4
    return True


def _text(name: str, hint: str | None) -> tuple[str, str]:
    if hint and not is_text_type(hint):
        return _by_name(name), f"said to be {hint}, but the content is text"
    return hint or _by_name(name), ""


def is_text_type(media_type: str) -> bool:
    """Whether content of this media type is text."""
    return media_type.startswith("text/") or media_type in _TEXT.values()


def _by_name(name: str) -> str:
    return _TEXT.get(_extension(name), "text/plain")


def _binary(head: bytes, name: str) -> str:
    for offset, magic, media_type in _MAGIC:
        if head.startswith(magic, offset):
            return "image/x-adobe-dng" if _is_dng(head) else media_type
    if head[:4] in {b"RIFF", b"RF64", b"BW64"}:
        return _RIFF.get(head[8:12], "")
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return "audio/aiff"
    if head[:4] == b"OggS":
        return _ogg(head)
    if head[:4] == b"\x1aE\xdf\xa3":
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head[4:8] in _ISO:
        return _iso(head)
    if head[:4] == b"PK\x03\x04":
        return _zipped(head, name)
    return ""


def _ogg(head: bytes) -> str:
    """Every stream's first page stands at the start (RFC 3533, 4), so a film shows there."""
    if b"\x80theora" in head[:_OGG_STARTS]:
        return "video/ogg"
    return "audio/opus" if b"OpusHead" in head[:128] else "audio/ogg"


def _iso(head: bytes) -> str:
    """What the first box says."""
    kind, major = head[4:8], head[8:12]
    if kind != b"ftyp":
        return "video/mp4" if kind in {b"styp", b"moof"} else "video/quicktime"
    return "video/3gpp" if major[:2] == b"3g" else _BRANDS.get(major, "video/mp4")


def _kin(found: str, name: str, hint: str | None) -> str:
    for other, extensions in _KIN.get(found, {}).items():
        if hint == other or (not hint and _extension(name) in extensions):
            return other
    return found


def _is_dng(head: bytes) -> bool:
    """Whether a TIFF's first directory, as far as it is seen, has a DNG version."""
    order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"
    if head[:4] not in {b"II*\0", b"MM\0*"}:
        return False
    at = int.from_bytes(head[4:8], order)
    count = int.from_bytes(head[at : at + 2], order)
    tags = (head[at + 2 + 12 * n : at + 4 + 12 * n] for n in range(min(count, 200)))
    return any(int.from_bytes(tag, order) == _DNG for tag in tags if tag)


def _zipped(head: bytes, name: str) -> str:
    if head[30:38] == b"mimetype":
        stated = head[38:].split(b"PK", 1)[0].decode("ascii", "replace").strip()
        if stated in _OFFICE.values():
            return stated
    kind = next((kind for word, kind in _ZIPPED if word in head), "")
    said = _extension(name)
    if not kind or (said in _OFFICE and said[0] == kind[0] and not said.startswith("o")):
        # What a template or a document with macros is, its compressed parts say, and its name.
        kind = said
    return _OFFICE.get(kind, "application/zip")
