"""Labels that vouch for themselves: what a schema says of integrity data that a label carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from aigclabel.model import Fields


@dataclass(frozen=True, slots=True)
class Seal:
    """What became of the integrity data that a label carries in itself.

    `state` is `holds`, `fails`, `unsupported` (nobody here can tell) or `absent`. Where it holds,
    `key` is the SHA-256 of the key that it holds for (SubjectPublicKeyInfo, hex), and `pinned`
    says that this is one of the caller's; a key out of the label itself proves only that nothing
    was changed. `deviations` are further ids, `needs` what would make it checkable here.
    """

    state: str
    pinned: bool = False
    key: str = ""
    deviations: tuple[str, ...] = ()
    needs: str = ""


@runtime_checkable
class Seals(Protocol):
    """A schema whose labels can carry integrity data of their own."""

    def sealed(self, fields: Fields, keys: tuple[bytes, ...]) -> Seal:
        """Whether it holds, with the caller's public keys (PEM). Raises nothing."""
