"""Reading, verifying, peeking and stamping open no socket, not even from native code."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from laws import samples
from laws.rules import rules
from laws.worlds import _cert, _name

from aigclabel import Signer, stamp
from aigclabel.testing import SAID

ROOT = Path(__file__).parents[2]
ELSEWHERE = b"http://127.0.0.1:9/elsewhere.c2pa"
"""A port where nobody listens: who asks it opens a socket first."""
CHILD = """
import socket, sys
opened = []
sys.addaudithook(lambda event, told: event.startswith("socket.") and opened.append(event))
def refuse(*_, **__): raise AssertionError("a socket")
socket.socket.__init__ = socket.create_connection = socket.getaddrinfo = refuse
from aigclabel import Declaration, TrustStore, peek, policy, read, stamp, verify
said, rules = Declaration(producer="EXAMPLE-MODELS"), policy("cn.gb45438-2025")
trust = TrustStore.of(sys.argv[1])
present = 0
for name in sys.argv[2:]:
    present += read(name, trust).provenance.present
    verify(name, rules, trust)
    peek(name)
    try:
        stamp(name, said, rules)
    except Exception as wrong:
        print(type(wrong).__name__, wrong)
assert not opened, opened
print("present", present)
"""
ASKS = """
import io, sys
from c2pa import Context, Reader
told = {"verify": {"remote_manifest_fetch": True}}
try:
    Reader("image/jpeg", open(sys.argv[1], "rb"), context=Context.from_dict(told))
except Exception as wrong:
    print(wrong)
"""


def signer_with_responder(folder):
    """One whose certificate names an OCSP responder and where its issuer is to be had."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import AuthorityInformationAccessOID as Aia
    from cryptography.x509.oid import ExtendedKeyUsageOID as Eku

    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    root = _cert(_name("A root"), _name("A root"), keys[0], keys[0], ca=True)
    place = x509.UniformResourceIdentifier("http://127.0.0.1:9/ocsp")
    leaf = _cert(
        _name("A signer"),
        _name("A root"),
        keys[1],
        keys[0],
        x509.ExtendedKeyUsage([Eku.EMAIL_PROTECTION]),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key()),
        x509.AuthorityInformationAccess(
            [x509.AccessDescription(each, place) for each in (Aia.OCSP, Aia.CA_ISSUERS)]
        ),
    )
    pem = serialization.Encoding.PEM
    private = keys[1].private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    (folder / "chain.pem").write_bytes(leaf.public_bytes(pem) + root.public_bytes(pem))
    (folder / "anchor.pem").write_bytes(root.public_bytes(pem))
    return Signer.from_uri(f"file:{folder / 'key.pem'}?chain={folder / 'chain.pem'}")


def packet():
    said = b"http://purl.org/dc/terms/"
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf'
        b'-syntax-ns#"><rdf:Description xmlns:dcterms="' + said + b'" dcterms:provenance="'
        + ELSEWHERE + b'"/></rdf:RDF></x:xmpmeta>'
    )  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Everything that could make a reader ask somebody."""
    folder = tmp_path_factory.mktemp("files")
    signer = signer_with_responder(folder)
    out = [stamp(name, SAID, rules("signed-only"), signer).save(folder / f"signed{number}.bin")
           for number, name in enumerate(_pictures(folder))]  # fmt: skip
    remote = folder / "remote.jpg"
    samples.picture().save(remote, "JPEG", xmp=packet())
    link = b'<html><head><link rel="c2pa-manifest" href="' + ELSEWHERE + b'"></head></html>'
    (folder / "remote.html").write_bytes(link)
    entity = b'<!DOCTYPE svg SYSTEM "' + ELSEWHERE + b'"><svg xmlns="http://www.w3.org/2000/svg"/>'
    (folder / "remote.svg").write_bytes(entity)
    corpus = os.environ.get("AIGCLABEL_CORPUS")
    named = sorted(Path(corpus).glob("*/*.[ajps]*g")) if corpus else []
    return [folder / "anchor.pem", *out, remote, *folder.glob("remote.[hs]*"), *named]


def _pictures(folder):
    for kind in ("JPEG", "PNG", "WEBP"):
        path = folder / f"bare.{kind.lower()}"
        samples.picture().save(path, kind)
        yield path


def run(code, *arguments, under=()):
    return subprocess.run(
        [*under, sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip


def test_no_verb_opens_a_socket_in_python(files):
    out = run(CHILD, *files).stdout
    assert int(out.split()[-1]) >= 3


@pytest.fixture
def strace():
    found = shutil.which("strace")
    if not found:
        pytest.skip("needs the program strace")
    return found


def sockets(log):
    """What asks a network; a socket of the machine's own (AF_UNIX) is how names of users are
    looked up."""
    return [line for line in re.findall(r"(?:socket|connect)\(.*", log.read_text()) if
            "AF_UNIX" not in line and "AF_LOCAL" not in line]  # fmt: skip


def test_no_verb_opens_a_socket_in_native_code(files, strace, tmp_path):
    log = tmp_path / "log"
    under = (strace, "-f", "-qq", "-e", "trace=network", "-o", str(log))
    out = run(CHILD, *files, under=under).stdout
    assert int(out.split()[-1]) >= 3
    assert sockets(log) == []


def test_a_reader_that_asks_would_show(files, strace, tmp_path):
    """What c2pa does by default with the same file, so that the test above can fail."""
    log = tmp_path / "log"
    under = (strace, "-f", "-qq", "-e", "trace=network", "-o", str(log))
    remote = next(each for each in files if each.name == "remote.jpg")
    run(ASKS, remote, under=under)
    assert any("127.0.0.1" in line for line in sockets(log))
