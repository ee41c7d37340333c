"""`aigclabel publishers`: who may post, by pseudonym."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes
from typing import Any

from aigclabel.cli import as_json
from aigclabel.cli.arguments import day
from aigclabel.cli.registers import KEY_FILE, bytes_of, ledger_of, store_of
from aigclabel.cli.run_read import trust_of
from aigclabel.cli.run_stamp import asset_of
from aigclabel.errors import AssetError, UsageError
from aigclabel.files import put
from aigclabel.intake.identities import Identity, Roster
from aigclabel.intake.identities_oidc import Oidc
from aigclabel.intake.publishers import KEY, Publishers
from aigclabel.intake.publishers_tables import Check
from aigclabel.intake.texts import now
from aigclabel.signing.local import home

_LONGEST = 1 << 16
_UNKNOWN = "not in the register"


def run(arguments: Namespace) -> int:
    """One part of the command. Exit 0; `standing` 1 for somebody who is not verified, and as
    `history` 3 for one who is not there. Nothing but `standing --person` prints personal data."""
    store = store_of(arguments.ledger)
    try:
        register = Publishers(
            store, _key(arguments.key), ledger_of(store), platform=arguments.platform
        )
        return _DO[arguments.what](register, arguments)
    finally:
        store.close()


def _add(register: Publishers, asked: Namespace) -> int:
    subject = _text_of("-").strip() if asked.subject == "-" else asked.subject
    identity = Identity(
        asked.issuer, subject, asked.level, "stated", now(), day("--until", asked.until),
        dict(_pair(each) for each in asked.person),
    )  # fmt: skip
    return _kept(register, register.keep(identity), asked)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError("--person wants NAME=TEXT")
    return name, value


def _import(register: Publishers, asked: Namespace) -> int:
    found = register.keep_all(Roster.of(asked.roster, asked.issuer).identities)
    if asked.json:
        print(as_json({"publishers": [_row(register, each) for each in found]}))
    else:
        print("\n".join([*found, f"{len(found)} publishers of the roster are kept"]))
    return 0


def _verify(register: Publishers, asked: Namespace) -> int:
    check = Oidc(asked.issuer, asked.audience, bytes_of(asked.keys), asked.nonce, asked.level)
    return _kept(register, register.verify(check, _text_of(asked.token).strip()), asked)


def _kept(register: Publishers, publisher: str, asked: Namespace) -> int:
    row = _row(register, publisher)
    print(as_json(row) if asked.json else f"{publisher}: {_told(row)}")
    return 0


def _bind(register: Publishers, asked: Namespace) -> int:
    certificate, until = bytes_of(asked.certificate), day("--until", asked.until)
    if asked.output:
        return _challenge(register, asked, certificate)
    bound = register.bind(
        asked.id, certificate, asset_of(asked.proof, None), trust_of(asked), until
    )
    told = {"id": asked.id, "until": bound.until.isoformat(), "anchored": bound.anchored}
    word = "anchored" if bound.anchored else "not anchored: its name proves nothing"
    line = f"{asked.id}: the certificate is bound until {bound.until}, {word}"
    print(as_json(told) if asked.json else line)
    return 0


def _challenge(register: Publishers, asked: Namespace, certificate: bytes) -> int:
    if asked.until or asked.trust or asked.revocation:
        raise UsageError("--until, --trust and --revocation go with --proof: leave them out here")
    if asked.output != "-" and os.path.lexists(asked.output) and not asked.force:
        raise UsageError(f"{asked.output} exists: choose another name or use --force")
    picture = register.challenge(asked.id, certificate)
    if asked.output == "-":
        sys.stdout.buffer.write(picture)
        return 0
    put(Path(asked.output), lambda stream: stream.write(picture))
    told = {"id": asked.id, "output": asked.output}
    line = f"{_clean(asked.output)}: to be signed with the CAWG identity, and given as --proof"
    print(as_json(told) if asked.json else line)
    return 0


def _unbind(register: Publishers, asked: Namespace) -> int:
    certificate = bytes_of(asked.certificate) if asked.certificate else b""
    count = register.unbind(asked.id, certificate)
    told = {"id": asked.id, "unbound": count}
    print(as_json(told) if asked.json else f"{asked.id}: {count} certificates are not bound now")
    return 0


def _suspend(register: Publishers, asked: Namespace) -> int:
    register.suspend(asked.id, day("--until", asked.until), asked.reason)
    return _kept(register, asked.id, asked)


def _resume(register: Publishers, asked: Namespace) -> int:
    register.resume(asked.id, asked.reason)
    return _kept(register, asked.id, asked)


def _history(register: Publishers, asked: Namespace) -> int:
    rows = [_line(each) for each in register.history(asked.id)]
    if asked.json:
        print(as_json({"id": asked.id, "history": rows}))
    else:
        print("\n".join(f"{row['at']} {_said(row)}" for row in rows) or _UNKNOWN)
    return 0 if rows else 3


def _line(each: Check) -> dict[str, Any]:
    halting = each.what in {"suspended", "resumed"}
    return {
        "what": each.what,
        "at": each.at.isoformat(),
        "level": "" if halting else each.level,
        "method": each.method,
        "verified": each.verified.isoformat() if each.verified else None,
        "until": each.until.isoformat() if each.until else None,
        "reason": each.level if halting else "",
    }


def _said(row: Mapping[str, Any]) -> str:
    until = f"until {row['until']}" if row["until"] else ""
    told = (row["what"], row["level"], row["method"], row["reason"], until)
    return _clean(", ".join(each for each in told if each))


def _standing(register: Publishers, asked: Namespace) -> int:
    standing = register.standing(asked.id, day("--on", asked.on))
    row = {**_row(register, asked.id, asked), "person": None, "certificates": None}
    if asked.person:
        row["person"] = dict(register.person(asked.id))
        row["certificates"] = [each.fingerprint for each in register.bound(asked.id)]
    if asked.json:
        print(as_json(row))
    else:
        print(f"{_clean(asked.id)}: {_told(row)}")
        for name, value in (row["person"] or {}).items():
            print(f"  {_clean(name)}: {_clean(value)}")
        for each in row["certificates"] or ():
            print(f"  certificate: {each}")
    return {True: 0, False: 1, None: 3}[standing.verified]


def _forget(register: Publishers, asked: Namespace) -> int:
    register.forget(asked.id)
    told = {"id": asked.id, "forgotten": True}
    print(as_json(told) if asked.json else f"{asked.id}: forgotten; the checks stay as proofs")
    return 0


def _row(register: Publishers, publisher: str, asked: Namespace | None = None) -> dict[str, Any]:
    on = day("--on", asked.on) if asked else None
    standing = register.standing(publisher, on)
    return {
        "id": publisher,
        "verified": standing.verified,
        "level": standing.level,
        "until": standing.until.isoformat() if standing.until else None,
    }


def _told(row: Mapping[str, Any]) -> str:
    if row["verified"] is None:
        return _UNKNOWN
    told = ["verified" if row["verified"] else "NOT VERIFIED"]
    told += [_clean(row["level"])] if row["level"] else []
    told += [f"until {row['until']}"] if row["until"] else []
    return ", ".join(told)


def _text_of(name: str) -> str:
    """The text of a file, or of standard input. Its content is in no error."""
    data = sys.stdin.buffer.read(_LONGEST) if name == "-" else bytes_of(name)
    try:
        return data[:_LONGEST].decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("the input is not UTF-8: give text") from None


def _key(name: str) -> bytes:
    """The key of the register; the default one is made when it is not there, for its owner only."""
    if name:
        return bytes_of(name)
    path = home() / KEY_FILE
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
    except OSError as wrong:
        raise AssetError(f"{path} cannot be made: {wrong.strerror or wrong}") from None
    return bytes_of(str(path))


def _make(path: Path) -> None:
    """Whole or not at all, and never over a key that another process made meanwhile."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(token_bytes(KEY))
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink()


def _clean(text: str) -> str:
    from aigclabel.report import clean

    return clean(text, 200)


_DO = {
    "add": _add,
    "import": _import,
    "verify": _verify,
    "bind": _bind,
    "unbind": _unbind,
    "suspend": _suspend,
    "resume": _resume,
    "standing": _standing,
    "history": _history,
    "forget": _forget,
}
