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
_SIGNING = """
import resource, sys, time
from pathlib import Path
from aigclabel import Asset, Signer, stamp
from aigclabel.rules.text import parse
from aigclabel.testing import SAID
from bench.spine import sdk_sign_file
whose, source, target, law = sys.argv[1:]
signer, rules = Signer.local(), parse(law, "bench.toml")
small = Path(source).with_name("small.wav")
def ours(source):
    stamp(Path(source), SAID, rules, signer).save(target, force=True)
def theirs(source):
    sdk_sign_file(signer, source, target)
call = ours if whose == "ours" else theirs
call(small)
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
call(source)
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(time.perf_counter() - start, grown)
"""
_LAW = """
id = "bench"
version = "1"
title = "a signature"
jurisdiction = "XX"
source = "none"
confidence = "none"
checked_on = 2026-11-24
status = "in_force"
in_force = 2020-01-01
involvement = ["generated"]
require = { all_of = ["credential"] }
[requirement.credential]
clause = "1"
duty = "what it is made of is signed"
roles = ["provider"]
layer = "signed"
schema = "c2pa"
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


def signing(folder):
    """A signature in 64 MB by `stamp`, with its reading back, against the SDK's own signing with
    its verification: time as a ratio, and by how much more the process grows, MB."""
    noise_wav(folder / "small.wav", 1 << 20)
    noise_wav(folder / "s.wav", SIZE)
    told = {whose: [] for whose in ("ours", "theirs")}
    for _ in range(3):
        for whose, kept in told.items():
            files = [str(folder / name) for name in ("s.wav", "t.wav")]
            command = [sys.executable, "-c", _SIGNING, whose, *files, _LAW]
            (folder / "t.wav").unlink(missing_ok=True)
            path = os.pathsep.join(each for each in sys.path if each)
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=True,
                env=os.environ | {"PYTHONPATH": path},
            )
            kept.append(tuple(map(float, done.stdout.split())))
    (mine, ours), (other, theirs) = (map(min, zip(*told[each], strict=True)) for each in told)
    seconds = f"{mine * 1000:.0f} ms against {other * 1000:.0f} ms"
    return mine / other, ours - theirs, seconds, f"{ours:.0f} MB against {theirs:.0f} MB"


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
        ratio, more, seconds, memory = signing(folder)
        yield row("sign 64 MB / SDK sign", ratio, 2.0, "x", seconds)
        yield row("sign 64 MB, memory beyond the SDK's", more, 16, "MB", memory)
        size = (1 << 30) if os.environ.get("AIGCLABEL_FULL") else (256 << 20)
        for moov_first in (True, False):
            movie(folder / "m.mp4", size, moov_first=moov_first)
            grown = growth("video/mp4", folder / "m.mp4", folder / "n.mp4")
            where = "before" if moov_first else "behind"
            yield row(f"memory, {size >> 20} MB MP4, moov {where} mdat", grown, 64, "MB")
