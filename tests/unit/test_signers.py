"""Signers whose key is elsewhere: callables, the forms of signatures, and options of URIs."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from aigclabel import Asset, Declaration, SigningError, TrustStore, UsageError, policy, read, stamp
from aigclabel.signing import Signer
from aigclabel.signing.raw import raw_signature, verifies

DIGESTS = {"es256": SHA256, "es384": SHA384, "es512": SHA512, "ps256": SHA256, "ps512": SHA512}
WIDTHS = {"es256": 64, "es384": 96, "es512": 132, "ed25519": 64, "ps256": 256}


def keys(workshop):
    return {
        "es256": ec.generate_private_key(ec.SECP256R1()),
        "es384": ec.generate_private_key(ec.SECP384R1()),
        "es512": ec.generate_private_key(ec.SECP521R1()),
        "ed25519": workshop.ed25519(),
        "ps256": rsa.generate_private_key(65537, 2048),
    }


def signing(key, algorithm):
    """What a library gives: DER for ECDSA."""

    def sign(data):
        if algorithm == "ed25519":
            return key.sign(data)
        digest = DIGESTS[algorithm]()
        if algorithm.startswith("es"):
            return key.sign(data, ec.ECDSA(digest))
        return key.sign(data, PSS(MGF1(digest), PSS.DIGEST_LENGTH), digest)

    return sign


@pytest.fixture(scope="module")
def root(workshop):
    return workshop.authority()


@pytest.fixture(scope="module")
def leaf(workshop, root):
    return workshop.leaf(root)


@pytest.fixture
def good(leaf):
    return signing(leaf.key, "es256")


# -- callables --------------------------------------------------------------------------


def test_a_callable_signs_with_every_kind_of_key(workshop, root):
    for algorithm, key in keys(workshop).items():
        leaf = workshop.leaf(root, key=key)
        signer = Signer.from_callable(signing(key, algorithm), leaf.pem)
        assert (signer.algorithm, signer.key) == (algorithm, b"")
        raw = raw_signature(signer, b"claim")
        assert len(raw) == WIDTHS[algorithm]
        assert verifies(key.public_key(), algorithm, b"claim", raw)


def test_a_key_at_hand_signs_the_same_way(workshop, root, tmp_path):
    for algorithm, key in keys(workshop).items():
        leaf = workshop.leaf(root, key=key)
        (tmp_path / "all.pem").write_bytes(leaf.key_pem + leaf.pem)
        raw = raw_signature(Signer.from_uri(f"file:{tmp_path / 'all.pem'}"), b"claim")
        assert len(raw) == WIDTHS[algorithm]
        assert verifies(key.public_key(), algorithm, b"claim", raw)


def test_r_and_s_are_taken_as_they_are_and_padded_from_der(leaf):
    """Of 128 signatures one has an r or s that is a byte short, where DER leaves out the zero:
    they are made until there was one."""
    signer = Signer.from_callable(signing(leaf.key, "es256"), leaf.pem)
    seen = set()
    for number in range(10_000):
        data = str(number).encode()
        der = leaf.key.sign(data, ec.ECDSA(SHA256()))
        r, s = decode_dss_signature(der)
        seen |= {(r.bit_length() + 7) // 8, (s.bit_length() + 7) // 8}
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        for form in (der, raw):
            again = Signer(signer.uri, "es256", leaf.pem, sign=lambda _, form=form: form)
            assert raw_signature(again, data) == raw
        if len(seen) > 1:
            break
    assert len(seen) > 1


def test_rsa_may_use_another_hash_and_no_other_key_may(workshop, root, leaf, good):
    key = rsa.generate_private_key(65537, 2048)
    chain = workshop.leaf(root, key=key).pem
    signer = Signer.from_callable(signing(key, "ps512"), chain, algorithm="ps512")
    assert verifies(key.public_key(), "ps512", b"a", raw_signature(signer, b"a"))
    with pytest.raises(SigningError, match="es256, not es512"):
        Signer.from_callable(good, leaf.pem, algorithm="es512")


def test_a_chain_may_be_a_file_and_authorities_are_kept(leaf, root, good, tmp_path):
    (tmp_path / "chain.pem").write_bytes(root.pem + leaf.pem)
    tsas = ("https://a.example", "http://b.example/x")
    signer = Signer.from_callable(good, tmp_path / "chain.pem", uri="house:1", tsa=tsas)
    assert signer.chain == leaf.pem + root.pem
    assert (signer.uri, signer.tsa, signer.tsas) == ("house:1", tsas[0], tsas)
    with pytest.raises(UsageError, match="time-stamp"):
        Signer.from_callable(good, leaf.pem, tsa="ftp://a.example")


def test_a_callable_that_has_no_hash_makes_a_signer_that_has(leaf, good):
    class House(dict):
        def __call__(self, data):
            return good(data)

    signer = Signer.from_callable(House(), leaf.pem)
    assert {signer: 1}[signer] == 1
    assert raw_signature(signer, b"claim")


def _broken(_):
    raise ConnectionError(f"the vault\nis closed {'x' * 500}")


@pytest.mark.parametrize(
    ("sign", "word"),
    [
        (_broken, r"ConnectionError: the vault is closed"),
        (lambda _: None, "NoneType"),
        (lambda _: "text", "str"),
        (lambda _: b"", "no signature"),
        (lambda _: b"\x01" * 63, "63 bytes"),
        (lambda _: b"\x01" * 64, "does not verify"),
        (lambda _: b"\x01" * 100_000, "100000 bytes"),
        (lambda data: data, "no es256 signature"),
    ],
)
def test_what_is_no_signature_is_refused_at_the_start(leaf, sign, word):
    with pytest.raises(SigningError, match=word) as told:
        Signer.from_callable(sign, leaf.pem, uri="house:1")
    assert str(told.value).startswith("house:1")
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 400


def test_the_error_of_a_callable_is_the_cause(leaf, good):
    signer = Signer.from_callable(good, leaf.pem)
    later = Signer(signer.uri, signer.algorithm, signer.chain, sign=_broken)
    for ask in (lambda: Signer.from_callable(_broken, leaf.pem), lambda: raw_signature(later, b"")):
        with pytest.raises(SigningError) as told:
            ask()
        assert isinstance(told.value.__cause__, ConnectionError)


def test_an_interrupt_is_no_signing_error(leaf):
    def stopped(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Signer.from_callable(stopped, leaf.pem)


@pytest.mark.parametrize("other", [SHA384, SHA512])
def test_another_hash_is_refused(leaf, other):
    with pytest.raises(SigningError, match="SHA256"):
        Signer.from_callable(lambda data: leaf.key.sign(data, ec.ECDSA(other())), leaf.pem)


def test_another_salt_is_refused(workshop, root):
    key = rsa.generate_private_key(65537, 2048)
    longest = PSS(MGF1(SHA256()), PSS.MAX_LENGTH)
    with pytest.raises(SigningError, match="salt"):
        Signer.from_callable(
            lambda data: key.sign(data, longest, SHA256()), workshop.leaf(root, key=key).pem
        )


# -- content ----------------------------------------------------------------------------


def test_what_a_callable_signs_is_believed(workshop, root):
    """Every kind of key, through the whole of a stamp."""
    said = Declaration(producer="EXAMPLE-MODELS")
    for algorithm, key in keys(workshop).items():
        leaf = workshop.leaf(root, key=key)
        signer = Signer.from_callable(signing(key, algorithm), leaf.pem)
        done = stamp(Asset.of_text("A short walk."), said, policy("cn.gb45438-2025"), signer)
        seen = read(done, TrustStore((root.pem,))).provenance
        assert (seen.intact, seen.signer_trusted) == (True, True), algorithm


def test_a_stamp_whose_signer_fails_later_says_why(leaf, good):
    signer = replace(Signer.from_callable(good, leaf.pem), sign=_broken)
    with pytest.raises(SigningError, match="the vault is closed") as told:
        stamp(
            Asset.of_text("A short walk."),
            Declaration(producer="EXAMPLE-MODELS"),
            policy("cn.gb45438-2025"),
            signer,
        )
    assert isinstance(told.value.__cause__, ConnectionError)


# -- options ----------------------------------------------------------------------------


def test_every_scheme_takes_time_stamp_options(leaf, root, tmp_path):
    (tmp_path / "a+b.pem").write_bytes(leaf.key_pem + leaf.pem)
    (tmp_path / "TSA.pem").write_bytes(root.pem)
    options = "tsa=https://a.example/x%3Fy&tsa=https://b.example&tsa-policy=prefer&tsa-timeout=2.5"
    options += f"&tsa-trust={tmp_path / 'TSA.pem'}"
    signer = Signer.from_uri(f"file:{tmp_path / 'a+b.pem'}?{options}")
    assert signer.tsas == ("https://a.example/x?y", "https://b.example")
    assert (signer.tsa, signer.tsa_policy, signer.tsa_timeout) == (signer.tsas[0], "prefer", 2.5)
    assert signer.tsa_anchors == (root.pem,)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("tsa-policy=maybe", "require, prefer, off"),
        ("tsa-timeout=0", "seconds"),
        ("tsa-timeout=soon", "seconds"),
        ("tsa-timeout=nan", "seconds"),
        ("tsa=https://", "time-stamp"),
        ("tsa-trust=/dev/null", "no certificate"),
        ("chain=a.pem&chain=b.pem", "once"),
        ("password=hidden", "takes"),
    ],
)
def test_an_option_that_says_nothing_is_refused(leaf, tmp_path, options, word):
    (tmp_path / "all.pem").write_bytes(leaf.key_pem + leaf.pem)
    with pytest.raises(UsageError, match=word) as told:
        Signer.from_uri(f"file:{tmp_path / 'all.pem'}?{options}")
    assert "hidden" not in str(told.value)
