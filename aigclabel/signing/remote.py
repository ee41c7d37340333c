"""`remote:https://HOST/PATH`: a server of yours that signs.

It gets a POST whose body is the bytes to be signed (`application/octet-stream`), with their
algorithm in the header `Aigclabel-Algorithm`, and answers 200 with the signature as the body:
ECDSA as DER or as r and s, RSA with PSS, Ed25519. Redirects are not followed and proxies not
asked, so that nobody else gets the bearer token.
"""

from __future__ import annotations

import http.client
import ipaddress
import os
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from urllib.parse import urlsplit

from aigclabel.errors import SigningError, UsageError
from aigclabel.signing.checks import leaf_algorithm
from aigclabel.signing.options import split
from aigclabel.signing.raw import line_of
from aigclabel.signing.signer import Signer

_OWN = ("timeout", "token-env", "ca")
_MAX_ANSWER = 1 << 14
"""Bytes: no signature that C2PA allows is longer."""
_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class RemoteKey:
    """Signs by asking a server, for `timeout` seconds at most. `token_env` names the variable
    that holds the bearer token; `ca` a PEM file with the roots to believe instead of the
    system's."""

    url: str
    algorithm: str
    timeout: float
    token_env: str = ""
    ca: str = ""

    def __call__(self, data: bytes) -> bytes:
        """The signature of `data`. Raises SigningError."""
        until = time.monotonic() + self.timeout
        try:
            return self._asked(data, until)
        except (OSError, http.client.HTTPException) as wrong:
            late = isinstance(wrong, TimeoutError) or time.monotonic() >= until
            told = f": no answer within {self.timeout:g} seconds: try again"
            told = told if late else f" does not answer ({line_of(wrong)})"
            raise SigningError(f"remote:{self.url}{told}") from wrong

    def _asked(self, data: bytes, until: float) -> bytes:
        parts = urlsplit(self.url)
        headers = {
            "Content-Type": "application/octet-stream",
            "Accept": "application/octet-stream",
            "Aigclabel-Algorithm": self.algorithm,
            **self._authorization(),
        }
        connection = self._connection(parts.scheme, parts.hostname or "", parts.port)
        try:
            connection.connect()
            with _cut(connection.sock, until):
                connection.request("POST", parts.path or "/", data, headers)
                with connection.getresponse() as answer:
                    return self._body(answer, until)
        finally:
            connection.close()

    def _body(self, answer: http.client.HTTPResponse, until: float) -> bytes:
        if answer.status != http.client.OK:
            raise SigningError(f"remote:{self.url} answers {answer.status}: see the server's log")
        body = answer.read(_MAX_ANSWER + 1)
        if time.monotonic() >= until:
            raise TimeoutError
        if len(body) > _MAX_ANSWER:
            raise SigningError(f"remote:{self.url} answers more than a signature: check the path")
        return body

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self.timeout)
        trusted = ssl.create_default_context(cafile=self.ca or None)
        return http.client.HTTPSConnection(host, port, timeout=self.timeout, context=trusted)

    def _authorization(self) -> dict[str, str]:
        if not self.token_env:
            return {}
        token = os.environ.get(self.token_env, "").strip()
        if not _TOKEN.fullmatch(token):
            told = f"{self.token_env} holds no bearer token: set that environment variable"
            raise SigningError(f"remote:{self.url}: {told}")
        return {"Authorization": f"Bearer {token}"}


def from_uri(uri: str) -> Signer:
    """The signer that a `remote:` URI names, untested. Raises UsageError for a URL that is
    neither https nor on this machine, or that holds a password, and without `chain=`."""
    url, options = split(uri, _OWN)
    _check(url)
    chain = options.chain()
    if not chain:
        raise UsageError(f"remote:{url} sends no certificate: add ?chain=CHAIN.pem")
    timeout = options.seconds("timeout", 10.0)
    token, ca = options.get("token-env"), options.get("ca")
    key = RemoteKey(url, leaf_algorithm(chain), timeout, token, ca)
    return Signer(f"remote:{url}", chain=chain, sign=key, **options.fields())


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UsageError("remote: takes a URL: write remote:https://HOST/PATH") from None
    if parts.username is not None or parts.password is not None:
        raise UsageError("a password does not stand in a URL: name a variable by token-env=")
    if not host or parts.fragment or not url.isprintable() or " " in url:
        raise UsageError("remote: takes a URL: write remote:https://HOST/PATH")
    if parts.scheme != "https" and not (parts.scheme == "http" and _loopback(host)):
        raise UsageError("remote: takes an https URL; http only on this machine (localhost)")


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def _cut(sock: socket.socket, until: float) -> Iterator[None]:
    """Ends the connection in time: a server that sends a byte now and then would never meet
    the socket's own time-out."""

    def cut() -> None:
        """Ends both directions."""
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = Timer(max(0.0, until - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
