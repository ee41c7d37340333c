"""The methods that are compared: ours, and what else installs without weights of its own.

Each has `embed(pixels, payload)` and `detect(pixels, effort)`, which answer with an `Answer`, and
the seconds of processor time that it took. Others run in an environment that
`python -m tests.bench.watermark peers` makes in the folder that `AIGCLABEL_PEERS` names, so that
neither their licences nor their pins come near this library.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("peer_worker.py")
PACKAGES = (
    "numpy>=2",
    "pillow>=12",
    "opencv-python-headless>=4.10",
    "PyWavelets>=1.8",
    "scipy>=1.14",
    "onnxruntime>=1.20",
)
TOOLS = (
    "invisible-watermark==0.2.0",
    "blind-watermark==0.4.4",
    "clawid==0.2.4",
    "wmforge==0.1.0",
    "melu==0.8.0.post1",
)
"""Installed without what they ask for: torch, and a second OpenCV."""
EFFORTS = ("direct", "geometry", "deep")
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"
)


@dataclass(frozen=True)
class Answer:
    """What a method gave: pixels or a payload (None: nothing found), its processor time, and the
    effort that found it."""

    value: Any
    cpu: float
    error: str = ""
    path: str = "direct"


class Ours:
    """`aigclabel.carriers.watermark.spread`, with the public key."""

    name, bits, efforts = "aigclabel", 64, EFFORTS

    def __init__(self, quality=42.0, keys=None):
        from aigclabel.keys import PUBLIC

        self.quality, self.keys = quality, keys or (PUBLIC,)

    def embed(self, pixels, payload):
        """With the first of the keys."""
        import numpy as np

        from aigclabel.carriers.watermark.spread.embedding import embed

        start = time.process_time()
        made = embed(luma(pixels), payload, self.keys[0], self.quality)
        marked = np.clip(pixels + made.delta[..., None], 0, 255)
        marked = (marked + 0.5).astype(np.uint8)
        return Answer(marked, time.process_time() - start)

    def hits(self, pixels, effort):
        """Everything that was found."""
        from aigclabel.carriers.watermark.spread.detecting import detect

        start = time.process_time()
        found = detect(luma(pixels), self.keys, effort)
        return Answer(found, time.process_time() - start)

    def detect(self, pixels, effort):
        """The payload of the first hit."""
        found = self.hits(pixels, effort)
        if not found.value:
            return Answer(None, found.cpu)
        return Answer(found.value[0].payload, found.cpu, path=found.value[0].path)

    def close(self):
        """Nothing is open."""


def luma(pixels):
    """float32 luma of 0 to 255 (ITU-R BT.601, as JPEG's)."""
    import numpy as np

    return pixels @ np.array([0.299, 0.587, 0.114], np.float32)


class Peer:
    """A tool in its own process. It has one effort, and gives bits for any picture, unless its
    payload is checked (clawid, wmforge, melu)."""

    efforts = ("direct",)

    def __init__(self, name, bits):
        self.name, self.bits = name, bits
        command = [str(environment() / "bin" / "python"), str(WORKER), name]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **ONE_THREAD},
        )

    def embed(self, pixels, payload):
        """Marked pixels."""
        import numpy as np

        told, data = self._ask({"do": "embed", "payload": payload.hex()}, pixels)
        if "error" in told:
            return Answer(None, told["cpu"], told["error"])
        marked = np.frombuffer(data, np.uint8).reshape(told["shape"])
        return Answer(marked, told["cpu"])

    def detect(self, pixels, effort):  # noqa: ARG002  they have only one
        """A payload."""
        told, _ = self._ask({"do": "detect", "size": self.bits // 8}, pixels)
        found = told.get("payload")
        return Answer(bytes.fromhex(found) if found else None, told["cpu"], told.get("error", ""))

    def _ask(self, asked, pixels):
        import numpy as np

        line = json.dumps({**asked, "shape": pixels.shape}).encode() + b"\n"
        self.process.stdin.write(line + np.ascontiguousarray(pixels).tobytes())
        self.process.stdin.flush()
        if not (answer := self.process.stdout.readline()):
            raise RuntimeError(f"{self.name} died: run {WORKER.name} {self.name} by hand")
        told = json.loads(answer)
        return told, self.process.stdout.read(int(np.prod(told.get("shape", (0,)))))

    def close(self):
        """Ends the process."""
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


BITS = {
    "dwtDct": 64,
    "dwtDctSvd": 64,
    "rivaGan": 32,
    "blind-watermark": 64,
    "clawid-qim": 64,
    "clawid-fm": 64,
    "wmforge": 64,
    "melu": 64,
}
"""Of the payload that each is given. melu's is a salt that the detector is told."""


def environment():
    """The folder of the peers' environment."""
    named = os.environ.get("AIGCLABEL_PEERS")
    if not named:
        raise SystemExit("AIGCLABEL_PEERS is not set: name a folder for the peers' environment")
    return Path(named)


def install():
    """Makes the environment, if it is not there."""
    folder = environment()
    python = folder / "bin" / "python"
    if python.exists():
        return
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, *PACKAGES], check=True)
    subprocess.run([*pip, "--no-deps", *TOOLS], check=True)


def method(name, quality=42.0):
    """A method by its name."""
    return Ours(quality) if name == Ours.name else Peer(name, BITS[name])
