"""A report as one HTML page: opens offline, prints on A4, safe against hostile metadata."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from aigclabel.model import Evidence, Finding, Found, Layer, Outcome
from aigclabel.provenance import CrossCheck, Ingredient
from aigclabel.report.answers import answers
from aigclabel.report.remedies import remedy_words
from aigclabel.report.report import Report, reason_words
from aigclabel.report.text import STRANGER, clean, corrections, recovery_lines, signer_words
from aigclabel.report.words import Words, level_words, outcome_words, words
from aigclabel.told import Told, joined

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
.says th:nth-child(2){width:56%}.duties th:nth-child(2){width:21%}
.duties th:nth-child(3){width:10%}
thead th{border-bottom:2px solid #111}tbody th{font-weight:600}
p.verdict{font-size:1.1rem;border:2px solid #111;padding:.6rem .8rem}
td p{margin:0 0 .3rem}td p:first-child{font-weight:600}td p:last-child{margin:0}
p.small{font-size:.85rem;color:#333}
dl{display:grid;grid-template-columns:9rem 1fr;gap:.15rem .5rem;margin:0}
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
@page{size:A4;margin:16mm}
@media print{body{margin:0;padding:0;max-width:none;font-size:9pt}
p.verdict{font-size:11pt}h1{font-size:15pt}h2{font-size:11pt}p.small{font-size:8pt}
section+section{break-before:page;border:0;margin:0}tr{break-inside:avoid}
h2{break-after:avoid}thead{display:table-header-group}}
"""
_MOST = 200
"""Rows of a table: a file must not make a page of any length."""
_RELATIONS = {
    "parentOf": Told("what was opened and changed (parent)"),
    "componentOf": Told("a part that was put in (component)"),
    "inputTo": Told("what a model was given (input)"),
}
_STATES = {
    "trusted": Told("intact, signer trusted"),
    "untrusted": Told("intact, signer not trusted"),
    "broken": Told("BROKEN: altered"),
    "none": Told("not signed"),
}
_STATEMENTS = {
    "generated": Told("AI made it"),
    "modified": Told("AI had a part in it"),
    "none": Told("no AI was used"),
    "unknown": Told("nothing"),
}
_TRUST = {
    "trusted": Told("Signed by a signer who is trusted."),
    "intact": Told("Signed and unchanged; the signer is not among those trusted."),
    "none": Told("Not signed: anybody can have written it."),
    "broken": Told("The signature over it does not hold."),
}
_SEEN = Told("Seen in the content itself.")
_CLOSING = (
    Told(
        "Met: the file has what the rule asks for. Unmet: it does not. Unknown: something is "
        "missing to tell, and it is never to be read as met. Exempt: the rule does not apply here."
    ),
    Told(
        "A trusted signer is one whose certificate leads to an authority that whoever made this "
        "report named. A signature proves who stated something, and that it is unchanged; it does "
        "not prove that it is true. A missing label does not prove that people made the content."
    ),
    Told(
        "This page states what a rule says and what a file has. It is no legal advice and no "
        "promise of compliance."
    ),
)
_APART = "{0} {1}"
"""Between two sentences."""
_Cell: TypeAlias = str | Told | tuple[str, ...]
"""A cell of a table: a tuple is a line each."""


def page(reports: tuple[Report, ...], made: datetime | None, lang: str) -> str:
    """The page for reports, as `aigclabel.report.as_html` gives it."""
    from importlib.metadata import version

    w = words(lang)
    maker = f"aigclabel {version('aigclabel')}"
    body = "".join(_section(report, w) for report in reports)
    when = f"{made.isoformat(sep=' ', timespec='seconds')}" if made else ""
    by = Told("Made by {0} on {1}.", (maker, when)) if when else Told("Made by {0}.", (maker,))
    closing = "".join(f'<p class="small">{_safe(w(each))}</p>' for each in (*_CLOSING, by))
    title = w(Told("AI label reports"))
    if len(reports) == 1:
        title = w(Told("AI label report: {0}", (reports[0].evidence.asset.name,)))
    return (
        f'<!doctype html><html lang="{w.lang}"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_safe(title)}</title><style>{_STYLE}</style></head>"
        f"<body>{body}{_titled(w, Told('How to read this'), closing)}</body></html>\n"
    )


