"""A manifest store looked into by our own, bounded reader: what the SDK does not hand out.

That is what the signature holds beside itself, and the byte ranges that a hard binding leaves
out. Boxes are those of ISO 19566-5 (JUMBF) as C2PA 2.4, 11.1 uses them.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace

from aigclabel.carriers.signed import cbor
from aigclabel.carriers.signed.cose import responses, sign1
from aigclabel.errors import MalformedAsset

_UUID = b"\x00\x11\x00\x10\x80\x00\x00\xaa\x008\x9bq"
MAGIC = b"jumdc2pa" + _UUID
"""How the description of a manifest store begins, wherever a file keeps it."""
TRACES = (
    b"c2pa" + _UUID,
    b"c2ma" + _UUID,
    b"c2cl" + _UUID,
    b"c2cs" + _UUID,
    b64encode(MAGIC[:18]),
)
"""What is left of a store even when its beginning is damaged: the types of store, manifest,
claim and signature; and what every store in Base64 holds, as SVG and HTML keep it: its MAGIC begins
after 12 bytes, which is after 16 letters."""

C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""C2PA 2.4, A.5.1: the box that holds a manifest, or hashes of the parts of a movie."""
_MAX_BOXES = 20_000
_MAX_DEPTH = 8
_OLD_CLAIM = "c2pa.claim"
_STATUS = "c2pa.certificate-status"
_MAX_STATUSES = 16
_STAMPS = "c2pa.time-stamp"
_MAX_STAMPS = 8
_SOFT = "c2pa.soft-binding"
_MOST, _LARGEST = 64, 4096
"""Soft bindings of a manifest that are read, and bytes of the value of one."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its type, its label where it has one, its content, and the boxes inside.

    `role` is what a superbox is for (`c2as`: assertion store), from the UUID of its
    description. Nobody signs the label of a store, and readers go by its role.
    """

    kind: bytes
    label: str
    content: bytes
    inside: tuple[Box, ...] = ()

    @property
    def role(self) -> bytes:
        """Four characters; empty for a box of another kind."""
        first = self.inside[0] if self.inside else None
        described = first is not None and first.kind == b"jumd" and first.content[4:16] == _UUID
        return first.content[:4] if first is not None and described else b""


@dataclass(frozen=True, slots=True)
class Signed:
    """What one manifest of the store holds beside its statements.

    `chain` are the signer's certificates (DER, its own first), `clean` is False when the
    signature's padding is not zero, `exclusions` are the ranges (start, length) that
    `c2pa.hash.data` leaves out, None where another kind of hash binds the manifest.
    `sources` are the digitalSourceTypes of ingredients, which the SDK does not report.
    `boxes` are the paths (`/free`, `/moov/udta`) of boxes that `c2pa.hash.bmff` leaves out, or
    may leave out in part, beside those of C2PA's own.
    `stamps` are time-stamp tokens (DER), each with the message that it has to be about,
    `responses` OCSP responses (DER) from the signature and from `c2pa.certificate-status`,
    `stamped` the tokens that it keeps for other manifests, by their labels. `update` says that it
    is an update manifest, which has no hash of its own (C2PA 2.4, 11.2), `algorithm` how the
    signature says to be made and `message` what it has to be over.
    """

    chain: tuple[bytes, ...] = ()
    clean: bool = True
    exclusions: tuple[tuple[int, int], ...] | None = None
    sources: tuple[tuple[str, str], ...] = ()
    stamps: tuple[tuple[bytes, bytes], ...] = ()
    responses: tuple[bytes, ...] = ()
    boxes: tuple[str, ...] = ()
    signature: bytes = b""
    stamped: tuple[tuple[str, bytes], ...] = ()
    update: bool = False
    algorithm: str = ""
    message: bytes = b""
    bindings: tuple[tuple[str, bytes], ...] = ()
    """Soft bindings: the algorithm, and the value of each block, whatever it is about."""


def manifests(store: bytes) -> dict[str, Signed]:
    """What every manifest of a store holds, by its label. Raises MalformedAsset."""
    return _stamped_later({label: about(box) for label, box in boxes(store).items()})


