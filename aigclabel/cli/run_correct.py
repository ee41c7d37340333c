"""`aigclabel correct FILE -o OUT --label 1|2|3 --reason TEXT`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from aigclabel.asset import Asset
from aigclabel.cli import as_json
from aigclabel.cli.run_read import trust_of
from aigclabel.cli.run_stamp import asset_of, deliver, refuse_early, signer_of
from aigclabel.engine import read
from aigclabel.engine.provenance import Correction, correct
from aigclabel.errors import UsageError
from aigclabel.model import Declaration
from aigclabel.report import clean
from aigclabel.report.as_json import evidence_json
from aigclabel.signing import Signer


def run(arguments: Namespace) -> int:
    """Exit 0 when the output exists; whatever prevents it is raised."""
    refuse_early(arguments)
    asset = asset_of(arguments.input, arguments.media_type, arguments.sidecar)
    told: list[Correction] = []
    record = _recorder(arguments)

    def keep(done: Correction) -> None:
        """Records it, where it is to be recorded, before anything is written."""
        if record is not None:
            record(done)
        told.append(done)

    done = correct(
        asset,
        arguments.label,
        arguments.reason,
        _declaration(arguments),
        _signer(arguments.signer),
        trust=trust_of(arguments),
        on_event=keep,
    )
    deliver(done, arguments)
    _say(done, dict(told[0].fields) if told else None, arguments)
    return 0


def _declaration(arguments: Namespace) -> Declaration:
    """Who speaks: a propagator where one is named, else the producer."""
    producer = arguments.producer or arguments.producer_code
    propagator = arguments.propagator or arguments.propagator_code
    if bool(producer) == bool(propagator):
        raise UsageError("say who corrects the label: either --producer or --propagator")
    return Declaration(
        producer=producer or propagator,
        producer_code=arguments.producer_code,
        propagator=arguments.propagator,
        propagator_code=arguments.propagator_code,
        security_code=arguments.security_code,
    )


def _signer(uri: str) -> Signer:
    found = signer_of(uri)
    if found is None:
        raise UsageError(
            "a correction is said in a signed manifest, so it needs a signer: leave --signer none "
            "out, and the local identity signs"
        )
    return found


def _recorder(arguments: Namespace) -> Callable[[Correction], object] | None:
    if not arguments.ledger:
        if arguments.subject:
            raise UsageError("--subject is of a record: name the --ledger that keeps it")
        return None
    from aigclabel.cli.registers import ledger_of, store_of
    from aigclabel.intake.ledger_events import correction_recorder

    return correction_recorder(ledger_of(store_of(arguments.ledger)), subject=arguments.subject)


def _say(done: Asset, said: dict[str, str] | None, arguments: Namespace) -> None:
    """What came out: on standard error where standard output carries the content."""
    out = sys.stderr if arguments.output == "-" else sys.stdout
    beside = f"{arguments.output}.c2pa" if done.sidecar else None
    if arguments.json:
        told: dict[str, Any] = evidence_json(read(done))
        told |= {"output": arguments.output, "sidecar": beside}
        told |= {"correction": said, "notes": list(done.notes)}
        print(as_json(told), file=out)
        return
    lines = [f"wrote {name}" for name in (arguments.output, beside) if name]
    if said:
        lines.append(f"{said['schema']} {said['field']}: {said['from']} is now {said['to']}")
    lines += [f"note: {each}" for each in done.notes]
    print("\n".join(clean(line, 1000) for line in lines), file=out)
