"""Notices in sound, spoken or as a rhythm."""
