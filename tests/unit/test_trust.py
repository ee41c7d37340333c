"""Trust stores from PEM files and folders, and chains that lead to an anchor or do not."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from PIL import Image

from aigclabel import (
    Asset,
    Declaration,
    Fault,
    Signer,
    TrustStore,
    UsageError,
    policy,
    read,
    stamp,
    verify,
)
from aigclabel.carriers.signed.chain import vouched

SAID = Declaration(producer="EXAMPLE-MODELS")


def picture():
    out = BytesIO()
    Image.new("RGB", (320, 240), "grey").save(out, "PNG")
    return Asset.of_bytes(out.getvalue(), "image/png", "grey.png")


@pytest.fixture(scope="module")
def root(workshop):
    return workshop.authority()


def test_a_folder_gives_every_pem_and_knows_time_stamps(tmp_path, workshop, root):
    clock = workshop.authority("Clock")
    (tmp_path / "claims.pem").write_bytes(root.pem)
    (tmp_path / "C2PA-TSA-LIST.pem").write_bytes(clock.pem)
    (tmp_path / "eku.cfg").write_bytes(b"1.2.3")
    (tmp_path / "README").write_bytes(b"words")
    store = TrustStore.of(tmp_path)
    assert store == TrustStore((root.pem,), (clock.pem,))


@pytest.mark.parametrize("name", ["my-tsa.pem", "TSA.pem", "tsa_roots.pem"])
def test_time_stamp_files_are_known_by_name(tmp_path, workshop, root, name):
    clock = workshop.authority("Clock")
    (tmp_path / "vitsall.pem").write_bytes(root.pem)
    (tmp_path / name).write_bytes(clock.pem)
    assert TrustStore.of(tmp_path / "vitsall.pem", tmp_path / name).time_anchors == (clock.pem,)


def test_several_certificates_with_words_between_each_once(tmp_path, workshop, root):
    other = workshop.authority("Other")
    (tmp_path / "a.pem").write_bytes(b"# one\n" + root.pem + b"# two\n" + other.pem + root.pem)
    assert TrustStore.of(tmp_path / "a.pem").anchors == (root.pem, other.pem)


def test_a_key_beside_a_certificate_is_left_alone(tmp_path, root):
    (tmp_path / "a.pem").write_bytes(root.key_pem + root.pem)
    assert TrustStore.of(tmp_path / "a.pem").anchors == (root.pem,)


def test_a_bad_certificate_is_left_out_when_others_are_good(tmp_path, root):
    bad = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    (tmp_path / "a.pem").write_bytes(bad + root.pem)
    assert TrustStore.of(tmp_path / "a.pem").anchors == (root.pem,)
    (tmp_path / "b.pem").write_bytes(bad)
    with pytest.raises(UsageError, match="can be read"):
        TrustStore.of(tmp_path / "b.pem")


def test_what_holds_no_certificate_is_refused(tmp_path, workshop):
    (tmp_path / "words.pem").write_bytes(b"no certificate here")
    with pytest.raises(UsageError, match="no certificate"):
        TrustStore.of(tmp_path / "words.pem")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no PEM file"):
        TrustStore.of(tmp_path / "empty")
    with pytest.raises(UsageError, match="does not exist"):
        TrustStore.of(tmp_path / "missing.pem")
    with pytest.raises(UsageError, match="no certificate that may vouch"):
        TrustStore.of()
    (tmp_path / "TSA.pem").write_bytes(workshop.authority("Clock").pem)
    with pytest.raises(UsageError, match="time stamps only"):
        TrustStore.of(tmp_path / "TSA.pem")


# -- chains -----------------------------------------------------------------------------


def test_a_chain_leads_to_its_anchor_over_intermediates(workshop, root):
    middle = workshop.authority("Middle", root)
    leaf = workshop.leaf(middle)
    assert vouched((leaf.der, middle.der), (root.pem,))
    assert vouched((leaf.der,), (middle.pem,))
    assert not vouched((leaf.der,), (leaf.pem,)), "a signer is no authority over itself"
    assert not vouched((leaf.der,), (root.pem,))
    assert not vouched((leaf.der, middle.der), (workshop.authority("Root").pem,))
    assert not vouched((), (root.pem,))
    assert not vouched((b"garbage",), (root.pem,))


def test_only_an_authority_may_issue(workshop, root):
    false = workshop.authority("False", root, ca=False)
    leaf = workshop.leaf(false)
    assert not vouched((leaf.der, false.der), (root.pem,))
    honest = workshop.leaf(root, "Honest")
    below = workshop.leaf(honest, "Below")
    assert not vouched((below.der, honest.der), (root.pem,))


def test_path_length_is_kept(workshop):
    root = workshop.authority(length=0)
    middle = workshop.authority("Middle", root)
    assert not vouched((workshop.leaf(middle).der, middle.der), (root.pem,))
    assert vouched((workshop.leaf(root).der,), (root.pem,))


def test_dates_are_judged_at_the_moment_asked(workshop, root):
    leaf = workshop.leaf(root, days=(-9, -5))
    now = datetime.now(UTC)
    assert vouched((leaf.der,), (root.pem,), now - timedelta(days=7))
    assert not vouched((leaf.der,), (root.pem,), now)
    assert vouched((leaf.der,), (root.pem,))


def test_a_loop_of_authorities_ends(workshop):
    one = workshop.authority("Loop")
    two = workshop.authority("Loop", one)
    assert not vouched((two.der, one.der, two.der), (workshop.authority("Other").pem,))


# -- what a store may hold --------------------------------------------------------------


def public(issued):
    return issued.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def revocation_list(root, *serials):
    now = datetime.now(UTC)
    builder = x509.CertificateRevocationListBuilder(root.cert.subject, now, now + timedelta(days=9))
    for serial in serials:
        one = x509.RevokedCertificateBuilder(serial, now)
        builder = builder.add_revoked_certificate(one.build())
    return builder.sign(root.key, SHA256())


def ocsp_response(root, leaf):
    now = datetime.now(UTC)
    good = ocsp.OCSPCertStatus.GOOD
    return (
        ocsp.OCSPResponseBuilder()
        .add_response(leaf.cert, root.cert, SHA256(), good, now, now, None, None)
        .responder_id(ocsp.OCSPResponderEncoding.HASH, root.cert)
        .sign(root.key, SHA256())
        .public_bytes(Encoding.DER)
    )


def test_keys_alone_make_a_store(tmp_path, workshop, root):
    leaf = workshop.leaf(root)
    (tmp_path / "key.pem").write_bytes(b"# pinned\n" + public(leaf))
    store = TrustStore.of(tmp_path)
    assert store == TrustStore((), (), (public(leaf),))
    (tmp_path / "TSA.pem").write_bytes(workshop.authority("Clock").pem)
    assert TrustStore.of(tmp_path).keys == (public(leaf),)


def test_a_key_in_a_file_of_time_stamp_authorities_is_not_pinned_for_claims(tmp_path, root):
    (tmp_path / "TSA.pem").write_bytes(root.pem + public(root))
    (tmp_path / "root.pem").write_bytes(root.pem)
    assert TrustStore.of(tmp_path).keys == ()


def test_revocations_are_known_by_what_they_are(tmp_path, workshop, root):
    leaf = workshop.leaf(root)
    listed = revocation_list(root, leaf.cert.serial_number)
    as_der, as_pem = (listed.public_bytes(each) for each in (Encoding.DER, Encoding.PEM))
    answer = ocsp_response(root, leaf)
    (tmp_path / "root.pem").write_bytes(root.pem + as_pem)
    (tmp_path / "a.crl").write_bytes(as_der)
    (tmp_path / "b.ocsp").write_bytes(answer)
    (tmp_path / "c.der").write_bytes(leaf.der)
    (tmp_path / "d.ocsp").write_bytes(b"\x30\x03\x0a\x01\x00 but no response")
    store = TrustStore.of(tmp_path)
    assert (store.anchors, set(store.revocations)) == ((root.pem,), {as_der, answer})
    assert TrustStore.of(tmp_path / "root.pem", tmp_path / "a.crl").revocations == (as_der,)


def test_a_named_file_that_holds_nothing_useful_is_refused(tmp_path, workshop, root):
    (tmp_path / "leaf.der").write_bytes(workshop.leaf(root).der)
    (tmp_path / "key.pem").write_bytes(root.key_pem)
    for name in ("leaf.der", "key.pem"):
        with pytest.raises(UsageError, match="no certificate"):
            TrustStore.of(tmp_path / name)
    (tmp_path / "only.crl").write_bytes(revocation_list(root).public_bytes(Encoding.DER))
    with pytest.raises(UsageError, match="may vouch"):
        TrustStore.of(tmp_path / "only.crl")


def test_integrity_only_believes_nobody_and_says_so(root):
    store = TrustStore.integrity_only()
    assert (store.anchors, store.time_anchors, store.keys) == ((), (), ())
    assert "nobody is believed" in store.notes[0]
    assert TrustStore.named("integrity-only") == store
    with pytest.raises(UsageError, match="nothing beside it"):
        TrustStore.named("integrity-only", "official")


def test_a_note_is_told_where_a_manifest_is_judged(root):
    made = stamp(picture(), SAID, policy("cn.gb45438-2025"))
    notes = ("a list is stale",)
    told = Fault("trust", "a list is stale")
    assert told in read(made, TrustStore((root.pem,), notes=notes)).faults
    assert told not in read(picture(), TrustStore((root.pem,), notes=notes)).faults
    assert verify(made, policy("cn.gb45438-2025"), TrustStore.integrity_only()).evidence.faults


# -- the SDK and extended key usages ------------------------------------------------------------


@pytest.mark.parametrize("ekus", [("C2PA",), ("DOCUMENTS",), ("C2PA", "DOCUMENTS"), ("EMAIL",)])
def test_conformant_content_is_never_called_invalid(tmp_path, workshop, root, ekus):
    leaf = workshop.leaf(root, ekus=tuple(getattr(workshop, each) for each in ekus))
    (tmp_path / "signer.pem").write_bytes(leaf.pem + root.pem + leaf.key_pem)
    signer = Signer.from_uri(f"file:{tmp_path / 'signer.pem'}")
    made = stamp(picture(), SAID, policy("cn.gb45438-2025"), signer)
    for store, trusted in ((TrustStore((root.pem,)), True), (None, False)):
        found = read(made, store).provenance
        assert (found.intact, found.signer_trusted) == (True, trusted)
        assert "signingCredential.invalid" not in found.codes
