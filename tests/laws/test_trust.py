"""What a signature covers, what it lends its trust to, and what it does not."""

import random
from dataclasses import replace
from io import BytesIO

import pytest
from laws.rules import GB, rules
from laws.samples import NAMES, ONE_PER_FORMAT, asset, coded, picture, sample
from laws.worlds import ARTICLE_9, TRUST, labels, other_signer

from aigclabel import (
    LOCAL,
    Asset,
    Choices,
    Layer,
    Limits,
    Outcome,
    Plugins,
    Trust,
    TrustStore,
    read,
    stamp,
    verify,
)
from aigclabel.segments import write
from aigclabel.testing import SAID, check_every_byte, check_more_trust, trust_of

SMALL = Plugins()


@pytest.mark.parametrize("name", ONE_PER_FORMAT)
def test_every_byte_outside_the_store_is_covered_or_loose(name, full):
    """All of them at full size, some hundred otherwise: the head, the tail, and a sample."""
    made = stamp(_small(name), SAID, rules(GB), context=ARTICLE_9)
    size = made.size
    some = {*range(40), *range(max(0, size - 20), size)}
    some |= set(random.Random(4).sample(range(size), min(size, 60)))
    positions = range(size) if full else sorted(at for at in some if at < size)
    check_every_byte(made, rules(GB), TRUST, positions)


def _small(name):
    """A picture of few bytes, so that all of them can be tried."""
    it = sample(name)
    kinds = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
    if it.media_type not in kinds:
        return asset(name)
    data = coded(picture().resize((32, 24)), kinds[it.media_type])
    return Asset.of_bytes(data, it.media_type, it.name)


@pytest.mark.parametrize("name", NAMES)
def test_the_signature_of_a_fresh_stamp_is_complete(name):
    proved = stamp(asset(name), SAID, rules(GB)).report.evidence.provenance
    assert proved.intact
    assert proved.complete
    assert not proved.loose


@pytest.mark.parametrize("name", ["jpeg-baseline", "png-grey", "webp-lossy"])
def test_bytes_in_the_padding_of_a_signature_are_a_fault(name):
    """COSE padding is signed by nobody: anything but zeros there is somebody's cargo."""
    made = stamp(asset(name), SAID, rules(GB))
    data = made.data()
    at = _longest_zeros(data, made.media_type)
    changed = data[:at] + b"cargo" + data[at + 5 :]
    if made.media_type == "image/png":
        changed = _mended(changed)
    evidence = read(Asset.of_bytes(changed, made.media_type, made.name), TRUST)
    assert any("padding" in fault.reason for fault in evidence.faults)
    sound = read(made, TRUST)
    assert not any("padding" in fault.reason for fault in sound.faults)


def _longest_zeros(data, media_type):
    """Inside the longest run of zeros of the manifest store, which is the padding."""
    container = SMALL.container(media_type)
    layout = container.scan(BytesIO(data), media_type, Limits())
    start = next(slot.start for slot in layout.slots if slot.kind == "c2pa")
    length = 40
    while b"\0" * (length + 1) in data[start:]:
        length += 1
    return data.index(b"\0" * length, start) + length // 2


def _mended(data):
    """A PNG with the checksums of its chunks made right."""
    import struct
    import zlib

    at, out = 8, data[:8]
    while at < len(data):
        size = struct.unpack(">I", data[at : at + 4])[0]
        body = data[at + 4 : at + 8 + size]
        out += data[at : at + 4] + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + size
    return out


# -- moved to another file ----------------------------------------------------------------


def moved(made, other):
    """The values of one file, its labels among them, around the media of another."""
    container = SMALL.container(made.media_type)
    out = BytesIO()
    with made.stream() as stream, other.stream() as media:
        layout = container.scan(stream, made.media_type, Limits())
        segments, _ = container.graft(stream, layout, media)
        write(segments, (stream, media), out)
    return replace(
        Asset.of_bytes(out.getvalue(), made.media_type, made.name),
        sidecar=made.sidecar,
        sidecar_name=made.sidecar_name,
    )


BESIDE = Choices(signature="sidecar")
OTHERS = {
    "jpeg-baseline": "jpeg-grey",
    "png-rgb": "png-grey",
    "webp-lossless": "webp-lossy",
    "markdown-front": "",
}


def another(name):
    """Another file of the same format."""
    if name.startswith("markdown"):
        return Asset.of_text("# Another\n\nAnother text.\n", "text/markdown")
    return asset(OTHERS[name])


@pytest.mark.parametrize("name", OTHERS)
def test_a_signed_mark_on_another_file_is_broken(name):
    made = stamp(asset(name), SAID, rules(GB), context=ARTICLE_9)
    for trust in (TRUST, None):
        evidence = read(moved(made, another(name)), trust)
        assert evidence.provenance.present
        assert evidence.provenance.intact is False
        signed = [m for m in evidence.marks if m.mark.layer is Layer.SIGNED]
        assert signed
        assert {m.trust for m in signed} == {Trust.BROKEN}
        for found in labels(evidence):
            assert found.trust is Trust.BROKEN


