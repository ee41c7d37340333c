"""Registers as signed JSON: one object under a name, and a signature over its canonical form.

```jsonc
{"schema": "aigclabel.models/1",
 "register": {…},
 "signature": {"algorithm": "es256", "chain": ["base64 of DER", …], "value": "base64"}}
```

The signature is over the schema's name, a line feed, and the canonical JSON (RFC 8785) of the
object. Every value in it is text, a whole number, null, a list or an object, so that sorted
members without spaces in UTF-8 are its canonical form. The algorithms are those of signers (C2PA
2.4, 13.2.1); a signature over such a text can never be one over a C2PA claim, which begins as CBOR.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigclabel.intake.texts import now

if TYPE_CHECKING:
    from aigclabel.signing import Signer, TrustStore

_LARGEST = 64 << 20
"""Bytes of an export that is read."""
_DEEPEST = 20
_CHAIN = 10
"""Certificates that are looked at, as in signers' chains."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """What became of a signature: whether it fits, whether its signer is believed (None: nobody
    was named), the name in its certificate, and what is wrong, or who vouches."""

    intact: bool
    trusted: bool | None
    signer: str
    why: str


def signed(schema: str, member: str, told: dict[str, Any], signer: Signer) -> dict[str, Any]:
    """The object under `member`, with schema and signature. Raises SigningError when the key cannot
    be used, ValueError for what is no text, whole number, null, list or object."""
    from aigclabel.signing.pem import certificate_blocks, contents
    from aigclabel.signing.raw import raw_signature

    signer = signer.resolved()
    made = raw_signature(signer, _message(schema, told))
    chain = [contents(block) for block in certificate_blocks(signer.chain)]
    return {
        "schema": schema,
        member: told,
        "signature": {
            "algorithm": signer.algorithm,
            "chain": [b64encode(each).decode("ascii") for each in chain],
            "value": b64encode(made).decode("ascii"),
        },
    }


def parsed(schema: str, data: bytes | str) -> dict[str, Any]:
    """What was signed under a schema, unverified. Raises ValueError for anything else."""
    if len(data) > _LARGEST:
        raise ValueError("too large")
    text = data.decode("utf-8") if isinstance(data, bytes) else data
    held = json.loads(text, object_pairs_hook=_once)
    if not isinstance(held, dict) or held.get("schema") != schema:
        raise ValueError("another schema")
    return held


def vouched(held: dict[str, Any], member: str, trust: TrustStore | None) -> Vouched:
    """Whether the signature fits, and whether to believe it, now. Raises KeyError, TypeError and
    ValueError for what is no such object."""
    signature = held["signature"]
    algorithm, value = str(signature["algorithm"]), b64decode(signature["value"], validate=True)
    chain = tuple(b64decode(each, validate=True) for each in signature["chain"][:_CHAIN])
    name, intact, why = _checked(chain, algorithm, _message(held["schema"], held[member]), value)
    trusted = None
    if intact and trust is not None:
        trusted, why = _believed(chain, trust)
    elif intact:
        why = "the signature fits; whom you believe was not said"
    return Vouched(intact, trusted, name, why)


def canonical(register: dict[str, Any]) -> bytes:
    """The canonical JSON (RFC 8785) of an object of text, whole numbers, null, lists and objects
    whose names are ASCII. Raises ValueError for others."""
    _plain(register, 0)
    text = json.dumps(
        register, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode("utf-8")


def _message(schema: str, told: dict[str, Any]) -> bytes:
    return schema.encode("ascii") + b"\n" + canonical(told)


def _plain(value: object, depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if isinstance(value, dict):
        for name, each in value.items():
            if not isinstance(name, str) or not name.isascii():
                raise ValueError("a member's name is not ASCII")
            _plain(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _plain(each, depth + 1)
    elif not (value is None or type(value) in {str, int}):
        raise ValueError("a value that is neither text nor a whole number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two members of one name mean one thing to some readers and another to others."""
    held = dict(pairs)
    if len(held) != len(pairs):
        raise ValueError("a member stands there twice")
    return held


def _checked(
    chain: tuple[bytes, ...], algorithm: str, told: bytes, value: bytes
) -> tuple[str, bool, str]:
    """The signer's name, whether the signature fits, and what is wrong."""
    from aigclabel.signing.names import holder
    from aigclabel.signing.pem import certificate
    from aigclabel.signing.raw import HASHES, made_by

    leaf = certificate(chain[0]) if chain else None
    if leaf is None:
        return "", False, "there is no certificate that can be read"
    name = holder(leaf)
    known = algorithm in HASHES or algorithm == "ed25519"
    if known and made_by(leaf, algorithm, told, value):
        return name, True, ""
    return name, False, "the signature does not fit: the register was altered, or is another's"


def _believed(chain: tuple[bytes, ...], trust: TrustStore) -> tuple[bool, str]:
    from aigclabel.signing.paths import Purpose, judged

    belief = judged(chain, Purpose.CLAIM, trust.anchors, keys=trust.keys, at=now())
    return belief.trusted, belief.reason
