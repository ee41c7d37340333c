"""What the laws share: how one fails, a declaration, damage, a trust store."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from aigclabel.model import Declaration
from aigclabel.report import clean
from aigclabel.signing import Signer, TrustStore

_LONGEST = 1500
SAID = Declaration(
    producer="Example Models Ltd",
    producer_code="EXAMPLE-MODELS",
    system="example-model",
    version="3.1",
    content_id="id-0001",
    time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)
"""A declaration in which everything is given, so that everything can be compared."""


def need(holds: object, told: str) -> None:
    """Raises AssertionError with `told` on one line when `holds` is false."""
    if not holds:
        raise AssertionError(clean(" ".join(told.split()), _LONGEST))


def trust_of(signer: Signer | None) -> TrustStore | None:
    """A trust store with the anchor of a signer; None without one."""
    return TrustStore((signer.resolved().anchor,)) if signer is not None else None


def damaged(data: bytes, count: int, seed: int = 1) -> Iterator[bytes]:
    """`count` copies of a file: cut off, with bytes changed, dropped, repeated or put in;
    the same ones each time."""
    dice = random.Random(seed)  # noqa: S311  damage, not secrets
    for _ in range(count):
        at = dice.randrange(max(1, len(data)))
        # Headers are short and media is long: half of the damage goes to the beginning.
        at = at if dice.random() < 0.5 else at % 512  # noqa: PLR2004
        noise = dice.randbytes(dice.choice((1, 1, 2, 4, 9)))
        yield dice.choice(
            (
                data[:at],
                data[:at] + noise + data[at + len(noise) :],
                data[:at] + noise + data[at:],
                data[:at] + data[at + dice.randrange(1, 64) :],
                data[:at] + data[max(0, at - 64) :],
                data[:at] + b"\xff" * 4 + data[at + 4 :],
            )
        )
