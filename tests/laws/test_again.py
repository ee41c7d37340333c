"""Stamping again: nothing lost, nothing twice."""

from dataclasses import replace

import pytest
from laws.rules import GB, rules
from laws.samples import ONE_PER_FORMAT, asset
from laws.worlds import (
    ARTICLE_9,
    OPEN,
    PLATFORM,
    RELAYED,
    TRUST,
    labels,
    manifests,
    media_digest,
    other_signer,
)

from aigclabel import (
    LOCAL,
    Asset,
    BrokenProvenance,
    Declaration,
    Layer,
    Outcome,
    Trust,
    read,
    stamp,
    verify,
)
from aigclabel.testing import SAID, check_stamp, trust_of

PICTURES_AND_TEXT = (*ONE_PER_FORMAT, "png-rgba", "webp-lossless", "jpeg-rich")
SOMEBODY = Declaration(
    producer="Another Maker", producer_code="ANOTHER", system="theirs", content_id="theirs-1"
)


@pytest.mark.parametrize("name", PICTURES_AND_TEXT)
@pytest.mark.parametrize("what", ["declaration", "signer"])
def test_another_stamp_adds_one_manifest_over_the_old(name, what):
    policy = rules(GB)
    first = stamp(asset(name), SAID, policy)
    said = replace(SAID, content_id="id-0002", version="3.2") if what == "declaration" else SAID
    signer = other_signer() if what == "signer" else LOCAL
    second = check_stamp(first, said, policy, signer=signer)
    assert second is not None
    _, old = manifests(first)
    active, every = manifests(second)
    assert set(old) < set(every)
    assert set(every) - set(old) == {active}, "exactly one manifest is added"
    parents = [i for i in every[active]["ingredients"] if i["relationship"] == "parentOf"]
    assert [i["active_manifest"] for i in parents] == [manifests(first)[0]]
    _one_of_each(second)
    if first.media_type.startswith("image/"):
        assert media_digest(second) == media_digest(first), "a notice that holds is kept"
    else:
        assert _notices(second) == _notices(first)


def _one_of_each(made):
    seen = read(made, TRUST)
    for schema in {each.mark.schema for each in seen.marks}:
        assert len(labels(seen, schema)) <= 1
    assert len([m for m in seen.marks if m.mark.layer is Layer.VISIBLE]) <= 1
    assert not [f for f in seen.faults if f.layers]


def _notices(made):
    return made.data().count("AI生成".encode())


@pytest.mark.parametrize("name", PICTURES_AND_TEXT)
def test_a_signature_over_an_unsigned_label_keeps_the_notice(name):
    policy = rules(GB)
    unsigned = stamp(asset(name), SAID, policy, None)
    signed = check_stamp(unsigned, SAID, policy)
    assert signed is not None
    assert media_digest(signed) == media_digest(unsigned)
    _one_of_each(signed)


@pytest.mark.parametrize("name", ONE_PER_FORMAT)
def test_an_id_that_is_given_now_replaces_the_one_made_up(name):
    policy = rules(GB)
    first = stamp(asset(name), OPEN, policy)
    second = check_stamp(first, replace(OPEN, content_id="now-given"), policy)
    _one_of_each(second)
    for each in labels(read(second)):
        assert each.mark.get("ProduceID") == "now-given"


@pytest.mark.parametrize("name", ["jpeg-baseline", "png-rgb", "webp-lossy", "markdown-front"])
def test_somebody_elses_label_is_never_replaced(name):
    policy = rules(GB)
    theirs = stamp(asset(name), SOMEBODY, policy, other_signer())
    before = labels(read(theirs))[0].mark
    made = stamp(theirs, SAID, policy)
    after = labels(read(made))
    assert [each.mark for each in after] == [before]
    assert any("somebody else" in note for note in made.notes)
    relayed = check_relayed(made, before)
    assert relayed.get("ContentPropagator") == "EX-VIDEO"
    assert relayed.get("PropagateID") == "p-7"


def check_relayed(source, before):
    made = stamp(source, RELAYED, rules(GB), context=PLATFORM)
    report = verify(made, rules(GB), TRUST, PLATFORM)
    assert report.outcome is Outcome.MET, str(report)
    (found,) = labels(report.evidence)
    for name in ("Label", "ContentProducer", "ProduceID", "ReservedCode1"):
        assert found.mark.get(name) == before.get(name)
    return found.mark


