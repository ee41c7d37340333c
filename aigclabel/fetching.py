"""Fetching for those who ask for it: from hosts that are named, within bounds, over HTTPS.

Nothing here runs unless a caller hands a `Fetcher` in. Addresses come from files that others
wrote, so each is held to be an attempt to reach what only this machine can reach (CWE-918): the
host must be named, all its addresses must be public, the connection goes to the very address that
was checked, and a redirection is checked like the first address.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from aigclabel.errors import FetchError, UsageError

if TYPE_CHECKING:
    import socket
    from http.client import HTTPResponse
    from ipaddress import IPv4Address, IPv6Address

_PORTS = {"https": 443, "http": 80}
_MOVED = (301, 302, 303, 307, 308)
_REDIRECTIONS = 3
_OK = 200
_BLOCK = 1 << 16
_NAT64 = "64:ff9b::/96"
"""Addresses that stand for one of IPv4 (RFC 6052, 2.1)."""
_QUERY = "application/ocsp-request"
"""Type of a question to an OCSP responder (RFC 6960, appendix A.1)."""


class Fetch(Protocol):
    """What a verb takes as `fetch`: a `Fetcher`, or something of the caller's own."""

    def get(self, url: str) -> bytes:
        """What an address gives. Raises FetchError."""

    def post(self, url: str, data: bytes, content_type: str) -> bytes:
        """What an address answers to `data`. Raises FetchError."""


