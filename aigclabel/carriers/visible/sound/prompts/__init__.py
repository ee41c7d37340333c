"""The recordings that spoken notices are played from, and which words each speaks.

Those that come with the library are made by `build.py`. A user's own lie in the folder
`prompts` of the user's files (`$AIGCLABEL_HOME`): WAV of 16-bit PCM or 8-bit mu-law, each named
after the words that it speaks (`本节目由AI合成.wav`). Whoever verifies needs the same recording.
"""

from __future__ import annotations

import json
import struct
from array import array
from functools import cache
from hashlib import sha256
from importlib.resources import files

from aigclabel.errors import CannotLabel
from aigclabel.signing.local import home

_LONGEST = 8 << 20
"""Bytes of a recording that are read."""
_MU_LAW, _PCM = 7, 1
"""Format tags of WAV."""


@cache
def built_in() -> dict[str, tuple[str, str]]:
    """The wordings of the library's own recordings: file and SHA-256."""
    index = json.loads(files(__name__).joinpath("index.json").read_text(encoding="utf-8"))
    return {row["text"]: (name, row["sha256"]) for name, row in index.items()}


def has(text: str) -> bool:
    """Whether a recording speaks these words, by its name."""
    return text in built_in() or _own(text) is not None


def recording(text: str) -> tuple[array[float], int, str]:
    """The recording of a wording: samples from -1 to 1, their rate, and the first 16 hex digits
    of the file's SHA-256. Raises CannotLabel where there is none that can be read."""
    if text in built_in():
        data: bytes | None = files(__name__).joinpath(built_in()[text][0]).read_bytes()
    else:
        data = _own(text)
    if data is None:
        raise CannotLabel(f"no recording speaks {text[:60]!r}: {advice()}")
    samples, rate = _samples(data)
    return samples, rate, sha256(data).hexdigest()[:16]


def advice() -> str:
    """What to do where a recording is missing."""
    known = ", ".join(repr(text) for text in built_in())
    return (
        f"choose from {known}, or 短长 短短 for the rhythm, or put your own recording into "
        f"{home() / 'prompts'}, named after its words, as WAV of 16-bit PCM"
    )


def _own(text: str) -> bytes | None:
    """A recording of the user's; None where no file has this name."""
    name = f"{text}.wav"
    if not text.strip() or "/" in text or "\\" in text or "\0" in text or text.startswith("."):
        return None
    try:
        with (home() / "prompts" / name).open("rb") as stream:
            return stream.read(_LONGEST)
    except (OSError, ValueError):  # no such file, or no name that a file can have
        return None


def _samples(data: bytes) -> tuple[array[float], int]:
    """The first channel of a WAV."""
    found = _chunks(data)
    form, raw = found.get(b"fmt ", b""), found.get(b"data", b"")
    if len(form) >= 16:  # noqa: PLR2004  the size of a plain format chunk
        tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", form)
        if channels and rate and raw and (tag, bits) == (_MU_LAW, 8):
            return array("d", [_mu_law()[byte] for byte in raw[::channels]]), rate
        if channels and rate and len(raw) > 1 and (tag, bits) == (_PCM, 16):
            whole = struct.unpack(f"<{len(raw) // 2}h", raw[: len(raw) // 2 * 2])
            return array("d", [one / 32768 for one in whole[::channels]]), rate
    raise CannotLabel("the recording is no WAV of 16-bit PCM or 8-bit mu-law: convert it")


def _chunks(data: bytes) -> dict[bytes, bytes]:
    at, found = 12, {}
    while data[:4] == b"RIFF" and at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        found[data[at : at + 4]] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


@cache
def _mu_law() -> tuple[float, ...]:
    """What each byte stands for (ITU-T G.711, mu-law), from -1 to 1."""
    values = []
    for byte in range(256):
        code = ~byte & 0xFF
        size = ((((code & 0x0F) << 3) + 0x84) << (code >> 4 & 7)) - 0x84
        values.append((-size if code & 0x80 else size) / 32768)
    return tuple(values)
