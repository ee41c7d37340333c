"""`aigclabel recover FILE … --resolver URL`."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from aigclabel.cli import as_json
from aigclabel.cli.arguments import moment
from aigclabel.cli.options_watermark import search_of
from aigclabel.cli.run_read import assets_of, trust_of
from aigclabel.cli.run_stamp import resolver_of
from aigclabel.engine import recover
from aigclabel.errors import UsageError
from aigclabel.files import put, regular
from aigclabel.model import Context
from aigclabel.provenance import Recovery
from aigclabel.report import recovery_json, recovery_text


def run(arguments: Namespace) -> int:
    """Exit 0 when every file led to a manifest, 1 when one did not, 2 when one cannot be opened."""
    target = _target(arguments)
    resolver, trust = resolver_of(arguments.resolver, there=True), trust_of(arguments)
    if resolver is None:
        raise UsageError("--resolver is empty: name a database, such as sqlite:///FILE")
    status, search = 0, search_of(arguments)
    for asset in assets_of(arguments):
        if asset is None:
            status = 2
            continue
        found = recover(asset, resolver, trust, Context(at=moment(arguments.at)), search=search)
        told = as_json(recovery_json(found, asset.info)) if arguments.json else None
        print(told or recovery_text(found, asset.name))
        if target is not None:
            _keep(found, target)
        status = max(status, 0 if found.found else 1)
    return status


def _target(arguments: Namespace) -> Path | None:
    """Where the manifest goes, known to be free before the work."""
    if not arguments.output:
        return None
    if len(arguments.files) > 1:
        raise UsageError("-o takes the manifest of one FILE: name one at a time")
    target = regular(Path(arguments.output))
    if os.path.lexists(target) and not arguments.force:
        raise UsageError(f"{arguments.output} exists: choose another name or use --force")
    return target


def _keep(found: Recovery, target: Path) -> None:
    if (best := found.best) is not None:
        put(target, lambda out: out.write(best.store))