def _section(report: Report, w: Words) -> str:
    """All about one file."""
    evidence = report.evidence
    outcome = w(outcome_words(report.outcome, loud=True))
    verdict = w(joined((_verdict(report, w), _standing(evidence)), _APART))
    stop = w(Told(". "))
    parts = (
        f"<h1>{_safe(evidence.asset.name or w(Told('content')))}</h1>",
        f'<p class="verdict"><strong>{_safe(outcome)}</strong>{_safe(stop)}{_safe(verdict)}</p>',
        _particulars(report, w),
        _titled(w, Told("What the rules ask for"), _requirements(report, w)),
        _titled(w, Told("The signature"), _signature(evidence, w)),
        _titled(w, Told("What it was made from"), _history(evidence, w)),
        _titled(w, Told("Do the layers of the file agree?"), _agreement(evidence, w)),
        _titled(w, Told("Labels that were found"), _labels(evidence, w)),
        _corrected(evidence, w),
        _recovered(evidence, w),
        _titled(w, Told("What could not be read, or is odd"), _faults(evidence, w)),
    )
    return f"<section>{''.join(parts)}</section>"


def _verdict(report: Report, w: Words) -> Told:
    """The answer in a sentence or two: the duties, then the signature."""
    weigh = [each for each in report.findings if each.level == "must"]
    apply = [each for each in weigh if each.outcome is not Outcome.EXEMPT]
    open_ = sum(each.outcome is Outcome.UNKNOWN for each in apply)
    bad = sum(each.outcome is Outcome.UNMET for each in apply)
    many = Told("of the {0} rules that apply", (str(len(apply)),))
    of = many if len(apply) > 1 else Told("rule that applies")
    none = Told("None of the rules applies to this file.")
    return {
        Outcome.MET: Told("The file has what the rules ask for."),
        Outcome.EXEMPT: Told("{0}", (reason_words(report, w),)) if report.reason else none,
        Outcome.UNKNOWN: Told("It cannot be told: {0} {1} cannot be decided.", (str(open_), of)),
        Outcome.UNMET: Told("The file falls short of {0} {1}.", (str(bad), of)),
    }[report.outcome]


def _standing(evidence: Evidence) -> Told:
    """The signature in a sentence; what it was made from only where that was altered."""
    said = evidence.provenance
    if not said.present and Layer.SIGNED in evidence.unread:
        return Told("Whether it is signed is not known.")
    if not said.present:
        return Told("It is not signed.")
    if said.intact is False:
        return Told("Its signature is BROKEN: what is here is not what was signed.")
    if said.intact is None:
        return Told("The content that was signed is not here.")
    told = signer_words(said)
    whom = {"trusted": "who is trusted", STRANGER: "whom nobody named as trusted"}
    told = Told(whom[told.pattern]) if told.pattern in whom else told
    name = clean(said.signer, 100) if said.signer else Told("somebody unknown")
    broken = said.ingredients is not None and said.ingredients.worst == "broken"
    sound = Told("It is unchanged since it was signed by {0}, {1}.", (name, told))
    but = Told("But something that it was made from had been ALTERED.")
    return joined((sound, but), _APART) if broken else sound


def _particulars(report: Report, w: Words) -> str:
    info, policy = report.evidence.asset, report.policy
    origin = _ORIGINS.get(report.evidence.origin.value, Told("nothing of how it was made"))
    pairs: tuple[tuple[Told, str | Told], ...] = (
        (Told("Rules"), Told("{0}, version {1}", (policy.id, policy.version))),
        (
            Told("Judged as"),
            Told("{0}, by the law of {1}", (Told(policy.role), str(policy.on))),
        ),
        (Told("Kind of file"), Told("{0}, {1} bytes", (info.media_type, f"{info.size:,}"))),
        (Told("SHA-256"), info.sha256),
        (Told("Says of itself"), origin),
    )
    rows = "".join(f"<dt>{_safe(w(name))}</dt><dd>{_safe(w(text))}</dd>" for name, text in pairs)
    return f"<dl>{rows}</dl>"


