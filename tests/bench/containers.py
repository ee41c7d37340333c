"""Splices of large files against a plain copy: time as a ratio, memory as growth."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5
SIZE = 64 << 20
_CHILD = """
import resource, sys
from aigclabel.plugins import Plugins
from aigclabel.protocols import Edit, Limits
from aigclabel.segments import write
media_type, source, target = sys.argv[1:]
container = Plugins().container(media_type)
kind = "key" if "key" in container.kinds(media_type) else "xmp"
value = b'{"Label":"1"}' if kind == "key" else b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(source, "rb") as stream, open(target, "wb") as out:
    layout = container.scan(stream, media_type, Limits())
    edit = Edit(kind, "AIGC" if kind == "key" else "", value, None)
    write(container.splice(stream, layout, (edit,)), (stream,), out)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def movie(path, size, *, moov_first):
    """A file of the shape of an MP4 with one chunk-offset table, its media sparse."""
    ftyp = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"

    def moov(offset):
        stco = _box(b"stco", struct.pack(">III", 0, 1, offset))
        inner = _box(b"trak", _box(b"mdia", _box(b"minf", _box(b"stbl", stco))))
        return _box(b"moov", inner)

    length = len(moov(0))
    begin = len(ftyp) + (length if moov_first else 0)
    with open(path, "wb") as out:
        out.write(ftyp + (moov(begin + 8) if moov_first else b""))
        out.write(struct.pack(">I4s", size + 8, b"mdat"))
        out.seek(size, os.SEEK_CUR)
        if not moov_first:
            out.write(moov(begin + 8))
        out.truncate(max(out.tell(), begin + 8 + size))


def _box(kind, content):
    return struct.pack(">I", len(content) + 8) + kind + content


def noise_wav(path, size):
    """A WAV of `size` bytes of sound."""
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", size + 36, b"WAVE", b"fmt ", 16, 1, 1,
                       48000, 96000, 2, 16, b"data", size)  # fmt: skip
    block = os.urandom(1 << 20)
    with open(path, "wb") as out:
        out.write(head)
        out.writelines(block for _ in range(size >> 20))


def splice_ratio(folder):
    """Scan, splice, write and fsync of 64 MB against read, write and fsync with the same
    buffer, best of alternating runs."""
    from aigclabel.files import CHUNK
    from aigclabel.plugins import Plugins
    from aigclabel.protocols import Edit, Limits
    from aigclabel.segments import write

    source, target = folder / "a.wav", folder / "b.wav"
    noise_wav(source, SIZE)
    container = Plugins().container("audio/wav")

    def ours():
        with source.open("rb") as stream, target.open("wb") as out:
            layout = container.scan(stream, "audio/wav", Limits())
            edit = Edit("key", "AIGC", b'{"Label":"1"}', None)
            write(container.splice(stream, layout, (edit,)), (stream,), out)
            out.flush()
            os.fsync(out.fileno())

    def plain():
        with source.open("rb") as stream, target.open("wb") as out:
            while block := stream.read(CHUNK):
                out.write(block)
            out.flush()
            os.fsync(out.fileno())

    times = [], []
    for _ in range(ROUNDS):
        for kept, call in zip(times, (ours, plain), strict=True):
            target.unlink(missing_ok=True)
            start = time.perf_counter()
            call()
            kept.append(time.perf_counter() - start)
    mine, other = (min(each) for each in times)
    return mine / other, f"{mine * 1000:.0f} ms against {other * 1000:.0f} ms"


def growth(media_type, source, target):
    """Resident growth of a process that splices, MB."""
    command = [sys.executable, "-c", _CHILD, media_type, str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def rows(row):
    """The rows of the table; `row` makes one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        value, note = splice_ratio(folder)
        yield row("splice of 64 MB / plain copy", value, 1.5, "x", note)
        size = (1 << 30) if os.environ.get("AIGCLABEL_FULL") else (256 << 20)
        for moov_first in (True, False):
            movie(folder / "m.mp4", size, moov_first=moov_first)
            grown = growth("video/mp4", folder / "m.mp4", folder / "n.mp4")
            where = "before" if moov_first else "behind"
            yield row(f"memory, {size >> 20} MB MP4, moov {where} mdat", grown, 64, "MB")
