"""Soft bindings in manifests: written as C2PA wants them, read from anybody, and held to."""

import json
from dataclasses import replace
from io import BytesIO

import pytest
from unit.notices import coded, photo

from aigclabel import (
    Asset,
    Context,
    Declaration,
    Found,
    Layer,
    Limits,
    Mark,
    Plugins,
    Signer,
    UsageError,
    policy,
    read,
    stamp,
)
from aigclabel.carriers.signed import cbor, jumbf, lint, manifest
from aigclabel.carriers.signed.apart import store_in
from aigclabel.carriers.signed.carrier import SignedCarrier
from aigclabel.carriers.signed.sdk import typed
from aigclabel.carriers.watermark.fingerprints import units
from aigclabel.engine.reading import Desk, open_view
from aigclabel.errors import SigningError
from aigclabel.protocols import Seen, Work

SAID = Declaration("Example Models Ltd", producer_code="EXAMPLE", system="m", version="1")
RULES = policy("iptc-only")
PNG = coded(photo((120, 90)))
ALG, PAYLOAD = "org.aigclabel.spread.1", "0011223344556677"


def watermark(payload=PAYLOAD, alg=ALG, key="public"):
    return Mark(Layer.WATERMARK, "watermark", (("alg", alg), ("payload", payload), ("key", key)))


class Sees:
    """A carrier of watermarks that finds these and writes none."""

    name, layer, algorithms = "stand-in", Layer.WATERMARK, (ALG,)

    def __init__(self, *payloads, unread=False, key="public"):
        self._seen = Seen(
            tuple(Found(watermark(p, key=key), self.name, "pixels") for p in payloads),
            unread=unread,
        )

    def serves(self, *_):
        return ""

    def write(self, work):
        return work

    def read(self, _):
        return self._seen


def signed(asset, *marks, fingerprints=(), signer=None, before=Seen(), **more):  # noqa: B008
    """The asset signed with these marks in the plan."""
    work = Work(
        asset, asset, marks, SAID, before, None, {}, signer=signer or Signer.local(), **more
    )
    return SignedCarrier().write(replace(work, fingerprints=fingerprints)).asset


def boxes(asset):
    """The active manifest's assertions by label."""
    view, _ = open_view(asset, Context(), Desk(Plugins(), Limits()))
    active = list(jumbf.boxes(store_in(view)).values())[-1]
    return {box.label: box for box in jumbf.part(active, b"c2as").inside}


def actions(asset):
    told = cbor.decode(jumbf.payload(boxes(asset)["c2pa.actions.v2"]))
    return [each["action"] for each in told["actions"]]


PRINT = (("io.iscc.v0", "2107" + "ab" * 32),)
FORMS = {
    **{f"image/{k.lower()}": coded(photo((80, 60)), k) for k in ("PNG", "JPEG", "WEBP", "GIF")},
    "text/markdown": b"# Title\n\nWords.\n",
    "application/octet-stream": b"\1\2\3" * 99,
}


@pytest.mark.parametrize("kind", FORMS)
def test_values_and_padding_are_byte_strings_in_every_kind_of_file(kind):
    made = signed(Asset.of_bytes(FORMS[kind], kind), watermark(), fingerprints=PRINT)
    found = [b for label, b in boxes(made).items() if label.startswith("c2pa.soft-binding")]
    told = [cbor.decode(jumbf.payload(box)) for box in found]
    value = bytes.fromhex(PAYLOAD)
    assert told[0] == {"alg": ALG, "blocks": [{"scope": {}, "value": value}], "pad": b""}
    assert told[1]["blocks"][0]["value"] == bytes.fromhex(PRINT[0][1])
    evidence = read(made)
    assert evidence.provenance.intact
    assert [(b.alg, b.value.hex()) for b in evidence.provenance.soft_bindings] == [
        (ALG, PAYLOAD),
        PRINT[0],
    ]


def test_the_c2pa_library_reads_them_and_finds_nothing_wrong():
    from c2pa import Reader

    made = signed(Asset.of_bytes(PNG), watermark(), fingerprints=PRINT)
    told = json.loads(Reader("image/png", BytesIO(made.data())).json())
    assert told["validation_state"] == "Valid"
    wrong = {each["code"] for each in told.get("validation_status", ())}
    assert wrong == {"signingCredential.untrusted"}
    found = [
        each["data"]
        for each in told["manifests"][told["active_manifest"]]["assertions"]
        if each["label"] == "c2pa.soft-binding"
    ]
    assert [each["alg"] for each in found] == [ALG, "io.iscc.v0"]
    assert found[0]["blocks"][0]["value"] == "ABEiM0RVZnc="


