"""Records of a ledger as evidence: a folder that anybody checks without the database.

| file | holds |
|---|---|
| `evidence.json` | what the folder is: origin, whether it holds every record, earlier checkpoints |
| `records.jsonl` | one record a line; in a choice of records, each with its inclusion proof |
| `checkpoint.txt` | the signed checkpoint that covers them all |
| `signer.pem` | who signed it: certificates, or a public key |
| `checkpoint.tst` | its time stamp (RFC 3161), where there is one |
| `report.html` | the same on one page for people, which proves nothing |
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from aigclabel.errors import UsageError
from aigclabel.files import forget, put_all
from aigclabel.intake.ledger_entries import Entry
from aigclabel.intake.ledger_page import Seen, page

if TYPE_CHECKING:
    from aigclabel.intake.ledger import Ledger
    from aigclabel.intake.ledger_notes import Checkpoint

SCHEMA = "aigclabel.ledger/1"
NAMES = ("evidence.json", "records.jsonl", "checkpoint.txt", "signer.pem", "checkpoint.tst")
"""The files that are checked."""
_REPORT = "report.html"


def export(
    ledger: Ledger,
    folder: Path,
    *,
    subject: str = "",
    kind: str = "",
    numbers: frozenset[int] | None = None,
    force: bool = False,
) -> Checkpoint:
    """Writes records with a new checkpoint over all of the ledger; which one.

    Without `subject`, `kind` and `numbers` every record is written, and the folder proves that
    there were no others; a choice proves only those that it holds. Raises UsageError for a
    folder that is there (unless `force`), and where nothing is chosen; SigningError.
    """
    if folder.exists() and not force:
        raise UsageError(f"{folder} exists: name another folder, or use --force")
    whole = not subject and not kind and numbers is None
    chosen = None if whole else _chosen(ledger, subject, kind, numbers)
    point = ledger.checkpoint()
    if chosen is not None:
        chosen = tuple(each for each in chosen if each < point.size)
    earlier = [each for each in ledger.checkpoints() if 0 <= each.size < point.size]
    about = {
        "schema": SCHEMA,
        "origin": ledger.origin,
        "complete": whole,
        "count": point.size if chosen is None else len(chosen),
        "earlier": [_earlier(ledger, each, point, whole=whole) for each in earlier],
    }
    seen = Seen()
    _make(folder)

    def records(out: BinaryIO) -> None:
        """Writes one line for each record."""
        out.writelines(_lines(ledger, point, chosen, seen))

    forget(folder / NAMES[4])  # of what --force replaces
    stamp = ((folder / NAMES[4], _writer(point.token)),) if point.token else ()
    put_all(
        (
            *stamp,
            (folder / NAMES[0], _writer(json.dumps(about, indent=1).encode())),
            (folder / NAMES[1], records),
            (folder / NAMES[2], _writer(point.note.encode())),
            (folder / NAMES[3], _writer(point.signer.encode())),
            (folder / _REPORT, lambda out: out.write(page(point, seen, whole=whole))),
        )
    )
    return point


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise UsageError(f"{folder} cannot be made: {wrong.strerror or wrong}") from None


def _writer(data: bytes) -> Callable[[BinaryIO], object]:
    return lambda out: out.write(data)


def _chosen(
    ledger: Ledger, subject: str, kind: str, numbers: frozenset[int] | None
) -> tuple[int, ...]:
    """The numbers of the records that were asked for, and of those that say why some are empty."""
    found: set[int] = set()
    for each in ledger.entries(subject=subject):
        if (not kind or each.kind == kind) and (numbers is None or each.index in numbers):
            found |= {each.index} if each.pruned is None else {each.index, each.pruned}
    if not found:
        raise UsageError("no record is like that: nothing was written")
    return tuple(sorted(found))


def _earlier(
    ledger: Ledger, old: Checkpoint, point: Checkpoint, *, whole: bool
) -> dict[str, object]:
    """An older checkpoint, and the proof that the new one goes on from it."""
    path = () if whole else ledger.consistency(old.size, point.size).path
    return {
        "note": old.note,
        "signer": old.signer,
        "token": b64encode(old.token).decode(),
        "consistency": [each.hex() for each in path],
    }


def _lines(
    ledger: Ledger, point: Checkpoint, chosen: tuple[int, ...] | None, seen: Seen
) -> Iterator[bytes]:
    if chosen is None:
        for each in ledger.entries(0, point.size):
            seen.add(each)
            yield _line(each, None)
        return
    for index in chosen:
        each = ledger.entry(index)
        seen.add(each)
        yield _line(each, ledger.inclusion(index, point.size).path)


def _line(each: Entry, path: tuple[bytes, ...] | None) -> bytes:
    told: dict[str, object] = {
        "index": each.index,
        "time": each.time,
        "kind": each.kind,
        "content": each.content,
        "previous": each.previous,
        "hash": each.hash,
    }
    if each.pruned is None:
        told |= {"subject": each.subject, "salt": each.salt, "body": each.body}
    else:
        told["pruned"] = each.pruned
    if path is not None:
        told["proof"] = [one.hex() for one in path]
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"
