"""The security data of TC260-PG-202511A: who produced a label signs three of its fields, and
puts signature and key into ReservedCode1 (GB 45438-2025 Annex E f).

Read in the spellings of the vendors whose files were seen; written in the guide's own. What is
not of this kind is opaque: nobody but its maker can check it. ReservedCode2 has the same
envelope, but what it signs is not published.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from aigclabel.errors import CannotLabel, MissingExtra, SigningError
from aigclabel.model import Fields
from aigclabel.seals import Seal
from aigclabel.signing import public_keys, sm2
from aigclabel.signing.public_keys import PublicKey

_SIGNED = ("Label", "ContentProducer", "ProduceID")
"""Appendix A.1."""
_OIDS = {
    "1.2.156.10197.1.501": "sm2",
    "1.2.840.113549.1.1.11": "rsa",
    "1.2.840.10045.4.3.2": "ec",
}
"""SM3withSM2, SHA256withRSA (both named by the guide), ecdsa-with-SHA256 (RFC 5758)."""
_OF_LABEL = {"md", "labelmatadata"}
"""TBSData.Type of a signature of the label: the guide's, and StepFun's and MiniMax's."""
_OF_BINDING = {"bnd", "binding"}
"""Of a signature of the Bindings, which no known producer's file lets anybody check."""
_LONGEST = 64 << 10
"""Characters of a code that is looked into; real ones have under 2,000."""
_MOST = 4
"""Signatures in one code; real ones have two."""
_SPELLINGS = {0: 2, 2: 2, 3: 3}
"""First byte of a point that is x alone: MiniMax writes 00 and means the even y."""
_HALF_POINT = 33


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature in a code: its kind (`sm2`, `rsa`, `ec`), whether it says that it is of the
    label, its bytes and its key; None where the code does not say, or nobody here knows it."""

    kind: str | None
    of_label: bool
    value: bytes | None
    key: PublicKey | None


def message(fields: Fields) -> bytes:
    """What the producer signs (appendix A.1). A value is escaped as in JSON, so that no value
    can pass for two; those that Annex E j) allows need no escape."""
    given = dict(fields)
    pairs = (f'"{name}":{json.dumps(given.get(name, ""), ensure_ascii=False)}' for name in _SIGNED)
    # A lone surrogate is no text, and nobody signed it.
    return ",".join(pairs).encode("utf-8", "surrogatepass")


def check(fields: Fields, pinned: tuple[bytes, ...] = ()) -> Seal:
    """What ReservedCode1 proves of the label's three fields. `pinned` are public keys (PEM) that
    the caller believes. Never raises: what cannot be checked here is `unsupported`."""
    code = dict(fields).get("ReservedCode1", "").strip()
    if not code:
        return Seal("absent")
    told = [_judged(each, fields, pinned) for each in signatures(code)]
    return min(told, key=_order, default=Seal("unsupported"))


def _order(told: Seal) -> tuple[int, bool]:
    """One that fails counts first, then one that holds by a key of the caller's."""
    return ("fails", "holds", "unsupported").index(told.state), not told.pinned


def seal(fields: Fields, sign: Callable[[bytes], bytes], key: bytes) -> str:
    """ReservedCode1 for a label, as the guide spells it.

    `sign` gives the signature of the bytes that it is called with, which it hashes itself: SM2
    with SM3 (id 1234567812345678) or ECDSA as DER, RSA with PKCS #1 v1.5, both over SHA-256;
    `key` is the public key (PEM or DER). Raises SigningError where they do not fit each other,
    CannotLabel for a key that no reader could use, MissingExtra for SM2 without gmalg.
    """
    public = public_keys.public_key(key)
    if public is None:
        raise CannotLabel(
            "the key is none for a security code: give an SM2, RSA (2048 bits or more) or ECDSA "
            "public key as PEM or DER"
        )
    signature = sign(message(fields))
    try:
        if not public_keys.verified(public, message(fields), signature):
            raise SigningError("the signature is not by this key: give sign and key of one pair")
    except ValueError:
        raise SigningError("the signature is not DER: give r and s as DER") from None
    return _envelope(public, signature)


def _envelope(key: PublicKey, signature: bytes) -> str:
    oid = next(oid for oid, kind in _OIDS.items() if kind == key.kind)
    signed = {
        "Type": "DS",
        "AlgID": oid,
        "TBSData": {"Type": "Md"},
        "Signature": signature.hex().upper(),
    }
    public = {"Type": "PubKey", "AlgID": oid, "KeyValue": key.spki.hex().upper()}
    data = {"Type": "TC260PG", "Version": 1, "PubSD": [signed, public]}
    return json.dumps({"SecurityData": data}, separators=(",", ":"))