@pytest.mark.parametrize("name", ONE_PER_FORMAT)
def test_no_signer_over_a_signed_file_is_refused(name):
    signed = stamp(asset(name), SAID, rules(GB))
    for context in (ARTICLE_9, PLATFORM):
        with pytest.raises(BrokenProvenance, match="signer"):
            stamp(signed, replace(RELAYED, content_id="x"), rules(GB), None, context)


@pytest.mark.parametrize("name", ["jpeg-baseline", "png-rgb", "webp-lossy"])
def test_a_manifest_that_cannot_be_read_is_kept_beside_the_result(name):
    signed = stamp(asset(name), SAID, rules(GB))
    store = _store(signed)
    broken = _with_store(signed, store[:200] + b"\0" * 400 + store[600:])
    assert not read(broken).provenance.intact
    with pytest.raises(BrokenProvenance, match="quote"):
        stamp(broken, SAID, rules(GB))
    made = stamp(broken, SAID, rules(GB), broken_parent="quote")
    assert verify(made, rules(GB), TRUST).outcome is Outcome.MET
    assert made.quoted
    assert store[600:] in made.quoted
    active, every = manifests(made)
    quoted = [a for a in every[active]["assertions"] if a["label"] == "org.aigclabel.quoted"]
    assert len(quoted) == 1


def _store(made):
    from aigclabel import Limits, Plugins

    container = Plugins().container(made.media_type)
    with made.stream() as stream:
        layout = container.scan(stream, made.media_type, Limits())
    return next(slot.data for slot in layout.slots if slot.kind == "c2pa")


def _with_store(made, store):
    """The same file with other bytes of equal length where the manifest store is."""
    import struct
    import zlib

    data, old = made.data(), _store(made)
    at = data.find(old)
    assert at > 0, "a small store stands in one piece"
    data = data[:at] + store + data[at + len(old) :]
    if made.media_type == "image/png":
        crc = struct.pack(">I", zlib.crc32(data[at - 4 : at + len(old)]))
        data = data[: at + len(old)] + crc + data[at + len(old) + 4 :]
    return Asset.of_bytes(data, made.media_type, made.name)


def test_a_sidecar_that_cannot_be_read_is_kept_beside_the_result(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(asset("text-plain").data())
    (tmp_path / "a.txt.c2pa").write_bytes(b"no manifest at all")
    evidence = read(path)
    assert evidence.provenance.present
    assert evidence.provenance.mode == "sidecar"
    assert evidence.provenance.intact is False
    with pytest.raises(BrokenProvenance, match="quote"):
        stamp(path, SAID, rules(GB))
    with pytest.raises(BrokenProvenance):
        stamp(path, SAID, rules(GB), None)
    made = stamp(path, SAID, rules(GB), broken_parent="quote")
    made.save(tmp_path / "b.txt")
    assert (tmp_path / "b.txt.quoted.c2pa").read_bytes() == b"no manifest at all"
    assert read(tmp_path / "b.txt", TRUST).provenance.intact
    assert (tmp_path / "a.txt.c2pa").read_bytes() == b"no manifest at all"


def test_a_broken_parent_is_kept_and_said():
    """What somebody altered before us stays in the record: no laundering."""
    signed = stamp(asset("jpeg-baseline"), SOMEBODY, rules("signed-only"), other_signer())
    data = bytearray(signed.data())
    data[-200] ^= 1
    altered = Asset.of_bytes(bytes(data), "image/jpeg", "a.jpg")
    assert read(altered).provenance.intact is False
    made = stamp(altered, SAID, rules("signed-only"))
    seen = read(made, TRUST)
    assert seen.provenance.intact
    assert seen.provenance.ingredients.worst == "broken"


@pytest.mark.parametrize("name", ONE_PER_FORMAT)
def test_the_same_file_by_two_signers_is_trusted_for_each_of_their_friends(name):
    made = stamp(asset(name), SAID, rules(GB), other_signer())
    friend, stranger = trust_of(other_signer()), TRUST
    assert read(made, friend).provenance.signer_trusted is True
    assert read(made, stranger).provenance.signer_trusted is False
    assert read(made, stranger).provenance.intact is True
    for found in labels(read(made, stranger)):
        assert found.trust is Trust.INTACT
    for found in labels(read(made, friend)):
        assert found.trust is Trust.TRUSTED
