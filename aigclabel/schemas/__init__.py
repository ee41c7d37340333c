"""Vocabularies: their fields, how a declaration fills them, how they are spelled and read.

Each module holds one class that satisfies `protocols.Schema`. None knows the law, and none
knows a file format beyond the kinds of its slots.
"""
