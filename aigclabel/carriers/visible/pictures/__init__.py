"""Notices on pictures, of pixels and of vectors."""
