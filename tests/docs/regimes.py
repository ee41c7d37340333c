"""Writes docs/reference/regimes.md: all policies side by side, from their data.

python tests/docs/regimes.py            write the page
python tests/docs/regimes.py --check    exit 1 when the page is not what would be written
"""

from __future__ import annotations

import sys
from pathlib import Path

from aigclabel import policy
from aigclabel.cli.policy_tables import TABLES, as_text
from aigclabel.plugins import policy_ids

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "regimes.md"
_HEAD = """\
# Regimes side by side

Generated from the policy files: `python tests/docs/regimes.py`; a test fails when this page is
stale. `aigclabel policies --table machine` and `--table visible` print the same, with an id or a
file for one policy only, with `--json` for programs. What each duty says, with its clause and how
sure it is, stands in [the law](../law.md); `aigclabel policies ID` explains one policy.
"""
_SECTIONS = {
    "machine": """\
## What machines read

A row for each policy, role and span of days with duties of their own. In `requirement`, marks go
by the name of the duty, `name=yes` is a fact that somebody states, and a question mark means that
it is only encouraged. What a notice or a fact meets stands in the other table. `one way`: another
mark or fact can do instead. `layers` is the least number of layers of a way with marks; `0 or`
says that facts alone, such as a link, do too.
""",
    "visible": """\
## What people see or hear

A row for each duty that a notice meets. `trigger` names the origins that it judges, and the facts
without which it is no duty. `with` names what its way needs besides, `instead` what does in its
place. Figures are this library's
reading where the law has none: [the law](../law.md) says which.
""",
}


def page() -> str:
    """The whole page."""
    parts = tuple(part for name in policy_ids() for part in policy(name).instruments)
    tables = (f"{head}\n{as_text(*TABLES[name](parts))}\n" for name, head in _SECTIONS.items())
    return "\n".join((_HEAD, *tables))


def main(arguments: list[str]) -> int:
    """Write, or compare. The exit status."""
    if "--check" not in arguments:
        PAGE.write_text(page(), "utf-8")
        return 0
    return 0 if PAGE.is_file() and PAGE.read_text("utf-8") == page() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
