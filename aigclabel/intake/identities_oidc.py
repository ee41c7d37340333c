"""Who shows an ID token of OpenID Connect, checked with the issuer's keys that the caller brings.

The rules are those of OpenID Connect Core 1.0, 3.1.3.7, and RFC 7519, 4.1. Nothing is asked over
the network: getting the issuer's `jwks.json` is the caller's, who knows where it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any

from aigclabel.errors import UsageError
from aigclabel.intake.identities import Identity
from aigclabel.intake.identities_jws import claims

_ASCII_SUBJECT = 255
"""OpenID Connect Core 1.0, 2: `sub` has at most 255 ASCII characters."""
_LEEWAY = 60
"""Seconds by which two clocks may differ."""
_OLDEST = 3600
"""Seconds since a token was made."""
_PERSON = ("name", "given_name", "family_name", "email", "phone_number", "preferred_username")
"""Claims that are kept as personal data where a token has them (OpenID Connect Core 1.0, 5.1)."""
_LATEST = 253402300799
"""9999-12-31, the last second that a date can hold."""


@dataclass(frozen=True, slots=True)
class Oidc:
    """A check of ID tokens for one issuer (`iss`, letter by letter) and one audience (your client
    id).

    `keys` is the issuer's JWK Set (JSON, or the object). `nonce` is what your request sent; None
    when it sent none, and then a token with one is refused. `level` names how the issuer checks
    people; empty: the token's `acr` says it, which then must be there. `at` is the moment (now).
    `oldest` is how many seconds ago a token may have been made. `person` are the claims that are
    kept as personal data.
    """

    issuer: str
    audience: str
    keys: str | bytes | Mapping[str, Any] = field(repr=False)
    nonce: str | None = field(default=None, repr=False)
    level: str = ""
    at: datetime | None = None
    oldest: int = _OLDEST
    person: tuple[str, ...] = _PERSON

    def check(self, shown: str) -> Identity:
        """The identity that a token states. Raises UsageError for one that is not signed by the
        issuer's keys, for another issuer or audience, expired, not valid yet, made too long ago, or
        with another nonce."""
        if not (self.issuer and self.audience):
            raise UsageError("an ID token is checked for an issuer and an audience: give both")
        told = claims(shown, self.keys)
        moment = (self.at or datetime.now(UTC)).timestamp()
        if "events" in told:  # OpenID Connect Back-Channel Logout 1.0, 2.4
            raise UsageError("the token says that somebody left: an ID token is wanted")
        if told.get("iss") != self.issuer:
            raise UsageError("the token is of another issuer: ask yours for one")
        self._for_us(told)
        self._in_time(told, moment)
        self._answers(told)
        subject = told.get("sub")
        if not (isinstance(subject, str) and subject.isascii() and subject.strip()
                and len(subject) <= _ASCII_SUBJECT):  # fmt: skip
            raise UsageError("the token names no subject (sub): ask the issuer for an ID token")
        person = {each: told[each] for each in self.person if isinstance(told.get(each), str)}
        verified = datetime.fromtimestamp(int(moment), UTC)
        return Identity(
            self.issuer, subject, self._level(told), "oidc", verified, None, person
        )  # fmt: skip

    def _for_us(self, told: dict[str, Any]) -> None:
        """`aud` and `azp` (3.1.3.7, 3 to 5). A token that is for others, too, is refused: none of
        them is known to be trusted."""
        audience = told.get("aud")
        held = [audience] if isinstance(audience, str) else audience
        if held != [self.audience] or told.get("azp", self.audience) != self.audience:
            raise UsageError(
                "the token is for another audience, or for others, too: it is not ours"
            )

    def _in_time(self, told: dict[str, Any], moment: float) -> None:
        """`exp`, `iat` and `nbf` (3.1.3.7, 9 and 10; RFC 7519, 4.1.5)."""
        end, made = _time(told, "exp"), _time(told, "iat")
        start = _time(told, "nbf") if "nbf" in told else made
        if moment >= end + _LEEWAY:
            raise UsageError("the token has expired: have the person sign in again")
        if max(made, start) > moment + _LEEWAY:
            raise UsageError("the token is not valid yet: check the clocks")
        if moment > made + self.oldest + _LEEWAY:
            raise UsageError("the token was made too long ago: have the person sign in again")
        if made > end:
            raise UsageError("the token ends before it was made: dates go forward")

    def _answers(self, told: dict[str, Any]) -> None:
        """`nonce` (3.1.3.7, 11): the token answers our request, and no earlier one."""
        given = told.get("nonce")
        if self.nonce is None and given is None:
            return
        fits = isinstance(given, str) and self.nonce is not None
        if not fits or not compare_digest(str(given).encode(), str(self.nonce).encode()):
            raise UsageError("the token answers another request (nonce): have them sign in again")

    def _level(self, told: dict[str, Any]) -> str:
        level = self.level or told.get("acr")
        if not isinstance(level, str) or not level.strip():
            raise UsageError("the token does not say how people are checked (acr): name the level")
        return level


def _time(told: dict[str, Any], name: str) -> float:
    """A NumericDate (RFC 7519, 2): seconds since 1970."""
    value = told.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LATEST:
        raise UsageError(f"the token does not say its {name}: ask the issuer for an ID token")
    return float(value)