_ORIGINS = {
    "generated": Told("that AI generated it"),
    "edited": Told("that it was edited with AI"),
    "enhanced": Told("that it was enhanced with AI"),
    "human": Told("that people made it"),
}


def _requirements(report: Report, w: Words) -> str:
    """Those that apply first; each of the others takes one short line."""
    several = len({each.policy for each in report.findings}) > 1
    apply = [each for each in report.findings if each.outcome is not Outcome.EXEMPT]
    rest = [each for each in report.findings if each.outcome is Outcome.EXEMPT]
    reason = f"<p>{_safe(reason_words(report, w))}</p>" if report.reason else ""
    heads = (Told("Rule"), Told("Clause"), Told("Answer"), Told("Why"))
    rows = [_requirement(each, w, several=several) for each in apply]
    table = _table(w, heads, rows, " duties") if rows else ""
    told = [Told("{0} ({1})", (each.requirement, w.reason(each))) for each in rest]
    short = w(Told("Do not apply here: {0}.", (joined(told),)))
    exempt = f'<p class="small">{_safe(short, 4000)}</p>' if rest else ""
    return reason + table + exempt


def _requirement(finding: Finding, w: Words, *, several: bool) -> tuple[_Cell, ...]:
    """The last cell has a line each for the duty, the reason, what is needed, what to do."""
    needs = w.list(w.need(each) for each in finding.needs)
    lines = [w.duty(finding), w.reason(finding)]
    lines += [w(Told("Needed to tell: {0}", (needs,)))] if needs else []
    mends = [w(remedy_words(each)) for each in finding.remedies]
    lines += [w(Told("To do: {0}", (each,))) for each in mends]
    name = f"{finding.policy}: {finding.requirement}" if several else finding.requirement
    shown = Told("{0}{1}", (name, level_words(finding.level)))
    why = tuple(each for each in lines if each)
    return shown, finding.clause, outcome_words(finding.outcome), why


def _signature(evidence: Evidence, w: Words) -> str:
    codes = ", ".join(evidence.provenance.codes)
    told = w(Told("Status codes of C2PA: {0}", (codes,)))
    below = f'<p class="small">{_safe(told)}</p>' if codes else ""
    heads = (Told("Question"), Told("Answer"), Told("What that means"))
    return _table(w, heads, answers(evidence)) + below


def _history(evidence: Evidence, w: Words) -> str:
    heads = ("Steps back", "What", "It is", "Its state", "Signed by", "Says of AI")
    rows = [_ingredient(each) for each in evidence.provenance.history]
    none = f"<p>{_safe(w(Told('Nothing is stated.')))}</p>"
    return _table(w, tuple(Told(each) for each in heads), rows) if rows else none


def _ingredient(each: Ingredient) -> tuple[_Cell, ...]:
    state: str | Told = _STATES.get(each.state, each.state)
    if each.codes:
        state = Told("{0} ({1})", (state, ", ".join(each.codes)))
    return (
        str(each.depth),
        each.title or Told("without a title"),
        _RELATIONS.get(each.relationship, each.relationship),
        state,
        each.signer or Told("nobody"),
        _STATEMENTS.get(each.ai or "", each.ai or Told("nothing")),
    )


def _agreement(evidence: Evidence, w: Words) -> str:
    """Differences first: they are what a reader looks for."""
    rows = [_check(each) for each in sorted(evidence.checks, key=lambda each: each.agrees)]
    if not rows:
        none = Told("No two layers state the same thing, so there is nothing to compare.")
        return f"<p>{_safe(w(none))}</p>"
    return _table(w, (Told("About"), Told("What each says"), Told("Answer")), rows, " says")


