"""The options of `aigclabel ledger`."""

from __future__ import annotations

import argparse

_WHATS = (
    ("append", "add one record"),
    ("verify", "walk through a ledger, or evidence from one, and name the first wrong record"),
    ("prove", "prove that a record is in it, or that it goes on from an older state"),
    ("checkpoint", "sign size and root as they are now"),
    ("export", "write records as evidence that anybody can check"),
    ("prune", "delete what records say whose time is over; proofs stay"),
)
_LEDGER = "sqlite:///FILE or postgresql://… (default: a file in the user's data folder)"
_SIGNER = "such as file:key.pem?chain=chain.pem&tsa=URL (default: the local identity)"
_KEY = "instead of --signer: a private key (PEM) without certificate, such as one of Ed25519"
_KEPT = "one that was kept elsewhere (checkpoint -o), that must fit"
_TRUST = "whose checkpoints you believe: certificates or public keys"
_MONTHS = "how long; * for records that no other --keep is about"


def add_parts(it: argparse.ArgumentParser) -> None:
    """Everything that `aigclabel ledger` takes."""
    what = it.add_subparsers(required=True, metavar="WHAT", dest="what")
    for name, told in _WHATS:
        part = what.add_parser(name, help=told, description=told[0].upper() + told[1:] + ".")
        part.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        part.add_argument("--ledger", default="", metavar="URL", help=_LEDGER)
        if name in {"checkpoint", "export"}:
            part.add_argument("--signer", default="", metavar="URI", help=_SIGNER)
            part.add_argument("--key", default="", metavar="FILE", help=_KEY)
            part.add_argument("--force", action="store_true", help="replace what exists")
        _OWN[name](part)


def _append(it: argparse.ArgumentParser) -> None:
    it.add_argument("kind", metavar="KIND", help="such as stamp, declaration, filing")
    it.add_argument("said", nargs="+", metavar="NAME=TEXT", help="what the record says")
    it.add_argument("--subject", default="", metavar="ID", help="whom or what it is about")


def _verify(it: argparse.ArgumentParser) -> None:
    it.add_argument("evidence", nargs="?", metavar="FOLDER", help="evidence; needs no database")
    it.add_argument("--checkpoint", action="append", default=[], metavar="FILE", help=_KEPT)
    it.add_argument("--trust", action="append", default=[], metavar="PEM_OR_FOLDER", help=_TRUST)


def _prove(it: argparse.ArgumentParser) -> None:
    it.add_argument("index", nargs="?", type=int, metavar="INDEX", help="number of the record")
    it.add_argument("--since", type=int, metavar="SIZE", help="how many there were before")
    it.add_argument("--size", type=int, metavar="SIZE", help="among the first so many (all)")


def _checkpoint(it: argparse.ArgumentParser) -> None:
    it.add_argument("-o", "--output", metavar="FILE", help="a file for note and signer, too")


def _export(it: argparse.ArgumentParser) -> None:
    it.add_argument("-o", "--output", required=True, metavar="FOLDER")
    it.add_argument("--subject", default="", metavar="ID", help="only records about it")
    it.add_argument("--kind", default="", help="only records of this kind")
    it.add_argument("--records", default="", metavar="RANGES", help="only these, such as 0-17,20")


def _prune(it: argparse.ArgumentParser) -> None:
    it.add_argument("--keep", action="append", default=[], metavar="POLICY=MONTHS", help=_MONTHS)
    it.add_argument("--subject", default="", metavar="ID", help="instead: all about it")
    it.add_argument("--on", metavar="DATE", help="as on this day (default today)")
    it.add_argument("--dry-run", action="store_true", help="only say which")


_OWN = {
    "append": _append,
    "verify": _verify,
    "prove": _prove,
    "checkpoint": _checkpoint,
    "export": _export,
    "prune": _prune,
}
