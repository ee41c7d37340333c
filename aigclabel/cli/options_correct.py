"""The options of `aigclabel correct`."""

from __future__ import annotations

import argparse

_SIGNER = "such as file:key.pem?chain=chain.pem (default: a local identity); none is refused"
_REASON = "why the label is wrong; it goes into the file, so name nobody"
_PRODUCER = "the label's ContentProducer, when you are who wrote it"
_TRUST = "whom you believe: for a new certificate of the same producer"
_REVOCATION = "an OCSP response or revocation list (DER or PEM), with --trust"


def add(it: argparse.ArgumentParser) -> None:
    """Everything that `aigclabel correct` takes."""
    it.add_argument("input", metavar="FILE", help="the labelled file, or - for standard input")
    it.add_argument("-o", "--output", required=True, metavar="OUT", help="a file, or -")
    it.add_argument("--label", required=True, choices=["1", "2", "3"], help="what it is to say")
    it.add_argument("--reason", required=True, metavar="TEXT", help=_REASON)
    who = it.add_argument_group("who says so")
    who.add_argument("--producer", default="", help=_PRODUCER)
    who.add_argument("--producer-code", default="", help="its code, where the label has that")
    who.add_argument("--propagator", default="", help="name of the platform that relays it")
    who.add_argument("--propagator-code", default="")
    who.add_argument("--security-code", default="", help="ReservedCode1 for the corrected label")
    it.add_argument("--signer", default="", metavar="URI", help=_SIGNER)
    it.add_argument("--trust", action="append", default=[], metavar="PEM_OR_FOLDER", help=_TRUST)
    it.add_argument("--revocation", action="append", default=[], metavar="FILE", help=_REVOCATION)
    it.add_argument("--sidecar", metavar="FILE", help="the manifest that belongs to FILE")
    it.add_argument("--ledger", default="", metavar="URL", help="where to record the correction")
    it.add_argument("--subject", default="", metavar="ID", help="whom the record is about")
    it.add_argument("--media-type", default=None, help="of a text that its name does not tell")
    it.add_argument("--force", action="store_true", help="replace OUT when it exists")
