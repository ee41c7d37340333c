"""Evidence and reports for people (text, HTML) and for programs (JSON)."""

from __future__ import annotations

from datetime import datetime

from aigclabel.report.as_json import evidence_json, glance_json, recovery_json, report_json
from aigclabel.report.report import Report
from aigclabel.report.text import clean, evidence_text, glance_text, recovery_text

__all__ = [
    "Report",
    "as_html",
    "clean",
    "evidence_json",
    "evidence_text",
    "glance_json",
    "glance_text",
    "recovery_json",
    "recovery_text",
    "report_json",
]


def as_html(reports: tuple[Report, ...], made: datetime | None = None, lang: str = "en") -> str:
    """The page for one or more reports, in English (`en`) or Chinese (`zh-Hans`), with the moment
    at which it was `made` when given. No scripts, no links, nothing loaded from anywhere.

    Raises UsageError for another language.
    """
    from aigclabel.report.as_page import page  # which only who prints pages need load

    return page(reports, made, lang)
