"""One record of the ledger, and the bytes of it that are hashed.

`hash` is the leaf of RFC 6962 (2.1) over the canonical JSON (RFC 8785) of `content`, `index`,
`kind`, `previous` and `time`; `content` is the SHA-256 of that of `body`, `salt` and `subject`.
So a body can be deleted, and number, time and kind of the record stay proven. The salt is random:
without it nobody can find out by trying what a deleted body said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from aigclabel.errors import UsageError
from aigclabel.intake.merkle import leaf_hash

PRUNE = "prune"
"""The kind of the records that say which bodies were deleted, and why."""
KINDS = (
    "stamp",
    "admission",
    "declaration",
    "export-without-notice",
    "filing",
    "publisher",
    "correction",
)
"""What this library records; others may add kinds of their own."""
_KIND = re.compile(r"[a-z][a-z0-9-]{0,39}")
_MOST = 1 << 20
"""Bytes of a body: a record is a statement, not a place for files."""
_SUBJECT = 500
"""Characters of a subject."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record.

    `index` counts from 0. `time` is when it was appended, as the machine's clock said, in UTC
    (RFC 3339). `text` is the body as canonical JSON. `content`, `previous` (the hash of the record
    before; of the first, of the ledger's origin) and `hash` are SHA-256 in hex. Where the body
    was deleted, `subject`, `salt` and `text` are empty, and `pruned` is the number of the record
    that says why.
    """

    index: int
    time: str
    kind: str
    content: str
    previous: str
    hash: str
    subject: str = ""
    salt: str = ""
    text: str = ""
    pruned: int | None = None

    @property
    def body(self) -> dict[str, str]:
        """What the record says; empty where that was deleted, or is no body. Never raises."""
        try:
            said = json.loads(self.text) if self.text else {}
        except (ValueError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}

    @property
    def leaf(self) -> bytes:
        """The hash that is a leaf of the tree."""
        return bytes.fromhex(self.hash)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be recorded: see `draft`."""

    kind: str
    subject: str
    text: str


def draft(kind: str, body: Mapping[str, str], subject: str = "") -> Draft:
    """A record to be, checked. Raises UsageError for what no ledger takes."""
    if not _KIND.fullmatch(kind):
        raise UsageError(f"{kind[:40]!r} is no kind of record: write {', '.join(KINDS)}")
    if not isinstance(subject, str) or len(subject) > _SUBJECT or "\0" in subject:
        raise UsageError(f"the subject of a record is text of at most {_SUBJECT} characters")
    if not body:
        raise UsageError("a record says something: give it at least one NAME=TEXT")
    for name, said in body.items():
        if not isinstance(name, str) or not isinstance(said, str):
            raise UsageError(f"the body of a record holds text by name: write str({name!r})")
    text = canonical(dict(body))
    try:
        length = len((text + subject).encode())
    except UnicodeEncodeError:
        raise UsageError("a record takes text that UTF-8 can write: no lone surrogates") from None
    if length > _MOST:
        raise UsageError(f"a record takes at most {_MOST:,} bytes: keep the file, record its hash")
    return Draft(kind, subject, text)


def entry(said: Draft, index: int, time: str, previous: str, salt: str) -> Entry:
    """The record that a draft becomes at its place."""
    content = content_hash(said.subject, salt, said.text)
    hashed = entry_hash(index, time, said.kind, content, previous)
    chained = (content, previous, hashed)
    return Entry(index, time, said.kind, *chained, said.subject, salt, said.text)


def content_hash(subject: str, salt: str, text: str) -> str:
    """SHA-256 (hex) of what a record says, with its salt. `text` is JSON already."""
    told = f'{{"body":{text},"salt":{canonical(salt)},"subject":{canonical(subject)}}}'
    return sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def entry_hash(index: int, time: str, kind: str, content: str, previous: str) -> str:
    """The leaf (hex) of a record."""
    told = canonical(
        {"content": content, "index": index, "kind": kind, "previous": previous, "time": time}
    )
    return leaf_hash(told.encode("utf-8", "surrogatepass")).hex()


def first_previous(origin: str) -> str:
    """What stands in the first record for the hash of one before: it binds all to the ledger."""
    return sha256(origin.encode("utf-8", "surrogatepass")).hexdigest()


def canonical(value: object) -> str:
    """Canonical JSON (RFC 8785) of text, whole numbers, and objects of these."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        value = {name: value[name] for name in names}
    return _write(value)


_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def written(when: datetime) -> str:
    """A moment as records have it: RFC 3339, UTC, microseconds."""
    return when.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment_of(time: str) -> datetime | None:
    """The moment that a record states; None when that is none."""
    try:
        when = datetime.fromisoformat(time)
    except (ValueError, TypeError):
        return None
    return when if when.tzinfo else None
