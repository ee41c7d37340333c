"""Revocation from end to end: a response kept in the manifest, one handed in on the command line,
and one that a responder gives when it is asked. OpenSSL answers, others check what we sign."""

from __future__ import annotations

import io
import json
import shutil
import socket
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID as Aia
from interop.test_revocation import Office
from laws.rules import rules
from laws.test_fetch import responder
from unit.test_signed_carrier import content

from aigclabel import Fetcher, FetchError, Signer, SigningError, TrustStore, UsageError, read, stamp
from aigclabel.cli import main
from aigclabel.testing import SAID

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs the program openssl")

LAW = rules("signed-only")
DAY = timedelta(days=1)
KINDS = ("image/jpeg", "image/png", "image/webp", "text/html", "text/plain")


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    (tmp_path / "vendor.pem").write_bytes(made.vendor.pem)
    (tmp_path / "vendor.key").write_bytes(made.vendor.key_pem)
    (tmp_path / "root.pem").write_bytes(made.root.pem)
    return made


def uri(office, response=None):
    """The vendor's signer, with a response to keep."""
    text = f"file:{office.folder}/vendor.key?chain={office.folder}/vendor.pem"
    if response is None:
        return text
    (office.folder / "kept.ocsp").write_bytes(response)
    return f"{text}&ocsp={office.folder}/kept.ocsp"


def trust(office):
    return TrustStore((office.root.pem,))


# -- kept in the manifest ---------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_response_that_the_signer_keeps_is_read_back(office, kind):
    signer = Signer.from_uri(uri(office, office.response()))
    made = stamp(content(kind), SAID, LAW, signer)
    said = read(made, trust(office)).provenance
    assert (said.intact, said.signer_trusted, said.revoked) == (True, True, False)
    assert "by Responder" in said.revocation
    late = read(made, trust(office), context=_at(datetime.now(UTC) + 30 * DAY)).provenance
    assert late.revoked is None


def _at(moment):
    from aigclabel import Context

    return Context(at=moment)


def test_c2pa_rs_finds_it_valid(office):
    import c2pa

    made = stamp(content("image/jpeg"), SAID, LAW, Signer.from_uri(uri(office, office.response())))
    with c2pa.Reader("image/jpeg", io.BytesIO(made.data())) as reader:
        told = json.loads(reader.json())
    failed = {each["code"] for each in told.get("validation_status", ())}
    assert failed <= {"signingCredential.untrusted"}


def test_another_engine_finds_it_valid(office, tmp_path_factory, monkeypatch):
    engine = pytest.importorskip("encypher_c2pa", reason="needs encypher-c2pa")
    home = str(tmp_path_factory.mktemp("home"))
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("XDG_CONFIG_HOME", home)
    signer = Signer.from_uri(uri(office, office.response()))
    made = stamp(content("image/jpeg"), SAID, LAW, signer)
    told = engine.verify(
        made.data(),
        "image/jpeg",
        telemetry=False,
        no_default_trust=True,
        trust_pem=office.root.pem.decode(),
    )
    assert (told["validation_state"], told["hard_binding"]) == ("Trusted", "match")
    assert told["validation_results"]["failure"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_response_has_its_room(office, kind):
    """A responder's certificate that is long makes the answer long: there is room for it."""
    blank = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.25.1"), bytes(20_000))
    ocsp = (x509.oid.ExtendedKeyUsageOID.OCSP_SIGNING,)
    office.responder = office.leaf(office.root, "Responder", ekus=ocsp, more=((blank, False),))
    response = office.response()
    assert len(response) > 20_000
    made = stamp(content(kind), SAID, LAW, Signer.from_uri(uri(office, response)))
    said = read(made, trust(office)).provenance
    assert (said.intact, said.signer_trusted, said.revoked) == (True, True, False)


def test_what_is_no_response_is_refused_when_the_signer_is_made(office):
    blank = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.25.1"), bytes(40_000))
    ocsp = (x509.oid.ExtendedKeyUsageOID.OCSP_SIGNING,)
    office.responder = office.leaf(office.root, "Responder", ekus=ocsp, more=((blank, False),))
    refusal = b"\x30\x03\x0a\x01\x06"  # unauthorized (RFC 6960, 4.2.1)
    for response in (b"", b"junk", office.vendor.pem, office.crl(), refusal, office.response()):
        with pytest.raises(UsageError, match=r"kept\.ocsp"):
            Signer.from_uri(uri(office, response))
    with pytest.raises((UsageError, SigningError), match="does not exist"):
        Signer.from_uri(f"{uri(office)}&ocsp={office.folder}/none")


# -- handed in --------------------------------------------------------------------------


def told(capsys, *words):
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)["provenance"]


