"""Notices in plain and marked-up text, subtitles and code."""
