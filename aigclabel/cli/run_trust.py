"""`aigclabel trust`: the official C2PA trust lists, installed from files and shown."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from aigclabel.cli import as_json
from aigclabel.cli.arguments import day
from aigclabel.errors import UsageError
from aigclabel.signing.lists import TrustList, examined, install, installed

_NAMES = {"claim": "claim signers", "tsa": "time-stamp authorities"}
_BY = {"list": "as it states", "you": "as you say", "file": "by the file's own date"}


def run(arguments: Namespace) -> int:
    """Install lists, or show those that are installed. Exit 0."""
    lists = _installed(arguments) if arguments.what == "install" else installed()
    if arguments.json:
        print(as_json({"lists": [_as_json(each) for each in lists]}))
    else:
        print("\n".join(line for each in lists for line in _lines(each)) or _NONE)
    return 0


_NONE = (
    "no official trust list is installed: get C2PA-TRUST-LIST.pem and C2PA-TSA-TRUST-LIST.pem, "
    "then run 'aigclabel trust install FILE FILE'"
)


def _installed(arguments: Namespace) -> tuple[TrustList, ...]:
    if arguments.kind and len(arguments.files) > 1:
        raise UsageError("--kind is about one FILE: install one at a time")
    dated = day("--dated", arguments.dated)
    lists = tuple(examined(each, arguments.kind, dated) for each in arguments.files)
    if len({each.kind for each in lists}) < len(lists):
        raise UsageError("several FILEs are lists of the same kind: install one of each")
    for each in lists:
        install(each)
    return lists


def _lines(each: TrustList) -> list[str]:
    from aigclabel.report import clean

    told = [
        f"C2PA {_NAMES[each.kind]}: {len(each.certificates)} certificates, from {clean(each.name)}",
        f"  dated {each.dated} ({_BY.get(each.dated_by, each.dated_by)})",
        f"  sha256 {each.sha256}",
    ]
    if each.next_update:
        told[1] += f", to be replaced by {each.next_update}"
    if each.unread:
        told.append(f"  left out, as they cannot be read: {', '.join(each.unread)}")
    old = each.stale()
    return [*told, f"  STALE: {old}; install a newer one"] if old else told


def _as_json(each: TrustList) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "name": each.name,
        "sha256": each.sha256,
        "dated": str(each.dated),
        "dated_by": each.dated_by,
        "next_update": str(each.next_update) if each.next_update else None,
        "certificates": len(each.certificates),
        "unread": list(each.unread),
        "stale": bool(each.stale()),
    }
