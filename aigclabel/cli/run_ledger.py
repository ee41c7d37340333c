"""`aigclabel ledger`: what was recorded, checked, proven, exported, and deleted in time."""

from __future__ import annotations

from argparse import Namespace
from contextlib import ExitStack
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from aigclabel.cli import as_json
from aigclabel.cli.arguments import day
from aigclabel.errors import UsageError
from aigclabel.files import clear_errors, put
from aigclabel.intake.ledger import Ledger, Proof
from aigclabel.intake.ledger_checks import Verdict, checked
from aigclabel.intake.ledger_entries import Entry
from aigclabel.intake.ledger_notes import Checkpoint, key_of
from aigclabel.intake.store import Store
from aigclabel.report import clean
from aigclabel.signing.keys import SigningKey
from aigclabel.signing.signer import Signer

_MOST = 1 << 20


def run(arguments: Namespace) -> int:
    """One of append, verify, prove, checkpoint, export, prune. `verify` gives 1 when something
    is wrong; the others 0."""
    with ExitStack() as arguments.ends:
        return _WHATS[arguments.what](arguments)


def _append(arguments: Namespace) -> int:
    body = {}
    for each in arguments.said:
        name, equals, text = each.partition("=")
        if not (name and equals):
            raise UsageError(f"{each[:80]!r} is nothing to record: write NAME=TEXT")
        if name in body:
            raise UsageError(f"{name} is said twice: a record says each thing once")
        body[name] = text
    made = _ledger(arguments).append(arguments.kind, body, arguments.subject)
    _say(arguments, _entry_json(made), f"record {made.index} {made.kind} {made.time}\n{made.hash}")
    return 0


def _verify(arguments: Namespace) -> int:
    from aigclabel.intake.ledger_witness import evidence_checked
    from aigclabel.signing.sources import Material, gathered

    if arguments.evidence and arguments.ledger:
        raise UsageError("verify either FOLDER or --ledger URL")
    held = gathered(tuple(arguments.trust)) if arguments.trust else Material()
    if arguments.trust and not (held.claims or held.keys):
        raise UsageError("--trust names nobody who signs: give a certificate or public key (PEM)")
    points = tuple(_kept(Path(each)) for each in arguments.checkpoint)
    believed = (points, held.claims, held.keys, held.times)
    if arguments.evidence:
        verdict = evidence_checked(Path(arguments.evidence), *believed)
    else:
        verdict = checked(_ledger(arguments, there=True), *believed)
    wrong = verdict.problem or verdict.trusted is False
    _say(arguments, _verdict_json(verdict), "\n".join(_told(verdict)))
    return 1 if wrong else 0


def _prove(arguments: Namespace) -> int:
    ledger = _ledger(arguments, there=True)
    if (arguments.index is None) == (arguments.since is None):
        raise UsageError("prove either record INDEX, or what was there --since SIZE")
    if arguments.index is not None:
        proof = ledger.inclusion(arguments.index, arguments.size)
        told = f"record {proof.index} is among {proof.size}: {len(proof.path)} hashes prove it"
    else:
        proof = ledger.consistency(arguments.since, arguments.size)
        told = f"the first {proof.old} of {proof.size} records are as they were"
    if not proof.holds:
        raise UsageError("the proof does not hold: run 'aigclabel ledger verify'")
    hashes = "\n".join(each.hex() for each in proof.path)
    _say(arguments, _proof_json(proof), f"{told}\nroot {proof.root.hex()}\n{hashes}".rstrip())
    return 0


def _checkpoint(arguments: Namespace) -> int:
    target = Path(arguments.output) if arguments.output else None
    if target and target.exists() and not arguments.force:
        raise UsageError(f"{target} exists: name another file, or use --force")
    point = _ledger(arguments, _key(arguments)).checkpoint()
    if target:
        text = f"{point.note}{point.signer}".encode()
        put(target, lambda out: out.write(text))
    _say(arguments, _point_json(point), point.note.rstrip())
    return 0


def _export(arguments: Namespace) -> int:
    from aigclabel.intake.ledger_evidence import export

    point = export(
        _ledger(arguments, _key(arguments), there=True),
        Path(arguments.output),
        subject=arguments.subject,
        kind=arguments.kind,
        numbers=_numbers(arguments.records),
        force=arguments.force,
    )
    told = f"{arguments.output}: evidence under a checkpoint over {point.size} records"
    _say(arguments, {"output": arguments.output, **_point_json(point)}, told)
    return 0


def _prune(arguments: Namespace) -> int:
    from aigclabel.intake.ledger_retention import prune, prune_subject

    on = day("--on", arguments.on)
    moment = datetime.combine(on, time.max, UTC) if on else None
    if bool(arguments.subject) == bool(arguments.keep):
        raise UsageError("prune either what --keep POLICY=MONTHS says, or one --subject ID")
    keep = dict(_months(each) for each in arguments.keep)
    ledger, dry = _ledger(arguments, there=True), arguments.dry_run
    if arguments.subject:
        done = prune_subject(ledger, arguments.subject, moment, dry=dry)
    else:
        done = prune(ledger, keep, moment, dry=dry)
    held = [{"index": index, "until": until.date().isoformat()} for index, until in done.held]
    told: dict[str, Any] = {"count": done.count, "records": done.records, "held": held}
    told["record"] = done.record.index if done.record else None
    would = "would be emptied" if dry else "emptied"
    lines = [f"{done.count} records {would}{': ' if done.records else ''}{done.records}"]
    lines += [f"record {each['index']} must be kept until {each['until']}" for each in held]
    _say(arguments, told, "\n".join(lines))
    return 0