class _Target(NamedTuple):
    """An address taken apart and found to be allowed."""

    scheme: str
    host: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Gets what addresses name, from named hosts only.

    `hosts` are names as they stand in addresses: `example.com` by HTTPS, `example.com:8443` at
    another port, `http://ocsp.example.com` without encryption. `timeout` is in seconds, for
    the whole of a request with its redirections; `max_bytes` bounds an answer. `authorities`
    are certificates (PEM) that may vouch for a server instead of the system's.
    `allow_private` lets a name lead to an address of this machine or its network.
    """

    hosts: tuple[str, ...]
    timeout: float = 10.0
    max_bytes: int = 16 << 20
    authorities: bytes = b""
    allow_private: bool = False

    def __post_init__(self) -> None:
        given: object = self.hosts
        if isinstance(given, str) or not given:
            raise UsageError("a fetcher takes the names of hosts: Fetcher(('example.com',))")
        if self.timeout <= 0 or self.max_bytes <= 0:
            raise UsageError("a fetcher's timeout and max_bytes are more than 0")

    def get(self, url: str) -> bytes:
        """What an address gives. Raises FetchError, which says why not."""
        ends = time.monotonic() + self.timeout
        for _ in range(_REDIRECTIONS + 1):
            data, elsewhere = self._asked("GET", url, b"", "", ends)
            if not elsewhere:
                return data
            url = _joined(url, elsewhere)
        raise FetchError(f"{_shown(url)} redirects more than {_REDIRECTIONS} times")

    def post(self, url: str, data: bytes, content_type: str) -> bytes:
        """What an address answers to `data`. Raises FetchError; redirections are not followed."""
        ends = time.monotonic() + self.timeout
        answer, elsewhere = self._asked("POST", url, data, content_type, ends)
        if elsewhere:
            raise FetchError(f"{_shown(url)} redirects what was posted, which is not followed")
        return answer

    def _asked(
        self, method: str, url: str, body: bytes, content_type: str, ends: float
    ) -> tuple[bytes, str]:
        """The answer, or the address that a redirection names."""
        from http.client import HTTPException, HTTPResponse

        target = self._allowed(url)
        try:
            with self._connected(target, ends) as link:
                link.settimeout(_left(ends))
                link.sendall(_request(method, target, body, content_type))
                response = HTTPResponse(_Timed(link, ends), method=method)  # type: ignore[arg-type]
                response.begin()
                moved = response.getheader("Location") if response.status in _MOVED else None
                if moved:
                    return b"", moved
                if response.status != _OK:
                    raise FetchError(f"{_shown(url)} answers with status {response.status}")
                return self._content(response, url), ""
        except TimeoutError:
            raise FetchError(f"{_shown(url)} does not answer within {self.timeout:g} s") from None
        except (OSError, HTTPException, ValueError) as wrong:
            told = type(wrong).__name__
            raise FetchError(f"{_shown(url)} cannot be fetched ({told})") from None

    def _content(self, response: HTTPResponse, url: str) -> bytes:
        found = bytearray()
        while block := response.read(_BLOCK):
            found += block
            if len(found) > self.max_bytes:
                raise FetchError(f"{_shown(url)} gives more than {self.max_bytes} bytes")
        if response.length:
            raise FetchError(f"{_shown(url)} ends in the middle of its answer")
        return bytes(found)

    # -- where a request may go -----------------------------------------------------------

    def _allowed(self, url: str) -> _Target:
        """The address taken apart. Raises FetchError for one that is not allowed."""
        from urllib.parse import quote, urlsplit

        if any(ord(sign) <= ord(" ") or sign == "\x7f" for sign in url):
            raise FetchError(f"{_shown(url)} is no address: it holds blanks or controls")
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").rstrip(".").encode("idna").decode("ascii").lower()
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except (ValueError, UnicodeError):
            raise FetchError(f"{_shown(url)} is no address that can be fetched") from None
        if parts.username is not None or parts.password is not None:
            raise FetchError("an address with a name or password in it is not fetched")
        if (parts.scheme, host, port) not in {_named(each) for each in self.hosts}:
            raise FetchError(f"{_shown(url)} is not fetched: its host is not among those named")
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
        query = quote(parts.query, safe="/%:@!$&'()*+,;=~?")
        return _Target(parts.scheme, host, port, path + (f"?{query}" if query else ""))

    def _connected(self, target: _Target, ends: float) -> socket.socket:
        """A connection to one of the addresses that were checked."""
        import socket

        places = _resolved(target, ends)
        if not self.allow_private and not all(_is_public(place) for place in places):
            raise FetchError(f"{target.host} leads to an address that is not public")
        for place in places:
            try:
                link = socket.create_connection((place, target.port), _left(ends))
            except OSError:
                continue
            return link if target.scheme == "http" else self._encrypted(link, target.host, ends)
        _left(ends)
        raise FetchError(f"{target.host} cannot be reached")

    def _encrypted(self, link: socket.socket, host: str, ends: float) -> socket.socket:
        import ssl

        context = ssl.create_default_context(cadata=self.authorities.decode("ascii") or None)
        try:
            link.settimeout(_left(ends))
            return context.wrap_socket(link, server_hostname=host)
        except BaseException:
            link.close()
            raise


class _Timed(io.RawIOBase):
    """A connection whose reading ends when the time for the whole is up, however slowly bytes
    drip in. It stands for a socket where HTTPResponse asks for one."""

    def __init__(self, link: socket.socket, ends: float) -> None:
        self._link = link
        self._ends = ends

    def makefile(self, mode: str) -> io.BufferedReader:
        """What HTTPResponse reads from, always `rb`."""
        del mode
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Some bytes. Raises TimeoutError."""
        self._link.settimeout(_left(self._ends))
        return self._link.recv_into(buffer)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _named(host: str) -> tuple[str, str, int]:
    """A host as the caller names it: scheme, name and port."""
    scheme, mark, rest = host.partition("://")
    if not mark:
        scheme, rest = "https", host
    name, colon, port = rest.rstrip("/").rpartition(":")
    if not colon or not port.isdigit():
        name, port = rest.rstrip("/"), str(_PORTS.get(scheme, 0))
    return scheme.lower(), name.strip("[]").rstrip(".").lower(), int(port)


def _request(method: str, target: _Target, body: bytes, content_type: str) -> bytes:
    """One request (RFC 9112, 3): nothing of the machine or its user is in it."""
    at_port = "" if target.port == _PORTS[target.scheme] else f":{target.port}"
    name = f"[{target.host}]" if ":" in target.host else target.host
    lines = [
        f"{method} {target.path} HTTP/1.1",
        f"Host: {name}{at_port}",
        "User-Agent: aigclabel",
        "Accept-Encoding: identity",
        "Connection: close",
    ]
    if method == "POST":
        lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    return "\r\n".join((*lines, "", "")).encode("ascii") + body


