"""Manifests for content that somebody else puts them into."""

from __future__ import annotations

import json
from os import getpid

from aigclabel.carriers.signed.sdk.native import NoSuchCall, bytes_of, handle
from aigclabel.carriers.signed.sdk.settings import line_of
from aigclabel.carriers.signed.sdk.signing import (
    CannotEmbed,
    Job,
    builder_of,
    native_signer,
    sealed_by,
    unsigned,
    wants_stamp,
)

_STORE_TYPE = b"application/c2pa"


class Draft:
    """A manifest for content that somebody else puts it into: always of `len(placeholder)`
    bytes, whatever it is told to leave out of its hash. Raises SigningError or CannotEmbed."""

    def __init__(self, job: Job, room: int = 0) -> None:
        from c2pa import C2paError

        self._job = job
        self.stamps = wants_stamp(job.signer)
        try:
            self._builder = builder_of(job)
            self._native = native_signer(getpid(), job, room)
            self.placeholder = bytes_of(
                "c2pa_builder_data_hashed_placeholder",
                handle(self._builder),
                self._native.reserve_size(),
                _STORE_TYPE,
            )
        except C2paError.Signature as wrong:
            raise unsigned(wrong, job.signer) from None
        except (C2paError, ValueError, TypeError, NoSuchCall) as wrong:
            raise CannotEmbed(line_of(wrong)) from None

    def sign(self, start: int, length: int, digest: bytes) -> bytes:
        """The store, signed over SHA-256 `digest` of all content but that range.

        Raises SigningError, or TooSmall where the room does not hold the signature.
        """
        from c2pa import C2paError

        binding = {
            "exclusions": [{"start": start, "length": length}],
            "name": "jumbf manifest",
            "alg": "sha256",
            "hash": list(digest),
            "pad": [],
        }
        try:
            store = bytes_of(
                "c2pa_builder_sign_data_hashed_embeddable",
                handle(self._builder),
                handle(self._native),
                json.dumps(binding).encode(),
                _STORE_TYPE,
                None,
            )
        except C2paError as wrong:
            raise unsigned(wrong, self._job.signer) from None
        return sealed_by(self._job, store)
