"""The register of publishers: who may post, by a pseudonym; who they are, apart and sealed.

A pseudonym is HMAC-SHA256 over platform, issuer and subject with a key of the platform's: nobody
without the key can make one from a name, or tell that two of different platforms are one person.
Content, reports, the ledger and `standing` have the pseudonym alone. Personal data stands in a
table of its own, under AES-256-GCM with a key derived from the same one; `forget` deletes it, and
the checks stay as proofs that somebody was verified.

Whoever has the key and a subject can make its pseudonym again: keep the key apart from the
database, and know that to you a pseudonym stays personal data.
"""

from __future__ import annotations

import hmac
import json
from base64 import b32encode, b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from aigclabel.errors import LedgerError, UsageError
from aigclabel.intake.identities import Identity, IdentityCheck
from aigclabel.intake.outbox import OUTBOX, Ledger, Telling, note, tell
from aigclabel.intake.publishers_tables import (
    PUBLISHERS,
    Check,
    add_check,
    checks,
    drop_person,
    key_proof,
    person,
    put_person,
)
from aigclabel.intake.store import Store
from aigclabel.intake.texts import line, now

__all__ = ["Publishers", "Standing"]

KEY = 32
"""Bytes that a key has at least."""
_DAYS = 365
"""Days for which a check is taken that names no end."""
_HALF = timedelta(hours=12)
"""A moment's day, where it is still the earliest: who asks for a day may live anywhere."""
_NONCE = 12
_SIGNS = 32
"""Characters of a pseudonym behind `p-`: 160 bits in base32."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether somebody was verified, never who. `verified` is None for one whom the register does
    not have; `level` and `until` are those of the last check, empty and None without one."""

    verified: bool | None
    level: str = ""
    until: date | None = None