def _joined(url: str, elsewhere: str) -> str:
    from urllib.parse import urljoin

    try:
        return urljoin(url, elsewhere)
    except ValueError:
        raise FetchError(f"{_shown(url)} redirects to what is no address") from None


def _resolved(target: _Target, ends: float) -> list[str]:
    """Every address of a host. The system's resolver takes no time limit, so it is waited for
    in a thread that is left behind when the time is up."""
    import socket
    from threading import Thread

    found: list[str] = []

    def ask() -> None:
        """Fills `found`, however long the resolver takes."""
        try:
            told = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(str(each[4][0]) for each in told))

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_left(ends))
    if thread.is_alive():
        raise TimeoutError
    if not found:
        raise FetchError(f"{target.host} has no address: check the name and the network")
    return list(found)


def _is_public(place: str) -> bool:
    """Whether an address is everybody's, and so is what it stands for (RFC 4291 2.5.5.2,
    RFC 3056, RFC 4380, RFC 6052)."""
    from ipaddress import IPv4Address, ip_address, ip_network

    try:
        address = ip_address(place.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return _is_everybodys(address)
    if address.ipv4_mapped is not None:
        return _is_everybodys(address.ipv4_mapped)
    if address in ip_network(_NAT64):
        return _is_everybodys(IPv4Address(address.packed[-4:]))
    inner = (address.sixtofour, *(address.teredo or ()))
    return _is_everybodys(address) and all(_is_everybodys(each) for each in inner if each)


def _is_everybodys(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _shown(url: str) -> str:
    """An address for a message: short, without what may be a secret in it."""
    from urllib.parse import urlsplit

    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return "".join(sign for sign in host or "the address" if sign.isprintable())[:100]


def ocsp_responses(chain: tuple[bytes, ...], fetch: Fetch) -> tuple[tuple[bytes, ...], str]:
    """What the responder that a certificate names says of it (RFC 6960): responses (DER) and,
    where there is none, why not. `chain` holds certificates (DER), the one in question first
    and its issuer behind it. What the responses are worth is for others to judge. Never raises,
    whatever the bytes and the fetcher.
    """
    from cryptography.x509 import ocsp

    if len(chain) < 2:  # noqa: PLR2004  a certificate and its issuer
        return (), "the issuer of the signer's certificate is not at hand"
    url = ocsp_address(chain[0])
    if not url:
        return (), "the signer's certificate names no responder"
    question = _question(*chain[:2])
    if not question:
        return (), "the signer's certificate cannot be asked about"
    try:
        answer = fetch.post(url, question, _QUERY)
        good = ocsp.load_der_ocsp_response(answer).response_status
    except FetchError as wrong:
        return (), str(wrong)
    except (ValueError, TypeError):
        return (), f"{_shown(url)} answers with what is no OCSP response"
    except Exception as wrong:  # noqa: BLE001  a fetcher of the caller's own
        return (), f"the fetcher failed ({type(wrong).__name__})"
    if good is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return (), f"{_shown(url)} does not answer the question ({good.name.lower()})"
    return (answer,), ""


def _question(certificate: bytes, issuer: bytes) -> bytes:
    """An OCSP request on a certificate (both DER); empty where none can be made. Responders need
    only know SHA-1 to tell certificates apart (RFC 5019, 2.1.1)."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp

    try:
        pair = [x509.load_der_x509_certificate(each) for each in (certificate, issuer)]
        asked = ocsp.OCSPRequestBuilder().add_certificate(pair[0], pair[1], SHA1())  # noqa: S303
        return asked.build().public_bytes(Encoding.DER)
    except Exception:  # noqa: BLE001  a stranger wrote the certificates
        return b""


def ocsp_address(certificate: bytes) -> str:
    """The address of the responder in a certificate's (DER) authority information access (RFC
    5280, 4.2.2.1); empty without one, and for what is no certificate."""
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID as Oid

    try:
        extensions = x509.load_der_x509_certificate(certificate).extensions
        told = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except Exception:  # noqa: BLE001  a stranger wrote the certificate
        return ""
    named = (each.access_location for each in told if each.access_method == Oid.OCSP)
    return next((e.value for e in named if isinstance(e, x509.UniformResourceIdentifier)), "")
