"""Revocation by what OpenSSL says: its OCSP responder and its revocation lists."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st
from unit.conftest import Workshop
from unit.test_signed_carrier import changed, content, flipped, sign, signer_of, view_of

from aigclabel.carriers.signed import SignedCarrier
from aigclabel.provenance import Trust
from aigclabel.signing.revocation import Revocation, parsed, revocation

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs the program openssl")

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
_CONFIG = """
[ca]
default_ca = here
[here]
database = index.txt
crlnumber = crlnumber
default_md = sha256
default_crl_days = 2
"""


class Office(Workshop):
    """Certificates, and an authority of OpenSSL in a folder that answers for them."""

    def __init__(self, folder):
        self.folder = folder
        self.root = self.authority("Root")
        self.vendor = self.leaf(self.root, "Vendor", days=(-5, 365))
        self.responder = self.leaf(
            self.root, "Responder", ekus=(ExtendedKeyUsageOID.OCSP_SIGNING,), days=(-30, 365)
        )
        (folder / "ca.cnf").write_text(_CONFIG)
        (folder / "crlnumber").write_text("01\n")

    def _usage(self, *, certs):
        return x509.KeyUsage(not certs, False, False, False, False, certs, certs, False, False)

    def run(self, *words):
        done = subprocess.run(
            ["openssl", *words], check=False, cwd=self.folder, capture_output=True
        )
        assert done.returncode == 0, done.stderr.decode()

    def _keep(self, *, cert, revoked=None, reason="", listed=True):
        """The register: one certificate, valid or taken back at a moment."""
        (self.folder / "index.txt.attr").write_text("unique_subject = no\n")
        when = f"{revoked:%y%m%d%H%M%SZ}" if revoked else ""
        back = ",".join(filter(None, (when, reason))) if revoked else ""
        line = "\t".join(
            (
                "R" if revoked else "V",
                f"{cert.cert.not_valid_after_utc:%y%m%d%H%M%SZ}",
                back,
                f"{cert.cert.serial_number:X}".zfill(40),
                "unknown",
                "/CN=somebody",
            )
        )
        (self.folder / "index.txt").write_text(line + "\n" if listed else "")

    def response(self, *, by=None, issuer=None, cert=None, days=2, **how):
        """An OCSP response on a certificate (the vendor's), signed by the responder."""
        cert, issuer, by = cert or self.vendor, issuer or self.root, by or self.responder
        self._keep(cert=cert, **how)
        for name, each in (("cert", cert), ("issuer", issuer), ("by", by)):
            (self.folder / f"{name}.pem").write_bytes(each.pem)
            (self.folder / f"{name}.key").write_bytes(each.key_pem)
        asked = ("-issuer", "issuer.pem", "-cert", "cert.pem", "-no_nonce", "-reqout", "asked")
        self.run("ocsp", *asked)
        signed = ("-rsigner", "by.pem", "-rkey", "by.key", "-respout", "answer")
        until = ("-ndays", str(days)) if days else ()
        base = ("-index", "index.txt", "-CA", "issuer.pem", "-reqin", "asked")
        self.run("ocsp", *base, *signed, *until)
        return (self.folder / "answer").read_bytes()

    def crl(self, *, issuer=None, cert=None, **how):
        """A revocation list."""
        issuer = issuer or self.root
        self._keep(cert=cert or self.vendor, **how)
        (self.folder / "issuer.pem").write_bytes(issuer.pem)
        (self.folder / "issuer.key").write_bytes(issuer.key_pem)
        words = ("-config", "ca.cnf", "-cert", "issuer.pem", "-keyfile", "issuer.key")
        self.run("ca", "-gencrl", *words, "-out", "list.pem")
        self.run("crl", "-in", "list.pem", "-outform", "DER", "-out", "list")
        return (self.folder / "list").read_bytes()

    def ask(self, *documents, moment=None, chain=None):
        chain = chain or (self.vendor.der,)
        return revocation(chain, (self.root.pem,), parsed(documents), moment or datetime.now(UTC))


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return Office(tmp_path_factory.mktemp("office"))


BOTH = pytest.mark.parametrize("kind", ["response", "crl"])
NAMES = {
    "response": f"OCSP response of {NOW:%Y-%m-%d} by Responder",
    "crl": f"certificate revocation list of {NOW:%Y-%m-%d} by Root",
}


# -- what documents say -----------------------------------------------------------------


@BOTH
def test_good_is_good_while_it_covers_the_moment(office, kind):
    document = getattr(office, kind)()
    for days, revoked, end in (
        (0, False, "good"),
        (-3, False, "good"),
        (1, False, "good"),
        (3, None, f"good, but stale since {datetime.now(UTC) + 2 * DAY:%Y-%m-%d}"),
    ):
        told = office.ask(document, moment=datetime.now(UTC) + days * DAY)
        assert told == Revocation(revoked, f"{NAMES[kind]}: {end}"), days


@BOTH
@pytest.mark.parametrize(
    ("reason", "ago", "moment", "revoked"),
    [
        # Revoked before the moment that counts, for whatever reason.
        ("", 2, 0, True),
        ("superseded", 2, 0, True),
        ("keyCompromise", 2, 0, True),
        # Revoked after it: good then, unless the key was no longer the signer's alone.
        ("superseded", 2, -3, False),
        ("cessationOfOperation", 2, -3, False),
        ("", 2, -3, False),
        ("keyCompromise", 2, -3, True),
        ("CACompromise", 2, -3, True),
        # A revocation stays, however old the document is.
        ("superseded", 2, 60, True),
    ],
)
def test_revoked_by_when_and_why(office, kind, reason, ago, moment, revoked):
    when = NOW - ago * DAY
    document = getattr(office, kind)(revoked=when, reason=reason)
    told = office.ask(document, moment=NOW + moment * DAY)
    assert told.revoked is revoked
    assert f"{when:%Y-%m-%d}" in told.words
    assert (reason or "no reason given").lower() in told.words.lower()


def test_a_responder_that_does_not_know_says_nothing(office):
    told = office.ask(office.response(listed=False))
    assert told.revoked is None
    assert told.words.endswith("the responder does not know the certificate")


def test_the_issuer_itself_may_answer(office):
    told = office.ask(office.response(by=office.root))
    assert told == Revocation(False, f"OCSP response of {NOW:%Y-%m-%d} by Root: good")


def test_a_response_without_next_update_is_of_its_moment_only(office):
    document = office.response(days=0)
    assert office.ask(document, moment=NOW - DAY).revoked is False
    late = office.ask(document, moment=datetime.now(UTC) + timedelta(hours=1))
    assert late.revoked is None
    assert "stale" in late.words


def test_rsa_serves_too(tmp_path):
    office = Office(tmp_path)
    key = rsa.generate_private_key(65537, 2048)
    office.responder = office.leaf(
        office.root, "Responder", key=key, ekus=(ExtendedKeyUsageOID.OCSP_SIGNING,)
    )
    assert office.ask(office.response()).revoked is False


def responders(office):
    """Nobody of these may answer for the root."""
    ocsp = (ExtendedKeyUsageOID.OCSP_SIGNING,)
    stranger = office.authority("Stranger")
    middle = office.authority("Middle", office.root)
    return {
        "no such usage": office.leaf(office.root, "Responder"),
        "the signer": office.vendor,
        "another root": office.leaf(stranger, "Responder", ekus=ocsp),
        "below an intermediate": office.leaf(middle, "Responder", ekus=ocsp),
        "expired": office.leaf(office.root, "Responder", ekus=ocsp, days=(-9, -1)),
        "a root of the same name": office.authority("Root"),
    }


@pytest.mark.parametrize(
    "name",
    [
        "no such usage",
        "the signer",
        "another root",
        "below an intermediate",
        "expired",
        "a root of the same name",
    ],
)
@pytest.mark.parametrize("how", [{}, {"revoked": NOW - 2 * DAY}])
def test_a_wrong_responder_says_nothing(office, name, how):
    told = office.ask(office.response(by=responders(office)[name], **how))
    assert told.revoked is None
    assert told.words.endswith("signed by nobody who may answer for the issuer")


@BOTH
def test_documents_on_others_say_nothing(office, kind):
    """On another certificate, and on one with the same number below another root."""
    other = office.authority("Stranger")
    twin = SimpleNamespace(
        cert=office.vendor.cert, pem=office.leaf(other, "Twin").pem, key_pem=office.vendor.key_pem
    )
    elsewhere = getattr(office, kind)(issuer=other, cert=twin, revoked=NOW - 2 * DAY)
    assert office.ask(elsewhere) == Revocation()
    if kind == "response":
        another = office.leaf(office.root, "Another")
        assert office.ask(office.response(cert=another, revoked=NOW - 2 * DAY)) == Revocation()


def test_a_list_of_a_false_root_says_nothing(office):
    document = office.crl(issuer=office.authority("Root"), revoked=NOW - 2 * DAY)
    told = office.ask(document)
    assert told.revoked is None
    assert told.words.endswith("signed by somebody else")


@BOTH
def test_a_changed_byte_never_makes_revoked_good(office, kind):
    document = getattr(office, kind)(revoked=NOW - 2 * DAY, reason="superseded")
    for at in range(len(document)):
        told = office.ask(flipped(document, at))
        assert told.revoked is not False, at
    sound = getattr(office, kind)()
    for at in range(len(sound)):
        told = office.ask(flipped(sound, at))
        assert told.revoked is not True, at


@given(st.binary(max_size=80))
def test_any_bytes_say_nothing(junk):
    shop = Workshop()
    assert parsed((junk,)) == ()
    root = shop.authority()
    told = revocation((shop.leaf(root).der, junk), (root.pem, junk), (), NOW)
    assert told == Revocation()


def test_the_gravest_of_several_counts(office):
    good, unknown = office.response(), office.response(listed=False)
    back = office.crl(revoked=NOW - 2 * DAY)
    assert office.ask(unknown, good).revoked is False
    assert office.ask(good, back, unknown).revoked is True
    assert office.ask(b"junk", unknown).revoked is None


def test_a_revoked_authority_takes_all_below_along(office):
    middle = office.authority("Middle", office.root)
    leaf = office.leaf(middle, "Vendor")
    chain = (leaf.der, middle.der)
    for document in (
        office.response(cert=middle, revoked=NOW - 2 * DAY),
        office.crl(cert=middle, revoked=NOW - 2 * DAY),
    ):
        told = office.ask(document, chain=chain)
        assert told.revoked
        assert told.words.startswith("the authority above the signer: ")
    assert office.ask(office.response(cert=middle), chain=chain) == Revocation()


# -- what follows for a file ------------------------------------------------------------


def read(asset, office, *documents, at=None):
    view = replace(view_of(asset, office.root, at=at), revocations=documents)
    return SignedCarrier().read(view)


@BOTH
def test_a_revoked_signer_is_not_trusted_and_the_content_is_intact(office, kind):
    signed = sign(content(), signer_of(office.vendor))
    good = read(signed, office, getattr(office, kind)()).provenance
    assert (good.revoked, good.signer_trusted) == (False, True)
    assert good.revocation == f"{NAMES[kind]}: good"
    assert good.codes == ("signingCredential.ocsp.notRevoked",)
    back = getattr(office, kind)(revoked=NOW - DAY, reason="superseded")
    seen = read(signed, office, back)
    told = seen.provenance
    assert (told.intact, told.revoked, told.signer_trusted) == (True, True, False)
    assert told.codes == ("signingCredential.ocsp.revoked",)
    assert {each.trust for each in seen.found} == {Trust.INTACT}
    before = read(signed, office, back, at=NOW - 2 * DAY).provenance
    assert (before.revoked, before.signer_trusted) == (False, True)


def test_a_revoked_parent_is_not_trusted(office):
    platform = signer_of(office.leaf(office.root, "Platform"))
    twice = sign(sign(content(), signer_of(office.vendor)), platform, ())
    good = read(twice, office, office.response()).provenance
    assert (good.ingredients.worst, good.revoked) == ("trusted", None)
    told = read(twice, office, office.response(revoked=NOW - DAY)).provenance
    assert (told.signer_trusted, told.revoked) == (True, None)
    assert told.ingredients.worst == "untrusted"


def stapled(asset, response):
    """The response in the unprotected header of the signature, out of its padding."""
    data = asset.data()
    at = data.index(b"\xa1\x63pad\x59")
    size = int.from_bytes(data[at + 6 : at + 8], "big")
    held = b"\x65rVals\xa1\x68ocspVals\x81\x59" + len(response).to_bytes(2, "big") + response
    rest = size - len(held)
    assert rest > 100, "the padding is too short for this test"
    pad = b"\x63pad\x59" + rest.to_bytes(2, "big") + bytes(rest)
    return changed(asset, data[:at] + b"\xa2" + held + pad + data[at + 8 + size :])


@pytest.mark.parametrize("how", [{}, {"revoked": NOW - DAY}])
def test_a_stapled_response_counts_like_one_at_hand(office, how):
    signed = sign(content(), signer_of(office.vendor))
    made = stapled(signed, office.response(by=office.root, **how))
    told = read(made, office).provenance
    assert (told.intact, told.revoked) == (True, bool(how))
    assert told.signer_trusted is not bool(how)
    assert told.revocation.startswith("OCSP response of")


def test_a_stapled_response_by_nobody_changes_nothing(office):
    signed = sign(content(), signer_of(office.vendor))
    stranger = office.authority("Root")
    forged = office.response(by=stranger, issuer=office.root, revoked=NOW - DAY)
    told = read(stapled(signed, forged), office).provenance
    assert (told.intact, told.revoked, told.signer_trusted) == (True, None, True)


def test_ecdsa_of_other_curves_serves(tmp_path):
    office = Office(tmp_path)
    key = ec.generate_private_key(ec.SECP384R1())
    ocsp = (ExtendedKeyUsageOID.OCSP_SIGNING,)
    office.responder = office.leaf(office.root, "Responder", key=key, ekus=ocsp)
    assert office.ask(office.response()).revoked is False