# -- judging ------------------------------------------------------------------------------


def _judged(signature: Signature, fields: Fields, pinned: tuple[bytes, ...]) -> Seal:
    """One signature. Only one that says that it is of the label can fail."""
    key, value = signature.key, signature.value
    if key is None or value is None or key.kind != signature.kind:
        return Seal("unsupported")
    try:
        how = _how(key, message(fields), value)
    except MissingExtra as missing:
        return Seal("unsupported", needs=str(missing))
    except ValueError:
        return Seal("unsupported")
    if how is None:
        return Seal("fails" if signature.of_label else "unsupported")
    ours = any(public_keys.public_key(each) == key for each in pinned)
    return Seal("holds", ours, key.fingerprint, (how,) if how else ())


def _how(key: PublicKey, text: bytes, value: bytes) -> str | None:
    """How a signature holds: empty as the guide has it, else the departure; None if not."""
    if public_keys.verified(key, text, value):
        return ""
    if key.kind == "sm2" and public_keys.verified(key, sm2.sm3(text), value):
        return "cn.aigc.seal-prehashed"  # StepFun
    if public_keys.verified_bare(key, text, value):
        return "cn.aigc.seal-bare-digest"  # Honor
    return None


# -- reading ------------------------------------------------------------------------------


def signatures(code: str) -> tuple[Signature, ...]:
    """The signatures of a code that may be of the label; none in a code that is opaque."""
    entries = [each for each in _public(code) if isinstance(each, dict)]
    signed = [each for each in entries if each.get("Type") == "DS" and _about(each)]
    if len(signed) > _MOST:
        return ()
    keys = _keys(entries)
    return tuple(
        Signature(
            _OIDS.get(_text(each, "AlgID")),
            _about(each) in _OF_LABEL,
            _bytes(each, "Signature"),
            _key_for(each, keys),
        )
        for each in signed
    )


def _about(entry: dict[str, object]) -> str:
    """What a signature says that it signs; empty for the bindings."""
    data = entry.get("TBSData")
    kind = _text(data, "Type").casefold() if isinstance(data, dict) else ""
    return "" if kind in _OF_BINDING else kind or "?"


def _public(code: str) -> list[object]:
    """PubSD of the envelope, under either spelling of its name."""
    if len(code) > _LONGEST:
        return []
    for text in (code, code.replace('\\"', '"')):
        try:
            whole = json.loads(text, object_pairs_hook=_object)
        except (ValueError, RecursionError):
            continue
        data = whole.get("SecurityData") if isinstance(whole, dict) else None
        if not isinstance(data, dict) or data.get("Type") != "TC260PG":
            return []
        named = (value for name, value in data.items() if name.casefold() == "pubsd")
        entries = next(named, None) if str(data.get("Version")) == "1" else None
        return entries if isinstance(entries, list) else []
    return []


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len({name.casefold() for name in made}) < len(pairs):
        raise ValueError("a name twice: readers differ in which one they take")
    return made


def _keys(entries: list[dict[str, object]]) -> dict[str, PublicKey | None]:
    """Keys by their KeyID; the first counts."""
    found: dict[str, PublicKey | None] = {}
    for entry in entries:
        if "KeyValue" in entry and len(found) < _MOST:
            found.setdefault(_text(entry, "KeyID"), _key(_bytes(entry, "KeyValue") or b""))
    return found


def _key_for(entry: dict[str, object], keys: dict[str, PublicKey | None]) -> PublicKey | None:
    """The key that an entry names; where one of the two names none, the only one."""
    name = _text(entry, "KeyID")
    if name in keys:
        return keys[name]
    only = next(iter(keys)) if len(keys) == 1 else None
    return keys[only] if only is not None and not (name and only) else None


def _key(data: bytes) -> PublicKey | None:
    """A key in any spelling: SubjectPublicKeyInfo, certificate, or a point of the SM2 curve."""
    sign = _SPELLINGS.get(data[0]) if len(data) == _HALF_POINT else None
    if sign:
        return public_keys.sm2_key(bytes([sign]) + data[1:])
    return public_keys.sm2_key(data) or public_keys.public_key(data)


def _text(entry: dict[str, object], name: str) -> str:
    value = entry.get(name)
    return str(value) if isinstance(value, str | int) else ""


def _bytes(entry: dict[str, object], name: str) -> bytes | None:
    try:
        return bytes.fromhex(_text(entry, name))
    except ValueError:
        return None
