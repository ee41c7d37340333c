"""A free place for a notice on a plane of cells, in whatever unit the plane is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigclabel.carriers.visible.documents.boxes import MOST_WIDE, Rectangle, ems

if TYPE_CHECKING:
    from aigclabel.carriers.visible.documents.grid import Grid

_MANY = 200
_MOST = 2000
"""Cells that are tried."""


def size_of(text: str, letters: float, across: float) -> tuple[float, float, float]:
    """Width and height of a plate, and how tall its letters are: smaller where a line of them
    would be wider than the screen."""
    size = min(letters, MOST_WIDE * across / (ems(text) + 1.2))
    return size * (ems(text) + 1.2), size * 1.5, size


def free(
    grid: Grid,
    screen: Rectangle,
    first: tuple[int, int],
    taken: list[Rectangle],
    size: tuple[float, float],
) -> tuple[int, int]:
    """The cell, as column and row, at whose corner a plate of this size stands on nothing that is
    taken; line by line from the first cell that is seen, which it is where there is none."""
    right, bottom = screen.x + screen.width, screen.y + screen.height
    columns = [n for n in range(first[0], first[0] + _MANY) if grid.x(n) < right]
    lines = [n for n in range(first[1], first[1] + _MANY) if grid.y(n) < bottom]
    taken = [each for each in taken if each.meets(screen)]
    for column, row in [(column, row) for row in lines for column in columns][:_MOST]:
        here = Rectangle(grid.x(column), grid.y(row), *size)
        if here.within(screen) and not any(here.meets(each) for each in taken):
            return column, row
    return first