_WHATS = {
    "append": _append,
    "verify": _verify,
    "prove": _prove,
    "checkpoint": _checkpoint,
    "export": _export,
    "prune": _prune,
}


def _ledger(arguments: Namespace, key: SigningKey | None = None, *, there: bool = False) -> Ledger:
    """The ledger of the options; where it must be there, no empty one is made in its place."""
    from aigclabel.signing.local import home

    url = arguments.ledger or f"sqlite:///{home() / 'ledger.db'}"
    file = Path(url.removeprefix("sqlite:///").partition("?")[0])
    if there and url.startswith("sqlite:///") and not file.exists():
        raise UsageError(f"{file} does not exist: name the ledger with --ledger")
    store = Store(url)
    arguments.ends.callback(store.close)
    return Ledger(store, key)


def _key(arguments: Namespace) -> SigningKey:
    if not arguments.key:
        return Signer.from_uri(arguments.signer or "local:")
    if arguments.signer:
        raise UsageError("give either --signer or --key")
    return key_of(_read(Path(arguments.key)), arguments.key)


def _kept(path: Path) -> Checkpoint:
    """A checkpoint that was kept elsewhere: the note, and its signer's PEM after it."""
    note, dashes, signer = _read(path).decode("utf-8", "replace").partition("-----BEGIN ")
    point = Checkpoint.of(note, dashes + signer)
    if point.size < 0 or not point.intact():
        raise UsageError(f"{path} is no checkpoint whose signature holds: take it from its source")
    return point


def _read(path: Path) -> bytes:
    with clear_errors(path), path.open("rb") as stream:
        return stream.read(_MOST)


def _numbers(text: str) -> frozenset[int] | None:
    if not text:
        return None
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not (first.isdecimal() and (last.isdecimal() or not dash)):
            raise UsageError(f"--records {text[:80]}: write numbers such as 0-17,20")
        if int(last or first) - int(first) > _MOST:
            raise UsageError(f"--records {text[:80]}: at most {_MOST:,} in a range")
        found |= set(range(int(first), int(last or first) + 1))
    return frozenset(found)


def _months(text: str) -> tuple[str, int]:
    name, equals, months = text.rpartition("=")
    if not (name and equals and months.isdecimal()):
        raise UsageError(f"--keep {text[:80]}: write POLICY=MONTHS")
    return name, int(months)


def _say(arguments: Namespace, told: dict[str, Any], text: str) -> None:
    if arguments.json:
        print(as_json(told))
    else:
        print("\n".join(clean(line, 2000) for line in text.splitlines()))


def _told(verdict: Verdict) -> list[str]:
    if verdict.problem:
        return [verdict.problem.message, *verdict.notes]
    of = "" if verdict.count == verdict.size else f" of {verdict.size}"
    lines = [f"{verdict.count}{of} records, each as it was", f"root {verdict.root.hex()}"]
    open_ = verdict.size - verdict.covered
    lines.append(f"{verdict.covered} are covered by a signed checkpoint, {open_} are not")
    if verdict.trusted is None:
        lines.append("whose checkpoints to believe was not said: use --trust")
    elif not verdict.trusted:
        lines.append("NOT TRUSTED: no checkpoint is signed by anybody whom --trust names")
    return [*lines, *verdict.notes]


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    wrong = verdict.problem
    return {
        "ok": verdict.ok and verdict.trusted is not False,
        "size": verdict.size,
        "root": verdict.root.hex(),
        "count": verdict.count,
        "covered": verdict.covered,
        "trusted": verdict.trusted,
        "problem": {"index": wrong.index, "what": wrong.what, "message": wrong.message}
        if wrong
        else None,
        "notes": list(verdict.notes),
    }


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "index": entry.index,
        "time": entry.time,
        "kind": entry.kind,
        "subject": entry.subject,
        "body": entry.body,
        "hash": entry.hash,
    }


def _proof_json(proof: Proof) -> dict[str, Any]:
    told: dict[str, Any] = {"size": proof.size, "root": proof.root.hex()}
    if proof.old is None:
        told |= {"index": proof.index, "leaf": proof.leaf.hex()}
    else:
        told |= {"since": proof.old, "old_root": proof.old_root.hex()}
    return {**told, "proof": [each.hex() for each in proof.path]}


def _point_json(point: Checkpoint) -> dict[str, Any]:
    return {
        "origin": point.origin,
        "size": point.size,
        "root": point.root.hex(),
        "time": point.time,
        "note": point.note,
        "signer": point.signer,
        "stamped": bool(point.token),
    }
