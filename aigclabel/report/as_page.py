"""A report as one HTML page: opens offline, prints on A4, safe against hostile metadata."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aigclabel.model import Evidence, Finding, Found, Layer, Outcome
from aigclabel.provenance import CrossCheck, Ingredient
from aigclabel.report.answers import answers
from aigclabel.report.report import Report
from aigclabel.report.text import STRANGER, clean, signer_words

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;
color:#111;background:#fff}
section+section{border-top:4px double #111;margin-top:3rem}
h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}
table{border-collapse:collapse;width:100%;table-layout:fixed}
th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;border-bottom:1px solid #999;
overflow-wrap:anywhere}
.c3 th:first-child{width:30%}.c3 th:nth-child(2){width:22%}.c2 th:first-child{width:18%}
.c4 th:first-child{width:16%}.c4 th:nth-child(2){width:33%}.c4 th:nth-child(3){width:19%}
.c6 th:first-child{width:8%}.c6 th:nth-child(2){width:18%}.c6 th:nth-child(4){width:26%}
.says th:nth-child(2){width:56%}.duties th:nth-child(3){width:11%}
thead th{border-bottom:2px solid #111}tbody th{font-weight:600}
p.verdict{font-size:1.1rem;border:2px solid #111;padding:.6rem .8rem}
p.small{font-size:.85rem;color:#333}
dl{display:grid;grid-template-columns:9rem 1fr;gap:.15rem .5rem;margin:0}
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
@page{size:A4;margin:16mm}
@media print{body{margin:0;padding:0;max-width:none;font-size:9pt}
p.verdict{font-size:11pt}h1{font-size:15pt}h2{font-size:11pt}p.small{font-size:8pt}
section+section{break-before:page;border:0;margin:0}tr{break-inside:avoid}
h2{break-after:avoid}thead{display:table-header-group}}
"""
_WIDTHS = {"What each says": " says", "Clause": " duties"}
_MOST = 200
"""Rows of a table: a file must not make a page of any length."""
_RELATIONS = {
    "parentOf": "what was opened and changed (parent)",
    "componentOf": "a part that was put in (component)",
    "inputTo": "what a model was given (input)",
}
_STATES = {
    "trusted": "intact, signer trusted",
    "untrusted": "intact, signer not trusted",
    "broken": "BROKEN: altered",
    "none": "not signed",
}
_STATEMENTS = {
    "generated": "AI made it",
    "modified": "AI had a part in it",
    "none": "no AI was used",
    "unknown": "nothing",
}
_TRUST = {
    "trusted": "signed by a signer who is trusted",
    "intact": "signed and unchanged; the signer is not among those trusted",
    "none": "not signed: anybody can have written it",
    "broken": "the signature over it does not hold",
}
_CLOSING = """
Met: the file has what the rule asks for. Unmet: it does not. Unknown: something is missing to
tell, and it is never to be read as met. Exempt: the rule does not apply here.

A trusted signer is one whose certificate leads to an authority that whoever made this report
named. A signature proves who stated something, and that it is unchanged; it does not prove that
it is true. A missing label does not prove that people made the content.

This page states what a rule says and what a file has. It is no legal advice and no promise of
compliance.
"""


def as_html(reports: tuple[Report, ...], made: datetime | None = None) -> str:
    """The page for one or more reports, with the moment at which it was `made` when given. No
    scripts, no links, nothing loaded from anywhere."""
    from importlib.metadata import version

    maker = f"aigclabel {version('aigclabel')}"
    body = "".join(_section(report) for report in reports)
    maker = f"aigclabel {version('aigclabel')}"
    when = f" on {made.isoformat(sep=' ', timespec='seconds')}" if made else ""
    paragraphs = (" ".join(each.split()) for each in _CLOSING.split("\n\n"))
    closing = "".join(f'<p class="small">{_safe(each)}</p>' for each in paragraphs)
    title = f"AI label report: {reports[0].evidence.asset.name}" if len(reports) == 1 else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_safe(title or 'AI label reports')}</title><style>{_STYLE}</style></head>"
        f"<body>{body}<h2>How to read this</h2>{closing}"
        f'<p class="small">Made by {maker}{_safe(when)}.</p></body></html>\n'
    )


