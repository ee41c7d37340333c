"""`watermark`: a mark in the content itself, by which its label is found again.

What it says is a number, no label. The watermark's carrier writes and reads it.
"""

from __future__ import annotations

import re
from hashlib import sha256

from aigclabel.backends import NAMED, OURS
from aigclabel.errors import CannotLabel, UsageError
from aigclabel.model import Declaration, Fields, Layer, Origin
from aigclabel.protocols import Wish
from aigclabel.schemas.unslotted import Unslotted

ALGORITHM = OURS
"""The name of this library's marks among soft bindings (C2PA 2.4, 18.10): one of our own, not yet
in the list of algorithms that C2PA keeps."""
PROFILES = ("subtle", "standard", "durable")
UNSTATED = "unstated"
AT_GENERATION = "at generation"
_DIGITS = 16
_VALUE = re.compile(r"([0-9a-fA-F]{2}){1,512}")


class Watermark(Unslotted):
    """The algorithm, its payload in hex digits, and the name of the key that finds it.

    `profile` says how strong it was made; what was found has, instead, the chance that it is no
    mark (`p_value`, an upper bound), the `path` by which it was found (`direct`, `geometry`,
    `deep`), and what was done to the content since: `scale`, `angle` in degrees, `flip`, `turn`,
    `speed`. One that the signed manifest only states, because the model put it in, is `declared`
    (`at generation`): nobody here has found it.
    """

    id = "watermark"
    layer = Layer.WATERMARK
    fields = (
        *("alg", "payload", "key", "profile", "p_value", "path"),
        *("scale", "angle", "flip", "turn", "speed"),
        "declared",
    )
    relayed: tuple[str, ...] = ()

    def fill(self, declaration: Declaration, wish: Wish) -> Fields:
        """The payload that the caller wants, else one that follows from the content's number, so
        that the same content has the same. Raises CannotLabel for one that is no 64 bits."""
        payload = wish.payload.lower() or _derived(declaration)
        if wish.payload and not _is_payload(payload):
            raise CannotLabel(f"a payload is {_DIGITS} hex digits (64 bits), not {payload!r:.40}")
        hidden = (("key", wish.key or "public"), ("profile", wish.profile or "standard"))
        ours = wish.alg in {"", ALGORITHM}
        return (
            ("alg", wish.alg or ALGORITHM),
            ("payload", payload),
            *(hidden if ours else ()),
        )

    def origin(self, fields: Fields) -> Origin:  # noqa: ARG002
        """Nothing: a number says not what made the content."""
        return Origin.UNKNOWN

    def ours(self, fields: Fields, declaration: Declaration) -> bool:
        """Whether the payload is the one that follows from the declaration."""
        return dict(fields).get("payload", "") == _derived(declaration)


def declared(text: str) -> Fields:
    """The fields of a mark that a model put in while it made the content, which its maker states as
    `ALG` or `ALG=VALUE`: its name among soft bindings (C2PA 2.4, 18.10), and what its reader finds,
    in hex digits. Raises UsageError."""
    alg, equals, value = text.partition("=")
    if not NAMED.fullmatch(alg):
        raise UsageError(
            f"{alg!r:.60} is no name of a watermark: give ALG or ALG=VALUE, the name as C2PA lists "
            "it, or one of your own such as com.example.text.1"
        )
    if alg == ALGORITHM:
        raise UsageError(f"{ALGORITHM} is not declared but put in: use --watermark")
    if equals and not _VALUE.fullmatch(value):
        raise UsageError(
            f"what a declared watermark says is hex digits in pairs, not {value!r:.40}"
        )
    said = (("payload", value.lower()),) if value else ()
    return (("alg", alg), *said, ("declared", AT_GENERATION))


def _derived(declaration: Declaration) -> str:
    """64 bits of who made the content and its number, which tell neither."""
    if not declaration.content_id or declaration.content_id == UNSTATED:
        return UNSTATED
    who = declaration.producer_code or declaration.producer
    told = f"aigclabel watermark payload 1\0{who}\0{declaration.content_id}"
    return sha256(told.encode()).hexdigest()[:_DIGITS]


def _is_payload(text: str) -> bool:
    return len(text) == _DIGITS and all(each in "0123456789abcdef" for each in text)
