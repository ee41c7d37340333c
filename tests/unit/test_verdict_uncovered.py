"""Which bytes a signature leaves out: nothing escapes both the signature and the list."""

import random
import struct

import pytest
from forms import every_form
from laws.rules import GB, rules
from laws.worlds import ARTICLE_9, TRUST

from aigclabel import Asset, read, stamp
from aigclabel.testing import SAID

SIGNED_INSIDE = [
    "movies/mp4",
    "movies/mov",
    "movies/m4a",
    "heifs/heic",
    "heifs/avif",
    "pdfs/pdf",
    "texts/html",
    "texts/python",
    "tiffs/tiff",
    "waves/wav",
    "pictures/gif",
    "pictures/svg",
    "tagged/mp3",
]
MOVIES = [name for name in SIGNED_INSIDE if name.startswith(("movies/", "heifs/"))]


def made_of(name):
    forms = every_form()
    if name not in forms:
        pytest.skip(f"needs the program that makes {name}")
    media_type, data = forms[name]
    return stamp(Asset.of_bytes(data, media_type), SAID, rules(GB), context=ARTICLE_9)


def again(made, data):
    return Asset.of_bytes(data, made.media_type, made.name)


@pytest.mark.parametrize("name", SIGNED_INSIDE)
def test_a_changed_byte_breaks_it_or_is_listed(name, full):
    made = made_of(name)
    data, told = made.data(), read(made, TRUST).provenance
    assert told.intact
    assert told.complete in ({None} if name in MOVIES else {True})
    store = data.find(b"jumdc2pa")
    # The box or frame around the store belongs to it.
    inside = range(store - 100, store + 20_000) if store >= 0 else _block_of(data)
    places = random.Random(1).sample(range(len(data)), 400 if full else 60)
    for at in (*range(12), *places):
        if at in inside:
            continue
        changed = data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :]
        now = read(again(made, changed), TRUST).provenance
        listed = any(start <= at < start + length for start, length in told.loose)
        assert listed or not now.intact, at


def _block_of(data):
    """The manifest of a text, from its mark to the end of its text."""
    start = max(0, data.find(b"application/c2pa") - 60)
    return range(start, start + 20_000)


@pytest.mark.parametrize("name", MOVIES)
def test_boxes_that_the_hash_of_a_movie_leaves_out_are_listed(name):
    made = made_of(name)
    data, told = made.data(), read(made, TRUST).provenance
    kinds = {data[start + 4 : start + 8] for start, _ in told.loose}
    assert b"ftyp" in kinds
    assert kinds <= {b"ftyp", b"free", b"skip", b"mfra"}


@pytest.mark.parametrize("name", ["movies/mp4", "heifs/heic"])
def test_cargo_behind_a_movie_is_listed_and_named(name):
    """A `free` box at the end: the signature holds, so whatever stands there must show."""
    made = made_of(name)
    data = made.data()
    for body, named in ((bytes(50), False), (b"whatever somebody likes", True)):
        box = struct.pack(">I", len(body) + 8) + b"free" + body
        evidence = read(again(made, data + box), TRUST)
        told = evidence.provenance
        if not told.intact:
            continue  # the hash counts offsets too
        assert (len(data), len(box)) in told.loose
        said = any("hold bytes that nobody signed" in each.reason for each in evidence.faults)
        assert said is named
    own = bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + bytes(4) + b"cargo\0" + b"x" * 40
    box = struct.pack(">I", len(own) + 8) + b"uuid" + own
    told = read(again(made, data + box), TRUST).provenance
    assert not told.intact or (len(data), len(box)) in told.loose
