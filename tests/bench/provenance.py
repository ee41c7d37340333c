"""Signing, verifying and peeking against c2pa-python alone with the same settings; leaks; two
processes."""

from __future__ import annotations

import gc
import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.spine import Row, photo, ratio, sdk_read, sdk_sign

FULL = bool(os.environ.get("AIGCLABEL_FULL"))
CYCLES = 10_000 if FULL else 300
WARM = 100 if FULL else 50
POLICY = """
id = "bench.signed"
version = "1"
title = "a signature and nothing else"
jurisdiction = "XX"
source = "none"
confidence = "none"
checked_on = 2026-11-24
status = "house"
in_force = 2020-01-01
involvement = ["generated", "edited", "enhanced"]
require = { all_of = ["credential"] }

[requirement.credential]
clause = "1"
duty = "it is signed"
roles = ["provider"]
layer = "signed"
schema = "c2pa"
present = ["digitalSourceType"]
"""
"""The least that a public verb signs under."""


def signed(data):
    """Content with a manifest and nothing else of ours."""
    from aigclabel import Asset, Signer, stamp
    from aigclabel.testing import SAID

    return stamp(Asset.of_bytes(data), SAID, rules(), Signer.local())


def rules():
    from aigclabel.rules.text import parse

    return parse(POLICY, "bench.toml")


def signing(data):
    """`stamp` with nothing but a signature, read back and judged, against the SDK's own signing
    with its verification after signing."""
    from aigclabel import Asset, Signer, stamp
    from aigclabel.testing import SAID

    signer, law = Signer.local(), rules()
    value, note = ratio(
        lambda: stamp(Asset.of_bytes(data), SAID, law, signer), lambda: sdk_sign(signer, data)
    )
    return Row("sign 2 MP JPEG / SDK sign", value, 1.5, "x", note)


def reading(data, name, bound):
    """`read` of bytes with anchors against the SDK's reader with the same."""
    from aigclabel import Asset, Signer, read
    from aigclabel.testing import trust_of

    signer, made = Signer.local(), signed(data).data()
    trust = trust_of(signer)
    assert read(made, trust).provenance.signer_trusted
    value, note = ratio(lambda: read(Asset.of_bytes(made), trust), lambda: sdk_read(signer, made))
    return Row(f"read {name} JPEG / SDK reader", value, bound, "x", note)


def best(call):
    """Seconds of the fastest of many calls."""
    times = []
    for _ in range(50):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def peeking():
    """Of files up to 1 MB in memory; and of one whose media is 64 MB against one of 1 MB."""
    from aigclabel import Asset, peek

    sizes = {"JPEG": photo(1200, 900), "PNG": _png(), "WAV": _wav(1 << 20), "text": _text()}
    for name, data in sizes.items():
        made = signed(data).data()
        assert peek(made).present
        asset = Asset.of_bytes(made)
        value = best(lambda asset=asset: peek(asset)) * 1000
        yield Row(f"peek at a {name} of {len(made) >> 10} KB", value, 1, " ms")
    with tempfile.TemporaryDirectory() as folder:
        times = []
        for size in (1 << 20, 64 << 20):
            path = Path(folder) / f"{size}.wav"
            signed(_wav(size)).save(path)
            assert peek(path).present
            times.append(best(lambda path=path: peek(path)))
        told = f"{times[1] * 1000:.2f} ms against {times[0] * 1000:.2f} ms"
        yield Row("peek at a WAV of 64 MB / of 1 MB", times[1] / times[0], 1.5, "x", told)


def _png():
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.effect_noise((900, 900), 60).save(out, "PNG")
    return out.getvalue()


def _wav(size):
    form = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", size + 36, b"WAVE", b"fmt ", 16, 1, 1,
                       48000, 96000, 2, 16, b"data", size)  # fmt: skip
    return form + bytes(size)


def _text():
    return b"The path climbs through beech trees for an hour.\n" * 4000


def leaking():
    """Growth of memory and handles over many cycles of signing, verifying and peeking."""
    from aigclabel import LOCAL, Asset, Signer, TrustStore, peek, read, stamp
    from aigclabel.testing import SAID, trust_of

    data, law, trust = photo(320, 240), rules(), trust_of(LOCAL)
    signer = Signer.local()

    def cycle():
        made = stamp(Asset.of_bytes(data), SAID, law, signer).data()
        assert read(made, TrustStore(trust.anchors)).provenance.signer_trusted
        assert peek(made).present

    for _ in range(WARM):
        cycle()
    gc.collect()
    memory, handles = _resident(), len(os.listdir("/proc/self/fd"))
    for _ in range(CYCLES):
        cycle()
    gc.collect()
    yield Row(f"memory after {CYCLES} cycles more", (_resident() - memory) / 1024, 8, " MB")
    yield Row("handles after them", len(os.listdir("/proc/self/fd")) - handles, 0, "")


def _resident():
    """Kilobytes of this process in memory."""
    text = Path("/proc/self/status").read_text("ascii")
    return int(text.partition("VmRSS:")[2].split()[0])


_WORKER = """
import sys
sys.path.insert(0, "tests")
from bench.provenance import rules
from bench.spine import photo
from aigclabel import Asset, Signer, stamp
from aigclabel.testing import SAID
data, law, signer = photo(), rules(), Signer.local()
stamp(Asset.of_bytes(data), SAID, law, signer)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[1])):
    stamp(Asset.of_bytes(data), SAID, law, signer)
"""


def two_processes():
    """The time in which two processes do the work of one, over that of the one."""
    times = {1: [], 2: []}
    for _ in range(3):
        for count, kept in times.items():
            kept.append(_together(count, 200 // count))
    value = min(times[2]) / min(times[1])
    told = f"{1 / value:.2f} times as fast"
    return Row("two processes / one, same work", value, 1 / 1.6, "x", told)


def _together(count, each):
    workers = [
        subprocess.Popen([sys.executable, "-c", _WORKER, str(each)], cwd=Path(__file__).parents[2],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]  # fmt: skip
    for one in workers:
        assert one.stdout.readline() == "ready\n"
    start = time.perf_counter()
    for one in workers:
        one.stdin.write("\n")
        one.stdin.close()
    for one in workers:
        assert one.wait() == 0
        one.stdout.close()
    return time.perf_counter() - start


def rows():
    """Every row; two processes at full size only, on two idle cores."""
    yield signing(photo())
    yield reading(photo(), "2 MP", 1.6)
    yield reading(photo(4000, 3000), "12 MP", 1.2)
    yield from peeking()
    yield from leaking()
    if FULL and len(os.sched_getaffinity(0)) > 1:
        yield two_processes()
