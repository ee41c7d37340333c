"""A manifest elsewhere is read where a fetcher is handed in, and by that alone."""

import io
import json
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from laws import samples
from laws.rules import rules
from laws.worlds import TRUST, _cert, _name

from aigclabel import Asset, Choices, Fetcher, FetchError, read, stamp, verify
from aigclabel.fetching import ocsp_responses
from aigclabel.testing import SAID

LAW = rules("signed-only")
ASKED = []
SERVED = {}


class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        ASKED.append(self.path)
        data = SERVED.get(self.path)
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def place():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetcher(place):
    ASKED.clear()
    SERVED.clear()
    return Fetcher((place,), timeout=5, allow_private=True)


def packet(url):
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf'
        '-syntax-ns#"><rdf:Description xmlns:dcterms="http://purl.org/dc/terms/" '
        f'dcterms:provenance="{url}"/></rdf:RDF></x:xmpmeta>'
    ).encode()


def named(kind, place, path="/m.c2pa"):
    """A file that names its manifest, and that manifest."""
    if kind == "HTML":
        text = f'<html><head><link rel="c2pa-manifest" href="{place}{path}"></head><p>Hi</html>'
        bare = Asset.of_bytes(text.encode(), "text/html")
    else:
        out = io.BytesIO()
        more = {"pnginfo": _itxt(packet(place + path))} if kind == "PNG" else {}
        samples.picture().save(out, kind, **more or {"xmp": packet(place + path)})
        bare = Asset.of_bytes(out.getvalue())
    made = stamp(bare, SAID, LAW, choices=Choices(signature="sidecar"))
    return bare, made.sidecar


def _itxt(data):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", data.decode())
    return info


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HTML"])
def test_it_is_read_with_a_fetcher_and_not_without(kind, place, fetcher):
    bare, SERVED["/m.c2pa"] = named(kind, place)
    assert not read(bare, TRUST).provenance.present
    assert ASKED == []
    evidence = read(bare, TRUST, fetch=fetcher)
    said = evidence.provenance
    assert (said.mode, said.intact, said.signer_trusted) == ("remote", True, True)
    assert ASKED == ["/m.c2pa"]
    assert evidence.asset.sha256 == bare.sha256
    assert verify(bare, LAW, TRUST, fetch=fetcher).ok
    assert not verify(bare, LAW, TRUST).ok


def test_content_that_was_changed_is_told(place, fetcher):
    bare, SERVED["/m.c2pa"] = named("JPEG", place)
    data = bytearray(bare.data())
    data[-100] ^= 1
    said = read(bytes(data), TRUST, fetch=fetcher).provenance
    assert (said.mode, said.intact) == ("remote", False)


@pytest.mark.parametrize(
    "served", [None, b"", b"<html>sign in</html>", bytes(1000)], ids=["404", "empty", "page", "0"]
)
def test_what_is_no_manifest_is_a_fault_and_no_verdict(place, fetcher, served):
    bare, _ = named("JPEG", place)
    if served is not None:
        SERVED["/m.c2pa"] = served
    evidence = read(bare, TRUST, fetch=fetcher)
    assert not evidence.provenance.present
    assert evidence.provenance.intact is None
    assert [fault.carrier for fault in evidence.faults if "was not fetched" in fault.reason] == [
        "fetch"
    ]


