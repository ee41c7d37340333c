"""What became of content since its manifest was signed, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aigclabel.errors import AigcLabelError
from aigclabel.model import Found, Layer, Place
from aigclabel.protocols import View
from aigclabel.provenance import RecoveredLabel
from aigclabel.told import Told

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigclabel.carriers.signed.apart import Apart
    from aigclabel.carriers.watermark.fingerprints import Likeness
    from aigclabel.carriers.watermark.windows import Piece
    from aigclabel.engine.recovering import Leads

_MOST = 64
_SAME_SIZE = 0.02
"""By so much in parts of the whole a piece may fall short of the picture and count as all of it."""


def labels(manifest: Apart, view: View) -> tuple[RecoveredLabel, ...]:
    """The labels that a manifest states for its content, each with the layer that it stood in. What
    only the parents of the manifest state comes where the manifest itself states nothing."""
    own = [each for each in manifest.found if each.place is Place.NORMATIVE]
    told = (_label(each, view) for each in own or manifest.found)
    return tuple(dict.fromkeys(told))[:_MOST]


def _label(found: Found, view: View) -> RecoveredLabel:
    schema = view.schemas.get(found.mark.schema)
    layer = schema.layer if schema is not None else found.mark.layer
    return RecoveredLabel(layer.value, found.mark.schema, found.mark.fields)


def cut(recorded: bytes, view: View) -> Piece | None:
    """Where in the recorded picture this content was cut out, or how it stands in a larger one;
    None where it was not. `recorded` is the value of its windows."""
    from aigclabel.carriers.watermark import windows

    picture = _picture(view) if recorded else None
    return None if picture is None else windows.known(recorded, picture)


def _picture(view: View) -> Image | None:
    from aigclabel.carriers.watermark import fingerprinting

    try:
        return fingerprinting.displayed(view.asset, view.layout, view.limits)
    except AigcLabelError:
        return None


def changes(
    manifest: Apart, found: Leads, alike: tuple[Likeness, ...], piece: Piece | None
) -> Iterator[Told]:
    """What became of content since `manifest` was signed for it: of the file, then of what people
    see, then of its labels."""
    here = found.evidence
    if here.provenance.intact:
        yield Told("it carries another manifest, which is intact")
    elif here.provenance.present:
        yield Told("the manifest that it carries does not hold any more")
    else:
        yield Told("the signed manifest is gone")
    media_type = here.asset.media_type
    if manifest.media_type and manifest.media_type != media_type:
        yield Told("{0} became {1}", (manifest.media_type, media_type))
    yield from _sizes(manifest, found)
    yield from _looks(alike, piece)
    if piece is None and _is_turned(manifest, found):
        yield Told("it was turned or mirrored, or a border was put on or cut off")
    yield from _lost_labels(manifest, found)
    yield from _watermarks(manifest, found)


def _sizes(manifest: Apart, found: Leads) -> Iterator[Told]:
    from aigclabel.carriers.watermark import windows

    bound = {each.alg: each.value for each in manifest.provenance.soft_bindings}
    was = windows.size(bound.get(windows.ALG, b""))
    picture = _picture(found.view) if was else None
    if was and picture is not None and picture.size != was:
        sides = tuple(map(str, (*was, *picture.size)))
        yield Told("{0} by {1} pixels became {2} by {3}", sides)


def _is_turned(manifest: Apart, found: Leads) -> bool:
    """Whether a picture is only alike in another way than it stands."""
    from aigclabel.carriers.watermark.fingerprints import ALG, compare, units

    bound = manifest.provenance.soft_bindings
    recorded = [u for each in bound if each.alg == ALG for u in units(each.value)]
    as_it_stands = compare(recorded, [u for u in found.units if u.kind == "image"][:1])
    return any(not each.same for each in as_it_stands)


def _looks(alike: tuple[Likeness, ...], piece: Piece | None) -> Iterator[Told]:
    by = {each.kind: each for each in alike}
    if "instance" in by and by["instance"].same:
        yield Told("the bytes are those that were signed, before the manifest was put in")
        return
    if piece is not None:
        yield from _cut_words(piece)
    for kind in ("image", "audio", "video", "text"):
        if kind in by:
            far = str(by[kind].distance)
            yield Told("{0} of 256 bits of its {1} fingerprint differ", (far, Told(kind)))


def _cut_words(piece: Piece) -> Iterator[Told]:
    if piece.mirrored:
        yield Told("it was mirrored")
    if piece.angle:
        yield Told("it was rotated by about {0}°", (str(piece.angle),))
    width, height = (min(1.0, each) for each in (piece.width, piece.height))
    if width * height < 1 - _SAME_SIZE:
        share = round(100 * width * height)
        left, top = (max(0, round(100 * each)) for each in (piece.left, piece.top))
        yield Told(_CUT, tuple(map(str, (share, left, top))))
    if max(piece.width, piece.height) > 1 + _SAME_SIZE:
        yield Told("it stands in a larger picture")


_CUT = "cut to about {0} % of the picture, from {1} % left and {2} % top"


def _lost_labels(manifest: Apart, found: Leads) -> Iterator[Told]:
    there = {
        each.mark.schema: each.mark
        for each in found.evidence.marks
        if each.mark.layer is Layer.METADATA
    }
    for label in labels(manifest, found.view):
        if label.layer == Layer.METADATA:
            mark = there.get(label.schema)
            if mark is None:
                yield Told("the {0} label is gone", (label.schema,))
            elif mark.fields != label.fields:
                yield Told("the {0} label says something else now", (label.schema,))


def _watermarks(manifest: Apart, found: Leads) -> Iterator[Told]:
    """Marks that the manifest records and nobody finds, and others of the same kind."""
    from aigclabel.engine.bindings import expected

    recorded = expected(manifest.found, manifest.provenance)
    for alg, value in recorded:
        others = [each.hex() for name, each in found.marks if name == alg and each != value]
        if (alg, value) not in found.marks:
            yield Told("the watermark {0} {1} is not found in it", (alg, value.hex()))
        if others:
            yield Told("another watermark {0} stands in it: {1}", (alg, ", ".join(others[:4])))