def test_a_signer_elsewhere_and_an_identity_sign_them_too():
    local = Signer.local()
    from aigclabel.signing.raw import raw_signature

    far = Signer.from_callable(lambda data: raw_signature(local, data), local.chain)
    for signer in (far, local.with_identity(local)):
        made = signed(Asset.of_bytes(PNG), watermark(), fingerprints=PRINT, signer=signer)
        evidence = read(made)
        assert evidence.provenance.intact
        assert len(evidence.provenance.soft_bindings) == 2
        assert all(each.valid for each in evidence.provenance.identities)


def test_one_bit_of_a_value_is_covered_by_the_signature():
    made = signed(Asset.of_bytes(PNG), watermark(), fingerprints=PRINT)
    data, value = made.data(), bytes.fromhex(PRINT[0][1])
    assert data.count(value) == 1
    moved = data.replace(value, value[:-1] + b"\xaa")
    assert read(Asset.of_bytes(moved)).provenance.intact is False


def test_what_the_sdk_wrote_otherwise_is_never_signed():
    definition = {"assertions": [{"label": "x.y", "data": {"value": b"12345678"}}]}
    made = signed(Asset.of_bytes(PNG))
    view, _ = open_view(made, Context(), Desk(Plugins(), Limits()))
    with pytest.raises(SigningError, match="in another way"):
        typed.with_bytes(store_in(view), definition)


# -- actions ----------------------------------------------------------------------------


def test_a_mark_that_was_put_in_is_an_action_and_bound():
    made = signed(Asset.of_bytes(PNG), watermark())
    assert actions(made) == ["c2pa.created", "c2pa.watermarked.bound"]


def test_a_mark_that_was_there_is_bound_and_no_action():
    there = Seen((Found(watermark(), "stand-in", "pixels"),))
    made = signed(Asset.of_bytes(PNG), watermark(), before=there)
    assert actions(made) == ["c2pa.created"]
    assert read(made).provenance.soft_bindings[0].alg == ALG


def test_a_mark_that_c2pa_does_not_list_stays_unbound():
    made = signed(Asset.of_bytes(PNG), watermark(alg="com.example.mark.1"))
    assert actions(made) == ["c2pa.created", "c2pa.watermarked.unbound"]
    assert not read(made).provenance.soft_bindings


def test_a_payload_that_is_no_number_is_kept_as_its_letters():
    made = signed(Asset.of_bytes(PNG), watermark("word-7", "com.adobe.trustmark.P"))
    assert read(made).provenance.soft_bindings[0].value == b"word-7"


def test_an_empty_value_is_refused_before_anybody_signs():
    empty = {"alg": ALG, "blocks": [{"scope": {}, "value": b""}], "pad": b""}
    definition = manifest.amending({"c2pa.soft-binding": empty}, (), "")
    found = {each.rule for each in lint.breaches(definition, ("parent",))}
    assert "softBinding.value" in found


# -- stamp ------------------------------------------------------------------------------


def test_nothing_is_fingerprinted_unless_somebody_wants_it():
    assert not read(stamp(Asset.of_bytes(PNG), SAID, RULES)).provenance.soft_bindings


def test_a_fingerprint_that_was_asked_for_stands_in_the_manifest():
    made = stamp(Asset.of_bytes(PNG), SAID, RULES, fingerprint=True)
    bound = {each.alg: each.value for each in read(made).provenance.soft_bindings}
    assert [u.kind for u in units(bound["io.iscc.v0"])] == ["image", "data", "instance"]
    assert len(bound["org.aigclabel.windows.1"]) == 208
    assert actions(made) == ["c2pa.created"]
    again = stamp(made, SAID, RULES, fingerprint=True)
    assert again.data() == made.data()


def test_a_file_without_one_is_signed_anew_when_one_is_asked_for():
    plain = stamp(Asset.of_bytes(PNG), SAID, RULES)
    made = stamp(plain, SAID, RULES, fingerprint=True)
    assert made.data() != plain.data()
    assert read(made).provenance.soft_bindings


