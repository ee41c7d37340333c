"""The fenced blocks of the documentation, so that tests can run them.

    python tests/docs/pages.py PAGE WORD     print the blocks whose info string has WORD

How a page is run: its blocks in order, in one temporary folder. `python` blocks share one
namespace; `sh` blocks run in bash with -euo pipefail; in `console` blocks the lines after `$ `
run and what follows must be what they print. A block `text output` is what the block before it
must print. A block `file=NAME` is written to that file. In expected output, `…` stands for any
text, alone on a line for any lines. A block with another language is not run, nor is one marked
`install`, which needs a machine of its own: `.ci/run` runs those of the README.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(
    r"^(?P<fence>```+)(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)[ ]*$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """One fenced block: its words after the fence, its text, and the line it starts on."""

    words: tuple[str, ...]
    text: str
    line: int

    @property
    def language(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def file(self) -> str:
        """The file that the block is the content of, or nothing."""
        named = (word.removeprefix("file=") for word in self.words if word.startswith("file="))
        return next(named, "")


def pages() -> tuple[Path, ...]:
    """Every page of prose in the project."""
    top = sorted(ROOT.glob("*.md"))
    return (*top, *sorted((ROOT / "docs").rglob("*.md")))


def blocks(path: Path) -> tuple[Block, ...]:
    text = path.read_text("utf-8")
    return tuple(
        Block(tuple(found["info"].split()), found["body"], text.count("\n", 0, found.start()) + 2)
        for found in _FENCE.finditer(text)
    )


def matches(expected: str, printed: str) -> bool:
    """Whether output is as expected, where `…` stands for anything."""
    lines = [line.rstrip() for line in expected.strip().splitlines()]
    parts = [
        "(?:.*\n)*?" if line.strip() == "…" else ".*".join(map(re.escape, line.split("…"))) + "\n"
        for line in lines
    ]
    shown = "".join(f"{line.rstrip()}\n" for line in printed.strip().splitlines())
    return re.fullmatch("".join(parts), shown) is not None


if __name__ == "__main__":
    for block in blocks(Path(sys.argv[1])):
        if sys.argv[2] in block.words:
            print(block.text, end="")
