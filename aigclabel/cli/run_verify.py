"""`aigclabel verify FILE … --policy ID`."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aigclabel.cli import as_json
from aigclabel.cli.arguments import context_of
from aigclabel.cli.filed import judged_with, register_of, told, told_json
from aigclabel.cli.options_watermark import search_of
from aigclabel.cli.run_read import assets_of, fetcher_of, trust_of
from aigclabel.cli.run_stamp import policies_of, resolver_of
from aigclabel.cli.unasked import note_unasked
from aigclabel.engine import verify
from aigclabel.errors import UsageError
from aigclabel.files import put, same
from aigclabel.model import Outcome
from aigclabel.report import Report, as_html, report_json

if TYPE_CHECKING:
    from aigclabel.intake.models_export import Register
    from aigclabel.intake.models_facts import Holding

_STATUS = {Outcome.MET: 0, Outcome.EXEMPT: 0, Outcome.UNKNOWN: 3, Outcome.UNMET: 1}
_WORST = (0, 3, 1, 2)
"""From best to worst: met, unknown, unmet, not opened."""


def run(arguments: Namespace) -> int:
    """The worst of the files' statuses: 2 > 1 > 3 > 0."""
    _spare_the_files(arguments)
    rules = policies_of(arguments.policy)
    trust, context = trust_of(arguments), context_of(arguments)
    note_unasked(rules, context)
    register = register_of(arguments, context)
    fetcher, search = fetcher_of(arguments), search_of(arguments)
    resolver = resolver_of(arguments.resolver, there=True)
    status = 0
    reports: list[Report] = []
    for asset in assets_of(arguments):
        if asset is None:
            status = 2
            continue
        readers = tuple(arguments.look)
        report = verify(
            asset,
            rules,
            trust,
            context,
            fetch=fetcher,
            readers=readers,
            search=search,
            resolver=resolver,
        )
        found = None
        if register is not None:
            report, found = judged_with(register, report, rules, context)
        reports.append(report)
        status = max(status, _STATUS[report.outcome], key=_WORST.index)
        if arguments.html != "-":
            print(_told(report, arguments, register, found))
    if arguments.html:
        made = datetime.now(UTC).replace(microsecond=0)
        page = as_html(tuple(reports), made, arguments.lang)
        _deliver(page.encode("utf-8"), arguments.html)
    return status


def _told(
    report: Report, arguments: Namespace, register: Register | None, found: Holding | None
) -> str:
    """The report, and what a register says of the model."""
    if arguments.json:
        more = {"models": told_json(register, found)} if register and found else {}
        return as_json({**report_json(report), **more})
    text = report.text(arguments.lang)
    return f"{text}\n{told(register, found)}" if register and found else text


def _deliver(page: bytes, name: str) -> None:
    if name == "-":
        sys.stdout.buffer.write(page)
    else:
        put(Path(name), lambda out: out.write(page))


def _spare_the_files(arguments: Namespace) -> None:
    """The page must not replace what it is about, nor stand among other output."""
    if arguments.html == "-" and arguments.json:
        raise UsageError("--html - and --json both want standard output: name a file for the page")
    named = [each for each in (*arguments.files, arguments.sidecar) if each]
    if arguments.html and any(same(Path(arguments.html), Path(each)) for each in named):
        raise UsageError(f"--html {arguments.html} is the file to verify: name another")
