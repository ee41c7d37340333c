"""Fingerprints of what is about to be signed, so that copies lead back to the manifest."""

from __future__ import annotations

from dataclasses import replace

from aigclabel.errors import MissingExtra
from aigclabel.protocols import Layout, Work


def with_fingerprints(work: Work, *, asked: bool) -> Work:
    """The work with the fingerprints of its asset. They are for content whose maker `asked` for
    them or put a watermark in: without them a mark that somebody moved to other content could not
    be told. Computing them decodes the content once more, so nobody else pays for it.

    Raises MissingExtra where they were asked for and their package is missing.
    """
    from aigclabel.carriers.watermark import fingerprinting

    try:
        made = fingerprinting.fingerprint(work.asset, _layout(work), work.limits)
    except MissingExtra as wrong:
        if asked:
            raise
        return replace(work, notes=(*work.notes, f"the content has no fingerprint: {wrong}"))
    found = tuple((alg, value.hex()) for alg, value in made.bindings)
    return replace(work, fingerprints=found, notes=(*work.notes, *made.notes))


def _layout(work: Work) -> Layout | None:
    if work.layout is not None or work.container is None:
        return work.layout
    with work.asset.stream() as stream:
        return work.container.scan(stream, work.asset.media_type, work.limits)
