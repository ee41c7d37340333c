"""Content, immutable: in memory or in a file that is remembered and must not change."""

from __future__ import annotations

import os
import stat
import tempfile
import weakref
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, TypeVar, cast

from aigclabel.errors import AssetChanged, UsageError
from aigclabel.files import CHUNK, clear_errors, forget, pour, put_all, regular, same
from aigclabel.media import UNKNOWN, is_text_type, plain, seen, sniff
from aigclabel.model import AssetInfo
from aigclabel.report.report import Report

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")
IN_MEMORY = 32 << 20
"""Results up to this many bytes are kept in memory, larger ones in a temporary file."""
_MAX_SIDECAR = 64 << 20


class _Memory:
    """Content held as bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """A fresh stream over the bytes."""
        from io import BytesIO

        yield BytesIO(self.data)


class _File:
    """Content in a file, remembered by size and time."""

    def __init__(self, path: Path, *, temporary: bool = False) -> None:
        self.path = path
        with clear_errors(path):
            found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise UsageError(f"{path} is a directory: name a file")
        if not stat.S_ISREG(found.st_mode):
            raise UsageError(f"{path} is not a regular file: copy its content to one, or pipe it")
        self.size = found.st_size
        self._stamp = (found.st_size, found.st_mtime_ns, found.st_ino)
        self._temporary = temporary
        if temporary:
            weakref.finalize(self, forget, path)

    def __reduce__(self) -> tuple[object, ...]:
        """To another process go the bytes of a temporary file, which is gone when this object
        is; of any other the path, and what the file was."""
        if not self._temporary:
            return super().__reduce__()  # type: ignore[return-value]
        with self.open() as stream:
            data = stream.read()
        return _kept, (data,)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The file, checked to be what it was, before and after."""
        with clear_errors(self.path):
            stream = self.path.open("rb")
        with stream:
            self._check(stream)
            try:
                yield stream
            finally:
                # Checked after a failure too: what looks like damage may be the change.
                self._check(stream)

    def _check(self, stream: BinaryIO) -> None:
        now = os.fstat(stream.fileno())
        if (now.st_size, now.st_mtime_ns, now.st_ino) != self._stamp:
            raise AssetChanged(f"{self.path} changed while it was being read: try again")


def _put_aside(write: Callable[[BinaryIO], object], size: int) -> _Memory | _File:
    if size <= IN_MEMORY:
        from io import BytesIO

        memory = BytesIO()
        write(memory)
        return _Memory(memory.getvalue())
    handle, kept = tempfile.mkstemp(prefix="aigclabel-")
    path = Path(kept)
    try:
        with os.fdopen(handle, "w+b") as out:
            write(out)
    except BaseException:
        forget(path)
        raise
    return _File(path, temporary=True)


def _kept(data: bytes) -> _Memory | _File:
    return _put_aside(lambda out: out.write(data), len(data))


Source: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Asset"
"""What a verb takes: a path, bytes, a binary stream (a seekable one is read from its start,
wherever it stands), or an asset."""


