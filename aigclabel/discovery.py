"""Plug-ins that other packages install, by entry point: looked up on a miss, never at import."""

from __future__ import annotations

from functools import cache

from aigclabel.errors import UsageError


@cache
def entry_point(group: str, name: str) -> object | None:
    """The object that an installed package offers as `name` in `aigclabel.<group>`.

    Asked once per process: going through every installed package takes milliseconds. None
    when nobody offers it. Raises UsageError when it is offered but does not load.
    """
    from importlib.metadata import entry_points

    for point in entry_points(group=f"aigclabel.{group}", name=name):
        try:
            loaded: object = point.load()
        except Exception as wrong:
            raise UsageError(
                f"the plug-in {name!r} of {point.value} does not load ({wrong}): "
                "reinstall or remove that package"
            ) from wrong
        return loaded
    return None


@cache
def entry_names(group: str) -> tuple[str, ...]:
    """The names that installed packages offer in `aigclabel.<group>`."""
    from importlib.metadata import entry_points

    return tuple(sorted(point.name for point in entry_points(group=f"aigclabel.{group}")))
