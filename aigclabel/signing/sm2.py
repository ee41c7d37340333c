"""SM2 signatures with SM3 (GB/T 32918.2, GB/T 32905), which `cryptography` does not have.

The arithmetic is that of gmalg (MIT, pure Python, about 20 ms per signature), an extra. Here
stands what it leaves to its caller: whether a key is a point of the curve, and how keys and
signatures are spelled. That much needs no extra.
"""

from __future__ import annotations

from types import ModuleType

from aigclabel.errors import MissingExtra

_P = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF
_A = _P - 3
_B = 0x28E9FA9E_9D9F5E34_4D5A9E4B_CF6509A7_F39789F5_15AB8F92_DDBCBD41_4D940E93
_N = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123
"""The curve of GB/T 32918.5; its cofactor is 1, so that every point of it is a key."""
_SIZE = 32
"""Bytes of a coordinate."""
_WIDE, _NARROW = 1 + 2 * _SIZE, 1 + _SIZE
SPKI = bytes.fromhex("3059301306072A8648CE3D020106082A811CCF5501822D034200")
"""What stands before the point in a SubjectPublicKeyInfo (DER has no other way to say it)."""
_ID = b"1234567812345678"
"""The signer's id where nobody agreed on another (GM/T 0009-2012, 10)."""


def spki_of(point: bytes) -> bytes | None:
    """The SubjectPublicKeyInfo (DER) of a point: 04 with both coordinates, or 02 (even y) or 03
    (odd y) with x alone; None where no point of the curve is spelled so."""
    x = int.from_bytes(point[1:_NARROW], "big")
    square = (x**3 + _A * x + _B) % _P
    if point[:1] == b"\x04" and len(point) == _WIDE:
        y = int.from_bytes(point[_NARROW:], "big")
    elif point[:1] in {b"\x02", b"\x03"} and len(point) == _NARROW:
        root = pow(square, (_P + 1) // 4, _P)  # P is 3 mod 4
        y = root if root % 2 == point[0] % 2 else _P - root
    else:
        return None
    if not (x < _P and 0 < y < _P and y * y % _P == square):
        return None
    return SPKI + b"\x04" + x.to_bytes(_SIZE, "big") + y.to_bytes(_SIZE, "big")


def verified(spki: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature (DER, r and s) is of this message by this key, which must come from
    `spki_of`.

    Raises MissingExtra without gmalg, ValueError for a signature that is not DER.
    """
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    gmalg = _gmalg()
    numbers = decode_dss_signature(signature)
    if not all(0 < each < _N for each in numbers):
        return False
    r, s = (each.to_bytes(_SIZE, "big") for each in numbers)
    return bool(gmalg.SM2(uid=_ID, pk=spki[len(SPKI) :]).verify(message, r, s))


def sm3(message: bytes) -> bytes:
    """The SM3 digest. Raises MissingExtra without gmalg: not every OpenSSL has SM3."""
    digest = _gmalg().SM3()
    digest.update(message)
    return bytes(digest.value())


def _gmalg() -> ModuleType:
    try:
        import gmalg
    except ImportError:
        raise MissingExtra(
            "SM2 signatures need another package: pip install 'aigclabel[gm]'"
        ) from None
    return gmalg  # type: ignore[no-any-return]
