"""Servers that sign, as they should or not."""

import pickle
import socket
import ssl
import threading
import time
import traceback
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from servers.workers import elsewhere, signed
from unit.conftest import pem_of

from aigclabel import SigningError, UsageError
from aigclabel.signing import Signer
from aigclabel.signing.raw import raw_signature, verifies

BEARER = "tk-hidden-4711"


@pytest.fixture(scope="module")
def leaf(workshop):
    return workshop.leaf(workshop.authority())


class House(BaseHTTPRequestHandler):
    """A server of the house, which misbehaves as its path says."""

    def do_POST(self):
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(dict(self.headers))
        kind = self.path.strip("/")
        if kind == "token" and self.headers["Authorization"] != f"Bearer {BEARER}":
            return self._answer(401, b"")
        if kind == "moved":
            self.send_response(302)
            self.send_header("Location", "/good")
            return self.end_headers()
        answers = {
            "short": b"\x01" * 20,
            "wrong": self.server.other.sign(data, ec.ECDSA(SHA256())),
            "endless": b"\x00" * 1_000_000,
            "empty": b"",
        }
        if kind == "silent":
            return self.server.stop.wait(20)
        if kind in {"drip", "drip-head"}:
            return self._drip(kind)
        good = self.server.key.sign(data, ec.ECDSA(SHA256()))
        return self._answer(500 if kind == "fails" else 200, answers.get(kind, good))

    def _answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, kind):
        self.send_response(200)
        if kind == "drip":
            self.end_headers()
        else:
            self.flush_headers()
        while not self.server.stop.wait(0.05):
            self.wfile.write(b"\x01")

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def house(leaf, workshop, tmp_path_factory):
    server = ThreadingHTTPServer(("127.0.0.1", 0), House)
    server.key, server.other = leaf.key, workshop.leaf(workshop.authority()).key
    server.seen, server.stop = [], threading.Event()
    server.chain = tmp_path_factory.mktemp("house") / "chain.pem"
    server.chain.write_bytes(leaf.pem)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.stop.set()
    server.shutdown()
    server.server_close()


def remote(house, path, more=""):
    port = house.server_port
    return f"remote:http://127.0.0.1:{port}/{path}?chain={house.chain}&timeout=0.6{more}"


def test_a_server_signs(house, leaf):
    signer = Signer.from_uri(remote(house, "good"))
    assert (signer.algorithm, signer.key) == ("es256", b"")
    assert signer.uri == f"remote:http://127.0.0.1:{house.server_port}/good"
    raw = raw_signature(signer, b"claim")
    assert verifies(leaf.key.public_key(), "es256", b"claim", raw)
    told = house.seen[-1]
    assert told["Aigclabel-Algorithm"] == "es256"
    assert told["Content-Type"] == "application/octet-stream"
    assert "Authorization" not in told


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("silent", "within 0.6 seconds"),
        ("drip", "within 0.6 seconds"),
        ("drip-head", "within 0.6 seconds"),
        ("short", "20 bytes"),
        ("wrong", "fits the chain"),
        ("fails", "answers 500"),
        ("moved", "answers 302"),
        ("endless", "more than a signature"),
        ("empty", "no signature"),
        ("token", "answers 401"),
    ],
)
def test_a_server_that_misbehaves_is_told_in_one_line(house, kind, word):
    start = time.monotonic()
    with pytest.raises(SigningError, match=word) as told:
        Signer.from_uri(remote(house, kind))
    assert "\n" not in str(told.value)
    assert time.monotonic() - start < 15, "a time-out that holds"


def test_nobody_there_is_told(house):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SigningError, match="does not answer") as told:
        Signer.from_uri(f"remote:http://localhost:{port}/?chain={house.chain}")
    assert isinstance(told.value.__cause__, OSError)


def test_the_bearer_token_comes_from_the_environment_and_is_never_told(house, monkeypatch):
    monkeypatch.setenv("HOUSE_TOKEN", f"{BEARER}\n")
    signer = Signer.from_uri(remote(house, "token", "&token-env=HOUSE_TOKEN"))
    assert raw_signature(signer, b"claim")
    assert BEARER.encode() not in pickle.dumps(signer)
    assert BEARER not in repr(signer) + repr(signer.sign)
    for bad in ("", f"{BEARER}\r\nHost: other.example", f"{BEARER} é"):
        monkeypatch.setenv("HOUSE_TOKEN", bad)
        with pytest.raises(SigningError, match="HOUSE_TOKEN") as told:
            raw_signature(signer, b"claim")
        assert BEARER not in "".join(traceback.format_exception(told.value))


@pytest.mark.parametrize(
    "url",
    [
        "http://sign.example/",
        "ftp://127.0.0.1/",
        "https:///path",
        "sign.example",
        "https://user:hidden@sign.example/",
        "https://sign.example:port/",
        "https://sign.example/a b",
        "https://[::1/",
    ],
)
def test_only_https_or_this_machine(house, url):
    with pytest.raises(UsageError) as told:
        Signer.from_uri(f"remote:{url}?chain={house.chain}")
    assert "hidden" not in str(told.value)


@pytest.fixture
def secure(house, tmp_path):
    """The same server behind TLS, with a certificate that only `own.pem` vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, SHA256())
    )
    (tmp_path / "own.pem").write_bytes(cert.public_bytes(Encoding.PEM))
    (tmp_path / "tls.pem").write_bytes(pem_of(key) + cert.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "tls.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), House)
    server.key, server.other, server.seen, server.stop = house.key, house.other, [], house.stop
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # a handshake that the client gives up
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"remote:https://localhost:{server.server_port}/good?chain={house.chain}", tmp_path
    server.shutdown()
    server.server_close()


def test_a_server_must_prove_who_it_is(secure):
    uri, folder = secure
    assert raw_signature(Signer.from_uri(f"{uri}&ca={folder / 'own.pem'}"), b"claim")
    with pytest.raises(SigningError, match="CERTIFICATE_VERIFY_FAILED"):
        Signer.from_uri(uri)
    with pytest.raises(SigningError, match="CERTIFICATE_VERIFY_FAILED"):
        Signer.from_uri(f"{uri.replace('localhost', '127.0.0.1')}&ca={folder / 'own.pem'}")


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_ask_the_server(house, leaf, method):
    signer = Signer.from_uri(remote(house, "good", "&tsa=https://a.example"))
    assert pickle.loads(pickle.dumps(signer)) == signer  # noqa: S301  our own
    raw = elsewhere(signed, signer, b"claim", method=method)
    assert verifies(leaf.key.public_key(), "es256", b"claim", raw)
