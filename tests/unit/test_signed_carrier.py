"""Manifests written and read back: what holds, what breaks, what is kept of the past."""

import ctypes
import hashlib
import io
import json
import multiprocessing
import random
import socket
import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from aigclabel.asset import Asset
from aigclabel.carriers.signed import SignedCarrier, has_manifest, sdk
from aigclabel.carriers.signed.jumbf import MAGIC, manifests
from aigclabel.errors import BrokenProvenance, CannotLabel, SigningError
from aigclabel.model import Context, Declaration, Found, Layer, Mark, Origin, Place
from aigclabel.protocols import Limits, Seen, View, Work
from aigclabel.provenance import Provenance, Trust
from aigclabel.schemas.cn_aigc import CnAigc
from aigclabel.signing import Signer
from aigclabel.signing.checks import serving

TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TRAINED = TYPES + "trainedAlgorithmicMedia"
COMPOSITE = TYPES + "compositeWithTrainedAlgorithmicMedia"
LABEL = Mark(Layer.METADATA, "cn.aigc", (("Label", "1"), ("ContentProducer", "EXAMPLE")))
NOTICE = Mark(Layer.VISIBLE, "notice", (("text", "AI生成"),))
ACTION = Mark(
    Layer.SIGNED,
    "c2pa",
    (
        ("action", "c2pa.created"),
        ("digitalSourceType", TRAINED),
        ("softwareAgent", "example-image"),
        ("version", "3.1"),
    ),
)
SAID = Declaration("EXAMPLE", system="example-image", version="3.1")
PICTURES = ("image/jpeg", "image/png", "image/webp")
CARRIER = SignedCarrier()


@pytest.fixture(scope="module")
def root(workshop):
    return workshop.authority()


@pytest.fixture(scope="module")
def signer(workshop, root):
    return signer_of(workshop.leaf(root, "Vendor"))


@pytest.fixture(scope="module")
def other(workshop):
    root = workshop.authority("Other root")
    return signer_of(workshop.leaf(root, "Platform"), anchor=root)


def signer_of(leaf, *chain, anchor=None):
    pem = b"".join(each.pem for each in (leaf, *chain))
    algorithm, ordered, key = serving(leaf.key_pem, pem, "test")
    return Signer("test:", algorithm, ordered, key, anchor=anchor.pem if anchor else b"")


def content(media_type="image/jpeg", seed=1):
    if media_type.startswith("text/"):
        return Asset.of_text(f"人工智能 {seed}\n", media_type, "a.txt")
    noise = random.Random(seed).randbytes(96 * 64 * 3)
    return Asset.of_image(Image.frombytes("RGB", (96, 64), noise), media_type, "a")


def view_of(asset, *anchors, times=(), at=None):
    pem = tuple(getattr(each, "pem", each) for each in anchors)
    return View(asset, None, None, {}, Limits(), Context(at=at), pem, times)


def read(asset, *anchors, **more):
    return CARRIER.read(view_of(asset, *anchors, **more))


def work_of(asset, signer, /, marks=(LABEL, ACTION), said=SAID, **more):
    given = {
        "original": asset,
        "asset": asset,
        "marks": marks,
        "declaration": said,
        "before": read(asset),
        "container": None,
        "schemas": {"cn.aigc": CnAigc()},
        "signer": signer,
    }
    return Work(**{**given, **more})


def sign(asset, signer, /, *args, **more):
    return CARRIER.write(work_of(asset, signer, *args, **more)).asset


def report_of(asset):
    told = sdk.look(asset, asset.sidecar).report
    return told["manifests"][told["active_manifest"]]


def assertion(asset, label):
    return next(a["data"] for a in report_of(asset)["assertions"] if a["label"] == label)


def actions(asset):
    return assertion(asset, "c2pa.actions.v2")["actions"]


def flipped(data, at, bits=1):
    return data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :]