@pytest.mark.parametrize("kind", ["response", "crl"])
def test_documents_are_handed_in_on_the_command_line(office, kind, tmp_path, capsys):
    stamp(content("image/jpeg"), SAID, LAW, Signer.from_uri(uri(office))).save(tmp_path / "a.jpg")
    good, back = tmp_path / "good.der", tmp_path / "back.der"
    good.write_bytes(getattr(office, kind)())
    back.write_bytes(getattr(office, kind)(revoked=datetime.now(UTC) - DAY))
    plain = ("read", str(tmp_path / "a.jpg"), "--trust", str(tmp_path / "root.pem"))
    assert told(capsys, *plain)["revoked"] is None
    assert told(capsys, *plain, "--revocation", str(good))["revoked"] is False
    both = ("--revocation", str(good), "--revocation", str(back))
    said = told(capsys, *plain, *both)
    assert (said["revoked"], said["signer_trusted"], said["intact"]) == (True, False, True)


def test_a_list_in_pem_serves_and_other_files_are_refused(office, tmp_path, capsys):
    stamp(content("image/jpeg"), SAID, LAW, Signer.from_uri(uri(office))).save(tmp_path / "a.jpg")
    office.crl(revoked=datetime.now(UTC) - DAY)
    plain = ("read", str(tmp_path / "a.jpg"), "--trust", str(tmp_path / "root.pem"))
    assert told(capsys, *plain, "--revocation", str(tmp_path / "list.pem"))["revoked"] is True
    assert main([*plain, "--revocation", str(tmp_path / "root.pem")]) == 2
    assert "no OCSP response or revocation list" in capsys.readouterr().err
    assert main([*plain[:2], "--revocation", str(tmp_path / "list.pem")]) == 2
    assert "--trust" in capsys.readouterr().err


# -- asked ------------------------------------------------------------------------------


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def named(office, port):
    """Content by a signer whose certificate names the responder at a port of this machine."""
    url = x509.UniformResourceIdentifier(f"http://localhost:{port}/")
    access = x509.AuthorityInformationAccess([x509.AccessDescription(Aia.OCSP, url)])
    office.vendor = office.leaf(office.root, "Vendor", more=((access, False),))
    (office.folder / "vendor.pem").write_bytes(office.vendor.pem)
    (office.folder / "vendor.key").write_bytes(office.vendor.key_pem)
    return stamp(content("image/jpeg"), SAID, LAW, Signer.from_uri(uri(office)))


@contextmanager
def answering(office, port, *, revoked):
    (office.folder / "ca.pem").write_bytes(office.root.pem)
    (office.folder / "ca.key").write_bytes(office.root.key_pem)
    serial = office.vendor.cert.serial_number
    with responder(office.folder, port, serial, revoked=revoked):
        yield Fetcher((f"http://localhost:{port}",), timeout=5, allow_private=True)


@pytest.mark.parametrize("revoked", [False, True])
def test_the_responder_that_a_certificate_names_is_asked(office, port, revoked):
    made = named(office, port)
    assert read(made, trust(office)).provenance.revoked is None
    with answering(office, port, revoked=revoked) as fetcher:
        evidence = read(made, trust(office), fetch=fetcher)
    said = evidence.provenance
    assert (said.intact, said.revoked, said.signer_trusted) == (True, revoked, not revoked)
    assert not any(each.carrier == "fetch" for each in evidence.faults)


def test_an_answer_by_another_authority_changes_nothing(office, port):
    made = named(office, port)
    root, office.root = office.root, office.authority("Root")
    with answering(office, port, revoked=True) as fetcher:
        said = read(made, TrustStore((root.pem,)), fetch=fetcher).provenance
    assert (said.revoked, said.signer_trusted) == (None, True)


class Own:
    """A caller's own way to ask."""

    def __init__(self, answer):
        self.answer = answer

    def get(self, url):
        raise AssertionError(url)

    def post(self, *_):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("fetcher", "why"),
    [
        (Fetcher(("example.com",)), "not among those named"),
        (Own(b"junk"), "no OCSP response"),
        (Own(None), "no OCSP response"),
        (Own(b"\x30\x03\x0a\x01\x06"), "unauthorized"),
        (Own(FetchError("no way")), "no way"),
        (Own(RuntimeError("secret")), "RuntimeError"),
    ],
)
def test_a_failure_is_a_fault_and_no_verdict(office, port, fetcher, why):
    made = named(office, port)
    evidence = read(made, trust(office), fetch=fetcher)
    (fault,) = (each for each in evidence.faults if each.carrier == "fetch")
    assert why in fault.reason
    assert "secret" not in fault.reason
    assert fault.layers == ()
    said = evidence.provenance
    assert (said.intact, said.revoked, said.signer_trusted) == (True, None, True)


def test_a_signer_whose_certificate_names_nobody_is_no_fault(office):
    made = stamp(content("image/jpeg"), SAID, LAW, Signer.from_uri(uri(office)))
    evidence = read(made, trust(office), fetch=Own(AssertionError()))
    assert not any(each.carrier == "fetch" for each in evidence.faults)


def test_without_the_issuer_nobody_is_asked(office, port):
    evidence = read(named(office, port), fetch=Own(AssertionError()))
    (fault,) = (each for each in evidence.faults if each.carrier == "fetch")
    assert "issuer" in fault.reason
