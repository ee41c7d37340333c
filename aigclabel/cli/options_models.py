"""The options of `models`."""

from __future__ import annotations

import argparse

from aigclabel.cli.options_registers import Options, on_ledger, parts, trusting
from aigclabel.intake.models_numbers import KINDS
from aigclabel.intake.models_values import STATES

_SIGNER = "such as file:key.pem?chain=chain.pem (default: a local identity)"
_STORE = "the seven items of label material that app stores ask for, as a folder"
_ITEM = (
    "a document of one item: explicit-scheme, explicit-places, implicit-scheme, implicit-content, "
    "filing-proof, self-assessment or commitment"
)
_PARTS = {
    "add": "keep a model that is planned",
    "file": "add what happened to a model's filing, or another day of launch",
    "show": "a model with its history, or all of them",
    "due": "which filings are due, until when, and overdue since when",
    "export": "write the register as signed JSON",
    "verify": "verify an export of others, and look a model up in it",
}


def models(it: argparse.ArgumentParser) -> None:
    """Adds the parts of `models` with their options."""
    parts(it, _PARTS, _OPTIONS)


def _add(it: argparse.ArgumentParser) -> None:
    it.add_argument("--id", required=True, help="your id of the model")
    it.add_argument("--provider", default="", help="the provider's legal name")
    it.add_argument("--provider-code", default="", help="the 27-character TC260 code")
    it.add_argument("--name", required=True, help="of the model, as labels name it")
    it.add_argument("--version", required=True, help="of the model, as labels name it")
    it.add_argument("--launch", metavar="DATE", help="when people can use it")
    it.add_argument("--jurisdiction", default="CN", metavar="CC", help="two letters (default CN)")
    _by(it)


def _file(it: argparse.ArgumentParser) -> None:
    it.add_argument("id", metavar="ID", help="of the model")
    it.add_argument("--state", choices=STATES[1:], help="what it became")
    it.add_argument("--day", metavar="DATE", help="on which it did (default today)")
    it.add_argument("--number", default="", help="the number that it was given")
    it.add_argument("--kind", default="", choices=KINDS, help="of the number")
    it.add_argument(
        "--document", action="append", default=[], metavar="FILE", help="its SHA-256 is kept"
    )
    it.add_argument("--launch", metavar="DATE", help="another day of launch, instead of --state")
    _by(it)


def _by(it: argparse.ArgumentParser) -> None:
    it.add_argument("--who", default="", help="who writes this; stays in the register")
    it.add_argument("--why", default="", help="and why; stays in the register")


def _show(it: argparse.ArgumentParser) -> None:
    it.add_argument("id", nargs="?", metavar="ID", help="of a model")
    _on(it)


def _on(it: argparse.ArgumentParser) -> None:
    it.add_argument("--on", metavar="DATE", help="as things stand on this day (default today)")


def _export(it: argparse.ArgumentParser) -> None:
    it.add_argument("-o", "--output", required=True, metavar="FILE", help="a file, or -; or FOLDER")
    it.add_argument("--for", dest="reader", default="", choices=["app-store"], help=_STORE)
    it.add_argument("--app", default="", help="for an app store: the app's name")
    it.add_argument("--model", action="append", default=[], metavar="ID", help="that it calls")
    it.add_argument("--sample", action="append", default=[], metavar="FILE", help="a labelled file")
    it.add_argument("--item", action="append", default=[], metavar="NAME=FILE", help=_ITEM)
    _on(it)
    it.add_argument("--signer", default="", metavar="URI", help=_SIGNER)
    it.add_argument("--people", action="store_true", help="with who wrote what, and why")
    it.add_argument("--force", action="store_true", help="replace FILE when it exists")


def _verify(it: argparse.ArgumentParser) -> None:
    it.add_argument("export", metavar="EXPORT", help="what models export made")
    trusting(it)
    it.add_argument("--name", default="", help="of a model to look up")
    it.add_argument("--version", default="", help="of that model")
    it.add_argument("--number", default="", help="that it must have")
    it.add_argument("--provider", default="", help="its provider's name or code")
    it.add_argument("--file", default="", metavar="FILE", help="look up what its labels name")
    it.add_argument("--on", metavar="DATE", help="on this day (default the day of the export)")


_OPTIONS: dict[str, tuple[Options, ...]] = {
    "add": (on_ledger, _add),
    "file": (on_ledger, _file),
    "show": (on_ledger, _show),
    "due": (on_ledger, _on),
    "export": (on_ledger, _export),
    "verify": (_verify,),
}
