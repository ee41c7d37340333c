"""One method on pictures under attacks: what is read back exactly, how good it looks, how long it
takes. One line of JSON per picture and size goes to a file as soon as it is measured, so that a
run that was ended goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
from bench.watermark import attacks, pictures

WRONG = "wrong"


def folder():
    """Where measured lines are kept: `AIGCLABEL_NUMBERS`."""
    named = os.environ.get("AIGCLABEL_NUMBERS")
    if not named:
        raise SystemExit("AIGCLABEL_NUMBERS is not set: name a folder for what is measured")
    made = Path(named)
    made.mkdir(parents=True, exist_ok=True)
    return made


def chosen(half, per_kind=None):
    """The pictures of a half, or its first few of each kind."""
    listed = pictures.listed(half)
    kinds = dict.fromkeys(picture.kind for picture in listed)
    if per_kind is None:
        return listed
    return [p for kind in kinds for p in [q for q in listed if q.kind == kind][:per_kind]]


def jobs(half, sides, per_kind=None):
    """(picture, side), each size of a picture once: one that is smaller than a side is measured
    at its own size, for the side of 1024 only."""
    for side in sides:
        for picture in chosen(half, per_kind):
            high, wide, _ = pictures.array(picture, side).shape
            if side == 2048 and max(high, wide) <= 1024:
                continue
            yield picture, side


def run(method, half, sides, per_kind=None, quick=False):
    """Measures what is not yet in the file of this method and half."""
    file = folder() / f"{half}-{method.name}.jsonl"
    done = {(line["picture"], line["side"]) for line in lines(file)}
    ways = [attack for attack in attacks.every() if attack.quick or not quick]
    for picture, side in jobs(half, sides, per_kind):
        if (picture.sha256, side) in done:
            continue
        told = {"picture": picture.sha256, "name": picture.name, "kind": picture.kind, "side": side}
        pixels = pictures.array(picture, side)
        told |= measured(method, pixels, picture.sha256, ways)
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(told) + "\n")


def lines(file):
    """What a file holds; none if it is not there."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def payload_for(name, bits):
    """A payload of its own for everything that has a name."""
    return hashlib.shake_256(f"payload:{name}".encode()).digest(bits // 8)


def measured(method, pixels, seed, ways):
    """Everything about one picture."""
    payload = payload_for(seed, method.bits)
    made = method.embed(pixels, payload)
    told = {"size": pixels.shape[:2], "embed": made.cpu}
    if made.error:
        return told | {"error": made.error, "attacks": dict.fromkeys((w.name for w in ways), "")}
    told |= {"psnr": psnr(pixels, made.value), "ssim": ssim(pixels, made.value)}
    told["unmarked"] = {e: method.detect(pixels, e).cpu for e in method.efforts}
    told["attacks"] = {way.name: read_back(method, way(made.value, seed), payload) for way in ways}
    return told


def read_back(method, pixels, payload):
    """The effort that gives the payload exactly, `wrong` for another one, else nothing. A tool
    that can't tell whether there is a mark is not blamed for wrong ones."""
    found = method.detect(pixels, method.efforts[-1])
    if found.value == payload:
        return found.path
    return WRONG if found.value is not None and len(method.efforts) > 1 else ""


def psnr(before, after):
    """Peak signal to noise over all channels in dB; 99 for no change."""
    error = np.square(before.astype(np.float64) - after).mean()
    return 99.0 if not error else float(10 * np.log10(255**2 / error))


def ssim(before, after):
    """Structural similarity: Wang, Bovik, Sheikh and Simoncelli 2004, with its Gaussian window of
    11 x 11 and σ 1.5, K1 0.01, K2 0.03, L 255; the mean of the three channels, where the window
    is inside."""
    pairs = zip(np.moveaxis(before, 2, 0), np.moveaxis(after, 2, 0), strict=True)
    return float(np.mean([_similar(one, two) for one, two in pairs]))


def _similar(one, two):
    one, two = one.astype(np.float64), two.astype(np.float64)
    mean_one, mean_two = _smooth(one), _smooth(two)
    both = _smooth(one * two) - mean_one * mean_two
    spread = _smooth(one * one) - mean_one**2 + _smooth(two * two) - mean_two**2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    score = (2 * mean_one * mean_two + c1) * (2 * both + c2)
    score /= (mean_one**2 + mean_two**2 + c1) * (spread + c2)
    return score.mean()


def _smooth(values):
    places = np.arange(-5, 6)
    window = np.exp(-(places**2) / (2 * 1.5**2))
    window /= window.sum()
    for axis in (0, 1):
        values = np.lib.stride_tricks.sliding_window_view(values, 11, axis) @ window
    return values
