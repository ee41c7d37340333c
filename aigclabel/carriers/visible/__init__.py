"""The visible layer."""

from aigclabel.carriers.visible.carrier import VisibleCarrier

__all__ = ["VisibleCarrier"]