def store_range(asset):
    """Where the manifest stands in the file, by what its own hash leaves out."""
    looked = sdk.look(asset)
    ((start, length),) = manifests(looked.store)[looked.report["active_manifest"]].exclusions
    return start, length


def changed(asset, data):
    return Asset.of_bytes(data, asset.media_type, asset.name)


# -- round trips ------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", [*PICTURES, "text/plain", "text/markdown"])
def test_what_was_signed_is_read_back(media_type, signer, root):
    plain = content(media_type)
    signed = sign(plain, signer)
    seen = read(signed, root)
    in_file = media_type in PICTURES
    assert seen.faults == ()
    assert seen.provenance == Provenance(
        present=True,
        mode="embedded" if in_file else "sidecar",
        intact=True,
        signer_trusted=True,
        signer="Vendor (Vendor Ltd)",
        timestamped=False,
        complete=True,
        ingredients=seen.provenance.ingredients,
        ai="generated",
        digital_source_type=TRAINED,
        fingerprint=signer.fingerprint,
        validity="valid",
        certificate=seen.provenance.certificate,
        signal="fullyGenAIMedia",
    )
    assert (seen.provenance.ingredients.count, seen.provenance.ingredients.worst) == (0, "none")
    assert [each.mark for each in seen.found] == [replace(LABEL, layer=Layer.SIGNED), ACTION]
    assert {each.trust for each in seen.found} == {Trust.TRUSTED}
    assert seen.provenance.fingerprint == signer.fingerprint
    assert seen.provenance.certificate.subject.startswith("CN=Vendor,")
    assert (signed.sidecar is None) == in_file
    grown = signed.size - plain.size + len(signed.sidecar or b"")
    assert 0 < grown < 4096
    if not in_file:
        assert signed.data() == plain.data()
    assert (signed.name, signed.media_type) == (plain.name, plain.media_type)


@pytest.mark.parametrize("media_type", PICTURES)
def test_pixels_stay(media_type, signer):
    plain = content(media_type)
    signed = sign(plain, signer)
    first, second = (Image.open(io.BytesIO(each.data())) for each in (plain, signed))
    assert first.tobytes() == second.tobytes()


def test_a_file_on_disk_signs_like_bytes(tmp_path, signer):
    path = tmp_path / "a.png"
    path.write_bytes(content("image/png").data())
    signed = sign(Asset.open(path), signer)
    assert read(signed).provenance.intact
    assert path.read_bytes() == content("image/png").data()


def test_without_anchors_the_signer_is_unknown_not_tampered(signer, other):
    for seen in (read(sign(content(), signer)), read(sign(content(), signer), other.anchor)):
        told = seen.provenance
        assert (told.intact, told.signer_trusted) == (True, False)
        assert told.codes == ("signingCredential.untrusted",)
        assert {each.trust for each in seen.found} == {Trust.INTACT}


def test_the_manifest_is_what_c2pa_2_4_wants(signer):
    said = replace(SAID, time=datetime(2026, 11, 22, 8, 30, tzinfo=UTC))
    signed = sign(content(), signer, said=said)
    told = report_of(signed)
    assert told["claim_version"] == 2
    (generator,) = told["claim_generator_info"]
    assert (generator["name"], generator["specVersion"]) == ("aigclabel", "2.4.0")
    assert all(each["created"] for each in told["assertions"])
    assert "thumbnail" not in told
    assert assertion(signed, "c2pa.actions.v2") == {
        "allActionsIncluded": True,
        "actions": [
            {
                "action": "c2pa.created",
                "digitalSourceType": TRAINED,
                "softwareAgent": {"name": "example-image", "version": "3.1"},
                "when": "2026-11-22T08:30:00Z",
            }
        ],
    }
    assert assertion(signed, "org.aigclabel.marks") == {
        "marks": [{"layer": "metadata", "schema": "cn.aigc", "fields": dict(LABEL.fields)}]
    }


