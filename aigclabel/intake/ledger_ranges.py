"""Numbers of records as text: `0-17,20,25-30`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable


def ranges_of(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Ascending numbers as ranges: the first, and the one after the last."""
    found: list[list[int]] = []
    for each in numbers:
        if found and found[-1][1] == each:
            found[-1][1] = each + 1
        else:
            found.append([each, each + 1])
    return tuple((first, end) for first, end in found)


def told(ranges: Iterable[tuple[int, int]]) -> str:
    """Ranges as text."""
    return ",".join(
        str(first) if end == first + 1 else f"{first}-{end - 1}" for first, end in ranges
    )


def covers(text: str) -> Callable[[int], bool]:
    """Whether a number is in a text of ranges; what is no range holds none. Never raises."""
    ranges = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if first.isascii() and first.isdigit() and (last.isdigit() if dash else True):
            ranges.append((int(first), int(last if dash else first)))
    ranges.sort()
    starts = [first for first, _ in ranges]

    def covered(number: int) -> bool:
        """Whether the number is in one of the ranges."""
        at = bisect_right(starts, number) - 1
        return at >= 0 and number <= ranges[at][1]

    return covered
