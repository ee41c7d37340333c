"""The options of `publishers`."""

from __future__ import annotations

import argparse

from aigclabel.cli.options_registers import Options, on_ledger, parts, trusting

_PARTS = {
    "add": "keep somebody whom you have checked yourselves",
    "import": "keep the people of a roster, a CSV file",
    "verify": "check an ID token of OpenID Connect, and keep who showed it",
    "bind": "bind an organisation's certificate: first a challenge to sign, then the proof",
    "unbind": "end the binding of a certificate, or of all that a publisher has",
    "suspend": "have a publisher count as not verified, and forget nothing",
    "resume": "end a suspension",
    "standing": "whether a publisher is verified, without saying who it is",
    "history": "what was checked, bound and suspended, without saying who it is",
    "forget": "delete who a publisher is; the checks stay as proofs",
}
_KEY = "32 random bytes or more (default: in your data folder, made when it is not there)"
_ANSWERS = "an OCSP response or revocation list (DER or PEM), with --trust"
_OUT = "where the challenge goes, a PNG picture: have it signed with --identity"
_PROOF = "the challenge as the organisation signed it: binds the certificate"


def publishers(it: argparse.ArgumentParser) -> None:
    """Adds the parts of `publishers` with their options."""
    parts(it, _PARTS, _OPTIONS)


def _register(it: argparse.ArgumentParser) -> None:
    on_ledger(it)
    it.add_argument("--key", default="", metavar="FILE", help=_KEY)
    it.add_argument("--platform", default="", metavar="NAME", help="yours, if you have more")


def _add(it: argparse.ArgumentParser) -> None:
    it.add_argument("--subject", required=True, help="your own id of them, or - for standard input")
    it.add_argument("--issuer", default="platform", help="who gives these ids (default: platform)")
    it.add_argument("--level", required=True, help="how you checked them, in your words")
    it.add_argument("--until", metavar="DATE", help="the last day on which that is taken")
    it.add_argument(
        "--person", action="append", default=[], metavar="NAME=TEXT", help="personal data, sealed"
    )


def _import(it: argparse.ArgumentParser) -> None:
    it.add_argument("roster", metavar="ROSTER", help="CSV: subject, level, verified, until, …")
    it.add_argument("--issuer", required=True, help="whose list it is")


def _verify(it: argparse.ArgumentParser) -> None:
    it.add_argument("token", metavar="TOKEN", help="a file with the ID token, or -")
    it.add_argument("--keys", required=True, metavar="FILE", help="the issuer's jwks.json")
    it.add_argument("--issuer", required=True, help="iss, letter by letter")
    it.add_argument("--audience", required=True, help="your client id")
    it.add_argument("--nonce", help="what your request sent")
    it.add_argument("--level", default="", help="how the issuer checks people (default: its acr)")


def _bind(it: argparse.ArgumentParser) -> None:
    _one(it)
    it.add_argument("--certificate", required=True, metavar="PEM", help="with which it vouches")
    step = it.add_mutually_exclusive_group(required=True)
    step.add_argument("-o", "--output", metavar="FILE", help=_OUT)
    step.add_argument("--proof", metavar="FILE", help=_PROOF)
    trusting(it)
    it.add_argument("--revocation", action="append", default=[], metavar="FILE", help=_ANSWERS)
    it.add_argument("--until", metavar="DATE", help="the last day (default: the certificate's)")
    it.add_argument("--force", action="store_true", help="replace the challenge's file")


def _unbind(it: argparse.ArgumentParser) -> None:
    _one(it)
    it.add_argument("--certificate", default="", metavar="PEM", help="only this one (default: all)")


def _suspend(it: argparse.ArgumentParser) -> None:
    _one(it)
    it.add_argument("--until", metavar="DATE", help="the last day of it (default: until resume)")
    _why(it)


def _why(it: argparse.ArgumentParser) -> None:
    it.add_argument("--reason", default="", metavar="WORD", help="why, in one word; it is kept")


def _standing(it: argparse.ArgumentParser) -> None:
    _one(it)
    it.add_argument("--on", metavar="DATE", help="on this day (default today)")
    it.add_argument("--person", action="store_true", help="say who it is, too: personal data")


def _one(it: argparse.ArgumentParser) -> None:
    it.add_argument("id", metavar="ID", help="a pseudonym, p-…")


_OPTIONS: dict[str, tuple[Options, ...]] = {
    "add": (_register, _add),
    "import": (_register, _import),
    "verify": (_register, _verify),
    "bind": (_register, _bind),
    "unbind": (_register, _unbind),
    "suspend": (_register, _suspend),
    "resume": (_register, _one, _why),
    "standing": (_register, _standing),
    "history": (_register, _one),
    "forget": (_register, _one),
}
