"""`python -m tests.bench.watermark_sound FOLDER [tune|report] [dB]`: what marks in sound survive.

FOLDER has sounds that ffmpeg reads; twelve seconds from each are marked, changed and read again.
Sounds whose name has an even SHA-256 are for tuning, the others for reports, on which nothing is
ever tuned. Codecs are those of ffmpeg.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from aigclabel.carriers.watermark.spread.sound import detect_sound, embed_sound
from aigclabel.carriers.watermark.spread.sound_frames import resampled
from aigclabel.keys import PUBLIC

PAYLOAD = bytes.fromhex("0123456789")
SECONDS = 12
Sound = tuple[np.ndarray, int]


def tuning(name: str) -> bool:
    """Whether a sound of this name is for tuning."""
    return hashlib.sha256(name.encode()).digest()[-1] % 2 == 0


def _run(*command: object, sent: bytes = b"") -> bytes:
    words = [str(each) for each in ("ffmpeg", "-v", "error", "-y", *command)]
    return subprocess.run(words, input=sent, check=True, capture_output=True).stdout


def loaded(path: Path, *options: object) -> Sound:
    """All samples of a file, -1 to 1, (n, channels), and their rate."""
    facts = "stream=sample_rate,channels"
    told = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", facts,
         "-of", "csv=p=0", str(path)], check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    rate, channels = (int(each) for each in told.strip().split(",")[:2])
    raw = _run(*options, "-i", path, "-map", "0:a:0", "-f", "f32le", "-")
    return np.frombuffer(raw, "<f4").reshape(-1, channels), rate


def coded(sound: Sound, file: str, *options: str) -> Sound:
    """A sound after a codec."""
    samples, rate = sound
    whole = np.clip(np.round(samples * 32767), -32768, 32767).astype("<i2").tobytes()
    with TemporaryDirectory() as folder:
        path = Path(folder) / file
        shape = ("-f", "s16le", "-ar", rate, "-ac", samples.shape[1], "-i", "-")
        _run(*shape, *options, path, sent=whole)
        return loaded(path)


def cut(sound: Sound, begin: float, part: float) -> Sound:
    """A piece that begins at a part of the sound and is a part of it long, or at most so many
    seconds, where that is above 1."""
    samples, rate = sound
    at = int(begin * len(samples))
    length = int(part * (len(samples) if part <= 1 else rate))
    return samples[at : at + length], rate


def noisy(sound: Sound, decibels: float) -> Sound:
    """A sound under white noise."""
    samples, rate = sound
    noise = np.random.default_rng(1).standard_normal(samples.shape)
    level = np.sqrt((samples**2).mean() * 10 ** (-decibels / 10))
    return (samples + level * noise).astype(np.float32), rate


def sped(sound: Sound, speed: float) -> Sound:
    """A sound that runs faster, and higher."""
    samples, rate = sound
    count = round(len(samples) / speed)
    rows = [resampled(samples[:, each], count) for each in range(samples.shape[1])]
    return np.stack(rows, axis=1), rate


ATTACKS: dict[str, tuple[str, Callable[[Sound], Sound]]] = {
    "none": ("direct", partial(coded, file="a.wav")),
    "MP3 128": ("direct", lambda x: coded(x, "a.mp3", "-b:a", "128k")),
    "MP3 64": ("direct", lambda x: coded(x, "a.mp3", "-b:a", "64k")),
    "AAC 96": ("direct", lambda x: coded(x, "a.m4a", "-c:a", "aac", "-b:a", "96k")),
    "Opus 32": ("direct", lambda x: coded(x, "a.opus", "-c:a", "libopus", "-b:a", "32k")),
    "8 kHz": ("direct", lambda x: coded(x, "a.wav", "-ar", "8000")),
    "half": ("direct", partial(cut, begin=0.25, part=0.5)),
    "3 s": ("direct", partial(cut, begin=0.37, part=3)),
    "noise 20": ("direct", partial(noisy, decibels=20)),
    "speed +1 %": ("geometry", partial(sped, speed=1.01)),
    "speed -4 %": ("geometry", partial(sped, speed=0.96)),
    "speed +4 %": ("geometry", partial(sped, speed=1.04)),
}
"""Each with the effort that is spent on reading it."""


def main(folder: str, half: str = "report", quality: str = "28", *names: str) -> int:
    """Print the table."""
    paths = sorted(p for p in Path(folder).iterdir() if tuning(p.stem) == (half == "tune"))
    asked = names or tuple(ATTACKS)
    passed = dict.fromkeys(asked, 0)
    costs, held, wrong, spent, count = [], 0, 0, [0.0, 0.0], 0
    for path in paths:
        samples, rate = loaded(path, "-t", SECONDS)
        began = time.process_time()
        made = embed_sound(samples, rate, PAYLOAD, PUBLIC, float(quality))
        spent[0] += time.process_time() - began
        marked = coded((samples + made.delta, rate), "a.wav")
        wrong += bool(detect_sound(samples, rate, (PUBLIC,), "direct"))
        missed = []
        for name in asked:
            effort, change = ATTACKS[name]
            changed, at = change(marked)
            began = time.process_time()
            hits = detect_sound(changed, at, (PUBLIC,), effort)
            spent[1] += (time.process_time() - began) * (effort == "direct")
            right = [hit.payload for hit in hits] == [PAYLOAD]
            wrong += bool(hits) and not right
            passed[name] += right
            missed += [] if right else [name]
        count, held = count + 1, held + made.held
        costs.append(made.snr)
        say(f"{path.stem[:48]:48} {made.snr:5.1f} dB  {', '.join(missed)}")
    direct = sum(ATTACKS[name][0] == "direct" for name in asked) * count
    say(f"{half}, {count} sounds, asked for {quality} dB: {np.mean(costs):.1f}, at least")
    say(f"{min(costs):.1f}; self-test passed by {held}; wrong answers {wrong}; CPU: embed")
    say(f"{spent[0] / count:.2f} s, direct {spent[1] / max(1, direct):.2f} s")
    for name, right in passed.items():
        say(f"| {name} | {right}/{count} | {100 * right / count:.0f} % |")
    return 0


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
