"""Chains led to anchors by purpose: what each certificate must be, and the path (RFC 5280)."""

import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from aigclabel.carriers.signed.certificates import described
from aigclabel.carriers.signed.chain import vouched
from aigclabel.signing.paths import Belief, Purpose, judged


@pytest.fixture(scope="module")
def root(workshop):
    return workshop.authority()


def public(issued):
    return issued.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


# -- purposes that never mix ----------------------------------------------------------------


def asked(purpose, chain, *anchors, at=None, keys=()):
    der = tuple(each.der for each in chain)
    return judged(der, purpose, tuple(each.pem for each in anchors), at=at, keys=keys)


def test_each_purpose_wants_its_own_certificate(workshop, root):
    leaves = {
        Purpose.CLAIM: workshop.leaf(root, ekus=(workshop.C2PA,)),
        Purpose.TIME: workshop.clock(root),
        Purpose.IDENTITY: workshop.leaf(root, ekus=(workshop.DOCUMENTS,)),
    }
    believed = {
        (purpose, made)
        for purpose in Purpose
        for made, leaf in leaves.items()
        if asked(purpose, [leaf], root).trusted
    }
    # A certificate for documents serves for claims too: C2PA allows it (14.5.1).
    same = {(each, each) for each in Purpose}
    assert believed == same | {(Purpose.CLAIM, Purpose.IDENTITY)}


@pytest.mark.parametrize("ekus", ["C2PA", "EMAIL", "DOCUMENTS"])
def test_every_use_that_c2pa_allows_is_believed(workshop, root, ekus):
    leaf = workshop.leaf(root, ekus=(getattr(workshop, ekus),))
    assert asked(Purpose.CLAIM, [leaf], root) == Belief(True, "Root", "issued below Root")


@pytest.mark.parametrize("ekus", [(), ("SERVER",), ("EMAIL", "TIME")])
def test_other_uses_are_not(workshop, root, ekus):
    leaf = workshop.leaf(root, ekus=tuple(getattr(workshop, each) for each in ekus))
    found = asked(Purpose.CLAIM, [leaf], root)
    assert not found.trusted
    assert "extendedKeyUsage" in found.reason


@pytest.mark.parametrize("usage", [{"usage": False}, {"signs": False}])
def test_a_claim_signer_must_be_allowed_to_sign(workshop, root, usage):
    assert "keyUsage" in asked(Purpose.CLAIM, [workshop.leaf(root, **usage)], root).reason


def test_an_authority_for_time_stamps_vouches_for_no_claim_as_anchor_or_between(workshop, root):
    clocks = workshop.authority("Clocks", root, ekus=(workshop.TIME,))
    leaf = workshop.leaf(clocks)
    for chain, anchor in (([leaf], clocks), ([leaf, clocks], root)):
        found = asked(Purpose.CLAIM, chain, anchor)
        assert (found.trusted, "purpose" in found.reason) == (False, True)
    assert asked(Purpose.TIME, [workshop.clock(clocks), clocks], root).trusted


# -- the path (RFC 5280, 6.1) -----------------------------------------------------------------


def _keys():
    yield "p-256", lambda: ec.generate_private_key(ec.SECP256R1())
    yield "p-384", lambda: ec.generate_private_key(ec.SECP384R1())
    yield "p-521", lambda: ec.generate_private_key(ec.SECP521R1())
    yield "rsa-2048", lambda: rsa.generate_private_key(65537, 2048)
    yield "ed25519", ed25519.Ed25519PrivateKey.generate


@pytest.mark.parametrize("make", [make for _, make in _keys()], ids=[name for name, _ in _keys()])
def test_every_algorithm_of_c2pa_is_believed(workshop, make):
    root = workshop.authority(key=make())
    middle = workshop.authority("Middle", root, key=make())
    leaf = workshop.leaf(middle, key=make())
    assert asked(Purpose.CLAIM, [leaf, middle], root, at=datetime.now(UTC)).trusted


