"""PNG text chunks (PNG third edition, 11.3.3), and ImageMagick's raw profiles in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aigclabel.containers.walk import Walk, utf8
from aigclabel.errors import CannotLabel

XMP = "XML:com.adobe.xmp"
_RAW = "Raw profile type "
_PROFILE = re.compile(rb"\s*([!-~]+)\s+(\d{1,10})\s+([0-9A-Fa-f\s]*)")
_KEYWORD = re.compile(r"[ -~\xa1-\xff]{1,79}")
_XMP_MARK = b"http://ns.adobe.com/xap/1.0/\0"
_LINE = 72
_KEYWORD_MAX = 79


@dataclass(frozen=True, slots=True)
class Text:
    """One text chunk: `value` as it stands in the chunk, inflated; `prefix` is language and
    translated keyword of an iTXt, with their zeros."""

    form: str
    keyword: str
    value: bytes
    packed: bool = False
    prefix: bytes = b"\0\0"

    @property
    def profile(self) -> str:
        """`xmp`, `exif` or `app1` for a raw profile of that kind, else empty."""
        kind = self.keyword.removeprefix(_RAW).lower() if _RAW in self.keyword else ""
        return kind if kind in {"xmp", "exif", "app1"} else ""


def parse(walk: Walk, form: str, data: bytes, at: int) -> Text | None:
    """The content of a text chunk; None with a fault where it makes no sense."""
    what = f"the {form} chunk at byte {at}"
    word, zero, rest = data.partition(b"\0")
    keyword = word.decode("latin-1")
    text: Text | None = None
    if len(word) > _KEYWORD_MAX:
        zero = b""
    if zero and form == "tEXt":
        return Text(form, keyword, rest)
    if zero and form == "zTXt" and rest[:1] == b"\0":
        text = Text(form, keyword, rest[1:], packed=True)
    elif zero and form == "iTXt" and rest[:2] in {b"\0\0", b"\0\1", b"\1\0"}:
        language, one, more = rest[2:].partition(b"\0")
        translated, two, value = more.partition(b"\0")
        if one and two:
            prefix = language + one + translated + two
            text = Text(form, keyword, value, packed=rest[:1] == b"\1", prefix=prefix)
    if text is None:
        walk.fault(f"{what} is damaged")
        return None
    if not text.packed:
        return text
    inflated = walk.inflate(text.value, what)
    if inflated is None:
        return None
    return Text(form, keyword, inflated, packed=True, prefix=text.prefix)


def unwrapped(value: bytes) -> tuple[str, bytes] | None:
    """The name and the bytes of a raw profile: a name, a length and hex digits, in lines."""
    match = _PROFILE.match(value)
    if match is None:
        return None
    digits = match[3].translate(None, b" \t\r\n\f\v")
    data = bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
    return match[1].decode("ascii"), data[: int(match[2])]


def wrapped(name: str, data: bytes) -> bytes:
    """A raw profile as ImageMagick writes it."""
    digits = data.hex().encode("ascii")
    lines = (digits[at : at + _LINE] for at in range(0, len(digits), _LINE))
    return b"\n%s\n%8d\n%s\n" % (name.encode("ascii"), len(data), b"\n".join(lines))


def meaning(data: bytes) -> tuple[str, bytes] | None:
    """What a raw profile of a JPEG's APP1 holds, without its mark: XMP or EXIF."""
    if data.startswith(_XMP_MARK):
        return "xmp", data[len(_XMP_MARK) :]
    if data.startswith(b"Exif\0"):
        return "exif", data[6:]
    return None


def spelled(keyword: str, data: bytes, old: Text | None) -> tuple[str, bytes]:
    """The chunk type and content for a text: in the old form where that can hold it, else
    tEXt for what comes back the same, else iTXt. Raises CannotLabel."""
    word = _word(keyword)
    if b"\0" in data:
        raise CannotLabel(f"the text for {keyword} holds a zero, which PNG text cannot: remove it")
    try:
        latin = data.decode("utf-8").encode("latin-1")
    except UnicodeDecodeError:
        raise CannotLabel(f"the text for {keyword} is not UTF-8: convert it") from None
    except UnicodeEncodeError:
        latin = b""
    # Readers that expect UTF-8 where the standard says Latin-1 must see the same text.
    if (old and old.form == "iTXt") or utf8(latin) != data:
        return "iTXt", word + b"\0\0\0" + (old.prefix if old else b"\0\0") + data
    if old and old.form == "zTXt":
        import zlib

        return "zTXt", word + b"\0\0" + zlib.compress(latin)
    return "tEXt", word + b"\0" + latin


def _word(keyword: str) -> bytes:
    if not _KEYWORD.fullmatch(keyword) or keyword != keyword.strip() or "  " in keyword:
        raise CannotLabel(
            f"{keyword!r} cannot be a PNG keyword: use 1 to 79 Latin-1 characters without "
            "spaces at the ends"
        )
    return keyword.encode("latin-1")