def _section(report: Report) -> str:
    """All about one file."""
    evidence = report.evidence
    outcome = f"<strong>{report.outcome.value.upper()}</strong>"
    parts = (
        f"<h1>{_safe(evidence.asset.name or 'content')}</h1>",
        f'<p class="verdict">{outcome}. {_safe(_verdict(report))}</p>',
        _particulars(report),
        _titled("What the rules ask for", _requirements(report)),
        _titled("The signature", _signature(evidence)),
        _titled("What it was made from", _history(evidence)),
        _titled("Do the layers of the file agree?", _agreement(evidence)),
        _titled("Labels that were found", _labels(evidence)),
        _titled("What could not be read, or is odd", _faults(evidence)),
    )
    return f"<section>{''.join(parts)}</section>"


def _verdict(report: Report) -> str:
    """The answer in a sentence or two: the duties, then the signature."""
    apply = [each for each in report.findings if each.outcome is not Outcome.EXEMPT]
    open_ = sum(each.outcome is Outcome.UNKNOWN for each in apply)
    bad = sum(each.outcome is Outcome.UNMET for each in apply)
    of = f"of the {len(apply)} rules that apply" if len(apply) > 1 else "rule that applies"
    told = {
        Outcome.MET: "The file has what the rules ask for.",
        Outcome.EXEMPT: report.reason or "None of the rules applies to this file.",
        Outcome.UNKNOWN: f"It cannot be told: {open_} {of} cannot be decided.",
        Outcome.UNMET: f"The file falls short of {bad} {of}.",
    }[report.outcome]
    return f"{told} {_standing(report.evidence)}"


def _standing(evidence: Evidence) -> str:
    """The signature in a sentence; what it was made from only where that was altered."""
    said = evidence.provenance
    if not said.present and Layer.SIGNED in evidence.unread:
        return "Whether it is signed is not known."
    if not said.present:
        return "It is not signed."
    if said.intact is False:
        return "Its signature is BROKEN: what is here is not what was signed."
    if said.intact is None:
        return "The content that was signed is not here."
    words = signer_words(said)
    whom = {"trusted": "who is trusted", STRANGER: "whom nobody named as trusted"}.get(words, words)
    name = clean(said.signer or "somebody unknown", 100)
    broken = said.ingredients is not None and said.ingredients.worst == "broken"
    but = " But something that it was made from had been ALTERED." if broken else ""
    return f"It is unchanged since it was signed by {name}, {whom}.{but}"


def _particulars(report: Report) -> str:
    info, policy = report.evidence.asset, report.policy
    pairs = (
        ("Rules", f"{policy.id}, version {policy.version}"),
        ("Judged as", f"{policy.role}, by the law of {policy.on}"),
        ("Kind of file", f"{info.media_type}, {info.size:,} bytes"),
        ("SHA-256", info.sha256),
        (
            "Says of itself",
            _ORIGINS.get(report.evidence.origin.value, "nothing of how it was made"),
        ),
    )
    rows = "".join(f"<dt>{_safe(name)}</dt><dd>{_safe(text)}</dd>" for name, text in pairs)
    return f"<dl>{rows}</dl>"


_ORIGINS = {
    "generated": "that AI generated it",
    "edited": "that it was edited with AI",
    "enhanced": "that it was enhanced with AI",
    "human": "that people made it",
}


def _requirements(report: Report) -> str:
    """Those that apply first; each of the others takes one short line."""
    several = len({each.policy for each in report.findings}) > 1
    apply = [each for each in report.findings if each.outcome is not Outcome.EXEMPT]
    rest = [each for each in report.findings if each.outcome is Outcome.EXEMPT]
    reason = f"<p>{_safe(report.reason)}</p>" if report.reason else ""
    rows = [_requirement(each, several=several) for each in apply]
    table = _table(("Rule", "Clause", "Answer", "Why"), rows) if rows else ""
    told = "; ".join(f"{each.requirement} ({each.reason})" for each in rest)
    exempt = f'<p class="small">Do not apply here: {_safe(told, 4000)}.</p>' if rest else ""
    return reason + table + exempt


