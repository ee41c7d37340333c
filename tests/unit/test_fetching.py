"""The fetcher against servers of its own: nothing but what was named, within its bounds."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aigclabel import Fetcher, FetchError, UsageError
from aigclabel import fetching as module


class Server(BaseHTTPRequestHandler):
    """Answers by path; remembers what it was asked."""

    asked = ()

    def do_GET(self):
        type(self).asked = (*self.asked, (self.path, dict(self.headers)))
        kind, _, rest = self.path.lstrip("/").partition("/")
        getattr(self, f"say_{kind}")(rest)

    do_POST = do_GET  # noqa: N815  the server's own name

    def say_good(self, rest):
        self.whole(b"good " + rest.encode())

    def say_echo(self, _):
        self.whole(self.rfile.read(int(self.headers["Content-Length"])))

    def whole(self, data, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def say_missing(self, _):
        self.whole(b"no", 404)

    def say_to(self, rest):
        self.send_response(302)
        self.send_header("Location", rest)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def say_drip(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.dripped(b"x")

    def say_slowhead(self, _):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        self.dripped(b"X-A: b\r\n")

    def dripped(self, piece):
        try:
            for _ in range(100):
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    def say_large(self, _):
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(1000):
                self.wfile.write(bytes(1000))
        except OSError:
            return

    def say_short(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"short")

    def say_nonsense(self, _):
        self.wfile.write(b"\0\xff nonsense\r\n\r\n")

    def log_message(self, *_):
        pass


@contextmanager
def serving(context=None):
    handler = type("Handler", (Server,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handler = handler
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def plain():
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    """A certificate for localhost, and files of it."""
    folder = tmp_path_factory.mktemp("pki")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    cert = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(cert.public_bytes(pem))
    private = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *private))
    return folder


@pytest.fixture(scope="module")
def secure(pki):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "cert.pem", pki / "key.pem")
    with serving(context) as server:
        yield server


def port(server):
    return server.server_address[1]


def to(server, *more, host="localhost", **settings):
    settings = {"timeout": 5, "allow_private": True} | settings
    return Fetcher((f"http://{host}:{port(server)}", *more), **settings)


def url(server, path, host="localhost"):
    return f"http://{host}:{port(server)}/{path}"


def test_it_gets_what_it_was_told_to(plain):
    assert to(plain).get(url(plain, "good/one?a=b%20c")) == b"good one?a=b%20c"
    _, headers = plain.handler.asked[-1]
    assert set(headers) == {"Host", "User-Agent", "Accept-Encoding", "Connection"}
    assert headers["Host"] == f"localhost:{port(plain)}"


def test_it_posts(plain):
    assert to(plain).post(url(plain, "echo/"), b"\0question", "application/x") == b"\0question"


def test_it_speaks_https_and_checks_who_answers(secure, pki):
    place = f"localhost:{port(secure)}"
    authorities = (pki / "cert.pem").read_bytes()
    known = Fetcher((place,), authorities=authorities, allow_private=True)
    assert known.get(f"https://{place}/good/x") == b"good x"
    with pytest.raises(FetchError, match="SSLCertVerificationError"):
        Fetcher((place,), allow_private=True).get(f"https://{place}/good/x")


@pytest.mark.parametrize(
    "address",
    [
        "http://other.example/x", "https://localhost/x", "http://localhost:1/x",
        "http://localhost.example:{port}/x", "http://user:secret@localhost:{port}/good/x",
        "http://user@localhost:{port}/good/x", "http://localhost:{port}@other.example/",
        "file:///etc/passwd", "ftp://localhost:{port}/x", "//localhost:{port}/good/x",
        "http://localhost:{port}/a b", "http://localhost:{port}/a\r\nX-Evil: 1", "http://[::1/x",
        "http://localhost:99999999/", "", "http://", "http://\x00/", "HTTP://127.0.0.1:{port}/good/",
        "http://2130706433:{port}/good/", "http://localhost\\@127.0.0.1:{port}/good/",
    ],
)  # fmt: skip
def test_it_asks_nobody_else(plain, address):
    before = plain.handler.asked
    with pytest.raises(FetchError) as raised:
        to(plain).get(address.replace("{port}", str(port(plain))))
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)
    assert plain.handler.asked == before


def test_plain_http_is_for_hosts_that_are_named_so(plain):
    with pytest.raises(FetchError, match="not among those named"):
        Fetcher((f"localhost:{port(plain)}",), allow_private=True).get(url(plain, "good/x"))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_name_of_this_machine_is_not_asked(plain, host):
    before = plain.handler.asked
    with pytest.raises(FetchError, match="not public"):
        to(plain, host=host, allow_private=False).get(url(plain, "good/x", host))
    assert plain.handler.asked == before


def test_one_private_address_among_public_ones_is_one_too_many(plain, monkeypatch):
    """A name server may give several, and another one each time."""
    told = [(0, 0, 0, "", (place, 0)) for place in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: told)
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("a connection"))
    with pytest.raises(FetchError, match="not public"):
        to(plain, allow_private=False).get(url(plain, "good/x"))


def test_the_address_that_was_checked_is_the_one_that_is_asked(plain, monkeypatch):
    """A name is looked up once: a second answer (DNS rebinding) is never asked for."""
    told, asked = iter([[(0, 0, 0, "", ("93.184.215.14", 0))]]), []

    def connect(place, _):
        asked.append(place[0])
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: next(told))
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(FetchError, match="cannot be reached"):
        to(plain, allow_private=False).get(url(plain, "good/x"))
    assert asked == ["93.184.215.14"]


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1", "127.1.2.3", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1", "240.0.0.1",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe", "nonsense", "",
    ],
)  # fmt: skip
def test_what_is_not_everybodys(place):
    assert not module._is_public(place)


@pytest.mark.parametrize("place", ["93.184.215.14", "1.1.1.1", "2606:4700::1111",
                                   "::ffff:1.1.1.1", "64:ff9b::101:101"])  # fmt: skip
def test_what_is(place):
    assert module._is_public(place)


def test_a_redirection_is_checked_like_the_first_address(plain):
    fetcher = to(plain)
    assert fetcher.get(url(plain, f"to/{url(plain, 'good/there')}")) == b"good there"
    assert fetcher.get(url(plain, "to//good/near")) == b"good near"
    with serving() as other:
        with pytest.raises(FetchError, match="not among those named"):
            fetcher.get(url(plain, f"to/{url(other, 'good/x')}"))
        assert other.handler.asked == ()
        both = to(plain, f"http://localhost:{port(other)}")
        assert both.get(url(plain, f"to/{url(other, 'good/x')}")) == b"good x"
    for elsewhere in ("file:///etc/passwd", "http://169.254.169.254/", "http://[::1/", "//x y/"):
        with pytest.raises(FetchError):
            fetcher.get(url(plain, f"to/{elsewhere}"))


def test_a_redirection_to_a_private_address_is_not_followed(plain, monkeypatch):
    """The first host is public, the second one named too, and private."""
    real = socket.getaddrinfo

    def told(host, *more, **settings):
        return (
            [(0, 0, 0, "", ("1.1.1.1", 0))] if host == "outside" else real(host, *more, **settings)
        )

    def connect(place, left):
        assert place[0] == "1.1.1.1"
        return socket.socket.connect_to(("127.0.0.1", port(plain)), left)

    monkeypatch.setattr(socket.socket, "connect_to", socket.create_connection, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", told)
    monkeypatch.setattr(socket, "create_connection", connect)
    fetcher = to(plain, f"http://outside:{port(plain)}", allow_private=False)
    assert fetcher.get(url(plain, "good/x", "outside")) == b"good x"
    before = len(plain.handler.asked)
    with pytest.raises(FetchError, match="not public"):
        fetcher.get(url(plain, f"to/{url(plain, 'good/x')}", "outside"))
    assert len(plain.handler.asked) == before + 1


def test_redirections_end(plain):
    loop = "to//to/" * 3
    with pytest.raises(FetchError, match="more than 3 times"):
        to(plain).get(url(plain, f"{loop}to//to//good/x"))


def test_what_is_posted_goes_nowhere_else(plain):
    with pytest.raises(FetchError, match="redirects what was posted"):
        to(plain).post(url(plain, "to//echo/"), b"x", "a/b")


@pytest.mark.parametrize("path", ["drip/", "slowhead/"])
def test_a_slow_answer_ends_with_the_time_for_the_whole(plain, path):
    """Each byte comes in time, the whole does not: 100 pieces in 5 s against 0.3 s."""
    with pytest.raises(FetchError, match=r"within 0\.3 s"):
        to(plain, timeout=0.3).get(url(plain, path))


def test_silence_ends_too():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        place = f"http://localhost:{mute.getsockname()[1]}"
        with pytest.raises(FetchError, match=r"within 0\.3 s"):
            Fetcher((place,), timeout=0.3, allow_private=True).get(f"{place}/x")


def test_a_resolver_that_hangs_is_left_behind(plain, monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [][: ended.wait(30)])
    try:
        with pytest.raises(FetchError, match=r"within 0\.3 s"):
            to(plain, timeout=0.3).get(url(plain, "good/x"))
    finally:
        ended.set()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("large/", "more than 5000 bytes"), ("missing/", "status 404"),
        ("short/", "middle|IncompleteRead"), ("nonsense/", "cannot be fetched"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_one_line(plain, path, told):
    with pytest.raises(FetchError, match=told) as raised:
        to(plain, max_bytes=5000).get(url(plain, path))
    assert "\n" not in str(raised.value)


def test_it_wants_hosts():
    for wrong in ("example.com", ()):
        with pytest.raises(UsageError):
            Fetcher(wrong)
    with pytest.raises(UsageError):
        Fetcher(("example.com",), timeout=0)
