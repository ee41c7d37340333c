"""A workshop for certificates: chains that serve, and chains that break one rule each."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def pem_of(key, password=b""):
    how = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


@dataclass(frozen=True)
class Issued:
    cert: x509.Certificate
    key: object

    @property
    def pem(self):
        return self.cert.public_bytes(Encoding.PEM)

    @property
    def der(self):
        return self.cert.public_bytes(Encoding.DER)

    @property
    def key_pem(self):
        return pem_of(self.key)


class Workshop:
    """Makes roots, intermediates and leaves; every rule can be broken by an argument."""

    EMAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
    DOCUMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
    SERVER = ExtendedKeyUsageOID.SERVER_AUTH
    TIME = ExtendedKeyUsageOID.TIME_STAMPING
    C2PA = x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1")

    def authority(
        self,
        name="Root",
        issuer=None,
        *,
        ca=True,
        length=None,
        ekus=(),
        key=None,
        more=(),
        days=(-10, 3650),
    ):
        key = key or ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(name, issuer, key, *days)
        builder = builder.add_extension(x509.BasicConstraints(ca, length), True)
        builder = builder.add_extension(self._usage(certs=True), True)
        if ekus:
            builder = builder.add_extension(x509.ExtendedKeyUsage(list(ekus)), False)
        for extension, critical in more:
            builder = builder.add_extension(extension, critical)
        return self._signed(builder, key, issuer)

    def leaf(
        self,
        issuer,
        name="Signer",
        *,
        key=None,
        ekus=(EMAIL,),
        days=(-1, 365),
        ca=False,
        usage=True,
        aki=True,
        signs=True,
        more=(),
    ):
        key = key or ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(name, issuer, key, *days)
        builder = builder.add_extension(x509.BasicConstraints(ca, None), True)
        if usage:
            builder = builder.add_extension(self._usage(certs=not signs), True)
        if ekus:
            builder = builder.add_extension(x509.ExtendedKeyUsage(list(ekus)), False)
        if aki and issuer:
            above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
            builder = builder.add_extension(above, False)
        for extension, critical in more:
            builder = builder.add_extension(extension, critical)
        return self._signed(builder, key, issuer)

    def clock(self, issuer, name="Clock", *, key=None, ekus=(TIME,), critical=True, days=(-1, 365)):
        """A certificate for time stamps; `critical` is what RFC 3161, 2.3 wants of its EKU."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(name, issuer, key, *days)
        builder = builder.add_extension(self._usage(certs=False), True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(list(ekus)), critical)
        held = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        return self._signed(builder.add_extension(held, False), key, issuer)

    def ed25519(self):
        return ed25519.Ed25519PrivateKey.generate()

    def _builder(self, name, issuer, key, start, end):
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(self._name(name))
            .issuer_name(issuer.cert.subject if issuer else self._name(name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=start))
            .not_valid_after(now + timedelta(days=end))
        )

    def _signed(self, builder, key, issuer):
        by = issuer.key if issuer else key
        digest = None if isinstance(by, ed25519.Ed25519PrivateKey) else SHA256()
        return Issued(builder.sign(by, digest), key)

    def _name(self, common):
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"{common} Ltd"),
                x509.NameAttribute(NameOID.COMMON_NAME, common),
            ]
        )

    def _usage(self, *, certs):
        return x509.KeyUsage(not certs, False, False, False, False, certs, False, False, False)


@pytest.fixture(scope="session")
def workshop():
    return Workshop()


@pytest.fixture(scope="session")
def openssl():
    """The path of the openssl program."""
    found = shutil.which("openssl")
    if not found:
        pytest.skip("needs the program openssl")
    return found
