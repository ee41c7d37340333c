"""Time-stamp tokens, made by `openssl ts` and `openssl cms`, whole and tampered with."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.carriers.signed import cbor
from aigclabel.errors import MalformedAsset
from aigclabel.signing.der import element
from aigclabel.signing.pem import certificate_blocks
from aigclabel.signing.tokens import stamp_of, time_trusted

MESSAGE = b"what was signed"
_CONFIG = """
[tsa]
default_tsa = clock
[clock]
dir = .
serial = serial
signer_cert = clock.pem
signer_key = clock.key
{certs}
signer_digest = {digest}
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_alg = {ess}
"""


class Clock:
    """A time-stamp authority of OpenSSL in a folder."""

    def __init__(
        self, openssl, folder, workshop, key=None, *, ess="sha256", certs=True, middle=False
    ):
        self.openssl, self.folder = openssl, folder
        self.root = workshop.authority("Clock root")
        above = workshop.authority("Clock middle", self.root) if middle else self.root
        self.signer = workshop.clock(above, key=key)
        self.config, self.certs = {"ess": ess}, "certs = others.pem" if certs else ""
        (folder / "clock.pem").write_bytes(self.signer.pem)
        (folder / "clock.key").write_bytes(self.signer.key_pem)
        (folder / "others.pem").write_bytes((above.pem if middle else b"") + self.root.pem)
        (folder / "root.pem").write_bytes(self.root.pem)

    def run(self, *words, fails=False):
        done = subprocess.run(
            [self.openssl, *words], check=False, cwd=self.folder, capture_output=True
        )
        assert fails or done.returncode == 0, done.stderr.decode()
        return done

    def answer(self, message=MESSAGE, *, digest="sha256", asks=True, token=False):
        (self.folder / "message").write_bytes(message)
        (self.folder / "clock.cnf").write_text(
            _CONFIG.format(certs=self.certs, digest=digest, **self.config)
        )
        wants = ("-cert",) if asks else ()
        self.run("ts", "-query", "-data", "message", f"-{digest}", *wants, "-out", "query")
        form = ("-token_out",) if token else ()
        out = ("-queryfile", "query", *form, "-out", "reply")
        self.run("ts", "-reply", "-config", "clock.cnf", *out)
        return (self.folder / "reply").read_bytes()

    def confirms(self, token):
        """What OpenSSL says of the same token."""
        (self.folder / "token").write_bytes(token)
        words = ("ts", "-verify", "-data", "message", "-in", "token", "-token_in")
        return self.run(*words, "-CAfile", "root.pem", fails=True).returncode == 0

    @property
    def anchors(self):
        return (self.root.pem,)


@pytest.fixture
def clock(openssl, tmp_path, workshop):
    return Clock(openssl, tmp_path, workshop)


_KEYS = {
    "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
    "p-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p-521": lambda: ec.generate_private_key(ec.SECP521R1()),
}


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("name", _KEYS)
def test_a_token_of_openssl_holds(openssl, tmp_path, workshop, name, digest):
    clock = Clock(openssl, tmp_path, workshop, _KEYS[name](), middle=name == "p-384")
    before = datetime.now(UTC) - timedelta(seconds=2)
    stamp = stamp_of(clock.answer(digest=digest), MESSAGE)
    assert (stamp.ok, stamp.reason, stamp.authority) == (True, "", "Clock")
    assert before <= stamp.at <= datetime.now(UTC) + timedelta(seconds=2)
    assert stamp.chain[0] == clock.signer.der
    assert time_trusted(stamp, clock.anchors)
    assert not time_trusted(stamp, (workshop.authority("Clock root").pem,))
    assert not time_trusted(stamp, ())


def test_the_token_alone_and_the_whole_response_say_the_same(clock):
    assert stamp_of(clock.answer(token=True), MESSAGE).ok
    assert stamp_of(clock.answer(), MESSAGE).nonce > 0


def test_the_older_naming_of_the_certificate_is_read(openssl, tmp_path, workshop):
    clock = Clock(openssl, tmp_path, workshop, ess="sha1")
    assert time_trusted(stamp_of(clock.answer(), MESSAGE), clock.anchors)


def test_a_set_of_certificates_may_stand_in_any_order(openssl, tmp_path, workshop):
    clock = Clock(openssl, tmp_path, workshop, middle=True)
    token = clock.answer(token=True)
    orders = set()
    for _ in range(2):
        stamp = stamp_of(token, MESSAGE)
        assert stamp.chain[0] == clock.signer.der
        assert time_trusted(stamp, clock.anchors)
        orders.add(token)
        # The same certificates the other way round: the set is not what is signed.
        held = (clock.signer.der, *stamp.chain[1:])
        start = min(token.index(each) for each in held)
        whole = sum(map(len, held))
        there = sorted(held, key=token.index, reverse=True)
        token = token[:start] + b"".join(there) + token[start + whole :]
    assert len(orders) == 2


def test_a_token_without_certificates_says_when_and_holds_for_nothing(clock):
    stamp = stamp_of(clock.answer(asks=False), MESSAGE)
    assert (stamp.ok, stamp.chain, stamp.authority) == (False, (), "")
    assert "does not carry" in stamp.reason
    assert not time_trusted(stamp, clock.anchors)


def test_a_token_about_something_else_does_not_hold(clock):
    stamp = stamp_of(clock.answer(), MESSAGE + b"!")
    assert (stamp.ok, stamp.reason) == (False, "the token is about something else")


def test_a_refusal_is_no_stamp(clock):
    clock.answer()
    query = bytearray((clock.folder / "query").read_bytes())
    query[query.index(b"\x02\x01\x01") + 2] = 9  # a version that nobody knows
    (clock.folder / "query").write_bytes(query)
    clock.run("ts", "-reply", "-config", "clock.cnf", "-queryfile", "query", "-out", "no")
    assert stamp_of((clock.folder / "no").read_bytes(), MESSAGE) is None


# -- who may stamp ------------------------------------------------------------------------


def test_a_stamp_is_judged_at_its_own_moment(openssl, tmp_path, workshop):
    clock = Clock(openssl, tmp_path, workshop)
    stamp = stamp_of(clock.answer(), MESSAGE)
    late = workshop.clock(clock.root, days=(-9, -5))
    assert time_trusted(replace(stamp, chain=(clock.signer.der,)), clock.anchors)
    assert not time_trusted(replace(stamp, chain=(late.der,)), clock.anchors)
    then = datetime.now(UTC) - timedelta(days=7)
    assert time_trusted(replace(stamp, chain=(late.der,), at=then), clock.anchors)


@pytest.mark.parametrize("flaw", ["not-critical", "two-purposes", "claims", "authority"])
def test_only_a_certificate_for_time_stamps_and_nothing_else_may_stamp(
    tmp_path, workshop, flaw, clock
):
    root = clock.root
    bad = {
        "not-critical": lambda: workshop.clock(root, critical=False),
        "two-purposes": lambda: workshop.clock(root, ekus=(workshop.TIME, workshop.EMAIL)),
        "claims": lambda: workshop.leaf(root),
        "authority": lambda: workshop.authority("Clock", root),
    }[flaw]()
    stamp = stamp_of(clock.answer(), MESSAGE)
    assert time_trusted(stamp, clock.anchors)
    assert not time_trusted(replace(stamp, chain=(bad.der,)), clock.anchors)


# -- other writers of CMS -------------------------------------------------------------------


def _signed(clock, *options, cades=True):
    """The same TSTInfo, signed by `openssl cms`."""
    clock.answer(token=True)
    take = ("cms", "-verify", "-noverify", "-inform", "DER", "-in", "reply", "-out", "said")
    clock.run(*take)
    marked = ("-cades",) if cades else ()
    kind = ("-econtent_type", "1.2.840.113549.1.9.16.1.4", "-md", "sha256", *marked)
    who = ("-signer", "clock.pem", "-inkey", "clock.key", "-outform", "DER", "-out", "made")
    clock.run("cms", "-sign", "-in", "said", "-binary", "-nodetach", *kind, *who, *options)
    return (clock.folder / "made").read_bytes()


@pytest.mark.parametrize("named", [(), ("-keyid",)], ids=["issuer and serial", "key identifier"])
def test_the_signer_is_the_one_that_is_named(openssl, tmp_path, workshop, named):
    clock = Clock(openssl, tmp_path, workshop)
    decoy = workshop.clock(clock.root, "Decoy")
    (tmp_path / "decoy.pem").write_bytes(decoy.pem)
    stamp = stamp_of(_signed(clock, "-certfile", "decoy.pem", *named), MESSAGE)
    assert (stamp.ok, stamp.authority, len(stamp.chain)) == (True, "Clock", 2)


def test_rsa_pss_is_verified(openssl, tmp_path, workshop):
    clock = Clock(openssl, tmp_path, workshop, _KEYS["rsa-2048"]())
    made = _signed(clock, "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_mgf1_md:sha256")
    assert stamp_of(made, MESSAGE).ok
    # SHA-1 as the mask's digest is what the parameters mean when they leave it out.
    weak = _signed(clock, "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_mgf1_md:sha1")
    assert not stamp_of(weak, MESSAGE).ok


def _tlv(tag, *parts):
    body = b"".join(parts)
    long = len(body).to_bytes(2, "big")
    return bytes([tag]) + (b"\x82" + long if len(body) > 127 else long[1:]) + body


def _oid(dotted):
    return x509.ExtendedKeyUsage([x509.ObjectIdentifier(dotted)]).public_bytes()[2:]


def test_ed25519_is_verified(openssl, tmp_path, workshop):
    """Put together by hand (RFC 8419): OpenSSL 3.0 signs no CMS with Ed25519."""
    clock = Clock(openssl, tmp_path, workshop)
    _signed(clock)
    said = (tmp_path / "said").read_bytes()
    signer = workshop.clock(clock.root, key=workshop.ed25519())
    kind, sha512 = _oid("1.2.840.113549.1.9.16.1.4"), _tlv(0x30, _oid("2.16.840.1.101.3.4.2.3"))
    named = _tlv(0x30, _tlv(0x30, _tlv(0x30, _tlv(4, hashlib.sha256(signer.der).digest()))))
    attributes = b"".join(
        _tlv(0x30, _oid(name), _tlv(0x31, value))
        for name, value in (
            ("1.2.840.113549.1.9.3", kind),
            ("1.2.840.113549.1.9.4", _tlv(4, hashlib.sha512(said).digest())),
            ("1.2.840.113549.1.9.16.2.47", named),
        )
    )

    def token(signature):
        number = x509.SubjectKeyIdentifier.from_public_key(signer.key.public_key()).digest
        who = (_tlv(2, b"\3"), _tlv(0x80, number), sha512, _tlv(0xA0, attributes))
        info = _tlv(0x30, *who, _tlv(0x30, _oid("1.3.101.112")), _tlv(4, signature))
        content = _tlv(0x30, kind, _tlv(0xA0, _tlv(4, said)))
        held = (_tlv(0x31, sha512), content, _tlv(0xA0, signer.der), _tlv(0x31, info))
        data = _tlv(0x30, _tlv(2, b"\3"), *held)
        return _tlv(0x30, _oid("1.2.840.113549.1.7.2"), _tlv(0xA0, data))

    good = stamp_of(token(signer.key.sign(_tlv(0x31, attributes))), MESSAGE)
    assert (good.ok, good.reason) == (True, "")
    assert time_trusted(good, clock.anchors)
    # As it stands in the signer info, with the other tag, it is not what is signed.
    assert not stamp_of(token(signer.key.sign(_tlv(0xA0, attributes))), MESSAGE).ok


def test_a_signature_that_names_no_certificate_by_digest_does_not_hold(clock):
    assert stamp_of(_signed(clock), MESSAGE).ok
    assert "by digest" in stamp_of(_signed(clock, cades=False), MESSAGE).reason


def test_two_signatures_make_no_token(clock, workshop):
    other = workshop.clock(clock.root, "Other")
    (clock.folder / "other.pem").write_bytes(other.pem + other.key_pem)
    two = _signed(clock, "-signer", "other.pem", "-inkey", "other.pem")
    assert stamp_of(two, MESSAGE) is None


# -- bytes that mean harm -------------------------------------------------------------------


def test_a_byte_changed_anywhere_never_changes_what_a_believed_stamp_says(clock):
    token = clock.answer(token=True)
    assert clock.confirms(token), "OpenSSL believes it as well"
    whole = stamp_of(token, MESSAGE)
    loose = set()
    for at in range(len(token)):
        stamp = stamp_of(token[:at] + bytes([token[at] ^ 0x11]) + token[at + 1 :], MESSAGE)
        if stamp and time_trusted(stamp, clock.anchors):
            loose.add(at)
            assert (stamp.at, stamp.nonce, stamp.authority) == (whole.at, whole.nonce, "Clock")
            assert stamp.chain[0] == clock.signer.der
    # Only the root's spare copy and what CMS does not sign may differ: versions, parameters.
    start = token.index(clock.root.der)
    outside = loose - set(range(start, start + len(clock.root.der)))
    assert len(outside) < 60


@given(st.binary(max_size=300))
def test_any_bytes_are_no_token_and_no_exception(data):
    assert stamp_of(data, MESSAGE) is None


def test_cut_off_anywhere_a_token_is_none(clock):
    token = clock.answer()
    for end in range(0, len(token), 7):
        assert stamp_of(token[:end], MESSAGE) is None
    assert stamp_of(token + b"\0" * 300, MESSAGE).ok, "COSE pads"
    assert stamp_of(token + b"\1", MESSAGE) is None


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"\x30\x80\0\0", b"\x30\x85\1\0\0\0\0", b"\x30\x02\1", b"\x1f\1\0"]
)
def test_der_that_cannot_be_read_is_refused(data):
    with pytest.raises(MalformedAsset, match="DER"):
        element(data)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        (b"20261124102522Z", datetime(2026, 11, 24, 10, 25, 22, tzinfo=UTC)),
        (b"20261124102522.5Z", datetime(2026, 11, 24, 10, 25, 22, 500000, tzinfo=UTC)),
        (b"20261124102522", None),
        (b"20261324102522Z", None),
        (b"20261124102522+0100", None),
        (b"20261124102522.Z", None),
    ],
)
def test_a_time_is_utc_to_the_second_or_finer(text, when):
    node = element(bytes([0x18, len(text)]) + text)
    if when:
        assert node.time() == when
    else:
        with pytest.raises(MalformedAsset, match="time"):
            node.time()


# -- a real authority -------------------------------------------------------------------------


def _store(jpeg):
    """The manifest store of a JPEG: APP11 segments put together (ISO 19566-5, D.2)."""
    at, store = 2, b""
    while jpeg[at + 1] != 0xDA:
        length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if jpeg[at + 1] == 0xEB:
            first = jpeg[at + 8 : at + 12] == b"\0\0\0\1"
            store += jpeg[at + (12 if first else 20) : at + 2 + length]
        at += 2 + length
    return store


def _box(store, label):
    start = store.index(b"cbor", store.index(label + b"\0"))
    return store[start + 4 : start - 4 + int.from_bytes(store[start - 4 : start], "big")]


def _bytes(value):
    """A byte string in CBOR, of the lengths met here."""
    short, long = bytes([0x40 + len(value) % 24]), b"\x59" + len(value).to_bytes(2, "big")
    return (short if len(value) < 24 else long) + value


def test_a_token_of_2023_by_a_public_authority_holds(corpus):
    """`sigTst` stamps the claim as a COSE countersignature would (C2PA 1.x, 10.3.2.5)."""
    store = _store((corpus / "c2pa" / "adobe-20220124-C.jpg").read_bytes())
    claim = _box(store, b"c2pa.claim")
    cose = cbor.decode(_box(store, b"c2pa.signature"))
    token = cose[1]["sigTst"]["tstTokens"][0]["val"]
    message = b"\x84\x70CounterSignature" + _bytes(cose[0]) + b"\x40" + _bytes(claim)
    stamp = stamp_of(token, message)
    assert (stamp.ok, stamp.authority) == (True, "DigiCert Timestamp 2022 - 2")
    assert stamp.at == datetime(2023, 1, 24, 14, 48, 56, tzinfo=UTC)
    anchors = tuple(
        x509.load_der_x509_certificate(each).public_bytes(Encoding.PEM) for each in stamp.chain[1:]
    )
    assert time_trusted(stamp, anchors[1:])
    official = (corpus / "trust" / "C2PA-TSA-TRUST-LIST.pem").read_bytes()
    assert not time_trusted(stamp, certificate_blocks(official)), "not on the list of today"
    assert not stamp_of(token, message[:-1] + bytes([message[-1] ^ 1])).ok