class Publishers:
    """The register of one platform in a store. `key` has 32 bytes or more and is the platform's
    own; `platform` names it. A check that names no end is taken for `days` days.

    Raises UsageError for a shorter key, and for another key than the one that the register began
    with; MissingExtra, LedgerError.
    """

    def __init__(
        self,
        store: Store,
        key: bytes,
        ledger: Ledger | None = None,
        *,
        platform: str = "",
        days: int = _DAYS,
    ) -> None:
        if not isinstance(key, bytes) or len(key) < KEY:
            raise UsageError(f"the register's key needs {KEY} bytes or more: make a random one")
        if days < 1:
            raise UsageError("a check is taken for a day at least: give more days")
        self._platform = line("the platform", platform, empty=True, longest=100)
        self._store, self._ledger, self._days = store, ledger, days
        self._names = _derived(key, "pseudonyms")
        self._seal = _derived(key, "personal data")
        store.ready(PUBLISHERS)
        store.ready(OUTBOX)
        proof = _mac(_derived(key, "proof of the key"), [self._platform])
        with store.writing() as connection:
            if not hmac.compare_digest(key_proof(connection, self._platform, proof), proof):
                raise UsageError("this register was begun with another key: use that one")
        self.catch_up()

    def pseudonym(self, issuer: str, subject: str) -> str:
        """The id of an issuer's subject on this platform: `p-` and 32 small letters and digits. It
        need not be in the register."""
        digest = bytes.fromhex(_mac(self._names, [self._platform, issuer.strip(), subject.strip()]))
        return f"p-{b32encode(digest).decode('ascii')[:_SIGNS].lower()}"

    def verify(self, check: IdentityCheck, shown: str) -> str:
        """Checks what somebody shows, and keeps that it stands; their pseudonym. Raises what the
        check raises, and LedgerError; then nothing is kept."""
        return self.keep(check.check(shown))

    def keep(self, identity: Identity) -> str:
        """Keeps that an identity was checked; the pseudonym. Raises LedgerError."""
        return self.keep_all((identity,))[0]

    def keep_all(self, identities: Iterable[Identity]) -> tuple[str, ...]:
        """As `keep`, for all of them or none, such as those of a roster. A check that is there
        already, and was not forgotten since, is not written again."""
        found = []
        with self._store.writing() as connection:
            for each in identities:
                publisher = self.pseudonym(each.issuer, each.subject)
                found.append(publisher)
                check = self._check(each)
                history = checks(connection, self._platform, publisher)
                forgotten = [n for n, one in enumerate(history) if one.what == "forgotten"]
                since = history[forgotten[-1] + 1 :] if forgotten else history
                if check.proof in {one.proof for one in since}:
                    continue
                put_person(connection, publisher, self._sealed(publisher, each))
                number = add_check(connection, self._platform, publisher, check)
                note(connection, "publishers", _telling(publisher, number, check))
        self.catch_up()
        return tuple(found)

    def standing(self, publisher_id: str, on: date | None = None) -> Standing:
        """Whether a publisher is verified on a day (today): checked by then, not past the check's
        end, and not forgotten. Of several checks the last one counts. Raises LedgerError."""
        day = on or now().date()
        with self._store.reading() as connection:
            history = checks(connection, self._platform, publisher_id)
        if not history:
            return Standing(None)
        known: list[Check] = []
        for each in history:
            if each.what != "forgotten":
                known.append(each)
            elif _day(each.at) <= day:
                known = []
        known = [each for each in known if each.verified and _day(each.verified) <= day]
        if not known:
            return Standing(False)
        # What was checked last counts; of one moment, what was written last.
        _, last = max(enumerate(known), key=lambda one: (one[1].verified, one[0]))
        return Standing(last.until is not None and day <= last.until, last.level, last.until)

    def person(self, publisher_id: str) -> Mapping[str, str]:
        """Who a publisher is: `issuer`, `subject`, and the personal data. This is the one way to
        ask for it. Raises UsageError when nothing is kept, LedgerError when it was altered."""
        with self._store.reading() as connection:
            sealed = person(connection, publisher_id)
            there = checks(connection, self._platform, publisher_id)
        if not sealed or not there:
            raise UsageError("nothing is kept of that publisher: check the id")
        return self._opened(publisher_id, sealed)

    def forget(self, publisher_id: str) -> None:
        """Deletes who a publisher is. The checks stay as proofs; from today on nobody is verified
        by them, until the person is checked anew. Doing it again does nothing.

        SQLite overwrites the bytes, in its log, too, once nobody else is reading; PostgreSQL does
        so in its own time (VACUUM). Copies and backups are yours. Raises UsageError for a publisher
        who is not there, LedgerError.
        """
        with self._store.writing() as connection:
            history = checks(connection, self._platform, publisher_id)
            if not history:
                raise UsageError("no such publisher is in the register: check the id")
            drop_person(connection, publisher_id)
            if history[-1].what != "forgotten":
                check = Check("forgotten", now())
                number = add_check(connection, self._platform, publisher_id, check)
                note(connection, "publishers", _telling(publisher_id, number, check))
        _without_log(self._store.url)
        self.catch_up()

    def catch_up(self) -> int:
        """Tells the ledger every event that it was not told yet; their number. This happens by
        itself whenever the register is opened or written. Raises LedgerError."""
        return tell(self._store, self._ledger, "publishers")

    def _check(self, identity: Identity) -> Check:
        until = identity.until or (identity.verified + timedelta(self._days)).date()
        who = [identity.issuer, identity.subject, identity.level, identity.method]
        proof = _mac(self._seal, [*who, identity.verified.isoformat(), until.isoformat()])
        return Check(
            "verified", now(), identity.level, identity.method, identity.verified, until, proof
        )  # fmt: skip

    def _sealed(self, publisher: str, identity: Identity) -> str:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        told = {**identity.person, "issuer": identity.issuer, "subject": identity.subject}
        nonce = token_bytes(_NONCE)
        data = AESGCM(self._seal).encrypt(nonce, json.dumps(told).encode(), publisher.encode())
        return b64encode(nonce + data).decode("ascii")

    def _opened(self, publisher: str, sealed: str) -> Mapping[str, str]:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            data = b64decode(sealed, validate=True)
            told = AESGCM(self._seal).decrypt(data[:_NONCE], data[_NONCE:], publisher.encode())
        except (InvalidTag, ValueError):
            raise LedgerError("the personal data was altered: restore it from a backup") from None
        held: dict[str, str] = json.loads(told)
        return held


def _derived(key: bytes, use: str) -> bytes:
    """One key for each use, so that none can stand in the place of another."""
    return hmac.new(key, f"aigclabel publishers 1: {use}".encode(), sha256).digest()


def _mac(key: bytes, parts: list[str]) -> str:
    """A keyed digest of texts; JSON keeps their borders apart."""
    return hmac.new(key, json.dumps(parts).encode("ascii"), sha256).hexdigest()


def _day(moment: datetime) -> date:
    return (moment - _HALF).date()


def _telling(publisher: str, number: int, check: Check) -> Telling:
    body = {
        "what": check.what,
        "level": check.level,
        "method": check.method,
        "verified": check.verified.isoformat() if check.verified else "",
        "until": check.until.isoformat() if check.until else "",
        "written": check.at.isoformat(),
    }
    told = {name: value for name, value in body.items() if value}
    return Telling(f"publisher {number}", "publisher", publisher, told)


def _without_log(url: str) -> None:
    """Empties SQLite's log, which still holds what was deleted; left to later when others read."""
    import sqlite3
    from contextlib import closing, suppress

    from sqlalchemy.engine import make_url

    parts = make_url(url)
    if parts.drivername != "sqlite" or not Path(parts.database or "").is_file():
        return
    with suppress(sqlite3.Error), closing(sqlite3.connect(str(parts.database))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
