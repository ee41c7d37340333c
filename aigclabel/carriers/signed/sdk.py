"""Everything that touches c2pa: the only importer of it. Its traps end here.

Contexts and signers are kept per process: one that was made before a fork is no good after
it, and making both anew costs a quarter of a signature. Settings that the SDK does not know it
swallows without a word, so they are built here only, from values of the right types. Nothing
is ever signed in place, and no path is handed over (the SDK would guess the type from the name).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from os import getpid
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from aigclabel.errors import BrokenProvenance, SigningError
from aigclabel.signing.checks import ALLOWED_EKUS, OTHER_EKUS

if TYPE_CHECKING:
    from c2pa import Context

    from aigclabel.asset import Asset
    from aigclabel.signing import Signer

_ANY = "application/octet-stream"
_STORE_TYPE = b"application/c2pa"
_IN_MEMORY = 32 << 20
"""Content up to this size is handed over in memory: the SDK reads a file of ours in small
pieces, each a call back into Python."""
_MAX_REPORT = 64 << 20
_ALIASES = {"video/3gpp": "video/mp4", "video/x-m4v": "video/mp4"}
"""Types that the SDK serves, but not by this name."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the SDK made of an asset.

    `state` is `none`, `remote` (a manifest elsewhere is named), `unsupported` (it cannot look
    into such files), `raised` (`reason` says what) or `read`, with its report and the store.
    """

    state: str
    reason: str = ""
    report: Mapping[str, Any] = field(default_factory=dict)
    store: bytes = b""


class CannotEmbed(Exception):
    """The SDK cannot put a manifest into this content; never leaves the carrier."""


def _context(anchors: tuple[bytes, ...] = ()) -> Context:
    return _context_of(getpid(), anchors)


@lru_cache(maxsize=8)
def _context_of(process: int, anchors: tuple[bytes, ...]) -> Context:
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


def embeds(media_type: str) -> bool:
    """Whether the SDK puts manifests into files of this type at all."""
    from c2pa import Builder

    return _sdk_type(media_type) in Builder.get_supported_mime_types()


def look(
    asset: Asset,
    sidecar: bytes | None = None,
    anchors: tuple[bytes, ...] = (),
    store: bytes = b"",
) -> Look:
    """What a manifest says of an asset: the embedded one, or that of `sidecar`. `store` is
    the embedded one where it is at hand, which saves asking for it.

    Never touches the network and raises nothing of the SDK's.
    """
    from c2pa import C2paError, Reader

    if sidecar is None and not _readable(asset.media_type):
        return Look("unsupported")
    try:
        with asset.stream() as stream:
            reader = Reader.try_create(
                _sdk_type(asset.media_type),
                _handy(stream, asset.size),
                sidecar,
                context=_context(anchors),
            )
            return Look("none") if reader is None else _report(reader, sidecar or store)
    except C2paError as wrong:
        return _refused(wrong)
    except (ValueError, TypeError, RecursionError, MemoryError, UnicodeError) as wrong:
        return Look("raised", _line(wrong))


def _readable(media_type: str) -> bool:
    from c2pa import Reader

    return media_type == _ANY or _sdk_type(media_type) in Reader.get_supported_mime_types()


def _sdk_type(media_type: str) -> str:
    return _ALIASES.get(media_type, media_type)


def _handy(stream: BinaryIO, size: int) -> BinaryIO:
    if isinstance(stream, BytesIO) or size > _IN_MEMORY:
        return stream
    return BytesIO(stream.read())


def _report(reader: Any, store: bytes) -> Look:
    with reader:
        text = reader.json()
        if len(text) > _MAX_REPORT:
            return Look("raised", "the manifest store is too large to be reported")
        report = json.loads(text)
        return Look("read", "", report, store or _store(reader, report))


def _store(reader: Any, report: Mapping[str, Any]) -> bytes:
    """The whole store: what the SDK gives for a resource that it cannot find by name."""
    store = BytesIO()
    active = report.get("active_manifest", "")
    reader.resource_to_stream(f"self#jumbf=/c2pa/{active}/c2pa.signature", store)
    return store.getvalue()


def _refused(wrong: Exception) -> Look:
    from c2pa import C2paError

    reason = _line(wrong)
    if isinstance(wrong, C2paError.RemoteManifest) or reason.lower().startswith("remote"):
        return Look("remote", reason)
    return Look("raised", reason)


def _line(wrong: BaseException) -> str:
    """What an exception says, as one short printable line."""
    said = " ".join(str(wrong).split())[:200]
    return "".join(c for c in said if c.isprintable()) or type(wrong).__name__


# -- signing ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parent:
    """What the signed content was made from: its ingredient entry, and either the content
    itself (with the manifest in it) or the manifest store that lay beside it."""

    ingredient: Mapping[str, Any]
    asset: Asset | None = None
    store: bytes = b""
    bare: bool = False
    """Whether our own reading found no manifest in it: then it may be of any type."""


@dataclass(frozen=True, slots=True)
class Job:
    """One signature: the manifest's definition, who signs, and the parent if there is one."""

    definition: Mapping[str, Any]
    signer: Signer
    parent: Parent | None = None


def sign_into(job: Job, asset: Asset, out: BinaryIO) -> None:
    """The asset with its manifest, into `out` (readable, writable, seekable).

    Raises SigningError, or CannotEmbed when the content cannot hold a manifest.
    """
    with asset.stream() as stream:
        _sign(job, _sdk_type(asset.media_type), _handy(stream, asset.size), out, embed=True)


