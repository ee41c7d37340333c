"""Settings of the SDK, and what it calls things; kept per process."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from os import getpid
from typing import TYPE_CHECKING, BinaryIO

from aigclabel.signing.checks import ALLOWED_EKUS, OTHER_EKUS

if TYPE_CHECKING:
    from c2pa import Context


ANY = "application/octet-stream"

IN_MEMORY = 32 << 20
"""Content up to this size is handed over in memory: the SDK reads a file of ours in small
pieces, each a call back into Python."""

_ALIASES = {"video/3gpp": "video/mp4", "video/x-m4v": "video/mp4"}
"""Types that the SDK serves, but not by this name."""


def context(anchors: tuple[bytes, ...] = ()) -> Context:
    """The context of this process for these anchors (PEM)."""
    return context_of(getpid(), anchors)


@lru_cache(maxsize=8)
def context_of(process: int, anchors: tuple[bytes, ...]) -> Context:
    """The context of a process; one from before a fork is no good after it."""
    from c2pa import Context

    del process
    trust: dict[str, str] = {"trust_config": "\n".join((*ALLOWED_EKUS, *OTHER_EKUS)) + "\n"}
    if anchors:
        trust["trust_anchors"] = b"".join(anchors).decode("ascii", "replace")
    return Context.from_dict(
        {
            # What we sign is read back as a whole by the engine, which is the better check.
            "verify": {
                "verify_after_sign": False,
                "remote_manifest_fetch": False,
                "ocsp_fetch": False,
            },
            "trust": trust,
            "core": {"allowed_network_hosts": []},
            "builder": {"thumbnail": {"enabled": False}},
        }
    )


def sdk_type(media_type: str) -> str:
    """The name by which the SDK knows a type."""
    return _ALIASES.get(media_type, media_type)


def handy(stream: BinaryIO, size: int) -> BinaryIO:
    """The stream, in memory where it fits."""
    if isinstance(stream, BytesIO) or size > IN_MEMORY:
        return stream
    return BytesIO(stream.read())


def line_of(wrong: BaseException) -> str:
    """What an exception says, as one short printable line."""
    said = " ".join(str(wrong).split())[:200]
    return "".join(c for c in said if c.isprintable()) or type(wrong).__name__