def test_a_fingerprint_without_a_signature_is_refused():
    with pytest.raises(UsageError, match="give a signer"):
        stamp(Asset.of_bytes(PNG), SAID, RULES, None, fingerprint=True)


def test_content_that_cannot_be_told_apart_has_a_note():
    flat = coded(photo((40, 40)).resize((1, 1)).resize((40, 40)))
    made = stamp(Asset.of_bytes(flat), SAID, RULES, fingerprint=True)
    assert any("too flat" in note for note in made.notes)


# -- reading what others wrote ----------------------------------------------------------


def bound_in(told):
    box = jumbf.Box(b"jumb", "c2pa.soft-binding", b"", (jumbf.Box(b"cbor", "", cbor.encode(told)),))
    return tuple(jumbf._bindings("c2pa.soft-binding__1", box))


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        (b"\1\2", b"\1\2"),
        ([1, 2, 255], b"\1\2\xff"),
        ("83424621-03cb", b"83424621-03cb"),
        ([1, 256], None),
        (["1"], None),
        (b"", None),
        (None, None),
        (7, None),
        (b"x" * 5000, None),
    ],
)
def test_values_in_other_types_are_read_and_what_is_none_is_not(value, read_as):
    found = bound_in({"alg": "io.iscc.v0", "blocks": [{"scope": {}, "value": value}]})
    assert found == ((("io.iscc.v0", read_as),) if read_as else ())


@pytest.mark.parametrize(
    "told",
    [[], {}, {"alg": 1, "blocks": [{"value": b"x"}]}, {"alg": "a", "blocks": b"x"},
     {"alg": "a", "blocks": ["x", None, {}]}, {"blocks": [{"value": b"x"}]}],
)  # fmt: skip
def test_bindings_that_are_none_are_passed_over(told):
    assert bound_in(told) == ()


# -- a mark that the manifest records and the pixels do not have ------------------------


@pytest.fixture(scope="module")
def marked():
    return signed(Asset.of_bytes(PNG), watermark())


def about(evidence):
    return [(dict(each.says), each.agrees) for each in evidence.checks if "watermark" in each.about]


def seen_by(asset, carrier):
    return read(asset, plugins=Plugins(carriers=(carrier,)))


def test_a_mark_that_is_there_agrees(marked):
    evidence = seen_by(marked, Sees(PAYLOAD))
    assert about(evidence) == [({"manifest": PAYLOAD, "content": PAYLOAD}, True)]
    assert not any(each.deviations for each in evidence.marks)


def test_a_mark_that_was_taken_out_is_told(marked):
    told = about(seen_by(marked, Sees()))
    assert told == [({"manifest": PAYLOAD, "content": "none found"}, False)]


def test_another_mark_in_its_place_is_told_twice(marked):
    evidence = seen_by(marked, Sees("ff" * 8))
    assert about(evidence) == [({"manifest": PAYLOAD, "content": "ff" * 8}, False)]
    (found,) = (each for each in evidence.marks if each.mark.layer is Layer.WATERMARK)
    assert found.deviations == ("watermark.differs-from-manifest",)


def test_where_nobody_looked_nothing_is_said(marked):
    assert about(seen_by(marked, Sees(unread=True))) == []


def test_a_mark_of_another_algorithm_is_not_missed():
    made = signed(Asset.of_bytes(PNG), watermark(alg="com.adobe.trustmark.P"))
    assert about(seen_by(made, Sees())) == []


def test_a_mark_under_a_key_that_others_lack_is_not_missed():
    made = signed(Asset.of_bytes(PNG), watermark(key="house"))
    assert about(seen_by(made, Sees())) == []


def test_a_second_mark_under_another_key_is_no_deviation(marked):
    evidence = seen_by(marked, Sees("ff" * 8, key="house"))
    assert not any(each.deviations for each in evidence.marks)


def test_a_reader_that_is_none_is_a_fault_and_no_finding(marked):
    class Breaks(Sees):
        def read(self, _):
            raise ValueError("no")

    evidence = seen_by(marked, Breaks())
    assert about(evidence) == []
    assert Layer.WATERMARK in evidence.unread
