"""`aigclabel stamp IN -o OUT`."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from aigclabel.asset import Asset
from aigclabel.cli import as_json
from aigclabel.cli.arguments import context_of
from aigclabel.cli.filed import registered
from aigclabel.cli.unasked import note_unasked
from aigclabel.engine import stamp
from aigclabel.engine.choices import Choices
from aigclabel.errors import UsageError
from aigclabel.files import regular, same
from aigclabel.keys import Key
from aigclabel.model import Declaration, Origin
from aigclabel.plugins import policy
from aigclabel.report import Report, clean, report_json
from aigclabel.rules import Policy
from aigclabel.signing import LOCAL, Signer

if TYPE_CHECKING:
    from aigclabel.intake.resolver import StoredResolver


def run(arguments: Namespace) -> int:
    """Exit 0 when the output exists; whatever prevents it is raised."""
    refuse_early(arguments)
    rules, context = policies_of(arguments.policy), context_of(arguments)
    resolver = resolver_of(arguments.resolver)
    note_unasked(rules, context)
    with registered(arguments, context) as (filled, known, on_event):
        done = stamp(
            asset_of(filled.input, filled.media_type),
            _declaration(filled),
            rules,
            _vouched(signer_of(filled.signer), filled.identity),
            known,
            choices=_choices(filled),
            broken_parent=filled.broken_parent,
            on_event=on_event,
            fingerprint=filled.fingerprint,
        )
    if resolver is not None:
        done = _registered(done, resolver)
    deliver(done, arguments)
    _say(done, arguments)
    return 0


def _choices(arguments: Namespace) -> Choices:
    return Choices(
        arguments.notice,
        arguments.locale,
        arguments.notice_at,
        arguments.signature,
        arguments.safe,
        arguments.notice_every,
        tuple(arguments.notice_break),
        arguments.notice_form,
        arguments.watermark,
        arguments.payload,
        Key.from_file(arguments.watermark_key) if arguments.watermark_key else None,
        arguments.watermark_by,
        declared=tuple(arguments.declared_watermark),
    )


def resolver_of(url: str, *, there: bool = False) -> StoredResolver | None:
    """The resolver that `--resolver` names; None without one. Where it must be there, no empty one
    is made in its place. Raises UsageError, LedgerError."""
    if not url:
        return None
    file = Path(url.removeprefix("sqlite:///").partition("?")[0])
    if there and url.startswith("sqlite:///") and url != "sqlite:///" and not file.exists():
        raise UsageError(f"{file} does not exist: name the database that stamp --resolver keeps")
    from aigclabel.intake.resolver import StoredResolver

    return StoredResolver(url)


def _registered(done: Asset, resolver: StoredResolver) -> Asset:
    """The result, once its manifest is where copies of it lead to."""
    label = resolver.register(done)
    return replace(done, notes=(*done.notes, f"registered as {label}"))


def refuse_early(arguments: Namespace) -> None:
    """An output that is in the way is said before the work, not after it."""
    if arguments.output == "-":
        return
    target = regular(Path(arguments.output))
    mine = arguments.input != "-" and same(target, Path(arguments.input))
    if os.path.lexists(target) and not arguments.force and not mine:
        raise UsageError(f"{arguments.output} exists: choose another name or use --force")


def asset_of(name: str, media_type: str | None, sidecar: str | None = None) -> Asset:
    """The content that a command line names; `-` is standard input."""
    if name == "-":
        if sys.stdin is None:
            raise UsageError("standard input is closed: name a file")
        return Asset.of(sys.stdin.buffer, media_type)
    return Asset.open(name, media_type, sidecar)


def policies_of(names: list[str]) -> Policy:
    """All the policies named, as one."""
    return reduce(lambda one, other: one & other, (policy(name) for name in names))


def _declaration(arguments: Namespace) -> Declaration:
    return Declaration(
        producer=arguments.producer,
        producer_code=arguments.producer_code,
        system=arguments.system,
        version=arguments.system_version,
        filing=arguments.filing,
        content_id=arguments.content_id,
        origin=Origin(arguments.origin),
        propagator=arguments.propagator,
        propagator_code=arguments.propagator_code,
        propagate_id=arguments.propagate_id,
        data_mining=arguments.data_mining,
        security_code=arguments.security_code,
    )


def _vouched(signer: Signer | None, identity: str) -> Signer | None:
    """The signer with the publisher of `--identity`."""
    if not identity:
        return signer
    if signer is None:
        raise UsageError("--identity vouches for what is signed: leave --signer none out")
    return signer.with_identity(Signer.from_uri(identity))


def signer_of(uri: str) -> Signer | None:
    """The signer that a command line names: `none`, a URI, or nothing for the local one."""
    if uri == "none":
        return None
    return Signer.from_uri(uri) if uri else LOCAL


def deliver(done: Asset, arguments: Namespace) -> None:
    """Save the result where `-o` says, or write it to standard output."""
    if arguments.output != "-":
        done.save(arguments.output, force=arguments.force)
        return
    if done.sidecar or done.quoted:
        raise UsageError(
            "this content is signed by a file beside it, which standard output cannot carry: "
            "use -o FILE, or --signer none"
        )
    with done.stream() as stream:
        while block := stream.read(1 << 20):
            sys.stdout.buffer.write(block)


def _say(done: Asset, arguments: Namespace) -> None:
    """What came out: on standard error where standard output carries the content."""
    out = sys.stderr if arguments.output == "-" else sys.stdout
    if done.report is None:
        return
    report = _named(done.report, arguments.output)
    beside = f"{arguments.output}.c2pa" if done.sidecar else None
    if arguments.json:
        told = report_json(report)
        told |= {
            "output": arguments.output,
            "sidecar": beside,
            "obligations": list(done.obligations),
            "notes": list(done.notes),
        }
        print(as_json(told), file=out)
        return
    lines = [f"wrote {name}" for name in (arguments.output, beside) if name]
    lines += [f"note: {note}" for note in done.notes]
    lines += [f"you must now {duty}" for duty in done.obligations]
    print("\n".join([*(clean(line, 1000) for line in lines), str(report)]), file=out)


def _named(report: Report, output: str) -> Report:
    """The report under the name that the result has now, as `verify` will give it."""
    name = "" if output == "-" else Path(output).name
    info = replace(report.evidence.asset, name=name)
    return replace(report, evidence=replace(report.evidence, asset=info))
