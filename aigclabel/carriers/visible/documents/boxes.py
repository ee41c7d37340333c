"""Rectangles on a slide: where a notice goes, and whether something lies over one."""

from __future__ import annotations

from dataclasses import dataclass

MOST_WIDE = 0.9
"""Of the slide's width."""
SHARE = 0.05
"""Letters are this part of the shortest side: what GB 45438-2025 5.2 wants of pictures."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Position and size in any one unit."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, width: float, height: float) -> bool:
        """Whether it lies on a sheet of this size."""
        across = self.x >= 0 and self.x + self.width <= width
        return across and self.y >= 0 and self.y + self.height <= height

    def within(self, other: Rectangle) -> bool:
        """Whether it lies inside another."""
        right, bottom = other.x + other.width, other.y + other.height
        across = self.x >= other.x and self.x + self.width <= right
        return across and self.y >= other.y and self.y + self.height <= bottom

    def meets(self, other: Rectangle) -> bool:
        """Whether two overlap."""
        across = self.x < other.x + other.width and other.x < self.x + self.width
        return across and self.y < other.y + other.height and other.y < self.y + self.height


def placed(text: str, width: float, height: float) -> tuple[Rectangle, float]:
    """Where a notice of one line stands on a sheet, in its top left corner, and the size of its
    letters, all in the unit of the sheet's sides. Longer words get smaller letters."""
    size = SHARE * min(width, height)
    size = min(size, MOST_WIDE * width / (ems(text) + 1.2))
    margin = 0.02 * min(width, height)
    return Rectangle(margin, margin, size * (ems(text) + 1.2), size * 1.9), size


def ems(text: str) -> float:
    """How wide a line is at most, in the size of its letters."""
    return sum(1.0 if ord(sign) > 0x2E7F else 0.62 for sign in text)  # noqa: PLR2004  ideographs
