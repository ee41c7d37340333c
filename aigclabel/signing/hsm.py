"""`pkcs11:token=LABEL;object=LABEL`: a key in a token, by a URI as RFC 7512 writes it.

The key never leaves the token. All calls of one process go into it one after the other: tokens
differ in what they allow to threads, and none survives a fork by itself (PKCS #11 3.0, 6.6.1).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, unquote_to_bytes

from aigclabel.errors import MissingExtra, SigningError, UsageError
from aigclabel.signing.checks import leaf_algorithm, with_issuers
from aigclabel.signing.options import Options, content, split
from aigclabel.signing.processes import PerProcess
from aigclabel.signing.profile import algorithm_of
from aigclabel.signing.raw import HASHES, line_of
from aigclabel.signing.signer import Signer

if TYPE_CHECKING:
    import pkcs11
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

PIN = "AIGCLABEL_PKCS11_PIN"
_OWN = ("module-path", "pin-source", "pin-value")
_NAMES = ("token", "serial", "object", "id", "type")
_MAX_OBJECTS = 1000
_PAUSES = (0.01, 0.02, 0.04, 0.08, 0.16)
"""Seconds."""
_T = TypeVar("_T")
_MEANING = {
    "NoSuchToken": "there is no such token: check token= and that the module sees it",
    "TokenNotPresent": "the token is not there: plug it in",
    "TokenNotRecognised": "the module does not know this token: check module-path=",
    "MultipleTokensReturned": "several tokens are called that: add serial=",
    "PinIncorrect": "the PIN is wrong: check pin-source= or AIGCLABEL_PKCS11_PIN before the token "
    "locks",
    "PinLenRange": "the PIN is wrong (its length)",
    "PinLocked": "the PIN is locked: unlock the token with its security officer's PIN",
    "UserNotLoggedIn": "the token wants a PIN",
    "MechanismInvalid": "the token does not sign this way with this key",
}


@dataclass(frozen=True, slots=True)
class Login:
    """A token, and how one gets into it: the PIN itself, or where it is read when needed."""

    module: str
    token: str | None
    serial: str | None
    pin_source: str = ""
    pin: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TokenKey:
    """Signs with a key in a token: by its label, its id, or both."""

    uri: str
    login: Login
    label: str | None
    id: bytes | None
    algorithm: str = ""

    def __call__(self, data: bytes) -> bytes:
        """The signature of `data`. Raises SigningError, MissingExtra."""
        return _within(self, lambda session: _signature(_key(session, self), self.algorithm, data))


def from_uri(uri: str) -> Signer:
    """The signer that a `pkcs11:` URI names, untested; without `chain=` the certificates are
    taken from the token. Raises UsageError, MissingExtra, and SigningError where the token does
    not open."""
    key, options = _named(uri)
    chain = options.chain() or _within(key, lambda session: _chain(session, key))
    key = replace(key, algorithm=leaf_algorithm(chain))
    return Signer(key.uri, chain=chain, sign=key, **options.fields())


def without_certificate(uri: str) -> tuple[PublicKeyTypes, TokenKey]:
    """The public key (as the token keeps it) and the key that a `pkcs11:` URI names. Raises what
    `from_uri` does."""
    key, _ = _named(uri)
    public = _within(key, lambda session: _public(session, key))
    return public, replace(key, algorithm=algorithm_of(public))


def _named(uri: str) -> tuple[TokenKey, Options]:
    path, options = split(uri, _OWN)
    names = _attributes(path)
    label = names.get("object")
    id_ = unquote_to_bytes(names["id"]) if "id" in names else None
    if label is None and id_ is None:
        raise UsageError("a pkcs11: signer names its key: add object=LABEL or id=%01")
    name = f"pkcs11:{path}"
    return TokenKey(name, _login(names, options), unquote(label) if label else None, id_), options


def _attributes(path: str) -> dict[str, str]:
    """The attributes of RFC 7512's path, still percent-encoded."""
    pairs = [each.partition("=") for each in path.split(";") if each]
    names = {name: value for name, _, value in pairs}
    unknown = sorted({name for name in names if name not in _NAMES})
    if re.search(r"\bpin\b", path):
        # This part is shown in messages.
        raise UsageError("a PIN is no part of a key's name: write ?pin-source=file:PATH")
    if unknown or len(names) < len(pairs):
        told = ", ".join(_NAMES)
        raise UsageError(f"a pkcs11: signer is named by {told}, each once, joined by ;")
    if names.get("type", "private") != "private":
        raise UsageError("a pkcs11: signer is a private key: write type=private, or leave it out")
    return names


