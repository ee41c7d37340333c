"""A glance at content: what a manifest in it or beside it claims, at a cost that does not grow
with the content."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast

from aigclabel.asset import Asset, Source
from aigclabel.errors import UsageError
from aigclabel.media import seen, sniff
from aigclabel.provenance import Glance

if TYPE_CHECKING:
    from aigclabel.carriers.signed.claimed import Claimed
    from aigclabel.containers.glimpse import Glimpse

T = TypeVar("T")
_TRACES = (("cn.aigc", b"AIGC"), ("iptc", b"DigitalSourceType"))
"""Words that a packet of these schemas cannot do without (TC260-PG-20257A; IPTC 2025.1)."""


def peek(source: Source) -> Glance:
    """What a manifest in the content or beside it **claims**: is there one, whose, and which
    source type. Nothing is verified; ask `read` before you act on it.

    It takes under a millisecond for files up to 1 MB, reads a bounded number of bytes of a
    larger one, never asks the network and never loads the C2PA library. A stream is left
    where it was. Raises UsageError for a source that is no readable file, and AssetChanged
    when it changes meanwhile; nothing else.
    """
    from aigclabel.carriers.signed.claimed import Claimed, claimed
    from aigclabel.carriers.signed.looking import mode_in
    from aigclabel.containers.glimpse import Glimpse, glimpse

    with _opened(source) as (stream, media_type, sidecar):
        passed = _harmless(lambda: glimpse(stream, media_type), Glimpse(whole=False))
    store, mode = passed.store, mode_in(media_type)
    if store is None and sidecar is not None:
        store, mode = sidecar, "sidecar"
    damaged = Claimed(whole=False)
    said = _harmless(lambda: claimed(store), damaged) if store is not None else Claimed()
    return _glance(media_type, mode, passed, said, present=store is not None)


def _harmless(look: Callable[[], T], otherwise: T) -> T:
    try:
        return look()
    except Exception:  # noqa: BLE001  hostile bytes never become a traceback
        return otherwise


def _glance(media_type: str, mode: str, passed: Glimpse, said: Claimed, *, present: bool) -> Glance:
    labels = (name for name, word in _TRACES if any(word in packet for packet in passed.packets))
    return Glance(
        media_type=media_type,
        present=present,
        mode=mode if present else None,
        signer=said.signer or None,
        ai=said.ai if present else None,
        digital_source_type=said.source or None,
        manifest=said.label or None,
        remote=passed.remote or None,
        labels=tuple(labels),
        whole=passed.whole and said.whole,
    )


@contextmanager
def _opened(source: Source) -> Iterator[tuple[BinaryIO, str, bytes | None]]:
    """A stream over the content, its media type, and its sidecar. A stream of the caller's is
    used as it is, since an asset of it would be a copy."""
    plain = isinstance(source, Asset | bytes | bytearray | memoryview | str | os.PathLike)
    if plain or not (hasattr(source, "seekable") and source.seekable()):
        asset = Asset.of(source)
        with asset.stream() as stream:
            yield stream, asset.media_type, asset.sidecar
        return
    stream = cast("BinaryIO", source)
    try:
        at = stream.tell()
        media_type, _ = sniff(seen(partial(_read, stream)))
        yield stream, media_type, None
        stream.seek(at)
    except (AttributeError, TypeError, ValueError, OSError) as wrong:
        raise UsageError(
            f"{type(source).__name__} cannot be read ({wrong}): give an open stream of bytes"
        ) from None


def _read(stream: BinaryIO, start: int, length: int) -> bytes:
    stream.seek(start)
    return stream.read(length)
