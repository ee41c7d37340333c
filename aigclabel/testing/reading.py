"""The laws of reading: never an error, never fooled, never surer for knowing less."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from aigclabel.asset import Asset, Source
from aigclabel.engine import read, verify
from aigclabel.model import Evidence, Outcome
from aigclabel.plugins import Plugins
from aigclabel.protocols import Limits
from aigclabel.report import evidence_text, report_json
from aigclabel.rules import Policy
from aigclabel.signing import TrustStore
from aigclabel.testing.basics import need

_BUILT_IN = Plugins()
_LIMITS = Limits()


def check_reading(
    source: Source,
    policy: Policy | None = None,
    trust: TrustStore | None = None,
    *,
    plugins: Plugins = _BUILT_IN,
) -> Evidence:
    """Whatever the bytes are, `read` and `verify` give evidence, and never an error of their
    own making; the evidence can be printed and written as JSON."""
    evidence = read(source, trust, plugins=plugins)
    for fault in evidence.faults:
        need(not fault.reason.startswith("unexpected"), f"{fault.carrier}: {fault.reason}")
        need("\n" not in fault.reason, f"a fault has several lines: {fault.reason!r}")
    evidence_text(evidence)
    if policy is not None:
        report = verify(source, policy, trust, plugins=plugins)
        report_json(report)
        need(str(report), "a report prints as nothing")
        if report.outcome is Outcome.MET:
            need(evidence.marks, "MET without a single mark in the file")
    return evidence


def check_every_byte(
    made: Asset, policy: Policy, trust: TrustStore, positions: Iterable[int] | None = None
) -> None:
    """A changed byte outside the manifest store breaks the signature or is listed as loose;
    inside the store it does so too, or is a fault, or changes nothing of what is said.

    `positions` are the offsets to try, all of them by default.
    """
    data = made.data()
    whole = verify(made, policy, trust)
    sound, stores = whole.evidence, _stores(made)
    loose = sound.provenance.loose
    held = {each.requirement for each in whole.findings if each.outcome is Outcome.MET}
    for at in range(len(data)) if positions is None else positions:
        changed = data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :]
        asset = Asset.of_bytes(changed, made.media_type, made.name)
        asset = replace(asset, sidecar=made.sidecar, sidecar_name=made.sidecar_name)
        report = verify(asset, policy, trust)
        now = report.evidence
        if now.provenance.intact and not _within(at, loose):
            noticed = _within(at, stores) and (now.faults != sound.faults or _same(now, sound))
            need(noticed, f"byte {at} of {len(data)} changed unnoticed")
        for each in report.findings:
            met = each.outcome is Outcome.MET and each.requirement not in held
            need(not met, f"{each.requirement} is MET since byte {at} changed")


def _same(one: Evidence, other: Evidence) -> bool:
    return one.marks == other.marks and one.provenance == other.provenance


def _stores(made: Asset) -> tuple[tuple[int, int], ...]:
    """Where the manifest store stands in the file: start and length of each of its parts."""
    container = Plugins().container(made.media_type)
    if container is None:
        return ()
    with made.stream() as stream:
        layout = container.scan(stream, made.media_type, _LIMITS)
    starts = {slot.start for slot in layout.slots if slot.kind == "c2pa"}
    tags = {part.tag for part in layout.parts if part.start in starts}
    return tuple((part.start, part.length) for part in layout.parts if part.tag in tags)


def _within(at: int, spans: tuple[tuple[int, int], ...]) -> bool:
    return any(start <= at < start + length for start, length in spans)


def check_more_trust(
    source: Source, policy: Policy, less: TrustStore | None, more: TrustStore
) -> None:
    """Believing somebody more never turns MET into anything else."""
    small, large = verify(source, policy, less), verify(source, policy, more)
    after = {(each.policy, each.requirement): each.outcome for each in large.findings}
    for each in small.findings:
        if each.outcome is Outcome.MET:
            now = after[each.policy, each.requirement]
            need(now is Outcome.MET, f"{each.requirement} was MET and is {now} with more trust")
    if small.outcome is Outcome.MET:
        need(large.outcome is Outcome.MET, "a report was MET and is not with more trust")
