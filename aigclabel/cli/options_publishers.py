"""The options of `publishers`."""

from __future__ import annotations

import argparse

from aigclabel.cli.options_models import LEDGER

_PARTS = {
    "add": "keep somebody whom you have checked yourselves",
    "import": "keep the people of a roster, a CSV file",
    "verify": "check an ID token of OpenID Connect, and keep who showed it",
    "standing": "whether a publisher is verified, without saying who it is",
    "forget": "delete who a publisher is; the checks stay as proofs",
}


def publishers(it: argparse.ArgumentParser) -> None:
    """Adds the parts of `publishers` with their options."""
    what = it.add_subparsers(required=True, metavar="WHAT", dest="what")
    for name, told in _PARTS.items():
        part = what.add_parser(name, help=told, description=told[0].upper() + told[1:] + ".")
        part.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        part.add_argument("--ledger", default="", metavar="URL", help=LEDGER)
        part.add_argument("--key", default="", metavar="FILE", help=_KEY)
        part.add_argument("--platform", default="", metavar="NAME", help="yours, if you have more")
        _OPTIONS[name](part)


_KEY = "32 random bytes or more (default: in your data folder, made when it is not there)"


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


def _standing(it: argparse.ArgumentParser) -> None:
    _one(it)
    it.add_argument("--on", metavar="DATE", help="on this day (default today)")
    it.add_argument("--person", action="store_true", help="say who it is, too: personal data")


def _one(it: argparse.ArgumentParser) -> None:
    it.add_argument("id", metavar="ID", help="a pseudonym, p-…")


_OPTIONS = {
    "add": _add,
    "import": _import,
    "verify": _verify,
    "standing": _standing,
    "forget": _one,
}
