"""Servers that tests run on this machine: real programs behind a few lines of HTTP."""
