"""What the options of registers share: each has parts, most of which say where it lies."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

_LEDGER = "sqlite:///FILE or postgresql://USER@HOST/NAME (default: in your data folder)"
TRUST = "whom you believe; also official (the lists installed) or integrity-only (nobody)"

Options = Callable[[argparse.ArgumentParser], None]
"""Adds options to a parser."""


def parts(
    it: argparse.ArgumentParser,
    told: Mapping[str, str],
    options: Mapping[str, tuple[Options, ...]],
) -> None:
    """Adds the parts of a command, each with its line of help, `--json`, and its options."""
    what = it.add_subparsers(required=True, metavar="WHAT", dest="what")
    for name, line in told.items():
        part = what.add_parser(name, help=line, description=line[0].upper() + line[1:] + ".")
        part.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        for add in options[name]:
            add(part)


def on_ledger(it: argparse.ArgumentParser) -> None:
    """Adds `--ledger`, where the register lies."""
    it.add_argument("--ledger", default="", metavar="URL", help=_LEDGER)


def trusting(it: argparse.ArgumentParser) -> None:
    """Adds `--trust`."""
    it.add_argument("--trust", action="append", default=[], metavar="PEM_OR_FOLDER", help=TRUST)
