"""RivaGAN's watermark by its ONNX networks, from a folder that the caller names.

An adapter that shows how others' watermarks are plugged in. The networks (Zhang et al. 2019, Robust
Invisible Video Watermarking with Attention) are in the package invisible-watermark (MIT); neither
they nor anything else is fetched. They carry 32 bits and say nothing of whether there are any: so
8 are the payload, 24 a check, and up to 6 of the least certain bits are tried both ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigclabel.errors import CannotLabel, MalformedAsset

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

_FILES = ("rivagan_encoder.onnx", "rivagan_decoder.onnx")
_BITS, _CHECK, _TRIED = 32, 24, 6
_CHANCE = 2.0**_TRIED / 2.0**_CHECK
_THRESHOLD = 0.52
"""Above it a bit is a one: the package's own."""
_LEAST = 64
"""Pixels of a side that the networks need to work at all."""


class RivaGan:
    """`rivagan:FOLDER`, where FOLDER holds `rivagan_encoder.onnx` and `rivagan_decoder.onnx`."""

    name = "rivagan"
    alg = "org.aigclabel.rivagan.1"
    bits = _BITS - _CHECK

    def obstacle(self, asked: str) -> str:
        """What is missing: the folder, its files, or the package that runs them."""
        if not asked:
            return "rivagan needs its networks: write rivagan:FOLDER"
        if missing := [name for name in _FILES if not (Path(asked) / name).is_file()]:
            return f"{asked} has no {missing[0]}: name the folder with RivaGAN's networks"
        return (
            "" if find_spec("onnxruntime") else "rivagan needs a package: pip install onnxruntime"
        )

    def embed(self, pixels: Pixels, payload: bytes, asked: str) -> Pixels:
        """The pixels with one byte of payload and its check. Raises CannotLabel."""
        import numpy as np

        if min(pixels.shape[:2]) < _LEAST:
            raise CannotLabel(f"rivagan marks pictures of {_LEAST} pixels a side or more")
        bits = np.array([_word(payload) >> at & 1 for at in reversed(range(_BITS))], np.float32)
        made = _run(asked, _FILES[0], {"frame": _network(pixels), "data": bits[None]})
        shown = (np.clip(made[0, :, 0], -1, 1).transpose(1, 2, 0) + 1) * 127.5
        rounded: Pixels = np.rint(shown).astype(np.uint8)
        return rounded

    def detect(self, pixels: Pixels, asked: str) -> tuple[tuple[bytes, float], ...]:
        """The payload whose check holds, if there is one. Raises MalformedAsset."""
        if min(pixels.shape[:2]) < _LEAST:
            return ()
        soft = _run(asked, _FILES[1], {"frame": _network(pixels)})[0]
        for word in _words(soft - _THRESHOLD):
            payload = (word >> _CHECK).to_bytes(1, "big")
            if _word(payload) == word:
                return ((payload, _CHANCE),)
        return ()


def _word(payload: bytes) -> int:
    """Payload and check as one number."""
    check = int.from_bytes(sha256(b"aigclabel rivagan 1" + payload).digest()[: _CHECK // 8], "big")
    return payload[0] << _CHECK | check


def _words(soft: NDArray[np.float32]) -> Iterator[int]:
    """What 32 soft bits may be: as they are first, then with the least certain ones turned."""
    import numpy as np

    whole = int("".join("1" if each > 0 else "0" for each in soft), 2)
    unsure = [1 << (_BITS - 1 - int(at)) for at in np.argsort(np.abs(soft))[:_TRIED]]
    for turned in product((0, 1), repeat=_TRIED):
        yield whole ^ sum(bit for bit, turn in zip(unsure, turned, strict=True) if turn)


def _network(pixels: Pixels) -> NDArray[np.float32]:
    """Pixels as the networks take them: (1, 3, 1, height, width), -1 to 1."""
    import numpy as np

    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None, :, None] / np.float32(127.5) - 1)


def _run(folder: str, name: str, given: dict[str, Any]) -> NDArray[np.float32]:
    import onnxruntime  # type: ignore[import-not-found, unused-ignore]

    try:
        where = str(Path(folder) / name)
        session = onnxruntime.InferenceSession(where, providers=["CPUExecutionProvider"])
        made: NDArray[np.float32] = session.run(None, given)[0]
    except Exception as wrong:  # noqa: BLE001  what the runtime raises has no common root
        raise MalformedAsset(f"RivaGAN's network {name} does not run here ({wrong})") from None
    return made
