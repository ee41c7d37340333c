"""Evidence and reports for people (text, HTML) and for programs (JSON)."""

from aigclabel.report.as_json import evidence_json, glance_json, report_json
from aigclabel.report.as_page import as_html
from aigclabel.report.report import Report
from aigclabel.report.text import clean, evidence_text, glance_text

__all__ = [
    "Report",
    "as_html",
    "clean",
    "evidence_json",
    "evidence_text",
    "glance_json",
    "glance_text",
    "report_json",
]