@pytest.mark.parametrize(
    ("origin", "kind"),
    [
        (Origin.GENERATED, "trainedAlgorithmicMedia"),
        (Origin.EDITED, "compositeWithTrainedAlgorithmicMedia"),
        (Origin.ENHANCED, "algorithmicallyEnhanced"),
    ],
)
def test_origin_decides_the_source_type(signer, origin, kind):
    signed = sign(content(), signer, (LABEL,), replace(SAID, origin=origin))
    assert [(a["action"], a["digitalSourceType"]) for a in actions(signed)] == [
        ("c2pa.created", TYPES + kind)
    ]
    ai = {Origin.GENERATED: "generated", Origin.EDITED: "modified", Origin.ENHANCED: "none"}
    assert read(signed).provenance.ai == ai[origin]


@pytest.mark.parametrize("said", [Declaration("EXAMPLE"), Declaration("EXAMPLE", version="2")])
def test_a_declaration_without_system_signs(signer, said):
    assert read(sign(content(), signer, (), said)).provenance.intact


@pytest.mark.parametrize(
    "key",
    [
        lambda _: ec.generate_private_key(ec.SECP384R1()),
        lambda _: rsa.generate_private_key(65537, 2048),
        lambda workshop: workshop.ed25519(),
    ],
    ids=["es384", "ps256", "ed25519"],
)
def test_other_algorithms_sign(workshop, root, key):
    leaf = workshop.leaf(root, key=key(workshop))
    seen = read(sign(content(), signer_of(leaf)), root)
    assert seen.provenance.signer_trusted


@pytest.mark.parametrize("eku", ["DOCUMENTS", "C2PA"])
def test_every_usage_that_c2pa_allows_is_trusted(workshop, root, eku):
    leaf = workshop.leaf(root, ekus=(getattr(workshop, eku),))
    assert read(sign(content(), signer_of(leaf)), root).provenance.signer_trusted


# -- tampering --------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", PICTURES)
def test_one_changed_byte_outside_the_store_breaks_it(media_type, signer, full):
    signed = sign(content(media_type), signer)
    data = signed.data()
    start, length = store_range(signed)
    outside = [*range(start), *range(start + length, len(data))]
    sample = outside if full else [*outside[::400], *outside[:12], outside[-1]]
    for at in sample:
        seen = CARRIER.read(view_of(changed(signed, flipped(data, at))))
        assert not seen.provenance.intact, at
        assert not any(each.trust in {Trust.INTACT, Trust.TRUSTED} for each in seen.found)


@pytest.mark.parametrize("more", [b"\n", b"\0", b"x" * 5000])
@pytest.mark.parametrize("media_type", PICTURES)
def test_bytes_behind_the_end_break_it(media_type, signer, more):
    signed = sign(content(media_type), signer)
    assert read(changed(signed, signed.data() + more)).provenance.intact is False


def test_a_manifest_moved_to_another_picture_is_broken(signer):
    signed, victim = sign(content(seed=1), signer), content(seed=2)
    start, length = store_range(signed)
    stolen = signed.data()[start : start + length]
    data = victim.data()
    moved = changed(victim, data[:start] + stolen + data[start:])
    seen = read(moved)
    assert seen.provenance.present
    assert seen.provenance.intact is False
    assert "assertion.dataHash.mismatch" in seen.provenance.codes
    assert {each.trust for each in seen.found} == {Trust.BROKEN}


def test_a_sidecar_beside_another_text_is_broken(signer):
    signed = sign(content("text/plain"), signer)
    told = read(replace(content("text/plain", 2), sidecar=signed.sidecar)).provenance
    assert (told.mode, told.intact) == ("sidecar", False)


def test_a_key_that_does_not_fit_shows_when_read_back(workshop, root, signer):
    wrong = replace(signer, key=workshop.leaf(root).key_pem)
    told = read(sign(content(), wrong), root).provenance
    assert told.intact is False
    assert told.codes[0] == "claimSignature.mismatch"


