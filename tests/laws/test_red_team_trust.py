"""Files, certificates and stores that once were believed more than they may be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ssl import PEM_cert_to_DER_cert
from struct import pack

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from forms import every_form
from laws.resealed import store_of
from laws.rules import GB, rules
from laws.samples import coded, jpeg_with, picture, xmp_segment
from laws.test_red_team import label, packet
from laws.worlds import ARTICLE_9, labels
from unit.conftest import Workshop
from unit.test_signed_carrier import signer_of

from aigclabel import Asset, Limits, Plugins, TrustStore, UsageError, read, redact, stamp, update
from aigclabel.carriers.signed import cbor, jumbf, sdk
from aigclabel.carriers.signed.story import Story
from aigclabel.carriers.signed.uncovered import Coverage, uncovered
from aigclabel.engine.reading import Desk, open_view
from aigclabel.model import Context
from aigclabel.signing.paths import Purpose, judged
from aigclabel.signing.pem import certificate_blocks
from aigclabel.signing.raw import raw_signature
from aigclabel.signing.revocation import parsed, revocation
from aigclabel.testing import SAID

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
STORY = Story("urn:c2pa:1", {}, "Valid")


class Office(Workshop):
    """A workshop whose authorities may sign revocation lists."""

    def _usage(self, *, certs):
        return x509.KeyUsage(not certs, False, False, False, False, certs, certs, False, False)


OFFICE = Office()
ROOT = OFFICE.authority()
SIGNER = signer_of(OFFICE.leaf(ROOT))
TRUST = TrustStore((ROOT.pem,))


def view_of(asset):
    return open_view(asset, Context(), Desk(Plugins(), Limits()))[0]


def label_trust(asset):
    (found,) = labels(read(asset, TRUST))
    return found.trust.value


# -- revoked signers ----------------------------------------------------------------------


def revoking(authority, cert):
    """The authority's list, on which a certificate stands."""
    gone = x509.RevokedCertificateBuilder().serial_number(cert.cert.serial_number)
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.cert.subject)
        .last_update(NOW - DAY)
        .next_update(NOW + DAY)
        .add_revoked_certificate(gone.revocation_date(NOW - DAY).build())
        .sign(authority.key, SHA256())
        .public_bytes(Encoding.DER)
    )


def decoy(authority, by, *, lists):
    """Somebody else's certificate for an authority's name and key."""
    usage = x509.KeyUsage(False, False, False, False, False, True, lists, False, False)
    return (
        x509.CertificateBuilder(by.cert.subject, authority.cert.subject)
        .public_key(authority.key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.BasicConstraints(True, None), True)
        .add_extension(usage, True)
        .sign(by.key, SHA256())
        .public_bytes(Encoding.DER)
    )


@pytest.mark.parametrize("lists", [True, False])
def test_a_false_authority_before_the_real_one_hides_no_revocation(lists):
    """It lists nothing itself, or leads elsewhere; trust goes by the real one."""
    evil = OFFICE.authority("Evil")
    below = OFFICE.authority("Below", ROOT)
    leaf = OFFICE.leaf(below)
    false = decoy(below, evil, lists=lists)
    for document in (revoking(below, leaf), revoking(ROOT, below)):
        for chain in ((leaf.der, below.der), (leaf.der, false, below.der), (leaf.der, false)):
            known = (ROOT.pem, below.pem)
            told = revocation(chain, known, parsed((document,)), NOW)
            assert told.revoked, chain


def test_many_false_authorities_neither_hide_nor_hold_up():
    leaf = OFFICE.leaf(ROOT)
    falses = tuple(decoy(ROOT, OFFICE.authority(f"E{number}"), lists=False) for number in range(9))
    documents = parsed((revoking(ROOT, leaf),))
    assert revocation((leaf.der, *falses), (ROOT.pem,), documents, NOW).revoked


# -- somebody else's certificate --------------------------------------------------------------


def der_of(signer):
    return [PEM_cert_to_DER_cert(each.decode()) for each in certificate_blocks(signer.chain)]


def headed(store, signer, protected, beside):
    """The store with a signature by `signer` under headers of an attacker's choice."""
    claim, old = jumbf.claim_and_signature(store)
    head = cbor.encode({1: -7, **protected})
    value = raw_signature(signer, cbor.encode(["Signature1", head, b"", claim]))
    room = len(old) - len(b"\xd2" + cbor.encode([head, {**beside, "pad": b""}, None, value]))
    pad = bytes(room - 2 if room > 300 else room)
    made = b"\xd2" + cbor.encode([head, {**beside, "pad": pad}, None, value])
    at = store.rfind(old)
    assert len(made) == len(old)
    return store[:at] + made + store[at + len(old) :]


