"""Identities that vouch for content beside who signed it: read by us, written by the SDK."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aigclabel import (
    LOCAL,
    Choices,
    Context,
    Declaration,
    Signer,
    SigningError,
    TrustStore,
    UsageError,
    policy,
    read,
    stamp,
)
from aigclabel.asset import Asset
from aigclabel.carriers.signed import cbor, sdk
from aigclabel.carriers.signed.identity import X509, identities
from aigclabel.carriers.signed.jumbf import boxes, part, payload
from aigclabel.cli import main
from aigclabel.signing.checks import serving
from aigclabel.signing.raw import raw_signature

RULES = policy("cn.gb45438-2025")
SAID = Declaration("EXAMPLE-MODELS", system="example-image")
VALIDATED = ("cawg.x509.signature.validated", "cawg.identity.well-formed")


@pytest.fixture(scope="module")
def root(workshop):
    return workshop.authority("Press root")


@pytest.fixture(scope="module")
def publisher(workshop, root):
    return signer_of(workshop.leaf(root, "Example News"))


@pytest.fixture(scope="module")
def signed(publisher):
    return stamp(picture(), SAID, RULES, LOCAL.with_identity(publisher))


def signer_of(leaf, *chain):
    algorithm, ordered, key = serving(leaf.key_pem, b"".join(e.pem for e in (leaf, *chain)), "t")
    return Signer("test:", algorithm, ordered, key)


def picture(media_type="image/jpeg"):
    noise = Image.effect_noise((96, 64), 40).convert("RGB")
    return Asset.of_image(noise, media_type, "a")


def trust(*authorities):
    return TrustStore((LOCAL.resolved().anchor, *(each.pem for each in authorities)))


def the_one(asset, *authorities, at=None):
    (found,) = read(asset, trust(*authorities), Context(at=at)).provenance.identities
    return found


def store_of(asset):
    looked = sdk.look(asset)
    return looked.store, looked.report["active_manifest"]


def swapped(asset, old, new):
    """The file with bytes of its store replaced, of equal length."""
    assert len(old) == len(new)
    data = asset.data()
    assert data.count(old) == 1
    return Asset.of_bytes(data.replace(old, new), asset.media_type, "changed")


def raw_identity(asset):
    store, label = store_of(asset)
    group = part(boxes(store)[label], b"c2as")
    return payload(next(box for box in group.inside if box.label == "cawg.identity"))


# -- what holds -------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png", "image/webp"])
@pytest.mark.parametrize("signature", ["auto", "sidecar"])
def test_what_an_identity_vouches_for_is_read_back(media_type, signature, publisher, root):
    who = LOCAL.with_identity(publisher, "cawg.publisher", "com.example.desk")
    made = stamp(picture(media_type), SAID, RULES, who, choices=Choices(signature=signature))
    found = the_one(made, root)
    assert (found.kind, found.name) == (X509, "Example News")
    assert (found.valid, found.trusted) == (True, True)
    assert found.roles == ("cawg.publisher", "com.example.desk")
    assert found.codes == ("cawg.x509.credential.trusted", *VALIDATED)


@pytest.mark.parametrize("kind", ["p256", "p384", "p521", "rsa", "ed25519"])
def test_every_kind_of_key(kind, workshop, root):
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
    if kind in curves:
        key = ec.generate_private_key(curves[kind])
    else:
        key = workshop.ed25519() if kind == "ed25519" else rsa.generate_private_key(65537, 2048)
    who = LOCAL.with_identity(signer_of(workshop.leaf(root, "Key", key=key)))
    found = the_one(stamp(picture(), SAID, RULES, who), root)
    assert (found.valid, found.trusted) == (True, True)


def test_it_covers_content_actions_and_marks(signed):
    told = cbor.decode(raw_identity(signed))["signer_payload"]
    names = {each["url"].rpartition("/")[2] for each in told["referenced_assertions"]}
    said = {"c2pa.actions.v2", "c2pa.ai-disclosure", "org.aigclabel.marks", "cawg.metadata"}
    assert names == {*said, "c2pa.hash.data"}


def test_a_key_that_is_elsewhere_signs_the_claim_all_the_same(publisher, root):
    local = LOCAL.resolved()
    far = replace(local, key=b"", sign=lambda data: raw_signature(local, data))
    found = the_one(stamp(picture(), SAID, RULES, far.with_identity(publisher)), root)
    assert found.valid
    assert found.trusted


def test_both_ways_to_encode_what_is_signed_hold(signed, publisher, root):
    """CAWG 1.3 signs the payload with its keys in order, c2pa-rs 0.91 as its fields come."""
    store, label = store_of(signed)
    told = cbor.decode(raw_identity(signed))
    payload, cose = told["signer_payload"], cbor.decode(told["signature"])
    assert list(payload) == ["referenced_assertions", "sig_type", "role"]
    for order, holds in (
        (("role", "sig_type", "referenced_assertions"), True),
        (("sig_type", "role", "referenced_assertions"), False),
    ):
        data = cbor.encode({name: payload[name] for name in order})
        value = raw_signature(publisher, cbor.encode(["Signature1", cose[0], b"", data]))
        (found,) = identities(store.replace(cose[3], value), label, (root.pem,), None)
        assert (found.valid, found.trusted) == (holds, holds)


def test_an_identity_is_added_to_what_was_stamped_without(publisher, root):
    said = Declaration("EXAMPLE-MODELS", content_id="c-1")
    plain = stamp(picture(), said, RULES)
    who = LOCAL.with_identity(publisher)
    made = stamp(plain, said, RULES, who)
    assert the_one(made, root).trusted
    assert stamp(made, said, RULES, who).data() == made.data()


# -- axes of their own ------------------------------------------------------------------


def test_an_unknown_identity_leaves_the_claim_as_it_is(signed):
    """The SDK calls the whole manifest no more than valid over this."""
    provenance = read(signed, trust()).provenance
    assert (provenance.intact, provenance.signer_trusted) == (True, True)
    assert not [code for code in provenance.codes if code.startswith("cawg.")]
    (found,) = provenance.identities
    assert (found.valid, found.trusted) == (True, False)
    assert found.codes == ("cawg.x509.credential.untrusted", *VALIDATED)


def test_a_believed_identity_makes_no_claim_believed(signed, root):
    provenance = read(signed, TrustStore((root.pem,))).provenance
    assert provenance.intact
    assert not provenance.signer_trusted
    assert provenance.identities[0].trusted


def test_without_trust_nobody_is_trusted(signed):
    (found,) = read(signed).provenance.identities
    assert (found.valid, found.trusted) == (True, False)


def test_a_manifest_without_identity_has_none():
    assert read(stamp(picture(), SAID, RULES)).provenance.identities == ()


# -- what does not hold -----------------------------------------------------------------


def test_a_certificate_is_judged_at_the_moment_that_counts(workshop, root):
    who = signer_of(workshop.leaf(root, "Short", days=(-2, 1)))
    made = stamp(picture(), SAID, RULES, LOCAL.with_identity(who))
    later = datetime.now(UTC) + timedelta(days=9)
    assert the_one(made, root).trusted
    found = the_one(made, root, at=later)
    assert (found.valid, found.trusted) == (True, False)
    assert "cawg.x509.signature.outside_validity" in found.codes


def taken_back(cert, issuer):
    """An OCSP response by the issuer: revoked since an hour."""
    then = datetime.now(UTC) - timedelta(hours=1)
    revoked = ocsp.OCSPCertStatus.REVOKED
    answer = ocsp.OCSPResponseBuilder().add_response(
        cert.cert, issuer.cert, SHA256(), revoked, then, then, then, None
    )
    named = answer.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.cert)
    return named.sign(issuer.key, SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("kind", ["leaf", "authority above"])
def test_a_revoked_certificate_vouches_for_nobody(kind, workshop, root):
    middle = workshop.authority("Middle", root)
    leaf = workshop.leaf(middle, "Taken back")
    made = stamp(picture(), SAID, RULES, LOCAL.with_identity(signer_of(leaf, middle)))
    about, issuer = (leaf, middle) if kind == "leaf" else (middle, root)
    answer = taken_back(about, issuer)
    store = trust(root)
    (before,) = read(made, store).provenance.identities
    (found,) = read(made, replace(store, revocations=(answer,))).provenance.identities
    assert before.trusted
    assert (before.revoked, found.revoked) == (None, True)
    assert (found.valid, found.trusted) == (True, False)
    assert "aigclabel.identity.revoked" in found.codes
    assert before.fingerprint == found.fingerprint == leaf.cert.fingerprint(SHA256()).hex()


def test_a_certificate_for_claims_alone_vouches_for_nobody(workshop, root):
    who = signer_of(workshop.leaf(root, "Claims", ekus=(workshop.C2PA,)))
    found = the_one(stamp(picture(), SAID, RULES, LOCAL.with_identity(who)), root)
    assert (found.valid, found.trusted) == (True, False)


def test_a_changed_signature_does_not_hold(signed, root):
    value = cbor.decode(cbor.decode(raw_identity(signed))["signature"])[3]
    found = the_one(swapped(signed, value, value[::-1]), root)
    assert (found.valid, found.trusted) == (False, False)
    assert "cawg.x509.signature.mismatch" in found.codes


def test_changed_roles_do_not_hold(signed, root):
    found = the_one(swapped(signed, b"cawg.publisher", b"cawg.sponsor\0\0"), root)
    assert found.valid is False
    assert "cawg.x509.signature.mismatch" in found.codes


def test_an_assertion_that_was_changed_later_is_not_vouched_for(signed, root):
    """The identity's own bytes are whole, and what it names is not what was there."""
    asset = swapped(signed, b"allActionsIncluded", b"AllActionsIncluded")
    found = the_one(asset, root)
    assert (found.valid, found.trusted) == (False, False)
    assert found.codes[0] == "cawg.identity.assertion.mismatch"