def boxes(store: bytes) -> dict[str, Box]:
    """The manifests of a store by their labels, the active one last (C2PA 2.4, 11.1.4.2). Raises
    MalformedAsset, also for a label that stands there twice: another reader may take the other."""
    top = next(iter(_boxes(memoryview(store), [_MAX_BOXES], 0)), None)
    if top is None or top.kind != b"jumb":
        raise MalformedAsset("the manifest store does not begin with a JUMBF box")
    found = {box.label: box for box in top.inside if box.label}
    if len(found) < sum(bool(box.label) for box in top.inside):
        raise MalformedAsset("two manifests of the store have the same label")
    return found


def _stamped_later(found: dict[str, Signed]) -> dict[str, Signed]:
    """The manifests, each with the time stamps that others keep of it: a `c2pa.time-stamp`
    assertion maps the labels of manifests to tokens over their signatures."""
    for told in tuple(found.values()):
        for label, token in told.stamped:
            one = found.get(label)
            if one is not None and one.signature:
                stamps = (*one.stamps, (token, one.signature))[:_MAX_STAMPS]
                found[label] = replace(one, stamps=stamps)
    return found


def claim_and_signature(store: bytes) -> tuple[bytes, bytes]:
    """Claim and signature of the active manifest, as they stand. Raises MalformedAsset."""
    active = next(reversed(boxes(store).values()), None)
    claim = part(active, b"c2cl") if active else None
    signature = part(active, b"c2cs") if active else None
    if claim is None or signature is None:
        raise MalformedAsset("the active manifest has no claim, or no signature")
    return payload(claim), payload(signature)


def _boxes(data: memoryview, budget: list[int], depth: int) -> Iterator[Box]:
    if depth > _MAX_DEPTH:
        raise MalformedAsset("the manifest store nests its boxes too deeply")
    at = 0
    while at + 8 <= len(data):
        budget[0] -= 1
        if budget[0] < 0:
            raise MalformedAsset(f"the manifest store holds more than {_MAX_BOXES} boxes")
        head, size = _size(data, at)
        kind = bytes(data[at + 4 : at + 8])
        content = data[at + head : at + size]
        if kind == b"jumb":
            inside = tuple(_boxes(content, budget, depth + 1))
            yield Box(kind, _label(inside), b"", inside)
        else:
            yield Box(kind, "", bytes(content))
        at += size


def _size(data: memoryview, at: int) -> tuple[int, int]:
    """Length of a box's header, and of the whole box."""
    size, head = int.from_bytes(data[at : at + 4], "big"), 8
    if size == 1:
        size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
    elif size == 0:
        size = len(data) - at
    if size < head or at + size > len(data):
        raise MalformedAsset("a box of the manifest store lies about its size")
    return head, size


def _label(inside: tuple[Box, ...]) -> str:
    """The label of a superbox: after UUID and toggles in its description box."""
    if not inside or inside[0].kind != b"jumd":
        return ""
    described = inside[0].content
    if len(described) <= 17 or not described[16] & 2:  # noqa: PLR2004  16 of UUID, 1 of toggles
        return ""
    return described[17:].split(b"\0", 1)[0].decode("utf-8", "replace")


def about(manifest: Box) -> Signed:
    """What one manifest holds beside its statements. Raises MalformedAsset."""
    group, signature = part(manifest, b"c2as"), part(manifest, b"c2cs")
    assertions = {box.label: box for box in group.inside} if group else {}
    claim = part(manifest, b"c2cl")
    told = sign1(
        payload(signature) if signature else b"",
        payload(claim) if claim else b"",
        # A claim can be stamped long before somebody signs it (C2PA 2.4, 10.3.2.5.2).
        older=claim is not None and claim.label == _OLD_CLAIM,
    )
    binding = assertions.get("c2pa.hash.data")
    return Signed(
        told.chain,
        told.clean,
        _exclusions(payload(binding)) if binding else None,
        tuple(
            (label, _source(box))
            for label, box in assertions.items()
            if label.startswith("c2pa.ingredient")
        ),
        told.stamps,
        told.responses + _statuses(assertions),
        tuple(name for label, box in assertions.items() for name in _left_out(label, box)),
        told.signature,
        tuple(each for label, box in assertions.items() for each in _tokens(label, box)),
        manifest.role == b"c2um",
        told.algorithm,
        told.message,
        tuple(each for label, box in assertions.items() for each in _bindings(label, box))[:_MOST],
    )


