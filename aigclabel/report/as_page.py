"""A report as one HTML page: opens offline, prints on A4, safe against hostile metadata."""

from __future__ import annotations

from aigclabel.model import Finding
from aigclabel.report.report import Report
from aigclabel.report.text import clean, evidence_text

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#111}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem;
border-bottom:1px solid #bbb}pre{white-space:pre-wrap;background:#f4f4f4;padding:.7rem}
.outcome{font-weight:700}@media print{body{margin:0;max-width:none}}@page{size:A4;margin:18mm}
"""


def as_html(reports: tuple[Report, ...]) -> str:
    """The page for one or more reports. No scripts, no links, nothing loaded from anywhere."""
    body = "".join(_section(report) for report in reports)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>AI label report</title><style>{_STYLE}</style></head><body>{body}"
        "<p>This page states what a rule says and what a file has. It is no legal advice and "
        "no promise of compliance.</p></body></html>\n"
    )


def _section(report: Report) -> str:
    info, policy = report.evidence.asset, report.policy
    rows = "".join(_row(finding) for finding in report.findings)
    return (
        f"<h1>{_safe(info.name or 'content')}</h1>"
        f'<p class="outcome">{report.outcome.value.upper()} under {_safe(policy.id)} '
        f"(version {_safe(policy.version)}, as {policy.role}, on {policy.on})</p>"
        f"<p>{_safe(report.reason)}</p>"
        f"<p>{_safe(info.media_type)}, {info.size:,} bytes, SHA-256 {info.sha256}</p>"
        "<table><tr><th>Requirement</th><th>Clause</th><th>Outcome</th><th>Why</th></tr>"
        f"{rows}</table><h2>What the file says</h2><pre>{_escaped(evidence_text(report.evidence))}"
        "</pre>"
    )


def _row(finding: Finding) -> str:
    needs = f" Needs: {', '.join(finding.needs)}." if finding.needs else ""
    cells = (finding.requirement, finding.clause, finding.outcome.value, finding.reason + needs)
    return f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in cells)}</tr>"


def _safe(text: str) -> str:
    return _escaped(clean(text, 1000))


def _escaped(text: str) -> str:
    from html import escape  # with its table of entities, which only pages need

    return escape(text)
