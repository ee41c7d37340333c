"""The official C2PA trust lists, as installed from a file: dated, with the hash of what was
installed. Nothing is fetched."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from aigclabel.errors import UsageError
from aigclabel.files import clear_errors, put
from aigclabel.signing.checks import ALLOWED_EKUS
from aigclabel.signing.local import home
from aigclabel.signing.pem import certificate, certificate_blocks, is_dated
from aigclabel.signing.sources import contents_of, for_times

KINDS = ("claim", "tsa")
"""Lists of those who may vouch for claim signers, and of those who may vouch for times."""
_SCHEMA = "aigclabel.trust-list/1"
_STALE = timedelta(days=180)
"""An age at which a list that does not say when it will be replaced is called stale."""
_TIME_EKU = "1.3.6.1.5.5.7.3.8"
_TRUSTED = "/trusted"


@dataclass(frozen=True, slots=True)
class TrustList:
    """An installed list. `dated` is the day it is of, `dated_by` who says so (`list`, `you` or
    `file`: the time of the file), `next_update` the day on which its maker promises another,
    `sha256` the hash of the file (hex), `certificates` PEM, `unread` what in it could not be
    read."""

    kind: str
    name: str
    sha256: str
    dated: date
    dated_by: str
    certificates: tuple[bytes, ...]
    next_update: date | None = None
    unread: tuple[str, ...] = ()

    def stale(self, on: date | None = None) -> str:
        """Why the list is too old on a day (today); empty when it is not."""
        today = on or datetime.now(UTC).date()
        if self.next_update is not None:
            old = today > self.next_update
            return f"it was to be replaced by {self.next_update}" if old else ""
        old = today - self.dated > _STALE
        return f"it is {(today - self.dated).days} days old" if old else ""


def examined(path: str | os.PathLike[str], kind: str = "", dated: date | None = None) -> TrustList:
    """What a file lists (PEM, or the JSON of ETSI TS 119 602).

    What it is a list of is told by `kind`, else its name or scheme (`TSA`), else what its
    certificates are for. Its day is the one that it states, else `dated`, else the file's.
    Raises UsageError when it holds no certificate, or it is not clear what it is a list of.
    """
    file = Path(path)
    text = contents_of(file)
    found = _of_json(text) if text.lstrip()[:1] == b"{" else _of_pem(text)
    if not found.certificates:
        raise UsageError(f"{file} holds no certificate that can be read: give a C2PA trust list")
    if found.dated_by != "list":
        with clear_errors(file):
            changed = datetime.fromtimestamp(file.stat().st_mtime, UTC).date()
        by = "you" if dated else "file"
        found = replace(found, dated=dated or changed, dated_by=by)
    kind = kind or _kind(found, file)
    return replace(found, kind=kind, name=file.name, sha256=sha256(text).hexdigest())


def installed() -> tuple[TrustList, ...]:
    """The lists that are installed. Raises UsageError for one that is damaged."""
    return tuple(each for each in map(_kept, KINDS) if each is not None)


def _place(kind: str) -> Path:
    return home() / "trust" / f"{kind}.json"


# -- what a file holds ------------------------------------------------------------------

_UNDATED = TrustList("", "", "", date.min, "", ())


def _of_pem(text: bytes) -> TrustList:
    return _sorted(_UNDATED, certificate_blocks(text))


def _of_json(text: bytes) -> TrustList:
    """A list of trusted entities (ETSI TS 119 602, annex of JSON bindings), as C2PA writes it:
    services whose status is other than trusted do not count."""
    try:
        told = json.loads(text)["LoTE"]
        scheme = told["ListAndSchemeInformation"]
        issued = _day(scheme["ListIssueDateTime"])
        until = _day(scheme["NextUpdate"]) if scheme.get("NextUpdate") else None
        name = " ".join(each["value"] for each in scheme["SchemeName"])
        blocks = tuple(
            _pem(each["val"])
            for entity in told["TrustedEntitiesList"]
            for service in entity["TrustedEntityServices"]
            if service["ServiceInformation"]["ServiceStatus"].endswith(_TRUSTED)
            for each in service["ServiceInformation"]["ServiceDigitalIdentity"]["X509Certificates"]
        )
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise UsageError(
            "the JSON is no list of trusted entities (ETSI TS 119 602): give the list as PEM"
        ) from None
    dated = replace(_UNDATED, dated=issued, dated_by="list", next_update=until)
    return _sorted(replace(dated, kind="tsa" if for_times(name) else ""), blocks)


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()


def _pem(base64: str) -> bytes:
    body = base64.encode("ascii")
    return b"-----BEGIN CERTIFICATE-----\n" + body + b"\n-----END CERTIFICATE-----\n"


def _sorted(into: TrustList, blocks: tuple[bytes, ...]) -> TrustList:
    """Certificates that can be read, each once in one spelling, and the numbers of the others."""
    from cryptography.hazmat.primitives.serialization import Encoding

    good: dict[bytes, None] = {}
    unread = []
    for number, block in enumerate(blocks, 1):
        cert = certificate(block)
        if cert is None or not is_dated(cert):
            unread.append(f"certificate {number}")
        else:
            good[cert.public_bytes(Encoding.PEM)] = None
    return replace(into, certificates=tuple(good), unread=tuple(unread))


def _kind(found: TrustList, file: Path) -> str:
    """What the list is of. A list of time-stamp authorities that passed for one of claim signers
    would let them vouch for claims, so nothing is guessed where name and content disagree."""
    named = "tsa" if found.kind == "tsa" or for_times(file.name) else ""
    uses = {each for block in found.certificates for each in _uses(block)}
    if len(uses) != 1 or (named and {named} != uses):
        raise UsageError(
            f"{file} does not tell whether it lists claim signers or time-stamp authorities: "
            "say --kind claim or --kind tsa"
        )
    return uses.pop()


def _uses(block: bytes) -> set[str]:
    from cryptography import x509

    cert = certificate(block)
    try:
        named = cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage) if cert else None
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return set()
    oids = {oid.dotted_string for oid in named.value} if named else set()
    claim = {"claim"} if oids & set(ALLOWED_EKUS) else set()
    return claim | ({"tsa"} if _TIME_EKU in oids else set())


# -- in the user's data folder ----------------------------------------------------------


def install(made: TrustList) -> None:
    """Keep a list in the user's data folder, whole or not at all, in place of the one of its
    kind. Raises UsageError or AssetError when it cannot be written there."""
    target = _place(made.kind)
    told = {"schema": _SCHEMA, **asdict(made)}
    told["certificates"] = [block.decode("ascii") for block in made.certificates]
    text = json.dumps(told, default=str, indent=1).encode()
    with clear_errors(target.parent):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    put(target, lambda out: out.write(text))


def _kept(kind: str) -> TrustList | None:
    target = _place(kind)
    if not target.exists():
        return None
    try:
        told: dict[str, Any] = json.loads(contents_of(target))
        until = told["next_update"]
        return TrustList(
            kind=kind,
            name=str(told["name"]),
            sha256=str(told["sha256"]),
            dated=date.fromisoformat(told["dated"]),
            dated_by=str(told["dated_by"]),
            certificates=tuple(str(each).encode("ascii") for each in told["certificates"]),
            next_update=date.fromisoformat(until) if until else None,
            unread=tuple(map(str, told["unread"])),
        )
    except (ValueError, TypeError, LookupError, RecursionError):
        raise UsageError(
            f"{target} is damaged: install the list again (aigclabel trust install FILE)"
        ) from None
