"""`aigclabel read FILE …`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator

from aigclabel.asset import Asset
from aigclabel.cli import as_json, one_line
from aigclabel.cli.arguments import moment
from aigclabel.cli.options_watermark import search_of
from aigclabel.cli.run_stamp import asset_of
from aigclabel.engine import peek, read
from aigclabel.engine.provenance import crjson
from aigclabel.errors import AigcLabelError, UsageError
from aigclabel.fetching import Fetcher
from aigclabel.model import Context
from aigclabel.report import evidence_json, evidence_text, glance_json, glance_text
from aigclabel.signing import TrustStore


def run(arguments: Namespace) -> int:
    """Exit 0 when every file gave evidence, 2 when one cannot be opened."""
    trust = trust_of(arguments)
    context = Context(at=moment(arguments.at))
    fetcher, search = fetcher_of(arguments), search_of(arguments)
    status = 0
    for asset in assets_of(arguments):
        if asset is None:
            status = 2
            continue
        if arguments.crjson:
            status = max(status, _crjson(asset, trust))
            continue
        if arguments.peek:
            glance, name = peek(asset), asset.name
            told = as_json(glance_json(glance, name)) if arguments.json else None
            print(told or glance_text(glance, name))
            continue
        readers = tuple(arguments.look)
        evidence = read(asset, trust, context, fetch=fetcher, readers=readers, search=search)
        if arguments.json:
            print(as_json(evidence_json(evidence)))
        else:
            print(evidence_text(evidence))
    return status


def _crjson(asset: Asset, trust: TrustStore | None) -> int:
    try:
        print(as_json(crjson(asset, trust)))
    except AigcLabelError as wrong:
        print(f"aigclabel: {one_line(wrong)}", file=sys.stderr)
        return 2
    return 0


def trust_of(arguments: Namespace) -> TrustStore | None:
    """The trust store that `--trust` and `--revocation` name, None without the first. Raises
    UsageError."""
    if not arguments.trust:
        if arguments.revocation:
            raise UsageError("--revocation goes with whom you believe: name them by --trust")
        return None
    return TrustStore.named(*arguments.trust).with_revocations(*arguments.revocation)


def fetcher_of(arguments: Namespace) -> Fetcher | None:
    """The fetcher for the hosts that `--fetch` names, None without it."""
    hosts = tuple(filter(None, (arguments.fetch or "").split(",")))
    return Fetcher(hosts) if hosts else None


def assets_of(arguments: Namespace) -> Iterator[Asset | None]:
    """Each file opened; None, with a line on standard error, for one that cannot be."""
    if arguments.sidecar and len(arguments.files) > 1:
        raise UsageError("--sidecar belongs to one FILE: name one at a time")
    for name in arguments.files:
        try:
            yield asset_of(name, arguments.media_type, arguments.sidecar)
        except AigcLabelError as wrong:
            print(f"aigclabel: {one_line(wrong)}", file=sys.stderr)
            yield None