def test_a_store_that_is_damaged_is_broken(place, fetcher):
    bare, store = named("JPEG", place)
    SERVED["/m.c2pa"] = store[: len(store) // 2]
    assert read(bare, TRUST, fetch=fetcher).provenance.intact is False


def test_a_host_that_was_not_named_is_not_asked(place, fetcher):
    bare, SERVED["/m.c2pa"] = named("JPEG", place.replace("localhost", "127.0.0.1"))
    evidence = read(bare, TRUST, fetch=fetcher)
    assert not evidence.provenance.present
    assert "not among those named" in evidence.faults[-1].reason
    assert ASKED == []


def test_a_file_with_its_own_manifest_is_not_asked_about(place, fetcher):
    bare, SERVED["/m.c2pa"] = named("JPEG", place)
    made = stamp(bare, SAID, LAW)
    assert read(made, TRUST, fetch=fetcher).provenance.mode == "embedded"
    assert ASKED == []


class Failing:
    """Something of the caller's that does not keep to the seam."""

    def get(self, url):
        raise RuntimeError(f"secret of {url}")

    def post(self, *_):
        raise FetchError("no")


def test_what_a_fetcher_raises_becomes_a_fault(place):
    bare, _ = named("JPEG", place)
    evidence = read(bare, fetch=Failing())
    assert not evidence.provenance.present
    assert "RuntimeError" in evidence.faults[-1].reason
    assert "secret" not in evidence.faults[-1].reason


def test_the_command_asks_the_hosts_that_it_is_given(place, fetcher, tmp_path, capsys):
    """The server is on this machine, so it is refused: from the command line nothing private
    is reached."""
    from aigclabel.cli import main

    bare, SERVED["/m.c2pa"] = named("JPEG", place)
    path = tmp_path / "a.jpg"
    path.write_bytes(bare.data())
    assert main(["read", str(path), "--json", "--fetch", place]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "not public" in told["faults"][-1]["reason"]
    assert ASKED == []
    assert main(["read", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert not any(fault["carrier"] == "fetch" for fault in told["faults"])


# -- revocation -------------------------------------------------------------------------


@contextmanager
def responder(folder, port, serial, *, revoked):
    """`openssl ocsp` for one certificate of the authority in `folder`."""
    program = shutil.which("openssl")
    if not program:
        pytest.skip("needs the program openssl")
    state = "R\t350101000000Z\t250101000000Z" if revoked else "V\t350101000000Z\t"
    (folder / "index.txt").write_text(f"{state}\t{serial:X}\tunknown\t/CN=x\n")
    command = [program, "ocsp", "-index", "index.txt", "-port", str(port), "-rsigner", "ca.pem",
               "-rkey", "ca.key", "-CA", "ca.pem"]  # fmt: skip
    running = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        lines = iter(running.stdout.readline, "")
        assert any("waiting" in line or "ACCEPT" in line for line in lines)
        yield
    finally:
        running.kill()
        running.communicate()


@pytest.mark.parametrize("revoked", [False, True])
def test_a_responder_is_asked_through_the_fetcher(tmp_path, revoked):
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509 import ocsp
    from cryptography.x509.oid import AuthorityInformationAccessOID as Aia

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    root = _cert(_name("CA"), _name("CA"), keys[0], keys[0], ca=True)
    url = x509.UniformResourceIdentifier(f"http://localhost:{port}/")
    access = x509.AuthorityInformationAccess([x509.AccessDescription(Aia.OCSP, url)])
    leaf = _cert(_name("Leaf"), _name("CA"), keys[1], keys[0], access)
    form = serialization.Encoding.PEM
    (tmp_path / "ca.pem").write_bytes(root.public_bytes(form))
    private = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "ca.key").write_bytes(keys[0].private_bytes(form, *private))
    chain = tuple(each.public_bytes(serialization.Encoding.DER) for each in (leaf, root))
    fetcher = Fetcher((f"http://localhost:{port}",), timeout=5, allow_private=True)
    with responder(tmp_path, port, leaf.serial_number, revoked=revoked):
        told = ocsp_responses(chain, fetcher)
    assert told[1] == ""
    (answer,) = told[0]
    told = ocsp.load_der_ocsp_response(answer)
    assert told.serial_number == leaf.serial_number
    expected = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
    assert told.certificate_status is expected
    gone = ocsp_responses(chain, fetcher)
    assert gone[0] == ()
    assert "cannot be" in gone[1]
    assert ocsp_responses(chain[:1], fetcher)[0] == ()
    assert "no responder" in ocsp_responses((chain[1], chain[1]), fetcher)[1]
    assert ocsp_responses((b"junk", b"junk"), fetcher)[0] == ()
