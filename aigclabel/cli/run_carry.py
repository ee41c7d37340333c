"""`aigclabel carry ORIGINAL DERIVED -o OUT`."""

from __future__ import annotations

from argparse import Namespace

from aigclabel.cli import as_json
from aigclabel.cli.run_stamp import asset_of, deliver, refuse_early, signer_of
from aigclabel.engine import carry, read
from aigclabel.report import clean
from aigclabel.report.as_json import evidence_json


def run(arguments: Namespace) -> int:
    """Exit 0 when the output exists; whatever prevents it is raised."""
    refuse_early(arguments)
    done = carry(
        asset_of(arguments.original, None),
        asset_of(arguments.input, arguments.media_type),
        signer_of(arguments.signer),
        action=arguments.action,
    )
    deliver(done, arguments)
    evidence = read(done)
    if arguments.json:
        print(as_json({**evidence_json(evidence), "output": arguments.output}))
        return 0
    carried = sorted({mark.mark.schema for mark in evidence.marks})
    print(f"{clean(arguments.output, 200)}: carries {', '.join(carried) or 'no label'}")
    for note in done.notes:
        print(f"  note: {clean(note, 500)}")
    return 0
