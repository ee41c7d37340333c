"""`cn.aigc`: the implicit label of GB 45438-2025 (6.1 and Annex E), placed as TC260's guides
20257A, 20258A, 20259A and 202510A say.

Deviations that a reading can have (`cn.aigc.<what>`; E is Annex E of the standard):

| what | meaning | clause |
|---|---|---|
| wrapped | `{"AIGC": {…}}` where the guides want the inner object | 20259A |
| attribute | an XMP attribute instead of an element | 20259A |
| prefix | another prefix than TC260 for the right namespace | 20259A |
| namespace | a property called AIGC in another namespace | 20259A |
| unbound | the prefix was never declared: no well-formed XML | 20259A |
| struct, alt | an XMP structure, or an array, instead of text | 20259A |
| double-escaped | entities were escaped twice | E b) |
| json-string | a JSON text as a string inside JSON | E b) |
| unparsable | no JSON; the fields are what could be had | E b) |
| key-case | names of fields, or AIGC itself, in another spelling | E a), b) |
| draft-names | ServiceProvider, ContentId | E b) |
| unknown-field | a field that Annex E does not have | E b) |
| repeated-field | a field twice; the first counts, and two values are a conflict | E b) |
| missing-field | a field is not there, or Label, ContentProducer or ProduceID is empty | E b)-e) |
| empty-propagator | ContentPropagator or PropagateID is empty | E note 1 |
| label-type, field-type | Label, or another field, is not a string | E c)-i) |
| label-value | Label is not 1, 2 or 3 | E c) |
| reserved-object | a reserved code is an object; kept as its compact JSON | E f), i) |
| charset | a value has characters outside E j) | E j) |
| code-format, code-check-digit, code-service | a 27-character provider code is wrong | 20252A |
| seal-fails | ReservedCode1 is no signature of this label: it was changed since | 202511A A.1 |
| seal-unsupported | ReservedCode1 is of a kind that nobody here can check | 202511A |
| seal-prehashed | it holds, over the SM3 digest of what the guide wants signed | 202511A A.1 |
| seal-bare-digest | it holds, as RSA over the digest without its DigestInfo | 202511A A.1 |
| relay-seal-unsupported | ReservedCode2 is there; what it signs is not published | 202511A |
| duplicate, conflict | more than one label; labels, or values in one, that disagree | 6.1 c) |
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from aigclabel.errors import CannotLabel
from aigclabel.model import Declaration, Fields, Layer, Origin, Place
from aigclabel.protocols import Entry, Property, Reading, Value, Wish
from aigclabel.schemas import cn_security, provider_code
from aigclabel.schemas.cn_forms import FIELDS, Form, of_pairs, of_text, spelled
from aigclabel.seals import Seal
from aigclabel.slots.scalars import Plain

URI = "http://www.tc260.org.cn/ns/AIGC/1.0/"
PREFIX = "TC260"
NAME = "AIGC"
_RELAYED = ("ContentPropagator", "PropagateID", "ReservedCode2")
_LABELS = {"": "1", "confirmed": "1", "declared": "2", "suspected": "3"}
"""E c): the content is generated; 2 says possibly, 3 suspected. That these are the judgements of
Measures Art. 6(1) to (3) follows from identical words: inferred."""
_LONGEST = 2048
"""Characters per field: the cap of a large cloud's document interface; Annex E has none."""
_WRITABLE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]*")
"""E j)."""
_READABLE = re.compile(r"[\x21-\x5b\x5d-\x7e]*")
"""E j) with the quotation mark, which stands as an escape in the JSON."""
_NUMERIC = re.compile(r"[-+]?[0-9.][0-9._eExXoO+-]*|~|null|true|false", re.IGNORECASE)
"""What YAML takes for something else than a string when it stands without quotes."""
_FORMS = {"attribute": "attribute", "resource": "attribute", "struct": "struct"}
_KEYED = frozenset(
    {
        "audio/flac",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/opus",
        "audio/wav",
        "audio/webm",
        "audio/x-matroska",
        "video/mp4",
        "video/ogg",
        "video/quicktime",
        "video/webm",
        "video/x-flv",
        "video/x-matroska",
        "video/x-msvideo",
        "application/pdf",
    }
)
"""Formats whose own named value `AIGC` the guides name (20257A, 20258A, 202510A). Films in Ogg
they do not name, nor has Ogg a place for XMP: they keep the one that 202510A gives to Ogg."""
_OFFICE = (
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.ms-word.",
    "application/vnd.ms-excel.",
    "application/vnd.ms-powerpoint.",
)
"""OOXML with its templates and macro-enabled forms: docProps/custom.xml (20258A 6.1)."""


