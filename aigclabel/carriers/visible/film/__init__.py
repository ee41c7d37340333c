"""Notices over the pictures of a video."""
