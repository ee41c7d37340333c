"""What is not one picture under one attack: pictures without a mark, two marks on one picture, and
what somebody who has many marked pictures can do."""

from __future__ import annotations

import json
import random

import numpy as np
from bench.watermark import attacks, measure, pictures
from bench.watermark.peers import Ours

SIDE = 512
SHOWN = ("none", "JPEG 50", "cropped to 50 %", "screenshot", "resized to 0.5")
MANY, STRENGTHS, VICTIMS = (5, 20, 30), (1.0, 2.0), 10


def keep(name, told):
    """Writes down a result of its own file."""
    file = measure.folder() / f"{name}.json"
    file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return told


def unmarked(method, half, count, effort):
    """How many of `count` unmarked pictures give a hit. Each is one of the half's, at one of
    three sizes, after an attack or two and a crop of its own: no two are the same. Goes on where
    it was."""
    file = measure.folder() / f"unmarked-{half}-{effort}.json"
    told = json.loads(file.read_text()) if file.exists() else {"count": 0, "hits": []}
    ways, listed = attacks.every(), pictures.listed(half)
    slow = {"AVIF 50", "median 7×7", "denoised (non-local means)", "enlarged ×1.7"}
    ways = [way for way in ways if way.name not in slow]
    while told["count"] < count:
        number = told["count"]
        chance = random.Random(f"unmarked {number}")
        picture = listed[number % len(listed)]
        pixels = pictures.array(picture, chance.choice((256, 384, SIDE)))
        way = chance.choice(ways)
        pixels = varied(way(pixels, str(number)), chance)
        if hits := method.hits(pixels, effort).value:
            told["hits"].append([number, picture.name, way.name, hits[0].payload.hex()])
        told["count"] += 1
        if told["count"] % 100 == 0 or told["count"] == count:
            file.write_text(json.dumps(told), encoding="utf-8")
    return told


def varied(pixels, chance):
    """A crop of its own, some other brightness."""
    from PIL import Image

    image = attacks.cropped(Image.fromarray(pixels), chance.uniform(0.6, 1), chance)
    return np.asarray(attacks.times(image, chance.uniform(0.85, 1.15)))


def key(name):
    """A private key."""
    from aigclabel.keys import Key

    return Key(name, f"bench secret of {name}".encode().ljust(32, b"."))


def together(half, side=1024, per_kind=None):
    """Two keys on one picture, one after the other: how often both, and either, are read."""
    first, second = key("first"), key("second")
    ways = [way for way in attacks.every() if way.name in SHOWN]
    told = {"pictures": 0, "psnr": 0.0, "both": dict.fromkeys(SHOWN, 0)}
    for picture in measure.chosen(half, per_kind):
        pixels = marked = pictures.array(picture, side)
        wanted = set()
        for each in (first, second):
            payload = measure.payload_for(picture.sha256 + each.name, 64)
            marked = Ours(keys=(each,)).embed(marked, payload).value
            wanted.add((each.name, payload))
        told["pictures"] += 1
        told["psnr"] += measure.psnr(pixels, marked)
        for way in ways:
            reader = Ours(keys=(first, second))
            hits = reader.hits(way(marked, picture.sha256), "deep").value
            told["both"][way.name] += {(hit.key, hit.payload) for hit in hits} == wanted
    told["psnr"] /= max(1, told["pictures"])
    return keep("together", told)


def square(picture):
    """The middle of a picture, 512 x 512: what somebody would average is of one size."""
    from PIL import Image, ImageOps

    image = Image.fromarray(pictures.array(picture, 1024))
    return np.asarray(ImageOps.fit(image, (SIDE, SIDE), Image.Resampling.LANCZOS))


def residue(pixels):
    """What is left of the luma without its smooth part, each place by how busy it is there."""
    from bench.watermark.peers import luma
    from PIL import Image, ImageFilter

    grey = luma(pixels).astype(np.float32)
    smooth = np.asarray(Image.fromarray(grey.round().astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(2)), np.float32)  # fmt: skip
    left = grey - smooth
    return np.clip(left, -8, 8) / (4 + np.abs(left).mean())


def averaging(half):
    """Averaging what is left of N marked pictures of one size and key, and taking it away from
    others, at several strengths: how many of those are no longer read, and what it costs their
    looks. All with one payload, or each with its own; or without a mark, which shows what such a
    change does by itself."""
    told = {"rows": []}
    for payloads in ("one", "own", "none"):
        marked = _marked(half, payloads)
        victims, others = marked[:VICTIMS], marked[VICTIMS:]
        if payloads == "none":
            others = [(square(picture), b"") for picture in pictures.listed(half)[VICTIMS:]]
        told["victims"] = len(victims)
        for many in MANY:
            mean = np.mean([residue(pixels) for pixels, _ in others[:many]], axis=0)
            mean /= max(float(np.sqrt(np.square(mean).mean())), 1e-6)
            for strength in STRENGTHS:
                ends = [_taken(mean * strength, *victim) for victim in victims]
                gone, loss = (np.asarray(each) for each in zip(*ends, strict=True))
                row = [payloads, min(many, len(others)), strength, int(gone.sum())]
                told["rows"].append([*row, round(float(loss.mean()), 1)])
    return keep("averaging", told)


def _marked(half, payloads):
    """Marked pictures, with the payload of each."""
    method, made = Ours(), []
    for picture in pictures.listed(half):
        name = "averaging" if payloads == "one" else f"averaging {picture.sha256}"
        payload = measure.payload_for(name, method.bits)
        made.append((method.embed(square(picture), payload).value, payload))
    return made


def _taken(estimate, pixels, payload):
    """Whether a mark is gone when an estimate of it was taken away, and the PSNR of doing so."""
    busy = 0.3 + np.abs(residue(pixels))
    taken = estimate * busy / busy.mean()
    made = np.clip(pixels - taken[..., None], 0, 255).round().astype(np.uint8)
    return measure.read_back(Ours(), made, payload) == "", measure.psnr(pixels, made)


def collusion(half, per_kind=3):
    """Several copies of one picture, each with a payload of its own, averaged: how often one of
    their payloads is read, another one, or nothing."""
    method, rows = Ours(), []
    listed = measure.chosen(half, per_kind)
    for many in (2, 3, 5, 10):
        ends = {"one of them": 0, "another": 0, "nothing": 0}
        for picture in listed:
            payloads = [measure.payload_for(f"{picture.sha256}{n}", 64) for n in range(many)]
            pixels = pictures.array(picture, 1024)
            copies = [method.embed(pixels, payload).value for payload in payloads]
            mean = np.mean(copies, axis=0).round().astype(np.uint8)
            hits = method.hits(mean, "deep").value
            found = hits[0].payload if hits else None
            ends["nothing" if not hits else "one of them" if found in payloads else "another"] += 1
        rows.append([many, ends])
    return keep("collusion", {"pictures": len(listed), "rows": rows})
