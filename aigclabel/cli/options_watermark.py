"""Options on watermarks, of several commands."""

from __future__ import annotations

import argparse
from argparse import Namespace

from aigclabel.keys import EFFORTS, PUBLIC, Key, Search

_BY = "another's watermark, such as rivagan:FOLDER"


def add_written(it: argparse._ArgumentGroup) -> None:
    """What is put into content."""
    it.add_argument(
        "--watermark",
        default="",
        choices=["subtle", "standard", "durable", "none"],
        help="how strong a watermark (default what the policy asks, else none)",
    )
    it.add_argument("--payload", default="", metavar="HEX", help="the watermark's 64 bits")
    it.add_argument(
        "--watermark-key", default="", metavar="FILE", help="hide it with this key (default public)"
    )
    it.add_argument("--watermark-by", default="", metavar="NAME[:WORDS]", help=_BY)
    it.add_argument(
        "--declared-watermark",
        default=[],
        action="append",
        metavar="ALG[=HEX]",
        help="state in the manifest that the model itself put this mark in (nothing is written)",
    )


def add_searched(it: argparse.ArgumentParser, effort: str | None = None) -> None:
    """How to look for what is in content; `effort` is the default, None for `direct`, or for
    `geometry` where a resolver is asked, too."""
    it.add_argument(
        "--effort", default=effort, choices=EFFORTS[1:], help="how hard to look for a watermark"
    )
    it.add_argument(
        "--watermark-key",
        default=[],
        action="append",
        metavar="FILE",
        help="look for marks of this key, too",
    )
    it.add_argument("--watermark-by", default=[], action="append", metavar="NAME[:WORDS]", help=_BY)


def search_of(arguments: Namespace) -> Search:
    """How the command line wants watermarks to be looked for. Raises UsageError."""
    keys = tuple(Key.from_file(each) for each in arguments.watermark_key)
    effort = arguments.effort
    if effort is None:
        effort = "geometry" if getattr(arguments, "resolver", "") else "direct"
    return Search(effort, (PUBLIC, *keys), tuple(arguments.watermark_by))