def test_an_identity_moved_to_another_manifest_does_not_hold(publisher, root):
    """Cut from one file and put, byte for byte, into another one of the same shape."""
    first = stamp(picture("image/png"), SAID, RULES, LOCAL.with_identity(publisher))
    other = stamp(picture("image/png"), SAID, RULES, LOCAL.with_identity(publisher))
    mine, label = store_of(other)
    old, new = raw_identity(other), raw_identity(first)
    assert len(old) == len(new)
    (found,) = identities(mine.replace(old, new), label, (root.pem,), None)
    assert (found.valid, found.trusted) == (False, False)
    assert found.codes[0] == "cawg.identity.assertion.mismatch"
    (kept,) = identities(mine, label, (root.pem,), None)
    assert kept.valid


def test_bytes_hidden_in_the_padding_are_found(signed, root):
    store, label = store_of(signed)
    raw = raw_identity(signed)
    pad = max((cbor.decode(raw)[name] for name in ("pad1", "pad2")), key=len)
    assert len(pad) > 8
    hidden = raw.replace(pad, b"hidden!!" + pad[8:])
    (found,) = identities(store.replace(raw, hidden), label, (root.pem,), None)
    assert found.valid is False
    assert "cawg.identity.pad.invalid" in found.codes


def rewritten(signed, change, root):
    """The identity with its payload changed by nobody who holds the key, of equal length."""
    store, label = store_of(signed)
    raw = raw_identity(signed)
    told = cbor.decode(raw)
    change(told["signer_payload"])
    made = cbor.encode({**told, "pad1": b"", "pad2": b""})
    pad = len(raw) - len(made)
    pad -= 2 if pad > 257 else 1 if pad > 24 else 0  # what its own length takes
    made = cbor.encode({**told, "pad1": bytes(pad), "pad2": b""})
    assert len(made) == len(raw)
    (found,) = identities(store.replace(raw, made), label, (root.pem,), None)
    return found


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("cawg.identity_claims_aggregation", ()),
        ("com.example.handshake", ("cawg.identity.sig_type.unknown",)),
    ],
)
def test_other_kinds_are_named_and_not_judged(signed, root, kind, codes):
    def change(told):
        told["role"] = []
        told["sig_type"] = kind

    found = rewritten(signed, change, root)
    assert (found.kind, found.valid, found.trusted) == (kind, None, None)
    assert found.codes == codes


