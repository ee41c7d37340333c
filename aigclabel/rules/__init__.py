"""Rules: requirement trees, policies as data, and judging. Pure functions, no formats."""

from aigclabel.rules.judge import blocking, exempt, judge, obligations, scope, wording_faults
from aigclabel.rules.text import parse
from aigclabel.rules.tree import Group, Instrument, Policy, Requirement, leaves, roll_up

__all__ = [
    "Group",
    "Instrument",
    "Policy",
    "Requirement",
    "blocking",
    "exempt",
    "judge",
    "leaves",
    "obligations",
    "parse",
    "roll_up",
    "scope",
    "wording_faults",
]