def _check(each: CrossCheck) -> tuple[_Cell, ...]:
    said = "; ".join(f"{where}: {clean(what)}" for where, what in each.says)
    return each.about, said, Told("agree") if each.agrees else Told("DIFFER")


def _labels(evidence: Evidence, w: Words) -> str:
    rows = [_label(each) for each in evidence.marks]
    heads = (Told("Label"), Told("What it says"), Told("Where"), Told("Who stands for it"))
    none = f"<p>{_safe(w(Told('No label was found.')))}</p>"
    return _table(w, heads, rows) if rows else none


def _label(found: Found) -> tuple[_Cell, ...]:
    said = "; ".join(f"{name}: {clean(text)}" for name, text in found.mark.fields if text)
    where = Told("{0} ({1} place).", (found.where, Told(found.place.value)))
    if found.deviations:
        odd = Told("Departs from the standard form: {0}.", (", ".join(found.deviations),))
        where = joined((where, odd), _APART)
    stands = _SEEN if found.mark.layer is Layer.VISIBLE else _TRUST[found.trust.value]
    if found.seal_key:
        seal = Told("Its own security code holds for the key {0}.", (found.seal_key,))
        stands = joined((stands, seal), _APART)
    name = Told("{0} ({1})", (found.mark.schema, Told(found.mark.layer.value)))
    return name, said or Told("it is there"), where, stands


def _corrected(evidence: Evidence, w: Words) -> str:
    """Only where there is something: hardly any file has been corrected."""
    lines = "".join(f"<p>{_safe(w(each))}</p>" for each in corrections(evidence))
    return _titled(w, Told("Labels that were corrected"), lines) if lines else ""


def _recovered(evidence: Evidence, w: Words) -> str:
    """What a resolver led to, where one was asked."""
    if evidence.recovered is None:
        return ""
    lines = recovery_lines(evidence.recovered, w) or [w(Told("Nothing was recovered."))]
    body = "".join(f"<p>{_safe(line.strip())}</p>" for line in lines)
    return _titled(w, Told("Recovered from elsewhere: not in this file"), body)


def _faults(evidence: Evidence, w: Words) -> str:
    rows = [(each.carrier, each.reason) for each in evidence.faults]
    none = f"<p>{_safe(w(Told('No faults.')))}</p>"
    table = _table(w, (Told("Where"), Told("What")), rows) if rows else none
    layers = w.list(Told(layer.value) for layer in evidence.unread)
    unread = w(Told("Nobody here could read these layers to the end: {0}.", (layers,)))
    return table + (f"<p>{_safe(unread)}</p>" if layers else "")


def _titled(w: Words, title: Told, body: str) -> str:
    return f"<h2>{_safe(w(title))}</h2>{body}"


def _table(
    w: Words, heads: tuple[Told, ...], rows: Sequence[tuple[_Cell, ...]], kind: str = ""
) -> str:
    """The first cell of a row names it, for those who hear the page; `kind` is a class more."""
    head = "".join(f'<th scope="col">{_safe(w(each))}</th>' for each in heads)
    body = "".join(_row(w, each) for each in rows[:_MOST])
    rest = w(Told("And {0} more.", (str(len(rows) - _MOST),)))
    more = f"<p>{_safe(rest)}</p>" if len(rows) > _MOST else ""
    start = f'<table class="c{len(heads)}{kind}"><thead><tr>{head}</tr></thead>'
    return f"{start}<tbody>{body}</tbody></table>{more}"


def _row(w: Words, cells: tuple[_Cell, ...]) -> str:
    first, *rest = (_cell(w, each) for each in cells)
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{each}</td>" for each in rest)}</tr>'


def _cell(w: Words, cell: _Cell) -> str:
    if isinstance(cell, tuple):
        return "".join(f"<p>{_safe(each)}</p>" for each in cell)
    return _safe(w(cell))


def _safe(text: str, longest: int = 2000) -> str:
    from html import escape  # with its table of entities, which only pages need

    return escape(clean(text, longest))