class CnAigc:
    """The seven fields of Annex E."""

    id = "cn.aigc"
    layer = Layer.METADATA
    fields = FIELDS
    relayed = _RELAYED
    judged = "Label"
    ladder = ("3", "2", "1")
    """E c): suspected, possibly, is; from the weakest statement to the strongest."""

    def fill(self, declaration: Declaration, wish: Wish) -> Fields:  # noqa: ARG002
        """A first label: the producer is also the first propagator (E note 1), unless the
        declaration names one. Raises CannotLabel for what Annex E j) does not allow."""
        producer = declaration.producer_code or declaration.producer
        given = {
            "Label": _LABELS[declaration.judgement],
            "ContentProducer": producer,
            "ProduceID": declaration.content_id,
            "ReservedCode1": declaration.security_code,
            "ContentPropagator": producer,
            "PropagateID": declaration.content_id,
            "ReservedCode2": "",
        }
        if declaration.relays:
            given |= _propagation(declaration)
        fields = _checked(tuple(given.items()))
        if cn_security.check(fields).state == "fails":
            raise CannotLabel(
                f"security_code is not of this label ({given['ContentProducer']}, "
                f"{given['ProduceID']}): make it with the same producer and content_id"
            )
        return fields

    def home(self, media_type: str) -> tuple[str, str] | None:
        """The place that the guides name for a media type."""
        if media_type in _KEYED or media_type.startswith(_OFFICE):
            return "key", NAME
        if media_type.startswith(("image/", "audio/", "video/")):
            # 20259A for pictures; 20257A and 202510A for all other audio and video.
            return "xmp", ""
        return ("frontmatter", "") if media_type == "text/markdown" else None

    def spell(self, fields: Fields, kind: str) -> tuple[Entry, ...]:
        """The one normative form per kind of slot."""
        if kind == "xmp":
            return (Entry(NAME, spelled(fields), URI, PREFIX),)
        if kind == "frontmatter":
            given = dict(fields)
            return (Entry(NAME, tuple((name, given.get(name, "")) for name in FIELDS)),)
        return (Entry(NAME, spelled(fields)),)

    def find(self, value: Value) -> tuple[Reading, ...]:
        """Every AIGC label in a value, in any form that writers use."""
        found = [
            *(self._property(each, value) for each in value.properties),
            *(self._keyed(name, text, value) for name, text in value.texts),
            *(self._keyed(name, inner, value) for name, inner in value.mapping),
        ]
        return tuple(each for each in found if each)

    def origin(self, fields: Fields) -> Origin:
        """Whatever such a label says of its content, it says that AI had a part in it."""
        return Origin.GENERATED if any(text for _, text in fields) else Origin.UNKNOWN

    def ours(self, fields: Fields, declaration: Declaration) -> bool:
        """Whether ContentProducer is the declaration's producer, by code or name."""
        names = {declaration.producer_code, declaration.producer} - {""}
        return dict(fields).get("ContentProducer") in names

    def relay(self, fields: Fields, declaration: Declaration) -> Fields:
        """The label with the declaration's propagator; the producer's fields stay (Measures
        Art. 6 last paragraph). Raises CannotLabel for what E j) does not allow."""
        told = _propagation(declaration)
        _checked(tuple(told.items()))
        given = dict(fields) | told
        return tuple((name, given.get(name, "")) for name in FIELDS)

    def corrected(self, fields: Fields, value: str, security_code: str = "") -> Fields:
        """The label with another Label, and with another ReservedCode1 where one is given; all
        else as it is. Raises CannotLabel for a value that Annex E c) does not have."""
        if value not in self.ladder:
            raise CannotLabel(f"Label {value[:20]!r} is none of GB 45438-2025: write 1, 2 or 3")
        given = dict(fields) | {self.judged: value}
        if security_code:
            _check_code(security_code)
            given["ReservedCode1"] = security_code
        return tuple((name, given.get(name, "")) for name in FIELDS)

    def sealed(self, fields: Fields, keys: tuple[bytes, ...]) -> Seal:
        """What the producer's own signature in ReservedCode1 proves (TC260-PG-202511A)."""
        told = cn_security.check(fields, keys)
        if not dict(fields).get("ReservedCode2", ""):
            return told
        return replace(told, deviations=(*told.deviations, "cn.aigc.relay-seal-unsupported"))

    # -- reading --------------------------------------------------------------------------

    def _property(self, found: Property, value: Value) -> Reading | None:
        if found.form == "struct":
            form = _in_pairs(found.name, tuple((each.name, each.text) for each in found.children))
        else:
            form = _in_text(found.name, found.text)
        if form is None:
            return None
        at_home = (found.uri, found.name) == (URI, NAME)
        place = self._place(value, NAME) if at_home else Place.NON_STANDARD
        return _reading(form, (found.uri, found.name), place, _syntax(found))

    def _keyed(self, name: str, inner: str | Fields, value: Value) -> Reading | None:
        """A label in a named text (EXIF tag, key of the format) or front-matter key."""
        if isinstance(inner, str):
            form = _in_text(name, inner)
            told = ["json-string"] if value.slot.kind == "frontmatter" else []
        else:
            form = _in_pairs(name, inner)
            told = _untyped(inner)
        if form is None:
            return None
        if name != NAME and _is_named(name):
            told.append("key-case")
        return _reading(form, ("", name), self._place(value, name), told)

    def _place(self, value: Value, name: str) -> Place:
        slot = value.slot
        home = self.home(value.media_type)
        if slot.home and home and home[0] == slot.kind and name == NAME:
            return Place.NORMATIVE
        annex_b = (
            (slot.kind, name) == ("exif", "UserComment")
            and value.media_type in {"image/jpeg", "image/webp"}
        ) or ((slot.form, name, value.media_type) == ("tEXt", NAME, "image/png"))
        # 20259A Annex B (informative).
        return Place.INFORMATIVE if annex_b else Place.NON_STANDARD


