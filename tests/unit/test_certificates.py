"""What a certificate says of itself: names, dates, key, the marks of the conformance programme."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.carriers.signed.certificates import described
from aigclabel.signing.pem import certificate, certificate_blocks

LEVEL, RECORD = "1.3.6.1.4.1.62558.3", "1.3.6.1.4.1.62558.4"
UUID = "0b7cb2c5-6a1c-4a0f-9a3d-6f4a3a0a8c11"


def oid(dotted):
    """DER of an object identifier, by cryptography: the parser here is our own."""
    usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier(dotted)])
    return usage.public_bytes()[2:]


def text(value, tag=0x0C):
    return bytes([tag, len(value)]) + value.encode()


@pytest.fixture(scope="module")
def root(workshop):
    return workshop.authority()


def with_extensions(workshop, root, *extensions):
    more = [
        (x509.UnrecognizedExtension(x509.ObjectIdentifier(name), value), False)
        for name, value in extensions
    ]
    return workshop.leaf(root, more=more).der


def test_names_serial_and_dates_are_what_openssl_prints(tmp_path, workshop, root, openssl):
    leaf = workshop.leaf(root, days=(-3, 100))
    (tmp_path / "leaf.pem").write_bytes(leaf.pem)
    words = ["x509", "-in", "leaf.pem", "-noout", "-subject", "-issuer", "-serial", "-dates"]
    words += ["-nameopt", "RFC2253", "-dateopt", "iso_8601"]
    printed = subprocess.run([openssl, *words], cwd=tmp_path, capture_output=True, check=True)
    said = dict(line.split("=", 1) for line in printed.stdout.decode().splitlines())
    found = described(leaf.der)
    assert (found.subject, found.issuer) == (said["subject"], said["issuer"])
    assert int(found.serial, 16) == int(said["serial"], 16)
    for moment, printed_as in ((found.not_before, "notBefore"), (found.not_after, "notAfter")):
        assert moment == datetime.fromisoformat(said[printed_as]).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: ec.generate_private_key(ec.SECP256R1()), "es256"),
        (lambda: ec.generate_private_key(ec.SECP384R1()), "es384"),
        (lambda: ec.generate_private_key(ec.SECP521R1()), "es512"),
        (lambda: ec.generate_private_key(ec.SECP256K1()), ""),
        (lambda: rsa.generate_private_key(65537, 2048), "ps256"),
        (None, "ed25519"),
    ],
)
def test_the_kind_of_key_in_words_of_c2pa(workshop, root, make, kind):
    key = make() if make else workshop.ed25519()
    assert described(workshop.leaf(root, key=key).der).key == kind


@pytest.mark.parametrize(("last", "level"), [("10", 1), ("20", 2), ("30", None), ("1", None)])
def test_the_assurance_level(workshop, root, last, level):
    der = with_extensions(workshop, root, (LEVEL, oid(f"{LEVEL}.{last}")))
    assert described(der).assurance_level == level


@pytest.mark.parametrize("value", [b"", b"\x02\x01\x02", b"\x06\x00", text(f"{LEVEL}.20"), b"\xff"])
def test_a_level_that_is_written_otherwise_is_none(workshop, root, value):
    found = described(with_extensions(workshop, root, (LEVEL, value)))
    assert found.assurance_level is None
    assert found.subject


@pytest.mark.parametrize(
    ("value", "record"),
    [
        (text(UUID), UUID),
        (text(UUID.upper(), 0x13), UUID),
        (text(UUID, 0x04), None),
        (text("not-a-uuid"), None),
        (text(UUID + "\n"), None),
        (UUID.encode(), None),
    ],
)
def test_the_record_of_the_conforming_product(workshop, root, value, record):
    der = with_extensions(workshop, root, (RECORD, value))
    assert described(der).conformance_record == record


def test_without_the_programme_there_is_neither(workshop, root):
    found = described(workshop.leaf(root).der)
    assert (found.assurance_level, found.conformance_record) == (None, None)


def test_names_are_bounded_and_harmless(workshop, root):
    found = described(workshop.leaf(root, "\x1b[31mred\u202e" + "x" * 40).der)
    assert found.subject.isprintable()
    assert len(found.subject) < 250


@given(st.binary(max_size=200))
def test_what_is_no_certificate_is_none(data):
    assert described(data) is None


def test_every_certificate_of_the_official_lists_is_described(corpus):
    for name, number in (("C2PA-TRUST-LIST.pem", 30), ("C2PA-TSA-TRUST-LIST.pem", 22)):
        blocks = certificate_blocks((corpus / "trust" / name).read_bytes())
        found = [described(certificate(block).public_bytes(Encoding.DER)) for block in blocks]
        assert len(found) == number
        assert all(each.subject and each.issuer and each.key for each in found)
