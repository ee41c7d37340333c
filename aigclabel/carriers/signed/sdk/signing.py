"""What the SDK signs, into content or beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from os import getpid
from ssl import PEM_cert_to_DER_cert
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from aigclabel.carriers.signed.cose import Sealer, TooSmall
from aigclabel.carriers.signed.sdk.archives import thaw
from aigclabel.carriers.signed.sdk.hollow import native_hollow, refit, sealed
from aigclabel.carriers.signed.sdk.identity import vouching
from aigclabel.carriers.signed.sdk.settings import (
    ANY,
    IN_MEMORY,
    context,
    handy,
    line_of,
    sdk_type,
)
from aigclabel.carriers.signed.sdk.typed import holds_bytes, with_bytes, with_texts
from aigclabel.errors import BrokenProvenance, SigningError
from aigclabel.signing.pem import certificate_blocks
from aigclabel.signing.raw import raw_signature
from aigclabel.signing.stamps import stamped

if TYPE_CHECKING:
    from aigclabel.asset import Asset
    from aigclabel.signing import Signer


_TOKENS = (6 << 10, 16 << 10, 64 << 10)
"""Room for a time stamp in bytes: those of public authorities take 3 to 6 KB."""
_BOXED = ("video/mp4", "video/quicktime", "audio/mp4", "image/heic", "image/heif", "image/avif")


class CannotEmbed(Exception):
    """The SDK cannot put a manifest into this content; never leaves the carrier."""


@dataclass(frozen=True, slots=True)
class Parent:
    """What the signed content was made from: its ingredient entry, and either the content
    itself (with the manifest in it) or the manifest store that lay beside it."""

    ingredient: Mapping[str, Any]
    asset: Asset | None = None
    store: bytes = b""
    archive: bytes | None = None
    """Or what was kept of it when it was at hand: an archive of the SDK's."""
    bare: bool = False
    """Whether our own reading found no manifest in it: then it may be of any type."""


@dataclass(frozen=True, slots=True)
class Job:
    """One signature: the manifest's definition, who signs, and the parent if there is one.
    `update` makes an update manifest (C2PA 2.4, 11.2), over content that does not change."""

    definition: Mapping[str, Any]
    signer: Signer
    parent: Parent | None = None
    update: bool = False


def embeds(media_type: str) -> bool:
    """Whether the SDK puts manifests into files of this type at all."""
    from c2pa import Builder

    return sdk_type(media_type) in Builder.get_supported_mime_types()


def sign_into(job: Job, asset: Asset, out: BinaryIO) -> bytes:
    """The asset with its manifest, into `out` (readable, writable, seekable); and the store.

    Raises SigningError, or CannotEmbed when the content cannot hold a manifest.
    """
    with asset.stream() as stream:
        return _sign(job, sdk_type(asset.media_type), handy(stream, asset.size), out, embed=True)


def sign_beside(job: Job, asset: Asset) -> bytes:
    """The manifest store of an asset that keeps its bytes. Raises SigningError.

    All of it is hashed: told the type, the SDK leaves out of many where it would have put the
    manifest, and the signature does not hold. Boxes have a hash of their own.
    """
    media_type = sdk_type(asset.media_type)
    # The SDK makes a copy of the content even when it changes nothing in it.
    for kind in (media_type, ANY) if media_type in _BOXED else (ANY,):
        with asset.stream() as stream, SpooledTemporaryFile(IN_MEMORY) as copy:
            try:
                source = handy(stream, asset.size)
                return _sign(job, kind, source, copy, embed=False)
            except CannotEmbed as wrong:
                reason = str(wrong)
    raise SigningError(f"{asset.name or 'the content'} cannot be signed by sidecar: {reason}")


def builder_of(job: Job, anchors: tuple[bytes, ...] = ()) -> Any:
    """The SDK's builder for a job, with its parent, as `anchors` (PEM) judge it."""
    from c2pa import Builder, C2paBuilderIntent

    builder = Builder(_definition(job), context=context(anchors))
    if job.update:
        builder.set_intent(C2paBuilderIntent.UPDATE)
    if job.parent is not None:
        _add_parent(builder, job.parent)
    return builder


