"""A time-stamp authority on this machine: OpenSSL answers, a small server passes it on.

It can be told to misbehave as real ones do: not answer, answer slowly, with an error, with
something else, or with the answer to another request.
"""

import shutil
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

_CONFIG = """
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[stamping]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


class Authority:
    """Root and certificate in a folder, and what it answers a request with."""

    def __init__(self, folder, name="Time"):
        if not shutil.which("openssl"):
            pytest.skip("needs the program openssl")
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.asked = []
        self.mood = ""
        self._config = self.folder / "tsa.cnf"
        self._config.write_text(_CONFIG.format(folder=self.folder))
        (self.folder / "serial").write_text("01\n")
        conf = ("-config", "/etc/ssl/openssl.cnf")
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self._run("req", "-x509", *curve, "-days", "3650", "-subj", f"/O={name}/CN={name} root",
                  "-keyout", "root-key.pem", "-out", "root.pem", *conf,
                  "-extensions", "v3_ca")  # fmt: skip
        self._run("req", "-new", *curve, "-subj", f"/O={name}/CN={name} stamping",
                  "-keyout", "key.pem", "-out", "tsa.csr", *conf)  # fmt: skip
        self._run("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root-key.pem",
                  "-CAcreateserial", "-days", "3650", "-extfile", str(self._config),
                  "-extensions", "stamping", "-out", "cert.pem")  # fmt: skip

    @property
    def anchor(self):
        return (self.folder / "root.pem").read_bytes()

    def reply(self, query):
        """TimeStampResp for a TimeStampReq, DER."""
        query_file = self.folder / f"{threading.get_ident()}.tsq"
        query_file.write_bytes(query)
        return self._run("ts", "-reply", "-queryfile", query_file.name, "-signer", "cert.pem",
                         "-inkey", "key.pem", "-config", str(self._config))  # fmt: skip

    def answer(self, query):
        """Status and body, in the mood of the moment."""
        match self.mood:
            case "busy":
                return 503, b""
            case "babble":
                return 200, b"<html>no</html>"
            case "deaf":
                return 200, self.reply(query[:-11] + b"\x7f" * 8 + query[-3:])
            case "replay":
                return 200, self.reply(self.asked[0])
            case "flood":
                return 200, bytes(1 << 20)
            case "sleepy":
                time.sleep(3)
        return 200, self.reply(query)

    def _run(self, *arguments):
        command = ["openssl", *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, check=True)
        return done.stdout


@contextmanager
def served(authority):
    """The URL under which an authority answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            query = self.rfile.read(int(self.headers["Content-Length"]))
            authority.asked.append(query)
            status, body = authority.answer(query)
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
