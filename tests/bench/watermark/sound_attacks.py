"""What happens to sounds on their way: codecs, cuts, other speeds."""

from __future__ import annotations

import subprocess
import tempfile
from functools import partial
from pathlib import Path

import numpy as np


def _run(*words, sent=b""):
    command = ["ffmpeg", "-v", "error", "-y", *(str(word) for word in words)]
    return subprocess.run(command, input=sent, check=True, capture_output=True).stdout


def loaded(path):
    """All samples of a file, -1 to 1, (n, channels), and their rate."""
    asked = ["ffprobe", "-v", "error", "-select_streams", "a:0", "-of", "csv=p=0",
             "-show_entries", "stream=sample_rate,channels", str(path)]  # fmt: skip
    told = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    rate, channels = (int(each) for each in told.strip().split(",")[:2])
    raw = _run("-i", path, "-map", "0:a:0", "-f", "f32le", "-")
    return np.frombuffer(raw, "<f4").reshape(-1, channels), rate


def whole(samples):
    """As samples of 16 bits."""
    return np.clip(np.round(samples * 32767), -32768, 32767).astype("<i2").tobytes()


def through(*options, name="", rate=0):
    """A change that ffmpeg makes: through a file of this name where there is one. It then has this
    rate, or the one that it had."""

    def change(sound):
        samples, before = sound
        after, channels = rate or before, 1 if "-ac" in options else samples.shape[1]
        given = ("-f", "s16le", "-ar", before, "-ac", samples.shape[1], "-i", "-")
        to = ("-ar", after, "-ac", channels, "-f", "f32le", "-")
        if not name:
            raw = _run(*given, *options, "-c:a", "pcm_s16le", *to[:4], "-f", "s16le", "-",
                       sent=whole(samples))  # fmt: skip
            return (np.frombuffer(raw, "<i2") / np.float32(32768)).reshape(-1, channels), after
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            _run(*given, *options, path, sent=whole(samples))
            raw = _run("-i", path, *to)
            return np.frombuffer(raw, "<f4").reshape(-1, channels), after

    return change


def filtered(text):
    return through("-af", text)


def cut(sound, begin, seconds=None):
    """A piece from a part of the sound on: half of it, or so many seconds."""
    samples, rate = sound
    at = int(begin * len(samples))
    return samples[at : at + (len(samples) // 2 if seconds is None else seconds * rate)], rate


def noisy(sound, decibels):
    """Under white noise."""
    samples, rate = sound
    noise = np.random.default_rng(1).standard_normal(samples.shape)
    level = np.sqrt((samples**2).mean() * 10 ** (-decibels / 10))
    return (samples + level * noise).astype(np.float32), rate


def sped(sound, speed):
    """Faster and higher: the same samples, played at another rate."""
    samples, rate = sound
    return samples, round(rate * speed)


def pitched(sound, factor):
    """Another pitch, as long as before."""
    _, rate = sound
    text = f"asetrate={round(rate * factor)},atempo={1 / factor:.6f},aresample={rate}"
    return filtered(text)(sound)


def generations(sound):
    """Coded as MP3, then as AAC."""
    return MADE["AAC 96"](MADE["MP3 128"](sound))


def one_channel(sound):
    """The left one alone."""
    samples, rate = sound
    return samples[:, :1], rate


MADE = {
    "none": through(),
    "MP3 128": through("-b:a", "128k", name="a.mp3"),
    "MP3 64": through("-b:a", "64k", name="a.mp3"),
    "AAC 96": through("-c:a", "aac", "-b:a", "96k", name="a.m4a"),
    "Opus 32": through("-c:a", "libopus", "-b:a", "32k", name="a.opus", rate=48000),
    "MP3 128, then AAC 96": generations,
    "8 kHz": through(rate=8000),
    "to 48 kHz": through(rate=48000),
    "half cut off": partial(cut, begin=0.25),
    "3 s of it": partial(cut, begin=0.37, seconds=3),
    "noise 20 dB": partial(noisy, decibels=20),
    "volume -20 dB": filtered("volume=-20dB"),
    "volume +6 dB, clipped": filtered("volume=6dB"),
    "mono": through("-ac", "1"),
    "left channel only": one_channel,
    "echo": filtered("aecho=0.8:0.8:60:0.4"),
    "low-pass 4 kHz": filtered("lowpass=4000,lowpass=4000"),
    **{
        f"speed {change:+} %".replace("-", "−"): partial(sped, speed=1 + change / 100)
        for change in (-4, -2, -1, 1, 2, 4)
    },
    **{
        f"stretched, tempo {change:+} %".replace("-", "−"): filtered(f"atempo={1 + change / 100}")
        for change in (-4, -2, 2, 4)
    },
    **{
        f"pitch {change:+} %".replace("-", "−"): partial(pitched, factor=1 + change / 100)
        for change in (-2, 2)
    },
}
"""Every change of (samples, rate), by name."""
