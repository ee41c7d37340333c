"""IPTC's digital source types, which C2PA and XMP share (cv.iptc.org/newscodes)."""

from __future__ import annotations

from aigclabel.model import Origin

BASE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_C2PA = "http://c2pa.org/digitalsourcetype/"
_IPTC_CODES = (
    "digitalCapture",
    "computationalCapture",
    "negativeFilm",
    "positiveFilm",
    "print",
    "humanEdits",
    "minorHumanEdits",
    "digitalCreation",
    "digitalArt",
    "dataDrivenMedia",
    "virtualRecording",
    "screenCapture",
    "softwareImage",
    "compositeCapture",
    "composite",
    "compositeSynthetic",
    "algorithmicallyEnhanced",
    "algorithmicMedia",
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
)
_URIS = {code.casefold(): BASE + code for code in _IPTC_CODES}
_C2PA_URIS = {code.casefold(): _C2PA + code for code in ("empty", "trainedAlgorithmicData")}
_MADE = {
    Origin.GENERATED: "trainedAlgorithmicMedia",
    Origin.EDITED: "compositeWithTrainedAlgorithmicMedia",
    Origin.ENHANCED: "algorithmicallyEnhanced",
}
_STATED = {BASE + _MADE[each]: each for each in (Origin.GENERATED, Origin.EDITED)}
"""An enhancement is not here: it is an algorithm, and no evidence of generative AI."""


def uri_of(origin: Origin) -> str:
    """The source type of content of this origin; empty where no AI had a part in it."""
    return BASE + _MADE[origin] if origin in _MADE else ""


def origin_of(uri: str) -> Origin:
    """What a source type states, in whatever spelling; UNKNOWN when it says nothing of AI."""
    return _STATED.get(canonical(uri)[0], Origin.UNKNOWN)


def canonical(text: str) -> tuple[str, tuple[str, ...]]:
    """The URI that a text means, and how the text departs from it: `bare-code`, `scheme`
    (https), `case`, `spelling` (spaces, a slash at the end), `unknown-code` (then the text
    comes back as it is)."""
    told = []
    bare = text.strip().rstrip("/")
    if bare != text:
        told.append("spelling")
    scheme, mark, rest = bare.partition("://")
    if not mark:
        rest = bare
    folder, _, code = rest.rpartition("/")
    table = _C2PA_URIS if folder.casefold() == "c2pa.org/digitalsourcetype" else _URIS
    if folder.casefold() not in {"", *(each[7:-1] for each in (BASE, _C2PA))}:
        return text, ("unknown-code",)
    uri = table.get(code.casefold())
    if uri is None:
        return text, ("unknown-code",)
    if not folder:
        told.append("bare-code")
    elif scheme != "http":
        told.append("scheme")
    if not uri.endswith(rest):
        told.append("case")
    return uri, tuple(told)