def test_a_silent_time_stamp_authority_is_an_error_of_signing(signer):
    with socket.socket() as taken:
        # Bound but not listening: every connection is refused.
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/tsa"
        with pytest.raises(SigningError, match="time-stamp authority"):
            sign(content(), replace(signer, tsa=url))


def test_two_manifests_in_one_file_are_broken(signer):
    signed = sign(content("image/png"), signer)
    start, length = store_range(signed)
    data = signed.data()
    twice = data[: start + length] + data[start : start + length] + data[start + length :]
    told = read(changed(signed, twice)).provenance
    assert (told.present, told.intact) == (True, False)


def test_bytes_hidden_in_the_padding_are_a_fault(signer):
    signed = sign(content(), signer)
    data = signed.data()
    at = data.find(bytes(200), data.find(MAGIC))
    assert at > 0
    seen = read(changed(signed, flipped(data, at + 100, 0x41)))
    assert seen.provenance.intact
    assert any("padding" in each.reason for each in seen.faults)
    assert not read(signed).faults


@pytest.mark.parametrize("offset", [4, 8, 40, 600])
def test_a_damaged_manifest_is_broken_never_absent(signer, offset):
    signed = sign(content(), signer)
    data = signed.data()
    at = data.find(b"jumb") + offset
    broken = changed(signed, flipped(data, at, 0x5A))
    seen = read(broken)
    assert seen.provenance.present
    assert seen.provenance.intact is False


def test_what_cannot_be_read_can_be_no_parent(signer):
    signed = sign(content(), signer)
    data = signed.data()
    broken = changed(signed, flipped(data, data.find(b"jumb") + 40, 0x5A))
    seen = read(broken)
    assert not seen.provenance.readable
    assert seen.unread
    with pytest.raises(BrokenProvenance, match="quote"):
        sign(broken, signer)


def test_garbage_beside_a_text_is_a_broken_sidecar(signer):
    for garbage in (b"", b"garbage", b"\0" * 100):
        told = read(replace(content("text/plain"), sidecar=garbage)).provenance
        assert told.present == bool(garbage)
        assert not told.intact


# -- what is left uncovered -------------------------------------------------------------


def forged(signer, data, more):
    """A JPEG whose hard binding leaves out `more` ranges beside the manifest."""
    from c2pa import Builder, C2paSignerInfo
    from c2pa import Signer as Native
    from c2pa.c2pa import _lib as native

    at, out = 2, ctypes.POINTER(ctypes.c_ubyte)()
    builder = Builder({"assertions": [{"label": "c2pa.actions.v2", "data": CREATED}]})
    pen = Native.from_info(C2paSignerInfo(b"es256", signer.chain, signer.key, None))
    size = native.c2pa_builder_data_hashed_placeholder(
        builder._handle, pen.reserve_size(), b"application/c2pa", ctypes.byref(out)
    )
    store = ctypes.string_at(out, size)
    native.c2pa_free(out)

    def segment(store):
        return b"\xff\xeb" + struct.pack(">H", len(store) + 10) + b"JP\0\1\0\0\0\1" + store

    whole = data[:at] + segment(store) + data[at:]
    shift = len(segment(store))
    ranges = [(at, shift), *((start + shift, length) for start, length in more)]
    digest, done = hashlib.sha256(), 0
    for start, length in ranges:
        digest.update(whole[done:start])
        done = start + length
    digest.update(whole[done:])
    binding = {
        "exclusions": [{"start": start, "length": length} for start, length in ranges],
        "name": "jumbf manifest",
        "alg": "sha256",
        "hash": list(digest.digest()),
        "pad": [],
    }
    told = json.dumps(binding).encode()
    made = native.c2pa_builder_sign_data_hashed_embeddable(
        builder._handle, pen._handle, told, b"application/c2pa", None, ctypes.byref(out)
    )
    store = ctypes.string_at(out, made)
    native.c2pa_free(out)
    return data[:at] + segment(store) + data[at:]


