"""The options that every signer URI takes: its chain, what is known of its revocation, and its
time-stamp authorities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from aigclabel.errors import SigningError, UsageError
from aigclabel.files import clear_errors

POLICIES = ("require", "prefer", "off")
"""What happens when no time-stamp authority answers."""
_SHARED = ("chain", "ocsp", "tsa", "tsa-policy", "tsa-timeout", "tsa-trust")
_MAX_FILE = 1 << 20
_MAX_RESPONSE = 32 << 10
"""More bytes of an OCSP response than real responders give (RFC 5019 wants them small), and few
enough for every format to hold a manifest with it."""
_MAX_TIMEOUT = 600.0


@dataclass(frozen=True, slots=True)
class Options:
    """What stands after the `?` of a signer's URI, percent-decoded. A `+` is a plus."""

    scheme: str
    pairs: tuple[tuple[str, str], ...]

    def get(self, name: str, default: str = "") -> str:
        """The value of an option that is given once at most."""
        return next((value for each, value in self.pairs if each == name), default)

    def chain(self) -> bytes:
        """The PEM file that `chain` names; empty without it. Raises UsageError."""
        return content(Path(self.get("chain"))) if self.get("chain") else b""

    def seconds(self, name: str, default: float) -> float:
        """A time-out. Raises UsageError."""
        text = self.get(name)
        try:
            seconds = float(text) if text else default
        except ValueError:
            seconds = 0.0
        if not 0 < seconds <= _MAX_TIMEOUT:
            raise UsageError(f"{name}= takes seconds, up to {_MAX_TIMEOUT:.0f}")
        return seconds

    def fields(self) -> dict[str, Any]:
        """The fields of a Signer that say who is asked for the time, and what is kept of whether
        its certificate was revoked. Raises UsageError."""
        tsas = tuple(value for name, value in self.pairs if name == "tsa" and value)
        return {
            "tsa": tsas[0] if tsas else None,
            "tsas": tsas,
            "tsa_policy": self.get("tsa-policy", "require"),
            "tsa_timeout": self.seconds("tsa-timeout", 10.0),
            "tsa_anchors": self._anchors(),
            "responses": self._responses(),
        }

    def _responses(self) -> tuple[bytes, ...]:
        """The OCSP response (DER) of the file that `ocsp` names."""
        from cryptography.x509 import ocsp

        named = self.get("ocsp")
        if not named:
            return ()
        response = content(Path(named))
        try:
            status = ocsp.load_der_ocsp_response(response).response_status
        except (ValueError, TypeError):
            raise UsageError(f"{named} is no OCSP response (DER): give one for ocsp=") from None
        if status is not ocsp.OCSPResponseStatus.SUCCESSFUL or len(response) > _MAX_RESPONSE:
            raise UsageError(
                f"{named} answers nothing, or in more than {_MAX_RESPONSE >> 10} KB: ask again"
            )
        return (response,)

    def _anchors(self) -> tuple[bytes, ...]:
        from aigclabel.signing.pem import certificate_blocks

        named = self.get("tsa-trust")
        blocks = certificate_blocks(content(Path(named))) if named else ()
        if named and not blocks:
            raise UsageError(f"{named} holds no certificate: give a PEM file for tsa-trust=")
        return blocks


def split(uri: str, own: Iterable[str] = ()) -> tuple[str, Options]:
    """What stands between a signer's scheme and its options, as it is, and the options.

    `own` are those that this scheme takes beside the shared ones. Raises UsageError for any
    other, repeating no value: a value may be a secret.
    """
    scheme, _, rest = uri.partition(":")
    path, _, query = rest.partition("?")
    parts = (each.partition("=") for each in query.split("&") if each)
    options = Options(scheme, tuple((unquote(name), unquote(value)) for name, _, value in parts))
    _check(options, (*_SHARED, *own))
    return path, options


def content(path: Path) -> bytes:
    """A PEM file. Raises UsageError when it cannot be read, SigningError when it is too large."""
    with clear_errors(path), path.open("rb") as stream:
        text = stream.read(_MAX_FILE + 1)
    if len(text) > _MAX_FILE:
        raise SigningError(f"{path} is too large for a key or a chain: name the PEM file")
    return text


def check_tsas(tsas: Iterable[str], policy: str) -> None:
    """Raises UsageError for an authority that is no URL, and for a policy that is none."""
    for tsa in tsas:
        parts = urlsplit(tsa)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise UsageError("tsa= takes the http or https URL of a time-stamp authority")
    if policy not in POLICIES:
        raise UsageError(f"tsa-policy= takes {', '.join(POLICIES)}")


def _check(options: Options, known: tuple[str, ...]) -> None:
    names = [name for name, _ in options.pairs]
    unknown = sorted(set(names) - set(known))
    if unknown:
        told = ", ".join(f"{name}=" for name in known)
        raise UsageError(f"a {options.scheme}: signer takes {told} not {', '.join(unknown)}")
    twice = sorted({name for name in names if names.count(name) > 1} - {"tsa"})
    if twice:
        raise UsageError(f"a {options.scheme}: signer takes {', '.join(twice)}= once")
    tsas = (value for name, value in options.pairs if name == "tsa" and value)
    check_tsas(tsas, options.get("tsa-policy", "require"))