def _login(names: dict[str, str], options: Options) -> Login:
    module = options.get("module-path") or os.environ.get("PKCS11_MODULE", "")
    if not module:
        raise UsageError("name the token's PKCS #11 module: add ?module-path=/path/to/module.so")
    source = options.get("pin-source")
    if source and not source.startswith("file:"):
        raise UsageError("pin-source= takes file:PATH")
    token, serial = (
        unquote(names[name]) if name in names else None for name in ("token", "serial")
    )
    return Login(module, token, serial, source, options.get("pin-value"))


def _pin(login: Login) -> str | None:
    """The first line of the file, else the environment's; None where the token wants none."""
    if login.pin:
        return login.pin
    if login.pin_source:
        file = Path(unquote(login.pin_source.removeprefix("file:").removeprefix("//")))
        lines = content(file).splitlines()
        try:
            return lines[0].decode() if lines else ""
        except UnicodeDecodeError:
            raise SigningError(f"{file} holds no PIN: write it as one line of text") from None
    return os.environ.get(PIN)


# -- the token --------------------------------------------------------------------------


def _library(module: str, inherited: bool) -> Any:  # noqa: FBT001  as PerProcess calls it
    import pkcs11

    library = pkcs11.lib(module)
    if inherited:
        library.reinitialize()
    return library


def _open(login: Login, inherited: bool) -> pkcs11.Session:  # noqa: FBT001  as PerProcess calls it
    from pkcs11.exceptions import UserAlreadyLoggedIn

    del inherited
    session: pkcs11.Session
    with _one_process(login.module):
        token = _token(login)
        try:
            session = token.open(user_pin=_pin(login))
        except UserAlreadyLoggedIn:
            session = token.open()
    return session