def seal_code(
    declaration: Declaration, sign: Callable[[bytes], bytes], key: bytes, label: str = ""
) -> str:
    """The `security_code` for a declaration: ReservedCode1 with the producer's signature of
    Label, ContentProducer and ProduceID, and the public key that verifies it. `label` is the Label
    that a correction is to give it; without, the one that a first label has.

    `sign` gives the signature of the bytes that it is called with, which it hashes itself: SM2
    with SM3 (id 1234567812345678) or ECDSA as DER, RSA with PKCS #1 v1.5, both over SHA-256;
    `key` is the public key (PEM or DER). Raises CannotLabel where the declaration gives no
    label or the key serves nobody, SigningError where the two do not fit each other,
    MissingExtra for SM2 without the extra `gm`.
    """
    bare = CnAigc().fill(replace(declaration, security_code=""), Wish())
    bare = CnAigc().corrected(bare, label) if label else bare
    return cn_security.seal(bare, sign, key)


def _propagation(declaration: Declaration) -> dict[str, str]:
    return {
        "ContentPropagator": declaration.propagator_code or declaration.propagator,
        "PropagateID": declaration.propagate_id or declaration.content_id,
        "ReservedCode2": "",
    }


def _checked(fields: Fields) -> Fields:
    """The fields, if Annex E allows to write them. Raises CannotLabel, with advice."""
    for name, text in fields:
        advice = "a short ASCII id"
        if name in {"ContentProducer", "ContentPropagator"}:
            side = "producer" if name == "ContentProducer" else "propagator"
            advice = f"a code for it ({side}_code)"
        if not text and not name.startswith("Reserved"):
            raise CannotLabel(f"{name} of the AIGC label would be empty: give {advice}")
        if name == "ReservedCode1":
            _check_code(text)
        elif not _WRITABLE.fullmatch(text) or len(text) > _LONGEST:
            raise CannotLabel(
                f"{name} {text[:40]!r} cannot stand in an AIGC label (GB 45438-2025 Annex E j): "
                f"no spaces, quotes, backslashes or non-ASCII letters): give {advice}"
            )
        wrong = provider_code.check(text) if provider_code.looks_like_one(text) else ()
        if wrong:
            raise CannotLabel(
                f"{name} {text!r} looks like a TC260 provider code but is none "
                f"({', '.join(wrong)}): check it for a typing error"
            )
    return fields