def _bindings(label: str, assertion: Box) -> Iterator[tuple[str, bytes]]:
    told = _told(assertion) if label.partition("__")[0] == _SOFT else None
    alg, blocks = (told.get("alg"), told.get("blocks")) if isinstance(told, dict) else ("", None)
    for each in blocks if isinstance(blocks, list) else ():
        value = _bytes(each.get("value")) if isinstance(each, dict) else b""
        if isinstance(alg, str) and alg and 0 < len(value) <= _LARGEST:
            yield alg, value


def _bytes(value: object) -> bytes:
    """A byte string; also one written as a text, or as a list of numbers, as some writers do."""
    if isinstance(value, list):
        fit = all(isinstance(each, int) and 0 <= each <= 255 for each in value)  # noqa: PLR2004
        return bytes(value) if fit else b""
    if isinstance(value, str):
        return value.encode("utf-8")
    return value if isinstance(value, bytes) else b""


def _tokens(label: str, assertion: Box) -> Iterator[tuple[str, bytes]]:
    told = _told(assertion) if label.startswith(_STAMPS) else None
    for about, token in told.items() if isinstance(told, dict) else ():
        if isinstance(about, str) and isinstance(token, bytes):
            yield about, token


def _left_out(label: str, binding: Box) -> Iterator[str]:
    """The boxes that a binding of a movie leaves out. Conditions on what stands in them are not
    followed, but for the one of C2PA's own box (C2PA 2.4, A.5.4)."""
    told = _told(binding) if label.startswith("c2pa.hash.bmff") else None
    listed = told.get("exclusions") if isinstance(told, dict) else None
    for each in listed if isinstance(listed, list) else ():
        path = each.get("xpath") if isinstance(each, dict) else None
        if isinstance(path, str) and not (path == "/uuid" and _is_own(each)):
            yield path


def _is_own(exclusion: object) -> bool:
    """Whether an exclusion of `uuid` boxes is of those that hold C2PA's manifests alone."""
    told = exclusion.get("data") if isinstance(exclusion, dict) else None
    return isinstance(told, list) and {"offset": 8, "value": C2PA_UUID} in told


def _statuses(assertions: dict[str, Box]) -> tuple[bytes, ...]:
    """The OCSP responses that a manifest keeps as assertions."""
    named = (each for label, each in assertions.items() if label.startswith(_STATUS))
    return tuple(one for box in named for one in responses(_told(box)))[:_MAX_STATUSES]


def part(manifest: Box, role: bytes) -> Box | None:
    """The one box of a role in a manifest. Raises MalformedAsset for two: another reader may
    take the other one."""
    found = [each for each in manifest.inside if each.role == role]
    if len(found) > 1:
        raise MalformedAsset(f"a manifest holds {len(found)} boxes of type {role.decode()}")
    return found[0] if found else None


def payload(box: Box) -> bytes:
    """The CBOR that a claim, a signature or an assertion holds; empty where it is none."""
    return next((each.content for each in box.inside if each.kind == b"cbor"), b"")


def _exclusions(data: bytes) -> tuple[tuple[int, int], ...]:
    binding = cbor.decode(data)
    listed = binding.get("exclusions") if isinstance(binding, dict) else None
    ranges = []
    for each in listed if isinstance(listed, list) else ():
        start, length = (
            (each.get("start"), each.get("length")) if isinstance(each, dict) else (0, 0)
        )
        if isinstance(start, int) and isinstance(length, int):
            ranges.append((start, length))
    return tuple(ranges)


def _source(ingredient: Box) -> str:
    read = _told(ingredient)
    source = read.get("digitalSourceType") if isinstance(read, dict) else None
    return source if isinstance(source, str) else ""


def _told(assertion: Box) -> cbor.Value:
    """What an assertion says; None where that cannot be read."""
    data = payload(assertion)
    try:
        return cbor.decode(data) if data else None
    except MalformedAsset:
        return None
