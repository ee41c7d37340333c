"""Numbers that authorities give to models: what kind a number is, and whether it has its shape.

- `algorithm`: `网信算备`, 21 digits, `号` (filing of algorithms; seven real numbers).
- `model`: `Region-Name-YYYYMMDD` and up to six digits (two real numbers of 2023; how numbers after
  2024 look was not seen).
- `local`: one line of text. Local registration (登记号, 上线编号) of apps that call a filed model;
  no shape is published.
- `licence`: one line of text; no shape is published.
"""

from __future__ import annotations

import re
from datetime import datetime

from aigclabel.errors import UsageError
from aigclabel.intake.texts import line

KINDS = ("algorithm", "model", "local", "licence")
"""The kinds of numbers."""
_ALGORITHM = re.compile(r"网信算备[:：]?([0-9]{21})号")
_MODEL = re.compile(r"[A-Z][A-Za-z]+-[A-Za-z0-9]+-([0-9]{8})(?:[0-9]{2,6})?")
_LONGEST = 100


def number(text: str, kind: str = "") -> tuple[str, str]:
    """A number in its normal spelling, and its kind.

    Without a kind the shape decides between `algorithm` and `model`. Raises UsageError for a
    number without the shape of its kind, which names what is expected.
    """
    told = line("the number", text, longest=_LONGEST)
    if kind not in {"", *KINDS}:
        raise UsageError(f"no number is of the kind {kind[:40]!r}: choose from {', '.join(KINDS)}")
    if kind in {"local", "licence"}:
        return told, kind
    algorithm = _ALGORITHM.fullmatch(told)
    if algorithm and kind != "model":
        return f"网信算备{algorithm[1]}号", "algorithm"
    model = _MODEL.fullmatch(told)
    if model and kind != "algorithm" and _is_day(model[1]):
        return told, "model"
    raise UsageError(_wrong(kind))


def _wrong(kind: str) -> str:
    shapes = {
        "algorithm": "网信算备, 21 digits, 号",
        "model": "Region-Name-YYYYMMDD, such as Beijing-YunQue-20230821",
    }
    if kind:
        return f"the number has not the shape of kind {kind}: write {shapes[kind]}"
    both = " or ".join(shapes.values())
    return f"the number has no known shape: write {both}, or say that its kind is local or licence"


def _is_day(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007  a day has no zone
    except ValueError:
        return False
    return True
