"""`python -m tests.bench.watermark`: the watermark's numbers, and those of others.

peers                               make the environment of the other tools
run METHOD … [--half --sides --per-kind --quick]
extras                              false positives, two keys, averaging, collusion
table                               what was measured, as Markdown
page                                write results.json and the page of the docs from it
all                                 everything, on the report half
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.watermark import peers

os.environ.update(peers.ONE_THREAD)

from bench.watermark import extras, measure, page, pictures, summing

SLOW = ("rivaGan", "wmforge", "melu")
SLOW_PER_KIND = 3


def main():
    """Does what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.watermark")
    parser.add_argument("what", choices=("peers", "run", "extras", "table", "page", "all"))
    parser.add_argument("methods", nargs="*", default=["aigclabel"])
    parser.add_argument("--half", choices=pictures.HALVES, default="report")
    parser.add_argument("--sides", default="1024,512,2048")
    parser.add_argument("--per-kind", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--unmarked", type=int, default=10_000)
    asked = parser.parse_args()
    return {"peers": lambda _: peers.install(), "all": everything}.get(asked.what, single)(asked)


def single(asked):
    """One of the commands."""
    if asked.what == "run":
        return run(asked)
    if asked.what == "extras":
        return others(asked)
    if asked.what == "page":
        return page.write(asked.half)
    print(page.tables(summing.summary(asked.half)))  # noqa: T201  a script's own output
    return 0


def run(asked):
    """Measures the methods, one after the other."""
    pictures.fetch(pictures.listed(asked.half))
    sides = [int(side) for side in asked.sides.split(",")]
    for name in asked.methods:
        method = peers.method(name)
        measure.run(method, asked.half, sides, asked.per_kind, asked.quick)
        method.close()
    return 0


def others(asked):
    """What is not a picture under an attack."""
    pictures.fetch(pictures.listed(asked.half))
    extras.together(asked.half)
    extras.averaging(asked.half)
    extras.collusion(asked.half)
    extras.unmarked(peers.Ours(), asked.half, asked.unmarked, "geometry")
    extras.unmarked(peers.Ours(), asked.half, asked.unmarked // 10, "deep")
    return 0


def everything(asked):
    """All of the report, then what of the page is no longer true."""
    peers.install()
    run(asked)
    asked.sides, asked.methods = "1024", [name for name in peers.BITS if name not in SLOW]
    run(asked)
    asked.methods, asked.per_kind = list(SLOW), SLOW_PER_KIND
    run(asked)
    others(asked)
    now = summing.summary(asked.half)
    print(page.tables(now))  # noqa: T201  a script's own output
    lost = page.lost(now)
    print("\n".join(lost))  # noqa: T201
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
