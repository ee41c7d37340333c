"""Policies to hold the laws against: China's standard, and some of every shape. The others of
the package are in test_world.py."""

from __future__ import annotations

from functools import cache

from aigclabel import policy
from aigclabel.rules.text import parse

_HEAD = """
id = "t.{name}"
version = "1"
title = "A policy for tests"
jurisdiction = "XX"
source = "tests"
confidence = "made up"
checked_on = 2026-11-22
status = "house"
in_force = 2020-01-01
involvement = ["generated", "edited", "enhanced"]
"""
_LEAVES = {
    "notice": 'media = ["image"]\nlayer = "visible"\nschema = "notice"\n'
    "minimum = { height_ratio = 0.03, height = 12, contrast = 4.5 }\n"
    '[requirement.notice.texts]\nen = "Made with AI"\nzh-Hans = "人工智能合成"',
    "notice-text": 'media = ["text"]\nlayer = "visible"\nschema = "notice"\n'
    '[requirement.notice-text.texts]\nzh-Hans = "AI生成"',
    "label": 'layer = "metadata"\nschema = "cn.aigc"\npresent = ["Label"]',
    "source-type": 'media = ["image"]\nlayer = "metadata"\nschema = "iptc"\n'
    'present = ["DigitalSourceType"]\nplaces = ["normative"]',
    "credential": 'layer = "signed"\nschema = "c2pa"\npresent = ["digitalSourceType"]',
    "watermark": 'layer = "watermark"\nschema = "c2pa"',
    "detector": 'fact = "detector"',
    "filed": 'fact = "filed"',
}
_SHAPES = {
    "signed-only": ('all_of = ["credential"]', ""),
    "t-iptc": ('all_of = ["source-type"]', ""),
    "either": ('any_of = ["watermark", "source-type", "notice-text", "label"]', ""),
    "two-of-three": (
        'at_least = 2, of = ["credential", "watermark", "any"]',
        """
[group.any]
any_of = ["source-type", "label", "notice-text"]
""",
    ),
    "facts": (
        'all_of = ["credential", "kept"]',
        """
[group.kept]
all_of = ["detector", "filed"]
""",
    ),
    "free-wording": ('all_of = ["notice", "notice-text", "credential"]', ""),
}


def built(name, require, groups="", **leaves):
    """A policy from the leaves that its tree names (or that are given)."""
    known = _LEAVES | leaves
    rows = [
        f'[requirement.{leaf}]\nclause = "Art. {number}"\nduty = "{leaf}"\n'
        f'roles = ["provider", "platform"]\n{known[leaf]}\n'
        for number, leaf in enumerate(known, 1)
        if f'"{leaf}"' in require + groups
    ]
    text = "\n".join((_HEAD.format(name=name), f"require = {{ {require} }}", groups, *rows))
    return parse(text, f"{name}.toml")


@cache
def rules(name):
    """The policy in the package, or the shape, of this name."""
    return built(name, *_SHAPES[name]) if name in _SHAPES else policy(name)


GB = "cn.gb45438-2025"
NAMES = (GB, *_SHAPES)
