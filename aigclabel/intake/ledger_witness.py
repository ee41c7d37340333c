"""Checking evidence that came out of a ledger, with nothing but its files."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aigclabel.errors import UsageError
from aigclabel.files import clear_errors
from aigclabel.intake.ledger_checks import Points, Problem, Verdict, Walk, wrong_with
from aigclabel.intake.ledger_entries import PRUNE, Entry, canonical
from aigclabel.intake.ledger_evidence import NAMES, SCHEMA
from aigclabel.intake.ledger_notes import Checkpoint
from aigclabel.intake.ledger_ranges import covers
from aigclabel.intake.merkle import consistent, included

_MOST = 64 << 20
"""Bytes of a file that is read as a whole."""
_LINE = 8 << 20
"""Bytes of a line: a record takes at most 1 MiB, which escapes make six times as long."""


@dataclass(frozen=True, slots=True)
class _Line:
    entry: Entry
    proof: tuple[bytes, ...]


def evidence_checked(
    folder: Path,
    checkpoints: Iterable[Checkpoint] = (),
    anchors: tuple[bytes, ...] = (),
    keys: tuple[bytes, ...] = (),
    time_anchors: tuple[bytes, ...] = (),
) -> Verdict:
    """Checks a folder that `ledger_evidence.export` wrote; the arguments are those of
    `ledger_checks.checked`. Raises UsageError for a folder that is none."""
    about, point = _about(folder), _checkpoint(folder)
    if not point.intact() or point.origin != about.get("origin"):
        return _wrong(point, "checkpoint", "the checkpoint was altered, or is another ledger's")
    earlier, proofs = _earlier(about)
    if about.get("complete") is True:
        verdict = _whole(folder, point, (*earlier, *checkpoints))
    else:
        verdict = _choice(folder, point, about, tuple(zip(earlier, proofs, strict=True)))
        verdict = _compared(verdict, (point, *earlier), tuple(checkpoints))
    if verdict.problem or not (anchors or keys):
        return verdict
    trusted = point.believed(anchors, keys, time_anchors)
    return replace(verdict, covered=point.size if trusted else 0, trusted=trusted)


def _whole(folder: Path, point: Checkpoint, others: tuple[Checkpoint, ...]) -> Verdict:
    walk = Walk(point.origin)
    points = Points(point.origin, (point, *others))
    problem = points.reach(walk)
    for line in _lines(folder):
        if problem:
            break
        if line is None:
            at = walk.edge.size
            problem = Problem(at, "altered", f"record {at} was altered: it cannot be read")
            break
        walk.step(line.entry)
        problem = walk.problem or points.reach(walk)
    if not problem and walk.edge.size > point.size:
        message = f"record {point.size} is covered by no checkpoint"
        problem = Problem(point.size, "altered", message)
    problem = problem or points.left(walk.edge.size) or walk.unproven({})
    size = walk.edge.size
    return Verdict(size, walk.edge.root(), problem, points.covered, size, notes=walk.told())


def _choice(
    folder: Path,
    point: Checkpoint,
    about: dict[str, Any],
    earlier: tuple[tuple[Checkpoint, tuple[bytes, ...]], ...],
) -> Verdict:
    last, count = -1, 0
    emptied: list[tuple[int, int]] = []
    prunes: dict[int, str] = {}
    for line in _lines(folder):
        problem = _unproven(line, last, point)
        if problem or line is None:
            return Verdict(point.size, point.root, problem)
        last, count = line.entry.index, count + 1
        if line.entry.pruned is not None:
            emptied.append((last, line.entry.pruned))
        elif line.entry.kind == PRUNE:
            prunes[last] = line.entry.body.get("records", "")
    for index, why in emptied:
        if why not in prunes or not covers(prunes[why])(index):
            message = f"record {index} says nothing any more, and no record says why"
            return Verdict(point.size, point.root, Problem(index, "unproven", message))
    if count != about.get("count"):
        message = f"records are missing after {last}: there were {about.get('count')}, not {count}"
        return Verdict(point.size, point.root, Problem(last + 1, "truncated", message))
    problem = _broken(point, earlier)
    return Verdict(point.size, point.root, problem, point.size, count)


def _unproven(line: _Line | None, last: int, point: Checkpoint) -> Problem | None:
    if line is None:
        return Problem(last + 1, "altered", f"the record after {last} cannot be read")
    each = line.entry
    if each.index <= last:
        return Problem(each.index, "reordered", f"record {each.index} stands after {last}")
    if problem := wrong_with(each, each.index, each.previous):
        return problem
    if not included(each.leaf, each.index, point.size, line.proof, point.root):
        message = f"record {each.index} was altered: its proof does not lead to the checkpoint"
        return Problem(each.index, "altered", message)
    return None


def _broken(
    point: Checkpoint, earlier: tuple[tuple[Checkpoint, tuple[bytes, ...]], ...]
) -> Problem | None:
    """An earlier checkpoint that the new one does not go on from."""
    for old, path in earlier:
        fits = old.intact() and old.origin == point.origin
        if not fits or not consistent(old.size, point.size, old.root, point.root, path):
            message = f"the ledger does not go on from its checkpoint over {old.size} records"
            return Problem(max(old.size, 0), "checkpoint", message)
    return None


def _compared(
    verdict: Verdict, known: tuple[Checkpoint, ...], others: tuple[Checkpoint, ...]
) -> Verdict:
    """A choice of records leads to the checkpoints that come with it: those from elsewhere must be
    among them."""
    for each in others:
        same = [one for one in known if (one.origin, one.size) == (each.origin, each.size)]
        if any(one.root != each.root for one in same) or each.origin != known[0].origin:
            message = f"the checkpoint of {each.time} is of another ledger, or of another state"
            problem = Problem(max(each.size, 0), "checkpoint", message)
            return replace(verdict, problem=verdict.problem or problem)
        if not same:
            note = f"the checkpoint of {each.time} is not in this evidence: it was not compared"
            verdict = replace(verdict, notes=(*verdict.notes, note))
    return verdict


def _wrong(point: Checkpoint, what: str, message: str) -> Verdict:
    return Verdict(max(point.size, 0), point.root, Problem(max(point.size, 0), what, message))


def _about(folder: Path) -> dict[str, Any]:
    told = _object(_content(folder / NAMES[0]))
    if told is None or told.get("schema") != SCHEMA:
        raise UsageError(f"{folder} is no evidence from a ledger: {NAMES[0]} is not as written")
    return told


def _checkpoint(folder: Path) -> Checkpoint:
    note, signer = (_content(folder / name).decode("utf-8", "replace") for name in NAMES[2:4])
    stamp = folder / NAMES[4]
    return Checkpoint.of(note, signer, _content(stamp) if stamp.exists() else b"")


def _earlier(
    about: dict[str, Any],
) -> tuple[tuple[Checkpoint, ...], tuple[tuple[bytes, ...], ...]]:
    told = about.get("earlier")
    rows = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    points = tuple(
        Checkpoint.of(
            str(each.get("note")), str(each.get("signer")), _decoded(str(each.get("token")))
        )
        for each in rows
    )
    return points, tuple(_path(each.get("consistency")) for each in rows)


def _lines(folder: Path) -> Iterator[_Line | None]:
    """Records in the order in which they stand; None for a line that is none."""
    path = folder / NAMES[1]
    with clear_errors(path), path.open("rb") as stream:
        while text := stream.readline(_LINE):
            yield _line(_object(text))


def _line(told: dict[str, Any] | None) -> _Line | None:
    """One record, with exactly the members that it has to have."""
    if told is None or not isinstance(told.get("index"), int):
        return None
    names = ("time", "kind", "content", "previous", "hash")
    texts = [told.get(name) for name in names]
    pruned, body = told.get("pruned"), told.get("body")
    said = [told.get("subject", ""), told.get("salt", "")]
    if not all(isinstance(each, str) for each in (*texts, *said)):
        return None
    if (pruned is None) != isinstance(body, dict) or not isinstance(pruned, int | None):
        return None
    text = canonical(body) if pruned is None else ""
    time, kind, content, previous, hashed = map(str, texts)
    subject, salt = map(str, said)
    if pruned is not None and (subject or salt):
        return None
    entry = Entry(
        told["index"], time, kind, content, previous, hashed, subject, salt, text, pruned
    )  # fmt: skip
    return _Line(entry, _path(told.get("proof")))


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _path(told: object) -> tuple[bytes, ...]:
    try:
        return tuple(bytes.fromhex(each) for each in told) if isinstance(told, list) else ()
    except (ValueError, TypeError):
        return ()


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError):
        return b""


def _content(path: Path) -> bytes:
    with clear_errors(path), path.open("rb") as stream:
        return stream.read(_MOST)