@dataclass(frozen=True, eq=False)
class Asset:
    """Immutable content with its media type, and its sidecar manifest if it has one.

    Make one with `open`, `of`, `of_bytes`, `of_text` or `of_image`. What `stamp` returns also
    has `report` (it was read back and judged), `obligations` (what the caller must now keep)
    and `notes`.
    """

    _content: _Memory | _File
    name: str = ""
    media_type: str = UNKNOWN
    sidecar: bytes | None = None
    sidecar_name: str = ""
    hint_fault: str = ""
    report: Report | None = None
    obligations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    made_from: Path | None = None
    """The file that a stamped asset was made from, which `save` may replace."""
    quoted: bytes | None = None
    """A manifest that could not be read, kept to be saved as `<name>.quoted.c2pa`."""

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        media_type: str | None = None,
        sidecar: str | os.PathLike[str] | None = None,
    ) -> Asset:
        """The content of a file, with the sidecar manifest that lies beside it.

        Raises UsageError for what is not a readable regular file.
        """
        where = Path(path)
        asset = cls._made(_File(where), where.name, media_type)
        beside = Path(sidecar) if sidecar is not None else _beside(where, where.resolve())
        if beside is None:
            return asset
        with _File(beside).open() as stream:
            return replace(asset, sidecar=stream.read(_MAX_SIDECAR), sidecar_name=beside.name)

    @classmethod
    def of_bytes(cls, data: bytes, media_type: str | None = None, name: str = "") -> Asset:
        """Content held in memory."""
        return cls._made(_Memory(bytes(data)), name, media_type)

    @classmethod
    def of_text(cls, text: str, media_type: str = "text/plain", name: str = "") -> Asset:
        """A text, as UTF-8. Raises UsageError for a type that is not text, and for lone
        surrogates, which UTF-8 cannot hold."""
        kind = plain(media_type)
        if not is_text_type(kind):
            raise UsageError(f"{media_type} is no type of text: write text/plain or text/markdown")
        try:
            data = text.encode("utf-8")
        except UnicodeEncodeError:
            raise UsageError(
                "this text holds lone surrogates: decode its bytes with the right encoding"
            ) from None
        return replace(cls._made(_Memory(data), name, kind), media_type=kind)

    @classmethod
    def of_image(cls, image: Image, media_type: str, name: str = "") -> Asset:
        """A Pillow picture, coded losslessly where the format can (JPEG at quality 95)."""
        from io import BytesIO

        out = BytesIO()
        kind = plain(media_type).partition("/")[2].upper()
        try:
            # Pillow takes both options for every format and ignores the ones it has no use for.
            image.save(out, kind, quality=95, lossless=True)
        except (OSError, ValueError, KeyError) as wrong:
            raise UsageError(f"Pillow cannot code this picture as {media_type}: {wrong}") from wrong
        return cls.of_bytes(out.getvalue(), media_type, name)

    @classmethod
    def of(cls, source: Source, media_type: str | None = None) -> Asset:
        """An asset from anything that a verb takes; `str` is always a path."""
        if isinstance(source, Asset):
            return source
        if isinstance(source, bytes | bytearray | memoryview):
            return cls.of_bytes(bytes(source), media_type)
        if isinstance(source, str | os.PathLike):
            return cls.open(source, media_type)
        if hasattr(source, "read"):
            return cls.built(lambda out: _drain(source, out), "", media_type)
        raise UsageError(
            f"{type(source).__name__} is not content: give a path, bytes, a stream, an Asset, "
            "or Asset.of_text(s) for a text"
        )

    @classmethod
    def built(
        cls,
        write: Callable[[BinaryIO], object],
        name: str = "",
        media_type: str | None = None,
        *,
        size: int = IN_MEMORY + 1,
    ) -> Asset:
        """What `write` puts into a stream: kept in memory when about `size` bytes are small,
        else in a temporary file that goes with the asset."""
        return cls._made(_put_aside(write, size), name, media_type)

    def renewed(
        self, content: bytes | Callable[[BinaryIO], object], size: int = IN_MEMORY + 1
    ) -> Asset:
        """Other content of the same type: bytes, or what `content` writes (see `built`). Name,
        sidecar and notes stay."""
        kept = _Memory(content) if isinstance(content, bytes) else _put_aside(content, size)
        return replace(self, _content=kept, made_from=self.made_from or self.path, report=None)

    @classmethod
    def _made(cls, content: _Memory | _File, name: str, hint: str | None) -> Asset:
        with content.open() as stream:
            media_type, fault = sniff(seen(partial(_at, stream)), name, hint)
        return cls(content, name, media_type, hint_fault=fault)

    @property
    def size(self) -> int:
        """In bytes."""
        return self._content.size

    @property
    def path(self) -> Path | None:
        """The file that this content was opened from; None for content in memory."""
        return self._content.path if isinstance(self._content, _File) else None

    def stream(self) -> AbstractContextManager[BinaryIO]:
        """A context manager that gives a fresh binary stream at the start of the content.

        Raises AssetChanged when the file is not what it was.
        """
        return self._content.open()

    def data(self) -> bytes:
        """All of the content."""
        if isinstance(self._content, _Memory):
            return self._content.data
        with self.stream() as stream:
            return stream.read()

    def once(self, key: Hashable, work: Callable[[], T]) -> T:
        """What `work` gives: worked out once for content in memory, which never changes, and
        each time for a file, which may."""
        if isinstance(self._content, _File):
            return work()
        if key not in self._known:
            self._known[key] = work()
        return cast("T", self._known[key])

    @cached_property
    def _known(self) -> dict[Hashable, object]:
        return {}

    @cached_property
    def sha256(self) -> str:
        """The digest of the content, hex."""
        from hashlib import sha256

        digest = sha256()
        with self.stream() as stream:
            while block := stream.read(CHUNK):
                digest.update(block)
        return digest.hexdigest()

    @property
    def info(self) -> AssetInfo:
        """Name, media type, size and digest, for reports."""
        return AssetInfo(self.name, self.media_type, self.size, lambda: self.sha256)

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the content, its sidecar first, so that each file appears whole or not at all.

        An existing file is replaced when it is where this content came from, or with `force`.
        Raises UsageError when one exists or would be taken for the manifest of this content,
        AssetError when the system cannot write; nothing is written then.
        """
        target = regular(Path(path))
        mine = self._came_from(target)
        beside = {
            target.with_name(target.name + suffix): data
            for suffix, data in ((".quoted.c2pa", self.quoted), (".c2pa", self.sidecar))
            if data is not None
        }
        for each in (target, *beside):
            # A manifest that an earlier stamp kept has no other copy.
            spared = mine and each.suffixes[-2:] != [".quoted", ".c2pa"]
            if os.path.lexists(each) and not force and not spared:
                raise UsageError(f"{each} exists: choose another name or use --force")
        if self.report is not None and not self.report.evidence.provenance.present:
            _no_stranger(target)
        with self.stream() as stream:
            files = [(each, partial(_write, data)) for each, data in beside.items()]
            put_all([*files, (target, lambda out: pour(stream, out))])
        return Path(path)

    def _came_from(self, target: Path) -> bool:
        return self.made_from is not None and same(target, self.made_from)


def _at(stream: BinaryIO, start: int, length: int) -> bytes:
    stream.seek(start)
    return stream.read(length)


def _write(data: bytes, out: BinaryIO) -> None:
    out.write(data)


def _no_stranger(target: Path) -> None:
    """A manifest beside the target would be read as this content's own."""
    stranger = _beside(target)
    if stranger is not None:
        raise UsageError(
            f"{stranger} would be taken for the manifest of this file: move it away, "
            "or choose another name"
        )


def _drain(source: BinaryIO, out: BinaryIO) -> None:
    """All that a stream holds, whatever was read or written of it before."""
    try:
        if source.seekable():
            source.seek(0)
        pour(source, out)
    except (AttributeError, TypeError, ValueError, OSError) as wrong:
        raise UsageError(
            f"{type(source).__name__} cannot be read ({wrong}): give an open stream of bytes, "
            "or Asset.of_text(s) for a text"
        ) from None


def _beside(*paths: Path) -> Path | None:
    """The sidecar manifest of a file: `<full name>.c2pa`, else `<stem>.c2pa`; of a link, beside
    the link, else beside what it points to."""
    names = [
        name
        for path in paths
        for name in (path.with_name(path.name + ".c2pa"), path.with_suffix(".c2pa"))
        if name != path
    ]
    return next((name for name in names if os.path.isfile(name)), None)  # noqa: PTH113  never raises
