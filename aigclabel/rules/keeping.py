"""What the caller must keep because a case of exemption was used, and until when."""

from __future__ import annotations

from datetime import date, timedelta

from aigclabel.model import Context, Outcome
from aigclabel.report.report import Report
from aigclabel.rules.scope import day_of
from aigclabel.rules.tree import Exemption, Policy

_HALF_YEAR = timedelta(days=183)


def obligations(policy: Policy, report: Report, context: Context) -> tuple[str, ...]:
    """What the caller must now keep, and until when, because an exemption was used."""
    told: dict[str, None] = {}
    by_name = {(part.id, r.name): r for part in policy.instruments for r in part.requirements}
    for finding in report.findings:
        leaf = by_name.get((finding.policy, finding.requirement))
        for case in leaf.exemptions if leaf else ():
            if finding.outcome is Outcome.EXEMPT and case.clause in finding.reason and case.months:
                told[_keep(case, context)] = None
    return tuple(told)


def _keep(case: Exemption, context: Context) -> str:
    what = " and ".join(f"{name} {getattr(context, name, '')}".strip() for name in case.inputs)
    return f"keep {what} until {_after(day_of(context), case.months)} ({case.clause})"


def _after(day: date, months: int) -> date:
    """`months` calendar months later, and for six months never under 183 days."""
    month = day.month - 1 + months
    try:
        first = date(day.year + month // 12, month % 12 + 1, 1)
        later = first + timedelta(days=day.day - 1)
        return max(later, day + _HALF_YEAR) if months == 6 else later  # noqa: PLR2004
    except (ValueError, OverflowError):  # beyond the calendar
        return date.max