def test_an_identity_must_name_the_content(signed, root):
    def change(told):
        named = told["referenced_assertions"]
        told["referenced_assertions"] = [e for e in named if "c2pa.hash" not in e["url"]]

    found = rewritten(signed, change, root)
    assert found.valid is False
    assert "cawg.identity.hard_binding_missing" in found.codes


def test_an_assertion_is_named_once(signed, root):
    def change(told):
        told["referenced_assertions"] = told["referenced_assertions"][:1] * 2

    found = rewritten(signed, change, root)
    assert "cawg.identity.assertion.duplicate" in found.codes


def test_an_algorithm_that_nobody_knows_is_no_failure_and_no_success(signed, root):
    signature = cbor.decode(raw_identity(signed))["signature"]
    head = cbor.decode(signature)[0]
    assert head.startswith(b"\xa2\x01\x26")  # {1: -7, …}
    found = the_one(swapped(signed, head, head.replace(b"\x01\x26", b"\x01\x38", 1)), root)
    assert found.valid in {None, False}
    assert not found.trusted


@given(st.binary(min_size=1, max_size=40), st.integers(0, 10_000))
def test_nothing_that_stands_there_raises(signed_store, data, at):
    store, label, pem = signed_store
    at %= len(store)
    for found in identities(store[:at] + data + store[at + len(data) :], label, (pem,), None):
        assert found.trusted in {True, False, None}