def sign_beside(job: Job, asset: Asset) -> bytes:
    """The manifest store of an asset that keeps its bytes. Raises SigningError."""
    for media_type in (_sdk_type(asset.media_type), _ANY):
        # The SDK makes a copy of the content even when it changes nothing in it.
        with asset.stream() as stream, SpooledTemporaryFile(_IN_MEMORY) as copy:
            try:
                source = _handy(stream, asset.size)
                return _sign(job, media_type, source, copy, embed=False)
            except CannotEmbed as wrong:
                reason = str(wrong)
    raise SigningError(f"{asset.name or 'the content'} cannot be signed by sidecar: {reason}")


class Draft:
    """A manifest for content that somebody else puts it into: always of `len(placeholder)`
    bytes, whatever it is told to leave out of its hash. Raises SigningError or CannotEmbed."""

    def __init__(self, job: Job) -> None:
        from c2pa import C2paError

        self._who = job.signer
        try:
            self._builder = _builder(job)
            self._native = _native(getpid(), job.signer)
            self.placeholder = self._call(
                "c2pa_builder_data_hashed_placeholder", self._native.reserve_size(), _STORE_TYPE
            )
        except C2paError.Signature as wrong:
            raise _unsigned(wrong, job.signer) from None
        except (C2paError, ValueError, TypeError) as wrong:
            raise CannotEmbed(_line(wrong)) from None

    def sign(self, start: int, length: int, digest: bytes) -> bytes:
        """The store, signed over SHA-256 `digest` of all content but that range."""
        binding = {
            "exclusions": [{"start": start, "length": length}],
            "name": "jumbf manifest",
            "alg": "sha256",
            "hash": list(digest),
            "pad": [],
        }
        from ctypes import c_void_p, cast

        from c2pa import C2paError

        said = json.dumps(binding).encode()
        name = "c2pa_builder_sign_data_hashed_embeddable"
        try:
            signer = cast(self._native._handle, c_void_p)  # noqa: SLF001
            return self._call(name, signer, said, _STORE_TYPE, None)
        except C2paError as wrong:
            raise _unsigned(wrong, self._who) from None

    def _call(self, name: str, *arguments: object) -> bytes:
        """One of the calls that the SDK's library has and its Python does not wrap."""
        import ctypes

        from c2pa import c2pa as native

        library = native._lib  # noqa: SLF001  nothing else reaches it
        symbol = getattr(library, name, None)
        if symbol is None:
            raise CannotEmbed("this c2pa-python cannot sign what it does not embed itself")
        made = ctypes.POINTER(ctypes.c_ubyte)()
        pointer, text = ctypes.c_void_p, ctypes.c_char_p
        kinds = {int: ctypes.c_size_t, bytes: text}
        shapes = (pointer, *(kinds.get(type(each), pointer) for each in arguments), pointer)
        call = ctypes.CFUNCTYPE(ctypes.c_int64, *shapes)((name, library))
        count = call(self._builder._handle, *arguments, ctypes.byref(made))  # noqa: SLF001
        native._check_ffi_operation_result(count, "no manifest came", check=lambda n: n <= 0)  # noqa: SLF001
        try:
            return ctypes.string_at(made, count)
        finally:
            library.c2pa_free(made)


def _builder(job: Job) -> Any:
    from c2pa import Builder

    builder = Builder(_definition(job), context=_context())
    if job.parent is not None:
        _add_parent(builder, job.parent)
    return builder


def _sign(job: Job, media_type: str, source: BinaryIO, out: IO[bytes], *, embed: bool) -> bytes:
    from c2pa import C2paError

    who = job.signer
    try:
        builder = _builder(job)
        if not embed:
            builder.set_no_embed()
        store: bytes = builder.sign(_native(getpid(), who), media_type, source, out)
    except C2paError.Signature as wrong:
        raise _unsigned(wrong, who) from None
    except (C2paError, ValueError, TypeError) as wrong:
        raise CannotEmbed(_line(wrong)) from None
    return store


@lru_cache(maxsize=8)
def _native(process: int, who: Signer) -> Any:
    """The SDK's own signer for a key; raises what the SDK raises."""
    from c2pa import C2paSignerInfo
    from c2pa import Signer as Native

    del process
    tsa = who.tsa.encode() if who.tsa else None
    return Native.from_info(C2paSignerInfo(who.algorithm.encode(), who.chain, who.key, tsa))


def _definition(job: Job) -> dict[str, Any]:
    definition = dict(job.definition)
    if job.parent is not None and job.parent.asset is None:
        # A manifest that lay beside its content: the SDK has no call for that, but takes the
        # ingredient as it would have made it itself, with our reading of that manifest.
        definition["ingredients"] = [dict(job.parent.ingredient)]
    return definition


def _add_parent(builder: Any, parent: Parent) -> None:
    if parent.asset is None:
        resource = parent.ingredient["manifest_data"]["identifier"]
        builder.add_resource(resource, BytesIO(parent.store))
        return
    from c2pa import C2paError

    kind = _sdk_type(parent.asset.media_type)
    for media_type in (kind, _ANY) if parent.bare else (kind,):
        with parent.asset.stream() as stream:
            handy = _handy(stream, parent.asset.size)
            try:
                builder.add_ingredient(dict(parent.ingredient), media_type, handy)
            except C2paError as wrong:
                reason = _line(wrong)
            else:
                return
    raise BrokenProvenance(
        f"the original cannot be kept as parent ({reason}): repair the file, or "
        "keep its manifest beside the result with broken_parent='quote'"
    )


def _unsigned(wrong: Exception, who: Signer) -> SigningError:
    reason = _line(wrong)
    if who.tsa and any(word in reason.lower() for word in ("http", "time stamp", "timestamp")):
        return SigningError(
            "the time-stamp authority does not answer as it should: check tsa= and try again"
        )
    return SigningError(f"{who.uri} cannot sign ({reason}): check key and chain")
