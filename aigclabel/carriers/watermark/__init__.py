"""The watermark layer: a mark in the content itself, which people do not perceive."""
