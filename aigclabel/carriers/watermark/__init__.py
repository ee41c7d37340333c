"""The watermark layer: a mark in the content itself, which people do not perceive."""

from aigclabel.carriers.watermark.carrier import WatermarkCarrier

__all__ = ["WatermarkCarrier"]
