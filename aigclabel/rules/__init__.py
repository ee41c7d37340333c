"""Rules: requirement trees, policies as data, and judging. Pure functions, no formats."""

from aigclabel.rules.judge import blocking, judge, wording_faults
from aigclabel.rules.keeping import obligations
from aigclabel.rules.scope import exempt, scope
from aigclabel.rules.tree import Group, Instrument, Policy, Requirement, leaves, roll_up, weighs

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
    "roll_up",
    "scope",
    "weighs",
    "wording_faults",
]