def _requirement(finding: Finding, *, several: bool) -> tuple[str, ...]:
    needs = f". Needed to tell: {', '.join(finding.needs)}" if finding.needs else ""
    name = f"{finding.policy}: {finding.requirement}" if several else finding.requirement
    answer = finding.outcome.value
    loud = answer.upper() if finding.outcome is Outcome.UNMET else answer
    return name, finding.clause, loud, finding.reason + needs


def _signature(evidence: Evidence) -> str:
    codes = ", ".join(evidence.provenance.codes)
    below = f'<p class="small">Status codes of C2PA: {_safe(codes)}</p>' if codes else ""
    return _table(("Question", "Answer", "What that means"), answers(evidence)) + below


def _history(evidence: Evidence) -> str:
    heads = ("Steps back", "What", "It is", "Its state", "Signed by", "Says of AI")
    rows = [_ingredient(each) for each in evidence.provenance.history]
    return _table(heads, rows) if rows else "<p>Nothing is stated.</p>"


def _ingredient(each: Ingredient) -> tuple[str, ...]:
    codes = f" ({', '.join(each.codes)})" if each.codes else ""
    return (
        str(each.depth),
        each.title or "without a title",
        _RELATIONS.get(each.relationship, each.relationship),
        _STATES.get(each.state, each.state) + codes,
        each.signer or "nobody",
        _STATEMENTS.get(each.ai or "", each.ai or "nothing"),
    )


def _agreement(evidence: Evidence) -> str:
    """Differences first: they are what a reader looks for."""
    rows = [_check(each) for each in sorted(evidence.checks, key=lambda each: each.agrees)]
    if not rows:
        return "<p>No two layers state the same thing, so there is nothing to compare.</p>"
    return _table(("About", "What each says", "Answer"), rows)


def _check(each: CrossCheck) -> tuple[str, ...]:
    said = "; ".join(f"{where}: {clean(what)}" for where, what in each.says)
    return each.about, said, "agree" if each.agrees else "DIFFER"


def _labels(evidence: Evidence) -> str:
    rows = [_label(each) for each in evidence.marks]
    heads = ("Label", "What it says", "Where", "Who stands for it")
    return _table(heads, rows) if rows else "<p>No label was found.</p>"


def _label(found: Found) -> tuple[str, ...]:
    said = "; ".join(f"{name}: {clean(text)}" for name, text in found.mark.fields if text)
    odd = ", ".join(found.deviations)
    odd = f" Departs from the standard form: {odd}." if odd else ""
    seal = f" Its own security code holds for the key {found.seal_key}." if found.seal_key else ""
    stands = _TRUST.get(found.trust.value, found.trust.value)
    if found.mark.layer is Layer.VISIBLE:
        stands = "seen in the content itself"
    return (
        f"{found.mark.schema} ({found.mark.layer.value})",
        said or "it is there",
        f"{found.where} ({found.place.value} place).{odd}",
        f"{stands[0].upper()}{stands[1:]}.{seal}",
    )


def _faults(evidence: Evidence) -> str:
    rows = [(each.carrier, each.reason) for each in evidence.faults]
    table = _table(("Where", "What"), rows) if rows else "<p>No faults.</p>"
    unread = ", ".join(layer.value for layer in evidence.unread)
    layers = f"<p>Nobody here could read these layers to the end: {_safe(unread)}.</p>"
    return table + (layers if unread else "")


def _titled(title: str, body: str) -> str:
    return f"<h2>{_safe(title)}</h2>{body}"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """The first cell of a row names it, for those who hear the page."""
    head = "".join(f'<th scope="col">{_safe(each)}</th>' for each in heads)
    body = "".join(_row(each) for each in rows[:_MOST])
    more = f"<p>And {len(rows) - _MOST} more.</p>" if len(rows) > _MOST else ""
    kind = f"c{len(heads)}" + _WIDTHS.get(heads[1], "")
    return (
        f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}'
    )


def _row(cells: tuple[str, ...]) -> str:
    first, *rest = (_safe(each) for each in cells)
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{each}</td>" for each in rest)}</tr>'


def _safe(text: str, longest: int = 2000) -> str:
    from html import escape  # with its table of entities, which only pages need

    return escape(clean(text, longest))
