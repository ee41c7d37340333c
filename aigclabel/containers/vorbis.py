"""Vorbis comments (Xiph.Org, Ogg Vorbis I, 5): a vendor, and texts `NAME=text`."""

from __future__ import annotations

from dataclasses import dataclass

from aigclabel.errors import CannotLabel, MalformedAsset


@dataclass(frozen=True, slots=True)
class Comments:
    """A comment header: the vendor, each entry as it stands with its offset, and what follows
    the last (a framing bit, padding)."""

    vendor: bytes
    entries: tuple[tuple[int, bytes], ...]
    rest: bytes = b""

    def data(self) -> bytes:
        """The header again."""
        lengths = (_counted(entry) for _, entry in self.entries)
        count = len(self.entries).to_bytes(4, "little")
        return _counted(self.vendor) + count + b"".join(lengths) + self.rest


def _counted(text: bytes) -> bytes:
    return len(text).to_bytes(4, "little") + text


def parse(data: bytes, most: int) -> Comments:
    """A comment header of at most `most` entries. Raises MalformedAsset."""
    vendor, at = _text(data, 0)
    count = int.from_bytes(data[at : at + 4], "little")
    at += 4
    entries: list[tuple[int, bytes]] = []
    if count > most:
        raise MalformedAsset(f"the comments say that they are {count}, too many to be read")
    for _ in range(count):
        start = at
        entry, at = _text(data, at)
        entries.append((start, entry))
    return Comments(vendor, tuple(entries), data[at:])


def _text(data: bytes, at: int) -> tuple[bytes, int]:
    size = int.from_bytes(data[at : at + 4], "little")
    end = at + 4 + size
    if at + 4 > len(data) or end > len(data):
        raise MalformedAsset("the comments are cut off")
    return data[at + 4 : end], end


def entry(name: str, text: bytes) -> bytes:
    """`NAME=text`. Raises CannotLabel for a name that the standard forbids (5.2.1)."""
    if not name or not name.isascii() or not name.isprintable() or "=" in name:
        raise CannotLabel(f"{name!r} cannot name a Vorbis comment: use ASCII without =")
    return name.encode("ascii") + b"=" + text


def split(comment: bytes) -> tuple[str, bytes]:
    """Name and text of an entry; an entry without a sign has no name."""
    name, sign, text = comment.partition(b"=")
    return (name.decode("latin-1"), text) if sign else ("", comment)
