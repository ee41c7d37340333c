"""Signers whose key is elsewhere: callables, and servers that answer as they should or do not."""

import multiprocessing
import pickle
import socket
import ssl
import threading
import time
import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from unit.conftest import pem_of

from aigclabel import Asset, Declaration, SigningError, TrustStore, UsageError, policy, read, stamp
from aigclabel.signing import Signer
from aigclabel.signing.raw import raw_signature, verifies

DIGESTS = {"es256": SHA256, "es384": SHA384, "es512": SHA512, "ps256": SHA256, "ps512": SHA512}
WIDTHS = {"es256": 64, "es384": 96, "es512": 132, "ed25519": 64, "ps256": 256}
BEARER = "tk-hidden-4711"


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
    """256 signatures hold some whose r or s is a byte short, where DER leaves out the zero."""
    signer = Signer.from_callable(signing(leaf.key, "es256"), leaf.pem)
    seen = set()
    for number in range(256):
        data = str(number).encode()
        der = leaf.key.sign(data, ec.ECDSA(SHA256()))
        r, s = decode_dss_signature(der)
        seen |= {(r.bit_length() + 7) // 8, (s.bit_length() + 7) // 8}
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        for form in (der, raw):
            again = Signer(signer.uri, "es256", leaf.pem, sign=lambda _, form=form: form)
            assert raw_signature(again, data) == raw
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


# -- a server ---------------------------------------------------------------------------


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


def _sign_with(signer):
    return raw_signature(signer, b"claim")


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_ask_the_server(house, leaf, method):
    signer = Signer.from_uri(remote(house, "good", "&tsa=https://a.example"))
    assert pickle.loads(pickle.dumps(signer)) == signer  # noqa: S301  our own
    with multiprocessing.get_context(method).Pool(1) as workers:
        raw = workers.apply(_sign_with, (signer,))
    assert verifies(leaf.key.public_key(), "es256", b"claim", raw)