@pytest.fixture(scope="module")
def signed_store(signed, root):
    return (*store_of(signed), root.pem)


# -- writing ----------------------------------------------------------------------------


def test_a_role_is_one_that_exists(publisher):
    for wrong in ("cawg.boss", "publisher"):
        with pytest.raises(UsageError, match=r"cawg\.publisher"):
            LOCAL.with_identity(publisher, wrong)


@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown"])
def test_where_no_identity_can_stand_a_sidecar_is_advised(media_type, publisher, root):
    text = Asset.of_text("words\n", media_type, "a")
    who = LOCAL.with_identity(publisher)
    with pytest.raises(SigningError, match="sidecar"):
        stamp(text, SAID, RULES, who)
    made = stamp(text, SAID, RULES, who, choices=Choices(signature="sidecar"))
    assert the_one(made, root).trusted


def test_an_identity_needs_its_key_at_hand(publisher):
    far = replace(publisher, key=b"", sign=lambda data: data)
    with pytest.raises(SigningError, match="key in a file"):
        stamp(picture(), SAID, RULES, LOCAL.with_identity(far))


def test_an_sdk_without_the_call_is_named(publisher, monkeypatch):
    from aigclabel.carriers.signed.sdk import identity

    monkeypatch.setattr(identity, "_CALL", "c2pa_no_such_call")
    with pytest.raises(SigningError, match="c2pa-python writes no identities"):
        stamp(picture(), SAID, RULES, LOCAL.with_identity(publisher))


def test_the_command_line_takes_one(publisher, root, tmp_path, capsys):
    for name, text in (("key.pem", publisher.key), ("chain.pem", publisher.chain)):
        (tmp_path / name).write_bytes(text)
    picture().save(tmp_path / "in.jpg")
    line = ["stamp", str(tmp_path / "in.jpg"), "-o", str(tmp_path / "out.jpg")]
    line += ["--policy", RULES.id, "--producer", "X"]
    line += ["--identity", f"file:{tmp_path / 'key.pem'}?chain={tmp_path / 'chain.pem'}"]
    assert main([*line, "--signer", "none"]) == 2
    assert "--identity" in capsys.readouterr().err
    assert main(line) == 0
    assert the_one(tmp_path / "out.jpg", root).trusted


def test_no_key_of_an_identity_shows(publisher):
    assert "PRIVATE" not in repr(LOCAL.with_identity(publisher))