def _check_code(text: str) -> None:
    """Integrity data may hold quotation marks, which stand as escapes in the JSON."""
    if not _READABLE.fullmatch(text):
        raise CannotLabel(
            "security_code cannot stand in an AIGC label (GB 45438-2025 Annex E j): no spaces, "
            "backslashes or non-ASCII letters: write it as compact JSON or as hex digits"
        )
    if len(text) > _LONGEST:
        raise CannotLabel(
            f"security_code has {len(text)} characters, more than {_LONGEST}: sign with a "
            "shorter key (SM2, ECDSA, RSA up to 3072 bits)"
        )


def _is_named(name: str) -> bool:
    return name.casefold() == NAME.casefold()


def _in_text(name: str, text: str) -> Form | None:
    form = of_text(text)
    if form is None and _is_named(name) and text.strip("\0 \t\r\n"):
        return Form((), ("unparsable",))
    return form if form and _is_label(form, name) else None


def _in_pairs(name: str, pairs: Fields) -> Form | None:
    form = of_pairs((key, None if _is_null(text) else text) for key, text in pairs)
    return form if _is_label(form, name) else None


def _is_label(form: Form, name: str) -> bool:
    """Under a name that is not AIGC, a text must speak of AIGC itself or hold several fields
    of Annex E: a comment that says "AIGC photo" is no label."""
    if _is_named(name):
        return True
    several = len(form.known) > 1 and "draft-names" not in form.departures
    return bool(form.known) and (form.named or several or NAME.casefold() in name.casefold())


def _is_null(text: str) -> bool:
    return isinstance(text, Plain) and text.casefold() in {"~", "null"}


def _syntax(found: Property) -> list[str]:
    """How an XMP property called AIGC departs from the guide's form."""
    if not _is_named(found.name):
        return []
    told = []
    if not found.bound:
        told.append("unbound")
    elif found.uri != URI:
        told.append("namespace")
    elif found.prefix != PREFIX:
        told.append("prefix")
    if found.name != NAME:
        told.append("key-case")
    if found.form != "element":
        told.append(_FORMS.get(found.form, "alt"))
    if "alt" in told and len({each.text for each in found.children}) > 1:
        told.append("conflict")
    return told


def _untyped(pairs: Fields) -> list[str]:
    """Front-matter values without quotes that YAML does not take for strings."""
    odd = {name for name, text in pairs if isinstance(text, Plain) and _NUMERIC.fullmatch(text)}
    told = ["label-type"] if any(name.casefold() == "label" for name in odd) else []
    return told + ["field-type"] * any(name.casefold() != "label" for name in odd)


def _reading(form: Form, key: tuple[str, str], place: Place, told: list[str]) -> Reading:
    told += form.departures
    if place is Place.INFORMATIVE and "wrapped" in told:
        told.remove("wrapped")  # that is the form of Annex B
    if form.fields:
        told += _content(dict(form.fields))
    named = tuple(f"cn.aigc.{each}" for each in dict.fromkeys(told))
    codes = tuple(
        each
        for name in ("ContentProducer", "ContentPropagator")
        for code in [dict(form.fields).get(name, "")]
        if provider_code.looks_like_one(code)
        for each in provider_code.check(code)
    )
    return Reading(form.fields, key, place, tuple(dict.fromkeys(named + codes)))


def _content(fields: dict[str, str]) -> list[str]:
    """How the values depart from Annex E c) to j)."""
    told = []
    required = [fields.get(name, "") for name in FIELDS[:3]]
    if not all(required) or len(fields) < len(FIELDS):
        told.append("missing-field")
    if not (fields.get("ContentPropagator") and fields.get("PropagateID")):
        told.append("empty-propagator")
    if fields.get("Label", "1") not in {"1", "2", "3"}:
        told.append("label-value")
    if not all(_READABLE.fullmatch(text) for text in fields.values()):
        told.append("charset")
    return told
