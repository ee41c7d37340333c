"""Notices that others drew, read from the pixels with the program Tesseract."""

from aigclabel.carriers.visible.ocr.reader import Ocr

__all__ = ["Ocr"]
