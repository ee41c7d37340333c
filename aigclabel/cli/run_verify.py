"""`aigclabel verify FILE … --policy ID`."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from aigclabel.cli.arguments import context_of
from aigclabel.cli.run_read import assets_of, trust_of
from aigclabel.cli.run_stamp import policies_of
from aigclabel.engine import verify
from aigclabel.files import put
from aigclabel.model import Outcome
from aigclabel.report import Report, as_html, report_json

_STATUS = {Outcome.MET: 0, Outcome.EXEMPT: 0, Outcome.UNKNOWN: 3, Outcome.UNMET: 1}
_WORST = (0, 3, 1, 2)
"""From best to worst: met, unknown, unmet, not opened."""


def run(arguments: Namespace) -> int:
    """The worst of the files' statuses: 2 > 1 > 3 > 0."""
    rules = policies_of(arguments.policy)
    trust, context = trust_of(arguments), context_of(arguments)
    status = 0
    reports: list[Report] = []
    for asset in assets_of(arguments):
        if asset is None:
            status = 2
            continue
        report = verify(asset, rules, trust, context)
        reports.append(report)
        status = max(status, _STATUS[report.outcome], key=_WORST.index)
        print(json.dumps(report_json(report), ensure_ascii=False) if arguments.json else report)
    if arguments.html:
        page = as_html(tuple(reports)).encode("utf-8")
        put(Path(arguments.html), lambda out: out.write(page))
    return status