def roomy():
    """Content with a sidecar that has much padding in its signature."""
    told = {"actions": [{"action": "c2pa.created", "digitalSourceType": TRAINED}]}
    actions = {"label": "c2pa.actions.v2", "created": True, "data": told}
    made = {"claim_generator_info": [{"name": "x"}], "assertions": [actions]}
    draft = sdk.Draft(sdk.Job(made, SIGNER), 6000)
    png = coded(picture(), "PNG")
    return Asset.of_bytes(png, "image/png"), draft.sign(0, 0, sha256(png).digest())


@pytest.mark.parametrize("name", ["33", "x5chain"])
@pytest.mark.parametrize("other", ["33", "x5chain"])
@pytest.mark.parametrize("where", ["protected", "beside"])
def test_nobody_signs_in_somebody_elses_name(name, other, where):
    """With two lists of certificates, c2pa-rs verified by one, and we believed the other."""
    evil = Workshop()
    thief = signer_of(evil.leaf(evil.authority("Evil")))
    names = {"33": 33, "x5chain": "x5chain"}
    victim = {names[name]: der_of(SIGNER)}
    mine = {names[other]: der_of(thief)}
    asset, store = roomy()
    protected, beside = ({**mine}, {**victim}) if where == "protected" else ({}, {**victim, **mine})
    forged = replace(asset, sidecar=headed(store, thief, protected, beside))
    told = read(forged, TRUST).provenance
    assert told.present
    assert not told.signer_trusted
    assert told.trust.value != "trusted"


def test_the_same_under_the_signers_own_headers_is_trusted():
    asset, store = roomy()
    for protected, beside in (({33: der_of(SIGNER)}, {}), ({}, {"x5chain": der_of(SIGNER)})):
        made = replace(asset, sidecar=headed(store, SIGNER, protected, beside))
        assert read(made, TRUST).provenance.signer_trusted


# -- what a signature leaves out ------------------------------------------------------------


def claimed(media_type, before, after, spread):
    """Content signed by whoever likes: `spread` turns a store into what stands between."""
    told = {"actions": [{"action": "c2pa.created", "digitalSourceType": TRAINED}]}
    actions = {"label": "c2pa.actions.v2", "created": True, "data": told}
    made = {"claim_generator_info": [{"name": "x"}], "assertions": [actions]}
    draft = sdk.Draft(sdk.Job(made, SIGNER), 4000)
    length = len(spread(draft.placeholder))
    digest = sha256(before + after).digest()
    data = before + spread(draft.sign(len(before), length, digest)) + after
    return Asset.of_bytes(data, media_type, "x")


def segments(store):
    """A store in APP11 segments of a kilobyte (C2PA 2.4, A.3.1)."""
    for number, at in enumerate(range(8, len(store), 1000), 1):
        body = b"JP\0\1" + pack(">I", number) + store[:8] + store[at : at + 1000]
        yield b"\xff\xeb" + pack(">H", len(body) + 2) + body


PHOTO = coded(picture(), "JPEG")
XMP = xmp_segment(packet(label()))


def around(asset, extra):
    """Where `extra` begins in an asset, and its length."""
    return asset.data().find(extra), len(extra)


def test_a_store_in_segments_that_stand_together_covers_all():
    asset = claimed("image/jpeg", PHOTO[:2], XMP + PHOTO[2:], lambda s: b"".join(segments(s)))
    told = read(asset, TRUST).provenance
    assert (told.intact, told.complete, told.loose) == (True, True, ())
    assert label_trust(asset) == "trusted"


@pytest.mark.parametrize("extra", [XMP, b"\xff\xfe\x00\x06abcd"])
@pytest.mark.parametrize("after", [1, -1])
def test_what_stands_between_the_segments_of_a_store_is_loose(extra, after):
    """The hash leaves out the range from the first to the last: whoever cuts the padding out
    of a signature has room there for a label of his own, and the signature holds."""

    def spread(store):
        parts = list(segments(store))
        return b"".join((*parts[:after], extra, *parts[after:]))

    asset = claimed("image/jpeg", PHOTO[:2], PHOTO[2:], spread)
    told = read(asset, TRUST).provenance
    assert told.intact  # as c2pa-rs has it
    assert told.complete is False
    assert told.loose == (around(asset, extra),)
    if extra is XMP:
        assert label_trust(asset) == "none"


def movie():
    forms = every_form()
    if "movies/mp4" not in forms:
        pytest.skip("needs the program ffmpeg")
    media_type, data = forms["movies/mp4"]
    return stamp(Asset.of_bytes(data, media_type), SAID, rules(GB), SIGNER, ARTICLE_9)