def test_rsa_pss_is_believed(workshop):
    root = workshop.authority(key=rsa.generate_private_key(65537, 2048))
    leaf = workshop.leaf(root)
    pss = padding.PSS(padding.MGF1(SHA256()), 32)
    again = x509.CertificateBuilder(
        leaf.cert.issuer, leaf.cert.subject, leaf.cert.public_key(), leaf.cert.serial_number,
        leaf.cert.not_valid_before_utc, leaf.cert.not_valid_after_utc, list(leaf.cert.extensions),
    ).sign(root.key, SHA256(), rsa_padding=pss)  # fmt: skip
    der = again.public_bytes(Encoding.DER)
    assert judged((der,), Purpose.CLAIM, (root.pem,)).trusted


@pytest.mark.parametrize(
    "key",
    [
        lambda: ec.generate_private_key(ec.SECP256K1()),
        lambda: rsa.generate_private_key(65537, 1024),  # noqa: S505  weak, as is tested
    ],
    ids=["secp256k1", "rsa-1024"],
)
def test_weak_keys_are_not(workshop, root, key):
    assert "too weak" in asked(Purpose.CLAIM, [workshop.leaf(root, key=key())], root).reason


def test_sha_1_below_the_anchor_is_not(tmp_path, workshop, root, openssl):
    """Made by OpenSSL: cryptography signs nothing with SHA-1."""
    leaf = workshop.leaf(root)
    (tmp_path / "root.pem").write_bytes(root.pem + root.key_pem)
    (tmp_path / "key.pem").write_bytes(leaf.key_pem)
    (tmp_path / "ext").write_text("keyUsage=digitalSignature\nextendedKeyUsage=emailProtection\n")
    request = ["req", "-new", "-key", "key.pem", "-subj", "/CN=Old", "-out", "csr"]
    issue = ["x509", "-req", "-in", "csr", "-CA", "root.pem", "-CAkey", "root.pem"]
    issue += ["-CAcreateserial", "-extfile", "ext", "-days", "9", "-outform", "DER", "-out"]
    for words in (request, [*issue, "new", "-sha256"], [*issue, "old", "-sha1"]):
        subprocess.run([openssl, *words], cwd=tmp_path, check=True, capture_output=True)
    new, old = ((tmp_path / name).read_bytes() for name in ("new", "old"))
    assert judged((new,), Purpose.CLAIM, (root.pem,)).trusted
    assert "too weak" in judged((old,), Purpose.CLAIM, (root.pem,)).reason


def test_an_anchor_past_its_date_is_still_yours(workshop):
    root = workshop.authority(days=(-900, -300))
    leaf = workshop.leaf(root)
    assert asked(Purpose.CLAIM, [leaf], root, at=datetime.now(UTC)).trusted
    middle = workshop.authority("Middle", root, days=(-900, -300))
    below = [workshop.leaf(middle), middle]
    assert "Middle expired" in asked(Purpose.CLAIM, below, root, at=datetime.now(UTC)).reason


def test_of_authorities_with_one_name_the_right_one_is_found(workshop, root):
    twins = [workshop.authority("Twin", root) for _ in range(5)]
    leaf = workshop.leaf(twins[3])
    assert asked(Purpose.CLAIM, [leaf, *twins], root).trusted
    cut = [leaf, *twins[:3], workshop.authority("Twin"), twins[3]]
    assert asked(Purpose.CLAIM, cut, root).trusted


def test_a_critical_extension_that_nobody_knows_refuses_the_chain(workshop, root):
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert asked(Purpose.CLAIM, [workshop.leaf(root, more=[(strange, False)])], root).trusted
    bad = workshop.leaf(root, more=[(strange, True)])
    assert "1.2.3.4" in asked(Purpose.CLAIM, [bad], root).reason
    middle = workshop.authority("Middle", root, more=[(strange, True)])
    assert not asked(Purpose.CLAIM, [workshop.leaf(middle), middle], root).trusted


def _limits(permitted=None, excluded=None):
    return [(x509.NameConstraints(permitted, excluded), True)]