@contextmanager
def _one_process(module: str) -> Iterator[None]:
    """SoftHSM sees no token while another process starts it, too, as the workers of a pool do:
    they wait for each other on the module's own file."""
    try:
        handle = os.open(module, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _token(login: Login) -> Any:
    """The token; looked for some more where nobody here uses the module, because programs that
    do not wait as we do may be starting it."""
    from pkcs11.exceptions import NoSuchToken

    library = _LIBRARIES.get(login.module)
    serial = login.serial.encode() if login.serial is not None else None
    for pause in _PAUSES:
        try:
            return library.get_token(token_label=login.token, token_serial=serial)
        except NoSuchToken:
            if any(each.module == login.module for each in _SESSIONS.here()):
                break
            time.sleep(pause)
            library.reinitialize()
    return library.get_token(token_label=login.token, token_serial=serial)


_LIBRARIES = PerProcess(_library)
_SESSIONS = PerProcess(_open)


def _within(key: TokenKey, use: Callable[[pkcs11.Session], _T]) -> _T:
    """What `use` makes of the token's session. After an error the next call opens another."""
    try:
        from pkcs11.exceptions import PKCS11Error
    except ModuleNotFoundError as wrong:
        raise MissingExtra("keys in tokens need a package: pip install 'aigclabel[hsm]'") from wrong
    try:
        with _SESSIONS.alone(key.login) as session, _closed(session):
            return use(session)
    except PKCS11Error as wrong:
        told = _MEANING.get(type(wrong).__name__) or line_of(wrong)
        if "OS exception while loading" in told:
            module = key.login.module
            told = f"{module} cannot be loaded as a PKCS #11 module: check module-path="
        raise SigningError(f"{key.uri}: {told}") from wrong


@contextmanager
def _closed(session: pkcs11.Session) -> Iterator[None]:
    """Closes the session when something is raised."""
    try:
        yield
    except BaseException:
        with suppress(Exception):
            session.close()
        raise


def _objects(session: pkcs11.Session, wanted: dict[Any, Any]) -> list[Any]:
    found = []
    for each in session.get_objects(wanted):
        found.append(each)
        if len(found) == _MAX_OBJECTS:
            break
    return found


def _key(session: pkcs11.Session, key: TokenKey) -> Any:
    from pkcs11 import Attribute, ObjectClass

    wanted: dict[Any, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    if key.label is not None:
        wanted[Attribute.LABEL] = key.label
    if key.id is not None:
        wanted[Attribute.ID] = key.id
    found = _objects(session, wanted)
    if len(found) != 1:
        told = "no private key is" if not found else f"{len(found)} private keys are"
        raise SigningError(f"{key.uri}: {told} called that: check object= and id=")
    return found[0]


def _signature(key: Any, algorithm: str, data: bytes) -> bytes:
    from pkcs11 import MGF, Mechanism

    if algorithm not in HASHES:
        return bytes(key.sign(data, mechanism=Mechanism.EDDSA))
    name = HASHES[algorithm]
    digest = hashlib.new(name, data).digest()
    if algorithm.startswith("es"):
        return bytes(key.sign(digest, mechanism=Mechanism.ECDSA))
    how = (Mechanism[name.upper()], MGF[name.upper()], len(digest))
    return bytes(key.sign(digest, mechanism=Mechanism.RSA_PKCS_PSS, mechanism_param=how))


def _chain(session: pkcs11.Session, key: TokenKey) -> bytes:
    """The certificate that the token keeps for the key, and those that issued it."""
    from ssl import DER_cert_to_PEM_cert

    from pkcs11 import Attribute, ObjectClass

    private = _key(session, key)
    every = _objects(session, {Attribute.CLASS: ObjectClass.CERTIFICATE})
    mine = [each for each in every if _twins(each, private)]
    if not mine:
        raise SigningError(f"{key.uri}: the token holds no certificate for it: add ?chain=FILE")
    texts = [DER_cert_to_PEM_cert(each[Attribute.VALUE]).encode() for each in (*mine, *every)]
    return with_issuers(b"".join(texts))


def _public(session: pkcs11.Session, key: TokenKey) -> PublicKeyTypes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key
    from pkcs11 import Attribute, KeyType, ObjectClass
    from pkcs11.util.ec import encode_ec_public_key
    from pkcs11.util.rsa import encode_rsa_public_key

    private = _key(session, key)
    every = _objects(session, {Attribute.CLASS: ObjectClass.PUBLIC_KEY})
    found = next((each for each in every if _twins(each, private)), None)
    if found is None:
        raise SigningError(f"{key.uri}: the token holds no public key for it: make the pair anew")
    kind = found[Attribute.KEY_TYPE]
    if kind == KeyType.EC_EDWARDS:
        return Ed25519PublicKey.from_public_bytes(found[Attribute.EC_POINT][-32:])
    encode = encode_rsa_public_key if kind == KeyType.RSA else encode_ec_public_key
    return load_der_public_key(encode(found))


def _twins(other: Any, private: Any) -> bool:
    """A private key, its public key and its certificate have the same id (PKCS #11 3.0, 4.6.3);
    a few tokens give none."""
    from pkcs11 import Attribute

    id_ = private[Attribute.ID]
    if id_:
        return bool(other[Attribute.ID] == id_)
    return bool(other[Attribute.LABEL] == private[Attribute.LABEL])