CREATED = {"actions": [{"action": "c2pa.created", "digitalSourceType": TRAINED}]}


def test_ranges_that_a_signature_leaves_out_are_loose(signer, root):
    data = content().data()
    whole = read(Asset.of_bytes(forged(signer, data, [])), root)
    assert (whole.provenance.complete, whole.provenance.loose) == (True, ())
    made = forged(signer, data, [(len(data) - 500, 100)])
    tampered = flipped(made, len(made) - 450)
    seen = read(Asset.of_bytes(tampered), root)
    assert (seen.provenance.intact, seen.provenance.complete) == (True, False)
    assert seen.provenance.loose == ((len(made) - 500, 100),)
    assert any("leaves out" in each.reason for each in seen.faults)


# -- parents ----------------------------------------------------------------------------


def test_a_second_signer_keeps_the_first_as_parent(signer, other, root):
    first = sign(content(), signer)
    edited = replace(SAID, system="editor", version="1", origin=Origin.EDITED)
    marks = (LABEL, NOTICE, ACTION.having(digitalSourceType=COMPOSITE, softwareAgent="editor"))
    second = sign(first, other, marks, edited)
    names = [each["action"] for each in actions(second)]
    assert names == ["c2pa.opened", "c2pa.edited", "c2pa.edited", "c2pa.edited.metadata"]
    told = read(second, root, other.anchor)
    assert told.provenance.ai == "generated"
    assert told.provenance.digital_source_type == TRAINED
    assert (told.provenance.ingredients.count, told.provenance.ingredients.worst) == (1, "trusted")
    assert told.provenance.fingerprint == other.fingerprint
    stated = [
        each.mark.get("digitalSourceType") for each in told.found if each.mark.schema == "c2pa"
    ]
    assert stated == [TRAINED, COMPOSITE]
    assert read(second, other.anchor).provenance.ingredients.worst == "untrusted"


def test_the_notice_is_named_in_the_actions(signer):
    again = sign(sign(content(), signer), signer, (LABEL, NOTICE, ACTION))
    said = [each.get("description", "") for each in actions(again)]
    assert any("AI生成" in each for each in said)
    assert [each["action"] for each in actions(again)].count("c2pa.created") == 0


def test_marks_that_only_a_parent_holds_keep_their_own_trust(signer, other, root):
    first = sign(content(), signer)
    second = sign(first, other, ())
    for anchors, trust in (
        ((root, other.anchor), Trust.TRUSTED),
        ((other.anchor,), Trust.INTACT),
        ((root,), Trust.INTACT),
    ):
        (label,) = [f for f in read(second, *anchors).found if f.mark.schema == "cn.aigc"]
        assert (label.trust, label.place) == (trust, Place.INFORMATIVE)


def test_laundering_a_tampered_parent_shows(signer, other, root):
    first = sign(content(), signer)
    tampered = changed(first, flipped(first.data(), first.size - 100))
    for rounds in range(2):
        tampered = sign(tampered, other, ())
        seen = read(tampered, root, other.anchor)
        assert (seen.provenance.intact, seen.provenance.signer_trusted) == (True, True), rounds
        assert seen.provenance.ingredients.worst == "broken"
        assert "ingredient:assertion.dataHash.mismatch" in seen.provenance.codes
        (label,) = [f for f in seen.found if f.mark.schema == "cn.aigc"]
        assert label.trust is Trust.BROKEN


def test_a_text_keeps_its_sidecar_as_parent(signer, other, root):
    first = sign(content("text/plain"), signer)
    longer = replace(Asset.of_text("labelled " + first.data().decode()), name="a.txt")
    second = sign(first, other, asset=longer)
    seen = read(second, root, other.anchor)
    assert (seen.provenance.mode, seen.provenance.intact) == ("sidecar", True)
    assert seen.provenance.ingredients.worst == "trusted"
    assert {each.where.partition(":parent:")[1] for each in seen.found} == {"", ":parent:"}