@pytest.mark.parametrize("path", ["/moov/udta", "/moov[1]/udta/meta", "/moov", "/mdat"])
def test_parts_of_boxes_that_a_movies_hash_leaves_out_are_loose(path):
    made = movie()
    (told,) = jumbf.manifests(store_of(made)).values()
    signed = {STORY.active: jumbf.Signed(boxes=(*told.boxes, path))}
    found = uncovered(view_of(made), STORY, signed, "embedded")
    kinds = [made.data()[start + 4 : start + 8].decode() for start, _ in found.loose]
    assert found.complete is False
    assert path[1:5] in kinds
    usual = uncovered(view_of(made), STORY, {STORY.active: told}, "embedded")
    assert usual.complete is None
    assert {*found.loose} > {*usual.loose}


def test_nothing_is_known_of_other_kinds_of_hash_and_so_nothing_lent(monkeypatch):
    asset = stamp(jpeg_with(PHOTO), SAID, rules(GB), SIGNER, ARTICLE_9)
    assert label_trust(asset) == "trusted"
    monkeypatch.setattr("aigclabel.carriers.signed.carrier.uncovered", lambda *_: Coverage())
    assert read(asset, TRUST).provenance.intact
    assert label_trust(asset) == "none"


# -- absent where one is present --------------------------------------------------------------


def test_a_store_under_another_name_space_is_not_absent():
    """c2pa-rs goes by the prefix and finds it."""
    media_type, data = every_form()["pictures/svg"]
    made = stamp(Asset.of_bytes(data, media_type), SAID, rules(GB), SIGNER, ARTICLE_9).data()
    for other in (b"https://c2pa.org/manifest", b"http://example.com/"):
        changed = made.replace(b"http://c2pa.org/manifest", other)
        assert changed != made
        assert sdk.look(Asset.of_bytes(changed, media_type)).state == "read"
        told = read(Asset.of_bytes(changed, media_type), TRUST).provenance
        assert (told.present, told.intact) == (True, False)


def test_a_store_behind_a_damaged_frame_is_not_absent():
    media_type, data = every_form()["tagged/mp3"]
    made = stamp(Asset.of_bytes(data, media_type), SAID, rules(GB), SIGNER, ARTICLE_9).data()
    at = made.find(b"TXXX")
    changed = made[: at + 1] + b"\x04" + made[at + 2 :]
    assert made[at:] != changed[at:]
    assert b"jumdc2pa" in changed
    if sdk.look(Asset.of_bytes(changed, media_type)).state == "read":
        told = read(Asset.of_bytes(changed, media_type), TRUST).provenance
        assert (told.present, told.intact) == (True, False)


# -- labels stay ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "held",
    [
        {"Iptc4xmpExt:DigitalSourceType": TRAINED},
        {"TC260:AIGC": '{"Label":"1"}', "dc:creator": "A. Person"},
    ],
)
def test_metadata_that_labels_is_not_redacted(held):
    made = stamp(jpeg_with(PHOTO), SAID, rules(GB), SIGNER, ARTICLE_9)
    names = {
        "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
        "TC260": "http://www.tc260.org.cn/ns/AIGC/1.0/",
        "dc": "http://purl.org/dc/elements/1.1/",
    }
    more = update(made, {"com.example.metadata": {"@context": names, **held}}, SIGNER)
    for path in ("com.example.metadata", "cawg.metadata"):
        with pytest.raises(UsageError, match="label"):
            redact(more, (path,), SIGNER)


def test_a_reservation_of_rights_is_not_redacted():
    use = {"entries": {"cawg.ai_training": {"use": "notAllowed"}}}
    made = stamp(jpeg_with(PHOTO), SAID, rules(GB), SIGNER, ARTICLE_9)
    more = update(made, {"cawg.training-mining": use}, SIGNER)
    with pytest.raises(UsageError, match="cannot be redacted"):
        redact(more, ("cawg.training-mining",), SIGNER)


# -- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelled", ["Bank", "BANK", "bank", " Bank  ", "\uff22ank"])
def test_an_excluded_name_is_excluded_in_every_spelling(spelled):
    """RFC 5280, 7.1: names are compared without case and blanks."""

    def named(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, text)])

    barred = x509.NameConstraints(None, [x509.DirectoryName(named("Bank"))])
    above = OFFICE.authority("Limited", ROOT, more=((barred, True),))
    for text, believed in ((spelled, False), ("Baker", True)):
        alternative = x509.SubjectAlternativeName([x509.DirectoryName(named(text))])
        leaf = OFFICE.leaf(above, more=((alternative, False),))
        told = judged((leaf.der, above.der), Purpose.CLAIM, (ROOT.pem,))
        assert told.trusted is believed, told.reason