@pytest.mark.parametrize("name", OTHERS)
def test_an_unsigned_mark_on_another_file_has_no_trust(name):
    made = stamp(asset(name), SAID, rules(GB), None, ARTICLE_9)
    evidence = read(moved(made, another(name)), TRUST)
    found = labels(evidence)
    assert found
    assert {m.trust for m in found} == {Trust.NONE}
    assert not evidence.provenance.present


@pytest.mark.parametrize("name", ["jpeg-baseline", "png-rgb", "webp-lossless"])
def test_a_notice_is_not_met_by_its_record_on_another_picture(name):
    """MET comes from pixels: the record of a notice moved to another picture proves nothing."""
    made = stamp(asset(name), SAID, rules(GB), None)
    report = verify(moved(made, another(name)), rules(GB))
    finding = next(each for each in report.findings if each.requirement == "notice-image")
    assert finding.outcome is Outcome.UNMET
    assert report.outcome is Outcome.UNMET


@pytest.mark.parametrize("name", ONE_PER_FORMAT)
def test_a_sidecar_of_another_file_is_broken(name):
    text = stamp(asset("text-plain"), SAID, rules(GB), choices=BESIDE)
    stray = replace(asset(name), sidecar=text.sidecar, sidecar_name="x.c2pa")
    if name == "text-plain":
        stray = replace(Asset.of_text("Another text.\n"), sidecar=text.sidecar)
    evidence = read(stray, TRUST)
    assert evidence.provenance.present
    assert evidence.provenance.mode == "sidecar"
    assert evidence.provenance.intact is False


def test_a_sidecar_beside_an_embedded_manifest_is_a_fault():
    made = stamp(asset("png-grey"), SAID, rules(GB))
    text = stamp(asset("text-plain"), SAID, rules(GB), choices=BESIDE)
    evidence = read(replace(made, sidecar=text.sidecar, sidecar_name="x.c2pa"), TRUST)
    assert evidence.provenance.mode == "embedded"
    assert evidence.provenance.intact
    assert any("sidecar" in fault.reason for fault in evidence.faults)


# -- trust --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ONE_PER_FORMAT)
@pytest.mark.parametrize("rule", [GB, "signed-only", "two-of-three"])
def test_more_trust_never_takes_met_away(name, rule):
    mine, theirs = trust_of(LOCAL), trust_of(other_signer())
    both = TrustStore(mine.anchors + theirs.anchors)
    for signer in (LOCAL, other_signer()):
        made = stamp(asset(name), SAID, rules(rule), signer)
        for less, more in ((None, mine), (None, theirs), (mine, both), (theirs, both)):
            check_more_trust(made, rules(rule), less, more)
        broken = bytearray(made.data())
        broken[len(broken) // 2] ^= 1
        hurt = Asset.of_bytes(bytes(broken), made.media_type, made.name)
        check_more_trust(replace(hurt, sidecar=made.sidecar), rules(rule), None, both)


@pytest.mark.parametrize("name", ONE_PER_FORMAT)
def test_without_anchors_nobody_is_trusted_and_nothing_is_tampered(name):
    evidence = read(stamp(asset(name), SAID, rules(GB)))
    assert evidence.provenance.signer_trusted is False
    assert evidence.provenance.intact is True
    assert {m.trust for m in labels(evidence)} <= {Trust.INTACT}


@pytest.mark.parametrize("name", ["jpeg-baseline", "png-rgb", "webp-lossy"])
def test_a_field_changed_after_signing_breaks_the_signature_and_is_named(name):
    made = stamp(asset(name), SAID, rules(GB))
    data = made.data()
    start = data.index(b"<TC260:AIGC>")
    at = data.index(b"EXAMPLE-MODELS", start)
    changed = data[:at] + b"EXAMPLE-FORGER" + data[at + 14 :]
    if made.media_type == "image/png":
        changed = _mended(changed)
    report = verify(Asset.of_bytes(changed, made.media_type, made.name), rules(GB), TRUST)
    assert report.evidence.provenance.intact is False
    assert report.outcome is Outcome.UNMET
    (found,) = labels(report.evidence)
    assert "cn.aigc.differs-from-manifest" in found.deviations
    assert found.trust is Trust.BROKEN


def test_saving_a_labelled_picture_again_loses_what_it_loses_and_verify_says_so():
    from PIL import Image

    made = stamp(asset("png-rgb"), SAID, rules(GB))
    with Image.open(BytesIO(made.data())) as image:
        again = coded(image.copy(), "PNG")
    report = verify(again, rules(GB), TRUST)
    assert not report.evidence.provenance.present
    assert not labels(report.evidence)
    assert report.outcome in {Outcome.UNMET, Outcome.UNKNOWN}
    assert not report.ok