def _sign(job: Job, media_type: str, source: BinaryIO, out: IO[bytes], *, embed: bool) -> bytes:
    """The store that stands in `out`, or belongs beside it."""
    from c2pa import C2paError

    begin = out.tell()
    for room in rooms(job.signer):
        try:
            source.seek(0)
            out.seek(begin)
            out.truncate()
            builder = builder_of(job)
            if not embed:
                builder.set_no_embed()
            store: bytes = builder.sign(native_signer(getpid(), job, room), media_type, source, out)
            return _sealed_in(job, media_type, store, out if embed else None)
        except TooSmall:
            continue
        except C2paError.Signature as wrong:
            raise unsigned(wrong, job.signer) from None
        except (C2paError, ValueError, TypeError) as wrong:
            raise CannotEmbed(line_of(wrong)) from None
    raise SigningError("the time stamp is too large to be kept: name another authority")


def _sealed_in(job: Job, media_type: str, store: bytes, out: IO[bytes] | None) -> bytes:
    """The store with the signer's own signature, in `out` too."""
    made = sealed_by(job, store)
    if made is not store and out is not None and not refit(out, media_type, store, made):
        raise CannotEmbed("the manifest is not found again where the SDK put it")
    return made


def sealed_by(job: Job, store: bytes) -> bytes:
    """A store as the SDK made it, with the byte strings of the job's definition and the signer's
    own signature, of equal length. Raises TooSmall, SigningError."""
    if not is_hollow(job):
        return store
    return sealed(with_bytes(store, job.definition), sealer_of(job.signer))


def is_hollow(job: Job) -> bool:
    """Whether the SDK cannot make this signature, or what it is over, as it is to be."""
    who = job.signer
    far = who.sign is not None or bool(who.responses) or wants_stamp(who)
    return far or holds_bytes(job.definition)


def wants_stamp(who: Signer) -> bool:
    """Whether a time-stamp authority is to be asked."""
    return bool(who.authorities) and who.tsa_policy != "off"


def rooms(who: Signer) -> tuple[int, ...]:
    """How many bytes to reserve beside what the SDK does, the likely number first."""
    beside = sum(len(each) + 8 for each in who.responses)
    return tuple(each + beside for each in _TOKENS) if wants_stamp(who) else (beside,)


def sealer_of(who: Signer, *, stamps: bool = True) -> Sealer:
    """How the signature of a signer comes about."""
    return Sealer(
        who.algorithm,
        tuple(PEM_cert_to_DER_cert(each.decode("ascii")) for each in certificate_blocks(who.chain)),
        lambda data: raw_signature(who, data),
        lambda data: stamped(data, who) if stamps else None,
        who.responses,
    )


def native_signer(process: int, job: Job, room: int = 0) -> Any:
    """The SDK's own signer: with the key itself, or hollow. Raises what the SDK raises."""
    who, hollow = job.signer, is_hollow(job)
    if who.identity is not None:  # takes a signer over, so it is none that is kept
        make, more = (native_hollow, (room,)) if hollow else (_native, ())
        return vouching(make.__wrapped__(process, who, *more), who)
    return native_hollow(process, who, room) if hollow else _native(process, who)


@lru_cache(maxsize=8)
def _native(process: int, who: Signer) -> Any:
    from c2pa import C2paSignerInfo
    from c2pa import Signer as Native

    del process
    return Native.from_info(C2paSignerInfo(who.algorithm.encode(), who.chain, who.key, None))


def _definition(job: Job) -> dict[str, Any]:
    definition = with_texts(job.definition)
    if job.parent is not None and job.parent.store:
        # A manifest that lay beside its content: the SDK has no call for that, but takes the
        # ingredient as it would have made it itself, with our reading of that manifest.
        definition["ingredients"] = [dict(job.parent.ingredient)]
    return definition


def _add_parent(builder: Any, parent: Parent) -> None:
    if parent.archive is not None:
        thaw(builder, parent.archive)
        return
    if parent.asset is None:
        resource = parent.ingredient["manifest_data"]["identifier"]
        builder.add_resource(resource, BytesIO(parent.store))
        return
    from c2pa import C2paError

    kind = sdk_type(parent.asset.media_type)
    for media_type in (kind, ANY) if parent.bare else (kind,):
        with parent.asset.stream() as stream:
            source = handy(stream, parent.asset.size)
            try:
                builder.add_ingredient(dict(parent.ingredient), media_type, source)
            except C2paError as wrong:
                reason = line_of(wrong)
            else:
                return
    raise BrokenProvenance(
        f"the original cannot be kept as parent ({reason}): repair the file, or "
        "keep its manifest beside the result with broken_parent='quote'"
    )


def unsigned(wrong: Exception, who: Signer) -> SigningError:
    """Why there is no signature, from what the SDK raised."""
    return SigningError(f"{who.uri} cannot sign ({line_of(wrong)}): check key and chain")
