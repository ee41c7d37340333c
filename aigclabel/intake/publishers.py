"""The register of publishers: who may post, by a pseudonym; who they are, apart and sealed.

A pseudonym is HMAC-SHA256 over platform, issuer and subject with a key of the platform's: nobody
without the key can make one from a name, or tell that two of different platforms are one person.
Content, reports, the ledger and `standing` have the pseudonym alone. Personal data stands in a
table of its own, under AES-256-GCM with a key derived from the same one; `forget` deletes it, and
the checks stay as proofs that somebody was verified.

A publisher may bind the certificate with which it vouches for content (CAWG), once it has shown
that it holds the key (`challenge`, `bind`); `tie` says whose it is, by no name. A publisher can be
suspended, which forgets nothing.

Whoever has the key and a subject can make its pseudonym again: keep the key apart from the
database, and know that to you a pseudonym stays personal data.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aigclabel.errors import UsageError
from aigclabel.intake.identities import Identity, IdentityCheck
from aigclabel.intake.outbox import OUTBOX, Ledger, Telling, note, tell
from aigclabel.intake.publishers_keys import KEY, Keys
from aigclabel.intake.publishers_standing import (
    SUSPENDED,
    Bound,
    Standing,
    bindings,
    holder,
    standing_of,
    suspension,
    unforgotten,
)
from aigclabel.intake.publishers_tables import (
    PUBLISHERS,
    Check,
    about,
    add_check,
    certificates,
    checks,
    drop_certificate,
    drop_person,
    key_proof,
    person,
    put_certificate,
    put_challenge,
    put_person,
    take_challenge,
)
from aigclabel.intake.store import Store
from aigclabel.intake.texts import identifier, line, now

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from aigclabel.asset import Source
    from aigclabel.signing import TrustStore

__all__ = ["KEY", "Bound", "Publishers", "Standing"]

_DAYS = 365
"""Days for which a check is taken that names no end."""
_CHALLENGE = timedelta(days=7)
"""How long a challenge may be answered: people carry it to whoever has the key, and back."""


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
        if days < 1:
            raise UsageError("a check is taken for a day at least: give more days")
        self._platform = line("the platform", platform, empty=True, longest=100)
        self._store, self._ledger, self._days = store, ledger, days
        self._keys = Keys(key, self._platform)
        store.ready(PUBLISHERS)
        store.ready(OUTBOX)
        proof = self._keys.proof
        with store.writing() as connection:
            if not hmac.compare_digest(key_proof(connection, self._platform, proof), proof):
                raise UsageError("this register was begun with another key: use that one")
        self.catch_up()

    def pseudonym(self, issuer: str, subject: str) -> str:
        """The id of an issuer's subject on this platform: `p-` and 32 small letters and digits. It
        need not be in the register."""
        return self._keys.pseudonym(issuer, subject)

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
                known = unforgotten(checks(connection, self._platform, publisher))
                if check.proof in {one.proof for one in known}:
                    continue
                told = {**each.person, "issuer": each.issuer, "subject": each.subject}
                put_person(connection, publisher, self._keys.sealed(publisher, told))
                self._add(connection, publisher, check)
        self.catch_up()
        return tuple(found)

    def standing(self, publisher_id: str, on: date | None = None) -> Standing:
        """Whether a publisher is verified on a day (today): checked by then, not past the check's
        end, not forgotten, and not suspended (level `suspended`). Of several checks the last one
        counts. Raises LedgerError."""
        return standing_of(self.history(publisher_id), on or now().date())

    def history(self, publisher_id: str) -> tuple[Check, ...]:
        """Everything that was written of a publisher, oldest first; it names nobody. Raises
        LedgerError."""
        with self._store.reading() as connection:
            return checks(connection, self._platform, publisher_id)

    def suspend(self, publisher_id: str, until: date | None = None, reason: str = "") -> None:
        """Has a publisher count as not verified from today on, to the end of `until` or until
        `resume`. Nothing is forgotten. `reason` is one word, which stays in the history and goes to
        the ledger: nothing of a person. Raises UsageError, LedgerError."""
        if until is not None and until < now().date():
            raise UsageError("the suspension ends before today: give a day to come")
        self._halt(publisher_id, Check(SUSPENDED, now(), _word(reason), until=until))

    def resume(self, publisher_id: str, reason: str = "") -> None:
        """Ends a suspension from today on. Raises UsageError for a publisher who is not suspended,
        LedgerError."""
        self._halt(publisher_id, Check("resumed", now(), _word(reason)))

    def _halt(self, publisher: str, check: Check) -> None:
        with self._store.writing() as connection:
            history = self._known(connection, publisher)
            if check.what == "resumed" and suspension(history, check.at.date()) is None:
                raise UsageError("this publisher is not suspended: nothing is to be resumed")
            self._add(connection, publisher, check)
        self.catch_up()

    def challenge(self, publisher_id: str, certificate: bytes) -> bytes:
        """A picture (PNG) for whoever says that this certificate (PEM) is the publisher's: to be
        signed with a CAWG identity of that certificate, within 7 days, and given to `bind`.

        Raises UsageError for a publisher who is not verified, and for a certificate that can vouch
        for nobody; LedgerError.
        """
        from aigclabel.intake.publishers_proof import challenge, claimed

        with self._store.reading() as connection:
            self._verified(publisher_id, connection)
        of, moment = claimed(certificate), now()
        picture, pixels = challenge(
            (
                "Signing this picture with your CAWG identity binds your certificate",
                "whose SHA-256 is",
                of.fingerprint[:32],
                of.fingerprint[32:],
                f"to the publisher {publisher_id}",
                *([f"of the platform {self._platform}"] if self._platform else []),
                f"if it is done by {(moment + _CHALLENGE).date()} (UTC).",
                "Do not sign it for anybody else.",
            )
        )
        digest = self._keys.challenge(publisher_id, of.fingerprint, pixels)
        with self._store.writing() as connection:
            put_challenge(connection, digest, moment, moment - _CHALLENGE)
        return picture

    def bind(
        self,
        publisher_id: str,
        certificate: bytes,
        proof: Source,
        trust: TrustStore | None = None,
        until: date | None = None,
    ) -> Bound:
        """Binds a certificate (PEM) to a verified publisher, by its challenge as signed with it
        (`proof`), until the certificate's last day or an earlier one. A challenge serves once.

        With anchors in `trust` the certificate must lead to one of them; without, it is kept as
        not anchored: somebody has its key, and the name in it proves nothing. Raises UsageError for
        a proof that is none, and for a certificate that another publisher has; LedgerError.
        """
        from aigclabel.intake.publishers_proof import claimed, shown

        of = claimed(certificate, trust)
        last = min(of.until, until or of.until)
        if last < now().date():
            raise UsageError("the binding ends before today: give a day to come")
        pixels, anchored = shown(proof, of, trust)
        moment, mark = now(), self._keys.certificate(of.fingerprint)
        level = "anchored" if anchored else "unanchored"
        check = Check("bound", moment, level, "cawg", moment, last, mark)
        with self._store.writing() as connection:
            self._verified(publisher_id, connection)  # nobody forgot or suspended them meanwhile
            digest = self._keys.challenge(publisher_id, of.fingerprint, pixels)
            if not take_challenge(connection, digest, moment - _CHALLENGE):
                raise UsageError(
                    "the proof answers no open challenge of this publisher and certificate: "
                    "make a new one, and have it signed as it is"
                )
            whose, _ = holder(about(connection, self._platform, mark), moment.date())
            if whose not in {"", publisher_id}:
                raise UsageError("another publisher has bound this certificate: unbind it there")
            told = {"sha256": of.fingerprint}
            put_certificate(
                connection, publisher_id, mark, self._keys.sealed(f"{publisher_id} {mark}", told)
            )
            self._add(connection, publisher_id, check)
        self.catch_up()
        return Bound(of.fingerprint, moment, last, anchored)

    def unbind(self, publisher_id: str, certificate: bytes = b"") -> int:
        """Ends the binding of a certificate (PEM), or of all that a publisher has; their number.
        Raises UsageError when none is bound, LedgerError."""
        from aigclabel.intake.publishers_proof import fingerprint

        wanted = self._keys.certificate(fingerprint(certificate)) if certificate else ""
        with self._store.writing() as connection:
            self._known(connection, publisher_id)
            count = self._unbind(connection, publisher_id, wanted)
        if not count:
            raise UsageError("this publisher has bound no such certificate: nothing is to be ended")
        _without_log(self._store.url)
        self.catch_up()
        return count

    def bound(self, publisher_id: str) -> tuple[Bound, ...]:
        """Which certificates a publisher has bound today. As `person`, this says who it is to
        whoever has the certificate: nothing else gives it. Raises LedgerError."""
        with self._store.reading() as connection:
            history = checks(connection, self._platform, publisher_id)
            held = certificates(connection, publisher_id)
        return tuple(
            Bound(
                self._keys.opened(f"{publisher_id} {each.proof}", held[each.proof])["sha256"],
                each.at, each.until or each.at.date(), each.level == "anchored",
            )
            for each in bindings(history, now().date())
            if each.proof in held
        )  # fmt: skip

    def tie(self, fingerprint: str, publisher_id: str, on: date | None = None) -> str:
        """Whose a certificate is (its SHA-256, hex) on a day (today): `publisher` (this one's),
        `other` (another's of this register), `ended` (nobody's any more), or `nobody`. Never says
        which other. Raises LedgerError."""
        mark = self._keys.certificate(fingerprint)
        with self._store.reading() as connection:
            lines = about(connection, self._platform, mark)
        whose, ever = holder(lines, on or now().date())
        if whose:
            return "publisher" if whose == publisher_id else "other"
        return "ended" if ever else "nobody"

    def person(self, publisher_id: str) -> Mapping[str, str]:
        """Who a publisher is: `issuer`, `subject`, and the personal data. This is the one way to
        ask for it. Raises UsageError when nothing is kept, LedgerError when it was altered."""
        with self._store.reading() as connection:
            sealed = person(connection, publisher_id)
            there = checks(connection, self._platform, publisher_id)
        if not sealed or not there:
            raise UsageError("nothing is kept of that publisher: check the id")
        return self._keys.opened(publisher_id, sealed)

    def forget(self, publisher_id: str) -> None:
        """Deletes who a publisher is, and unbinds its certificates. The checks stay as proofs; from
        today on nobody is verified by them, until the person is checked anew. A suspension stays,
        too. Doing it again does nothing.

        SQLite overwrites the bytes, in its log, too, once nobody else is reading; PostgreSQL does
        so in its own time (VACUUM). Copies and backups are yours. Raises UsageError for a publisher
        who is not there, LedgerError.
        """
        with self._store.writing() as connection:
            history = self._known(connection, publisher_id)
            self._unbind(connection, publisher_id)
            for mark in certificates(connection, publisher_id):
                drop_certificate(connection, mark)
            drop_person(connection, publisher_id)
            if unforgotten(history):
                self._add(connection, publisher_id, Check("forgotten", now()))
        _without_log(self._store.url)
        self.catch_up()

    def catch_up(self) -> int:
        """Tells the ledger every event that it was not told yet; their number. This happens by
        itself whenever the register is opened or written. Raises LedgerError."""
        return tell(self._store, self._ledger, "publishers")

    def _check(self, identity: Identity) -> Check:
        until = identity.until or (identity.verified + timedelta(self._days)).date()
        who = [identity.issuer, identity.subject, identity.level, identity.method]
        proof = self._keys.check([*who, identity.verified.isoformat(), until.isoformat()])
        return Check(
            "verified", now(), identity.level, identity.method, identity.verified, until, proof
        )  # fmt: skip

    def _known(self, connection: Connection, publisher: str) -> tuple[Check, ...]:
        history = checks(connection, self._platform, publisher)
        if not history:
            raise UsageError("no such publisher is in the register: check the id")
        return history

    def _verified(self, publisher: str, connection: Connection) -> None:
        history = checks(connection, self._platform, publisher)
        if not standing_of(history, now().date()).verified:
            raise UsageError("only a publisher who is verified today binds a certificate")

    def _unbind(self, connection: Connection, publisher: str, wanted: str = "") -> int:
        today = now().date()
        ended = [
            each.proof
            for each in bindings(checks(connection, self._platform, publisher), today)
            if wanted in {"", each.proof}
        ]
        for mark in ended:
            drop_certificate(connection, mark)
            self._add(connection, publisher, Check("unbound", now(), proof=mark))
        return len(ended)

    def _add(self, connection: Connection, publisher: str, check: Check) -> None:
        """Adds a line to a history, and what the ledger is to be told of it."""
        number = add_check(connection, self._platform, publisher, check)
        note(connection, "publishers", _telling(publisher, number, check))


def _word(reason: str) -> str:
    return identifier("the reason", reason) if reason else ""


def _telling(publisher: str, number: int, check: Check) -> Telling:
    halting = check.what in {SUSPENDED, "resumed"}
    body = {
        "what": check.what,
        "reason" if halting else "level": check.level,
        "method": check.method,
        "verified": check.verified.isoformat() if check.verified else "",
        "until": check.until.isoformat() if check.until else "",
        "certificate": check.proof if check.what in {"bound", "unbound"} else "",
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
