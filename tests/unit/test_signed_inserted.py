"""Manifests that are spliced into everyday JPEGs here: the SDK, left to find its own way into such
a file, must be content with each, and any other JPEG is the SDK's to write."""

import io
import struct
from dataclasses import replace

import pytest
from laws.rules import rules
from laws.samples import picture
from laws.worlds import TRUST

from aigclabel import Asset, stamp
from aigclabel.carriers.signed import placed, sdk
from aigclabel.carriers.signed.sdk.hollow import _framed
from aigclabel.containers.jpeg import JpegContainer
from aigclabel.protocols import Edit, Limits
from aigclabel.segments import spliced
from aigclabel.testing import SAID

JPEG = JpegContainer()


def plain(mode="RGB", **options):
    out = io.BytesIO()
    picture().convert(mode).save(out, "JPEG", **options)
    return out.getvalue()


FORMS = {
    "baseline": plain(),
    "progressive": plain(progressive=True),
    "restarts": plain(restart_marker_blocks=2),
    "exif": plain(exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"),
    "xmp": plain(xmp=b"<x/>"),
    "comment": plain(comment="by hand"),
    "profile": plain(icc_profile=bytes(200_000)),
    "grey": plain(mode="L"),
    "cmyk": plain(mode="CMYK"),
}


def scanned(data):
    return JPEG.scan(io.BytesIO(data), "image/jpeg", Limits())


@pytest.fixture
def told(monkeypatch):
    """Whether each signature since was put there by ourselves."""
    seen, before = [], placed.inserted

    def watched(job, work):
        made = before(job, work)
        seen.append(made is not None)
        return made

    monkeypatch.setattr(placed, "inserted", watched)
    return seen


@pytest.mark.parametrize("name", FORMS)
def test_the_sdk_finds_what_was_written_and_has_nothing_against_it(name):
    made = stamp(FORMS[name], SAID, rules("signed-only"))
    looked = sdk.look(made, anchors=TRUST.anchors)
    assert looked.report["validation_state"] == "Trusted"
    assert not looked.report["validation_results"]["activeManifest"]["failure"]


@pytest.mark.parametrize("name", FORMS)
def test_an_everyday_file_takes_it_from_us_and_keeps_every_other_byte(told, name):
    made = stamp(FORMS[name], SAID, rules("signed-only")).data()
    assert told == [True]
    parts = [part for part in scanned(made).parts if part.tag.startswith("APP11")]
    start, length = parts[0].start, sum(part.length for part in parts)
    assert made[:start] + made[start + length :] == FORMS[name]


def odd(name):
    data = plain()
    more = {
        "bytes behind the end": data + b"more",
        "a fill byte": data[:20] + b"\xff" + data[20:],
        "another JUMBF box": data[:20] + b"\xff\xeb\0\x12JP\0\1\0\0\0\1\0\0\0\x08jumb" + data[20:],
        "an index of pictures": data[:20] + b"\xff\xe2\0\x08MPF\0xx" + data[20:],
    }
    return more[name]


@pytest.mark.parametrize(
    "name",
    [
        "bytes behind the end",
        "a fill byte",
        "another JUMBF box",
        "an index of pictures",
    ],
)
def test_an_odd_file_is_left_to_the_sdk(told, name):
    stamp(odd(name), SAID, rules("signed-only"))
    assert told == [False]


def test_what_carries_a_manifest_already_is_left_to_the_sdk(told):
    once = stamp(plain(), SAID, rules("signed-only"))
    stamp(once, replace(SAID, version="3.2"), rules("signed-only"))
    assert told == [True, False]


@pytest.mark.parametrize("size", [100, 63_999, 64_000, 64_001, 200_000])
def test_a_store_of_any_size_comes_back_from_its_segments(size):
    body = bytes(range(256)) * (size // 256 + 1)
    store = struct.pack(">I4s", size, b"jumb") + b"\0\0\0\x20jumdc2pa" + body[: size - 20]
    asset = Asset.of_bytes(plain())
    with asset.stream() as stream:
        layout = JPEG.scan(stream, asset.media_type, Limits())
        segments = JPEG.splice(stream, layout, (Edit("c2pa", "", store),))
        made = spliced(asset, segments, stream)
    found = scanned(made.data())
    assert [slot.data for slot in found.slots if slot.kind == "c2pa"] == [store]
    assert not found.faults
    assert _framed("image/jpeg", store) in made.data()
