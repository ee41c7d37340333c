"""Whom we believe: trust anchors for claims and for time stamps, pinned keys, revocations."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from aigclabel.errors import UsageError

if TYPE_CHECKING:
    from aigclabel.signing.lists import TrustList

OFFICIAL = "official"
INTEGRITY_ONLY = "integrity-only"
_NOBODY = "nobody is believed, as asked: integrity only"


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Certificates that we believe, each as PEM: `anchors` may vouch for who signed a claim,
    `time_anchors` only for time stamps. `keys` are public keys (PEM, SubjectPublicKeyInfo) that
    are believed without a certificate, `revocations` OCSP responses and revocation lists (DER).
    `notes` are what whoever reads a verdict that rests on the store should know, such as that a
    list is stale; a store that believes nobody must say so there.
    """

    anchors: tuple[bytes, ...]
    time_anchors: tuple[bytes, ...] = ()
    keys: tuple[bytes, ...] = ()
    revocations: tuple[bytes, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (self.anchors or self.keys or self.notes):
            raise UsageError(
                "the trust store holds no certificate that may vouch for a signer: "
                "name a PEM file or a folder with one (names with TSA are for time stamps only)"
            )

    @classmethod
    def of(cls, *paths: str | os.PathLike[str]) -> TrustStore:
        """What files and folders hold: certificates and public keys of PEM files (`*.pem` in
        folders), and OCSP responses and revocation lists (`*.crl`, `*.ocsp`, `*.der`).

        A file whose name holds `TSA` is for time stamps. A certificate that does not parse is
        left out as long as another one of its file does, and in a folder a PEM file of other
        things, such as a private key. Raises UsageError for a file without any of it, a folder
        without such files, and a store that can vouch for nobody.
        """
        from aigclabel.signing.sources import gathered

        held = gathered(paths)
        return cls(held.claims, held.times, held.keys, held.revocations)

    @classmethod
    def official(cls, *paths: str | os.PathLike[str], on: date | None = None) -> TrustStore:
        """The official C2PA lists that are installed on this machine, and what `paths` hold.

        `notes` say when a list is missing or, on the day `on` (today), stale. Raises UsageError
        when no list of claim signers is installed.
        """
        from aigclabel.signing.lists import installed
        from aigclabel.signing.sources import gathered

        lists = {each.kind: each for each in installed()}
        if "claim" not in lists:
            raise UsageError(
                "the official C2PA trust list is not installed: get C2PA-TRUST-LIST.pem and "
                "C2PA-TSA-TRUST-LIST.pem, then run 'aigclabel trust install FILE FILE'"
            )
        held = gathered(paths)
        clocks = lists["tsa"].certificates if "tsa" in lists else ()
        return cls(
            tuple(dict.fromkeys((*lists["claim"].certificates, *held.claims))),
            tuple(dict.fromkeys((*clocks, *held.times))),
            held.keys,
            held.revocations,
            _notes(lists, on),
        )

    @classmethod
    def integrity_only(cls) -> TrustStore:
        """A store that believes nobody, on purpose: what is intact is found, and no signer and
        no time is ever trusted. `notes` say so."""
        return cls((), notes=(_NOBODY,))

    @classmethod
    def named(cls, *names: str) -> TrustStore:
        """What the command line's `--trust` means: `official`, `integrity-only`, and files and
        folders. The two words come before files of that name (write `./official`), so that
        nobody is believed because of what a folder of uploads holds. Raises UsageError.
        """
        paths = tuple(each for each in names if each not in {OFFICIAL, INTEGRITY_ONLY})
        if INTEGRITY_ONLY in names:
            if set(names) != {INTEGRITY_ONLY}:
                raise UsageError("--trust integrity-only believes nobody: name nothing beside it")
            return cls.integrity_only()
        return cls.official(*paths) if OFFICIAL in names else cls.of(*paths)

    def with_revocations(self, *paths: str | os.PathLike[str]) -> TrustStore:
        """The same store with the OCSP responses and revocation lists of these files (DER, or PEM
        with `X509 CRL` blocks) beside its own. Raises UsageError for a file that holds neither."""
        from aigclabel.signing.sources import revocations_of

        held = (*self.revocations, *revocations_of(paths))
        return replace(self, revocations=tuple(dict.fromkeys(held)))


def _notes(lists: dict[str, TrustList], on: date | None) -> tuple[str, ...]:
    found = [
        f"the installed C2PA {_KINDS[each.kind]} list of {each.dated} is stale, {old}: "
        "install a newer one (aigclabel trust install FILE)"
        for each in lists.values()
        if (old := each.stale(on))
    ]
    if "tsa" not in lists:
        found.append("no C2PA time-stamp list is installed: no time stamp is believed by it")
    return tuple(found)


_KINDS = {"claim": "claim-signing", "tsa": "time-stamp"}
