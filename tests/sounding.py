"""Sounds to put notices into, and what tests of them ask: shared by unit and interop tests."""

from __future__ import annotations

import io
import json
import math
import random
import struct
import subprocess

from aigclabel import Asset, Choices, Layer, policy, read, stamp, verify
from aigclabel.containers.aiff import AiffContainer
from aigclabel.containers.wave import WaveContainer
from aigclabel.protocols import Limits
from aigclabel.testing import SAID

GB = policy("cn.gb45438-2025")
RHYTHM = "短长 短短"
SPEECH = "本音频由AI生成"


def tone(frames, channels=1, amplitude=0.1, seed=1):
    """Samples of something that is no notice: a tone under noise."""
    dice = random.Random(seed)
    return [
        amplitude * (math.sin(at * 0.05 + channel) + dice.uniform(-1, 1)) / 2
        for at in range(frames)
        for channel in range(channels)
    ]


def voiced(seconds, rate, seed=1, channels=1):
    """Something like a voice: harmonics that glide, in syllables, over a little noise."""
    import numpy as np

    rng = np.random.default_rng(seed)
    count = round(seconds * rate)
    time = np.arange(count) / rate
    pitch = 120 + 40 * np.sin(2 * np.pi * 0.7 * time + seed)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    wave = sum(np.sin(part * phase) / part for part in range(1, 40) if part * 160 < rate / 2)
    syllables = np.clip(np.sin(2 * np.pi * 3.1 * time) + 0.6, 0, 1)
    mono = 0.15 * wave * syllables + 0.003 * rng.standard_normal(count)
    return np.stack([mono] * channels, axis=1).astype(np.float32)


def packed(values, width, kind="signed"):
    if kind == "float":
        return struct.pack(f"<{len(values)}{'f' if width == 4 else 'd'}", *values)
    peak = (1 << 8 * width - 1) - 1
    bias = peak + 1 if kind == "unsigned" else 0
    return b"".join(
        (round(v * peak) + bias).to_bytes(width, "little", signed=kind == "signed") for v in values
    )


def chunk(tag, body):
    return tag + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def wav(data, rate=8000, channels=1, width=2, kind="signed", *, more=b""):
    tag = 3 if kind == "float" else 1
    frame = width * channels
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, 8 * width)
    body = b"WAVE" + chunk(b"fmt ", form) + more + chunk(b"data", data)
    return b"RIFF" + struct.pack("<I", len(body)) + body


RATE = bytes.fromhex("400bfa00000000000000")
"""8 kHz in 80 bits."""


def aiff(data, channels=1, more=b""):
    def big(tag, body):
        return tag + struct.pack(">I", len(body)) + body + b"\0" * (len(body) % 2)

    comm = struct.pack(">hIh", channels, len(data) // 2 // channels, 16) + RATE
    body = b"AIFF" + big(b"COMM", comm) + more + big(b"SSND", bytes(8) + data)
    return b"FORM" + struct.pack(">I", len(body)) + body


def stamped(data, **choices):
    return stamp(Asset.of_bytes(data), SAID, GB, None, choices=Choices(**choices))


def notice(made):
    (found,) = [m.mark for m in read(made).marks if m.mark.layer is Layer.VISIBLE]
    return found


def content(data, media_type="audio/wav"):
    """The bytes of the sound's frames."""
    container = WaveContainer() if media_type == "audio/wav" else AiffContainer()
    stream = io.BytesIO(data)
    pcm = container.pcm(stream, container.scan(stream, media_type, Limits()))
    return data[pcm.span.start : pcm.span.start + pcm.span.length]


def report(made):
    (finding,) = [f for f in verify(made, GB).findings if f.requirement == "notice-audio"]
    return finding


def run(*command):
    """What a program prints."""
    return subprocess.run(command, check=True, capture_output=True).stdout


def probe(path):
    """What ffprobe says."""
    told = run("ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", path)
    return json.loads(told)


def samples(path, *options):
    """All samples as 32-bit numbers, at the file's own rate and channels."""
    return run("ffmpeg", "-v", "error", "-i", path, *options, "-f", "s32le", "-")


def common(one, other):
    """The length of what two begin with alike, in whole samples."""
    length = min(len(one), len(other))
    low, high = 0, length
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    assert low > 1, "neither the content goes on here nor a notice ended"
    return low // 2 * 2