def test_a_picture_with_a_sidecar_takes_it_in(signer, other, root):
    picture = content("image/png")
    job = sdk.Job({"assertions": [{"label": "c2pa.actions.v2", "data": CREATED}]}, signer)
    beside = replace(picture, sidecar=sdk.sign_beside(job, picture))
    assert read(beside, root).provenance.mode == "sidecar"
    taken = sign(beside, other)
    assert taken.sidecar is None
    told = read(taken, root, other.anchor).provenance
    assert (told.mode, told.ingredients.worst, told.ai) == ("embedded", "trusted", "generated")


def test_an_embedded_manifest_wins_over_a_sidecar(signer, other):
    signed = sign(content(), signer)
    seen = read(replace(signed, sidecar=sign(content("text/plain"), other).sidecar))
    assert seen.provenance.mode == "embedded"
    assert seen.provenance.fingerprint == signer.fingerprint
    assert any("sidecar" in each.reason for each in seen.faults)


def found(fields):
    mark = Mark(Layer.METADATA, "cn.aigc", fields)
    return Seen((Found(mark, "metadata", "here"),), provenance=Provenance())


THEIRS = (("Label", "1"), ("ContentProducer", "THEM"), ("ContentPropagator", "OLD"))


def test_somebody_elses_label_means_opened_and_stays_on_record(signer):
    signed = sign(content(), signer, before=found(THEIRS))
    assert actions(signed)[0]["action"] == "c2pa.opened"
    label = next(each.mark for each in read(signed).found if each.mark.schema == "cn.aigc")
    assert label.fields == THEIRS
    assert read(signed).provenance.ai == "generated"


def test_our_own_label_means_created(signer):
    signed = sign(content(), signer, before=found(LABEL.fields))
    assert [each["action"] for each in actions(signed)] == ["c2pa.created"]


def test_a_relayed_label_keeps_its_former_propagator_on_record(signer):
    said = replace(SAID, propagator="US", propagator_code="NEW", propagate_id="9")
    signed = sign(content(), signer, said=said, before=found(THEIRS))
    record = assertion(signed, "org.aigclabel.marks")
    assert record["former"][0]["fields"]["ContentPropagator"] == "OLD"
    assert record["marks"][0]["fields"]["ContentPropagator"] == "NEW"
    assert record["marks"][0]["fields"]["ContentProducer"] == "THEM"


def test_a_quoted_manifest_is_named_by_length_and_digest(signer):
    signed = sign(content(), signer, quoted=b"broken")
    assert assertion(signed, "org.aigclabel.quoted") == {
        "length": 6,
        "sha256": hashlib.sha256(b"broken").hexdigest(),
    }
    assert actions(signed)[0]["action"] == "c2pa.opened"


# -- whom to believe, and when ----------------------------------------------------------


def test_a_time_stamp_anchor_never_vouches_for_a_claim(signer, other, root):
    signed = sign(content(), signer)
    told = read(signed, other.anchor, times=(root.pem,)).provenance
    assert (told.intact, told.signer_trusted) == (True, False)
    assert told.codes[0] == "signingCredential.untrusted"
    assert read(signed, root, times=(other.anchor,)).provenance.signer_trusted
    twice = sign(signed, other, ())
    believed = read(twice, other.anchor, times=(root.pem,)).provenance
    assert (believed.signer_trusted, believed.ingredients.worst) == (True, "untrusted")


@pytest.mark.parametrize(("days", "trusted"), [(0, True), (-30, False), (4000, False)])
def test_certificates_are_judged_at_the_moment_asked(signer, root, days, trusted):
    at = datetime.now(UTC) + timedelta(days=days)
    for moment in (at, at.replace(tzinfo=None)):
        seen = read(sign(content(), signer), root, at=moment)
        assert (seen.provenance.intact, seen.provenance.signer_trusted) == (True, trusted)
        assert any(moment.isoformat()[:16] in each.reason for each in seen.faults)


