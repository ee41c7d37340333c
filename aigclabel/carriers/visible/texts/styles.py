"""Whether the attributes of elements leave their words visible, in legible colours.

A list of what is known to be harmless: any other declaration means that nobody here can tell.
"""

from __future__ import annotations

import re

_LENGTH = r"\d{1,3}(?:\.\d+)?(?:px|pt|em|rem|%)?"
_LENGTHS = rf"(?:{_LENGTH}|auto)(?: (?:{_LENGTH}|auto)){{0,3}}"
_HARMLESS = {
    "text-align": r"left|right|center|start|end|justify",
    "font-weight": r"normal|bold|[1-9]00",
    "font-style": r"normal|italic",
    "font-family": r"[\w ,\"'-]+",
    "border-radius": _LENGTHS,
    "border": r"[\w #.]+",
    "margin": _LENGTHS,
    "padding": _LENGTHS,
    **{f"{box}-{side}": _LENGTHS
       for box in ("margin", "padding") for side in ("top", "right", "bottom", "left")},
    "font-size": r"(?:[89]|[1-9]\d)(?:\.\d+)?(?:px|pt)|1(?:\.\d+)?r?em|100%|medium|large|small",
}  # fmt: skip
_COLOUR = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})|black|white", re.IGNORECASE)
_NAMED = {"black": "000", "white": "fff"}
LEAST = 4.5
"""WCAG 2.2, 1.4.3."""
_HIDING = {"hidden", "inert", "popover", "slot", "is"}
"""Attributes with which an element may not be shown."""

Colours = tuple[str, str]
"""Of the letters and of what is behind them, as six hexadecimal digits."""
START: Colours = ("000000", "ffffff")


def coloured(attributes: dict[str, str], before: Colours = START) -> Colours | None:
    """The colours inside an element; None where it may not be shown."""
    if _HIDING & attributes.keys() or "bgcolor" in attributes or "background" in attributes:
        return None
    fore, back = before
    for each in attributes.get("style", "").split(";"):
        name, _, value = (part.strip().lower() for part in each.partition(":"))
        if not name and not value:
            continue
        if name in {"color", "background", "background-color"}:
            if _COLOUR.fullmatch(value) is None:
                return None
            fore, back = (_hex(value), back) if name == "color" else (fore, _hex(value))
        elif re.fullmatch(_HARMLESS.get(name, r"(?!)"), value) is None:
            return None
    return fore, back


def legible(colours: Colours) -> bool:
    """Whether the contrast is enough."""
    return contrast(*colours) >= LEAST


def contrast(one: str, other: str) -> float:
    """The ratio of two colours in hexadecimal digits (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    shares = (0.2126, 0.7152, 0.0722)
    parts = (int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)  # noqa: PLR2004
    return sum(share * part for share, part in zip(shares, linear, strict=True))


def _hex(value: str) -> str:
    digits = _NAMED.get(value, value.lstrip("#"))
    return "".join(2 * each for each in digits) if len(digits) == 3 else digits  # noqa: PLR2004
