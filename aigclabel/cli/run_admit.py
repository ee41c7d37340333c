"""`aigclabel admit FILE --policy ID`."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import ExitStack
from dataclasses import replace

from aigclabel.cli import as_json
from aigclabel.cli.arguments import context_of
from aigclabel.cli.options_watermark import search_of
from aigclabel.cli.registers import ledger_of, publishers_of, store_of
from aigclabel.cli.run_read import trust_of
from aigclabel.cli.run_stamp import asset_of, deliver, policies_of, refuse_early, signer_of
from aigclabel.intake.admission import Admission, admission_json
from aigclabel.intake.gate import Gate
from aigclabel.report import clean

_SAID = {"yes": True, "no": False, None: None}


def run(arguments: Namespace) -> int:
    """Exit 0 for accept or label, with the output there where `-o` asks for one; 1 for hold or
    refuse, with nothing written."""
    if arguments.output:
        refuse_early(arguments)
    asset = asset_of(arguments.input, arguments.media_type, arguments.sidecar)
    with ExitStack() as ends:
        admission = _gate(arguments, ends).admit(
            asset,
            arguments.publisher,
            _SAID[arguments.declared],
            propagate_id=arguments.propagate_id,
        )
    done = admission.asset
    if done is not None and arguments.output:
        made = replace(done, made_from=done.made_from or asset.path)
        deliver(made, arguments)
    _say(admission, arguments)
    return 0 if admission.admitted else 1


def _gate(arguments: Namespace, ends: ExitStack) -> Gate:
    store = store_of(arguments.ledger) if arguments.ledger else None
    if store:
        ends.callback(store.close)
    return Gate(
        policies_of(arguments.policy),
        signer_of(arguments.signer),
        propagator=arguments.propagator,
        propagator_code=arguments.propagator_code,
        trust=trust_of(arguments),
        publishers=publishers_of(store) if store and arguments.publisher else None,
        ledger=ledger_of(store) if store else None,
        context=context_of(arguments),
        shows_notices=arguments.shows_notices,
        serves_output=arguments.serves_output,
        locale=arguments.locale,
        readers=tuple(arguments.look),
        search=search_of(arguments),
    )


def _say(admission: Admission, arguments: Namespace) -> None:
    """The answer: on standard error where standard output carries the content."""
    out = sys.stderr if arguments.output == "-" else sys.stdout
    done = admission.asset if arguments.output else None
    beside = f"{arguments.output}.c2pa" if done is not None and done.sidecar else None
    if arguments.json:
        told = admission_json(admission)
        told |= {"output": arguments.output if done is not None else None, "sidecar": beside}
        print(as_json(told), file=out)
        return
    lines = [str(admission)]
    names = (arguments.output, beside) if done is not None else ()
    lines += [f"wrote {clean(name, 1000)}" for name in names if name]
    if not admission.admitted and arguments.output:
        lines.append("nothing was written")
    print("\n".join(lines), file=out)