# -- what is not ours to read -----------------------------------------------------------


def test_a_manifest_elsewhere_is_named_and_never_fetched(signer):
    with socket.socket() as ear:
        ear.bind(("127.0.0.1", 0))
        ear.listen()
        ear.settimeout(0.2)
        url = f"http://127.0.0.1:{ear.getsockname()[1]}/a.c2pa"
        asset = naming(url)
        seen = read(asset)
        signed = sign(asset, signer)
        with pytest.raises(TimeoutError):
            ear.accept()
    assert seen.provenance == Provenance(codes=("manifest.inaccessible",))
    assert any(url in each.reason for each in seen.faults)
    assert actions(signed)[0]["action"] == "c2pa.opened"
    assert read(signed).provenance.ingredients.worst == "untrusted"


def naming(url):
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        f'xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="{url}"/>'
        "</rdf:RDF></x:xmpmeta>"
    )
    info, out = PngInfo(), io.BytesIO()
    info.add_itxt("XML:com.adobe.xmp", packet)
    Image.new("RGB", (8, 8)).save(out, "PNG", pnginfo=info)
    return Asset.of_bytes(out.getvalue())


def test_no_socket_is_opened(signer, monkeypatch):
    def refuse(*_):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    assert read(sign(content(), signer)).provenance.intact


@pytest.mark.parametrize("media_type", ["image/gif", "image/tiff"])
def test_formats_without_a_container_are_signed_and_read(media_type, signer):
    signed = sign(content(media_type), signer)
    assert signed.sidecar is None
    assert read(signed).provenance.intact
    assert has_manifest(view_of(signed))
    assert not has_manifest(view_of(content(media_type)))


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
def test_stumps_are_absent_or_unread_never_signed(data, signer):
    asset = Asset.of_bytes(data)
    seen = read(asset)
    assert not seen.provenance.present
    assert seen.unread or not seen.faults


def test_a_damaged_picture_is_not_signed(signer):
    with pytest.raises(CannotLabel, match="cannot be signed"):
        sign(Asset.of_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 20), signer)


@given(data=st.data())
def test_mutations_never_raise(data, signer_for_mutations):
    for signed in signer_for_mutations:
        whole = bytearray(signed.data())
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(whole) - 1))
            kind = data.draw(st.sampled_from(["set", "cut", "add"]))
            piece = data.draw(st.binary(min_size=1, max_size=6))
            if kind == "set":
                whole[at : at + len(piece)] = piece
            elif kind == "cut":
                del whole[at : at + len(piece)]
            else:
                whole[at:at] = piece
        seen = read(Asset.of_bytes(bytes(whole), signed.media_type))
        assert seen.provenance is not None


@pytest.fixture(scope="module")
def signer_for_mutations(signer):
    small = Image.new("RGB", (8, 8), "red")
    return [sign(Asset.of_image(small, kind), signer) for kind in PICTURES]


@given(garbage=st.binary(max_size=200))
def test_garbage_never_raises(garbage):
    plain = Asset.of_bytes(garbage)
    assert CARRIER.read(view_of(plain)).provenance is not None
    assert CARRIER.read(view_of(replace(plain, sidecar=MAGIC + garbage))).provenance is not None


def _signs(signer):
    return read(sign(content(), signer)).provenance.intact


def test_a_child_process_signs_too(signer):
    assert _signs(signer)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(_signs, (signer,))


def test_only_signed_marks_are_served():
    view = view_of(content())
    assert CARRIER.serves("image/jpeg", ACTION, view) == ""
    assert CARRIER.serves("video/x-matroska", ACTION, view) == ""
    assert CARRIER.serves("image/jpeg", LABEL, view)
