"""Rules: requirement trees, policies as data, and judging. Pure functions."""