def test_name_constraints_hold_for_everything_below(workshop, root):
    country = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "XX")])
    other = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "YY")])
    mine, theirs = ([x509.DirectoryName(each)] for each in (country, other))
    for limits, fine in (
        (_limits(permitted=mine), True),
        (_limits(permitted=theirs), False),
        (_limits(excluded=mine), False),
        (_limits(excluded=theirs), True),
        (_limits(permitted=[x509.DNSName("example.com")]), True),
    ):
        middle = workshop.authority("Middle", root, more=limits)
        assert asked(Purpose.CLAIM, [workshop.leaf(middle), middle], root).trusted is fine
        anchor = workshop.authority("Anchor", more=limits)
        assert asked(Purpose.CLAIM, [workshop.leaf(anchor)], anchor).trusted is fine


@pytest.mark.parametrize(
    ("limit", "name", "fine"),
    [
        (x509.DNSName("example.com"), x509.DNSName("a.example.com"), True),
        (x509.DNSName("example.com"), x509.DNSName("badexample.com"), False),
        (x509.RFC822Name("example.com"), x509.RFC822Name("a@example.com"), True),
        (x509.RFC822Name("example.com"), x509.RFC822Name("a@b.example.com"), False),
        (x509.RFC822Name(".example.com"), x509.RFC822Name("a@b.example.com"), True),
        (x509.RFC822Name("a@example.com"), x509.RFC822Name("b@example.com"), False),
        (
            x509.UniformResourceIdentifier("example.com"),
            x509.UniformResourceIdentifier("https://example.com/"),
            False,
        ),
    ],
)
def test_other_names_are_held_to_constraints_too(workshop, root, limit, name, fine):
    middle = workshop.authority("Middle", root, more=_limits(permitted=[limit]))
    named = [(x509.SubjectAlternativeName([name]), False)]
    leaf = workshop.leaf(middle, more=named)
    assert asked(Purpose.CLAIM, [leaf, middle], root).trusted is fine


# -- pinned keys ------------------------------------------------------------------------------


def test_a_pinned_key_is_believed_without_an_issuer(workshop, root):
    leaf = workshop.leaf(None)
    assert not vouched((leaf.der,), ())
    assert vouched((leaf.der,), (), keys=(public(leaf),))
    found = asked(Purpose.CLAIM, [leaf], keys=(public(leaf),))
    assert found == Belief(True, None, "its own public key is pinned")
    assert not vouched((leaf.der,), (), keys=(public(root),))
    late = datetime.now(UTC) + timedelta(days=900)
    assert not vouched((leaf.der,), (), late, keys=(public(leaf),)), "its dates still count"


def test_a_pinned_authority_vouches_for_nobody_below_it(workshop, root):
    assert not vouched((workshop.leaf(root).der, root.der), (), keys=(public(root),))


@pytest.mark.parametrize("key", [b"", b"-----", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END"])
def test_a_key_that_cannot_be_read_pins_nobody(workshop, root, key):
    assert not vouched((workshop.leaf(root).der,), (), keys=(key,))
    assert vouched((workshop.leaf(root).der,), (root.pem,), keys=(key,))


# -- bytes that mean harm -----------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("number", [0, 1], ids=["signer", "authority"])
def test_a_byte_changed_in_a_chain_is_never_believed_and_never_an_exception(workshop, root, number):
    limits = [x509.DNSName("example.com"), x509.RFC822Name("example.com")]
    middle = workshop.authority("Middle", root, more=_limits(permitted=limits))
    names = [x509.DNSName("a.example.com"), x509.RFC822Name("a@example.com")]
    leaf = workshop.leaf(middle, more=[(x509.SubjectAlternativeName(names), False)])
    chain = [leaf.der, middle.der]
    assert judged(tuple(chain), Purpose.CLAIM, (root.pem,)).trusted
    # The last bytes are the signature, in which spare bits may differ and mean the same.
    for at in range(len(chain[number]) - 80):
        for flip in (0x01, 0x20, 0x80, 0xFF):
            hurt = bytearray(chain[number])
            hurt[at] ^= flip
            told = tuple(bytes(hurt) if i == number else each for i, each in enumerate(chain))
            for purpose in Purpose:
                assert not judged(told, purpose, (root.pem,)).trusted, (at, flip)
            described(bytes(hurt))
