"""What `read` must say of files as vendors deliver them, and what it must not."""

import pytest
from interop import vendor_files
from interop.vendor_files import (
    CAPTURE,
    COMPOSITE,
    DOUBAO,
    HONOR,
    IPTC,
    JIMENG,
    STEPFUN,
    TENCENT,
    TRAINED,
    delivered,
)
from laws.rules import GB, rules
from laws.worlds import TRUST, other_signer

from aigclabel import Asset, Context, Layer, Origin, Outcome, Trust, read, verify
from aigclabel.testing import trust_of

N, I, X = "normative", "informative", "non-standard"  # noqa: E741


def arrived(name):
    it = delivered(name)
    return Asset.of_bytes(it.data, it.media_type, it.name)


LABELS = {
    # name: (place, deviations), producer, Label; the deviations without "cn.aigc."
    "doubao_xmp": (N, (), DOUBAO),
    "picwish": (N, ("attribute",), "picwish"),
    "jimeng": (N, (), JIMENG),
    "tencent": (X, ("wrapped", "seal-unsupported"), TENCENT),
    "user_comment": (I, (), DOUBAO),
    "application_segment": (X, (), DOUBAO),
    "comment_segment": (X, ("wrapped",), "doubao"),
    "honor": (N, ("reserved-object", "seal-unsupported"), HONOR),
    "other_prefix": (N, ("prefix",), DOUBAO),
    "wrapped_in_xmp": (N, ("wrapped",), "doubao"),
    "structure": (N, ("struct",), DOUBAO),
    "language_alternative": (N, ("alt",), DOUBAO),
    "character_data": (N, (), DOUBAO),
    "escaped_twice": (N, ("double-escaped",), DOUBAO),
    "json_in_json": (N, ("json-string",), DOUBAO),
    "unbound_prefix": (X, ("unbound",), DOUBAO),
    "squeezed_key": (X, (), DOUBAO),
    "chinese_name": (N, ("charset",), "示例科技有限公司"),
    "numeric_label": (N, ("label-type",), DOUBAO),
    "mistyped_code": (N, ("code-check-digit",), "001191110102MACQD9K65010000"),
    "relayed": (N, (), DOUBAO),
    "stepfun": (N, ("field-type", "seal-prehashed"), STEPFUN),
    "markdown_at_the_end": (X, (), DOUBAO),
    "markdown_in_a_fence": (X, (), DOUBAO),
    "markdown_two_heads": (N, (), DOUBAO),
}


@pytest.mark.parametrize("name", LABELS)
def test_one_label_in_every_form_that_writers_use(name):
    place, deviations, producer = LABELS[name]
    evidence = read(arrived(name))
    (found,) = evidence.marks
    assert (found.mark.schema, found.mark.layer) == ("cn.aigc", Layer.METADATA)
    assert found.mark.get("Label") == "1"
    assert found.mark.get("ContentProducer") == producer
    number = "142569260085903360" if name == "stepfun" else "7482910563"
    assert found.mark.get("ProduceID") == number, "text, never a number"
    assert found.place.value == place
    assert set(found.deviations) == {f"cn.aigc.{each}" for each in deviations}
    signed = name == "stepfun"
    assert found.trust is (Trust.INTACT if signed else Trust.NONE), "nobody else signed it"
    assert evidence.origin is Origin.GENERATED
    assert not evidence.provenance.present
    assert not [fault for fault in evidence.faults if fault.layers]


@pytest.mark.parametrize(("name", "label"), [("possible", "2"), ("suspected", "3")])
def test_a_platforms_own_judgement(name, label):
    (found,) = read(arrived(name)).marks
    assert found.mark.get("Label") == label
    assert not found.deviations
    platform = verify(arrived(name), rules(GB), context=Context(role="platform"))
    told = {each.requirement: each for each in platform.findings}
    assert told["label"].outcome is Outcome.EXEMPT
    provider = verify(arrived(name), rules(GB))
    told = {each.requirement: each for each in provider.findings}
    assert told["label"].outcome is Outcome.UNMET, "a producer's own label says 1"


def test_a_value_that_the_standard_does_not_have():
    (found,) = read(arrived("unknown_label")).marks
    assert found.deviations == ("cn.aigc.label-value",)
    (found,) = read(arrived("minimax")).marks
    assert found.mark.get("Label") == "AIGC"
    assert {"cn.aigc.label-value", "cn.aigc.unknown-field", "cn.aigc.charset"} <= set(
        found.deviations
    )
    assert read(arrived("minimax")).origin is Origin.GENERATED


def test_names_of_an_early_draft_are_read_as_what_they_mean():
    (found,) = read(arrived("tencent_cloud")).marks
    assert found.mark.get("ContentProducer") == TENCENT
    assert found.mark.get("ProduceID") == "c-0001"
    assert "cn.aigc.draft-names" in found.deviations
    assert "cn.aigc.missing-field" in found.deviations


def test_the_signature_of_a_vendor_is_checked_and_one_of_another_kind_stays_text():
    (found,) = read(arrived("stepfun")).marks
    assert '"TC260PG"' in found.mark.get("ReservedCode1")
    it = delivered("stepfun")
    altered = it.data.replace(b"142569260085903360", b"142569260085903361")
    (found,) = read(Asset.of_bytes(altered, it.media_type, it.name)).marks
    assert found.trust is Trust.BROKEN
    assert "cn.aigc.seal-fails" in found.deviations
    (found,) = read(arrived("honor")).marks
    assert found.mark.get("ReservedCode1").startswith('{"SecurityData":')
    assert "cn.aigc.reserved-object" in found.deviations


@pytest.mark.parametrize(
    ("name", "deviations"),
    [
        ("doubao", {"duplicate", "seal-unsupported", "relay-seal-unsupported"}),
        ("contradicting", {"duplicate", "conflict"}),
    ],
)
def test_two_places_are_both_read_and_named(name, deviations):
    """GB 45438-2025 6.1 c): exactly one label."""
    first, second = read(arrived(name)).marks
    assert {first.place.value, second.place.value} == {N, I}
    for found in (first, second):
        assert set(found.deviations) == {f"cn.aigc.{each}" for each in deviations}
    told = {each.requirement: each for each in verify(arrived(name), rules(GB)).findings}
    assert told["label"].outcome is Outcome.UNMET


@pytest.mark.parametrize("name", ["squeezed_packet", "wide_packet"])
def test_a_packet_in_an_odd_coding_is_read(name):
    (found,) = read(arrived(name)).marks
    assert found.mark.get("ContentProducer") == DOUBAO


STATED = {
    "midjourney": (TRAINED, Origin.GENERATED, ()),
    "google": (TRAINED, Origin.GENERATED, ("attribute",)),
    "google_edited": (COMPOSITE, Origin.EDITED, ("attribute",)),
    "secure_scheme": (TRAINED, Origin.GENERATED, ("resource", "scheme")),
    "system_named": (TRAINED, Origin.GENERATED, ()),
    "captured": (CAPTURE, Origin.UNKNOWN, ("attribute",)),
    "enhanced": (IPTC + "algorithmicallyEnhanced", Origin.UNKNOWN, ("attribute",)),
}


@pytest.mark.parametrize("name", STATED)
def test_the_source_type_in_xmp(name):
    uri, origin, deviations = STATED[name]
    evidence = read(arrived(name))
    (found,) = (each for each in evidence.marks if each.mark.schema == "iptc")
    assert found.mark.get("DigitalSourceType") == uri
    assert set(found.deviations) == {f"iptc.{each}" for each in deviations}
    assert found.trust is Trust.NONE
    assert evidence.origin is origin
    if name == "system_named":
        assert found.mark.get("AISystemUsed") == "Some Model"
        assert found.mark.get("AISystemVersionUsed") == "2.0"


SIGNED = {
    # name: ai, source type, origin, ingredients
    "firefly": ("generated", TRAINED, Origin.GENERATED, 0),
    "openai": ("generated", TRAINED, Origin.GENERATED, 1),
    "two_deep": ("generated", TRAINED, Origin.GENERATED, 1),
    "generative_fill": ("modified", COMPOSITE, Origin.EDITED, 1),
    "signed_camera": ("none", CAPTURE, Origin.UNKNOWN, 0),
}


@pytest.mark.parametrize("name", SIGNED)
def test_a_manifest_states_the_origin_however_deep_it_stands(name):
    ai, source, origin, count = SIGNED[name]
    for trust, trusted in ((None, False), (TRUST, False), (trust_of(other_signer()), True)):
        evidence = read(arrived(name), trust)
        said = evidence.provenance
        assert said.present
        assert said.intact, "an unknown signer is no tampering"
        assert said.signer_trusted is trusted
        assert (said.ai, said.digital_source_type) == (ai, source)
        assert said.ingredients.count == count
        worst = "trusted" if trusted else "untrusted"
        assert said.ingredients.worst == (worst if count else "none")
        assert evidence.origin is origin
        kinds = {Trust.TRUSTED if trusted else Trust.INTACT}
        assert {each.trust for each in evidence.marks} == kinds


def test_an_altered_manifest_is_broken_and_still_says_what_it_says():
    data = bytearray(delivered("openai").data)
    data[-300] ^= 4
    evidence = read(Asset.of_bytes(bytes(data), "image/png", "a.png"))
    assert evidence.provenance.intact is False
    assert {each.trust for each in evidence.marks} == {Trust.BROKEN}


# -- nothing about AI ---------------------------------------------------------------------

SILENT = (
    "automatic1111",  # text of a generator is no label
    "comfyui",
    "camera",
    "talks_of_aigc",
    "captured",
    "enhanced",
    "signed_camera",
    "saved_again",
    "plain_text",
    "own_front_matter",
    "unknown_chunks",
)


@pytest.mark.parametrize("name", SILENT)
@pytest.mark.parametrize("trust", [None, TRUST], ids=["nobody", "local"])
def test_what_says_nothing_of_ai_is_unknown_never_unmet_never_met(name, trust):
    evidence = read(arrived(name), trust)
    assert evidence.origin is Origin.UNKNOWN
    assert not [m for m in evidence.marks if m.mark.schema in {"cn.aigc", "notice"}]
    # Nobody asks a platform for anything in plain text, whoever made it.
    for role in ("provider", "platform") if name != "plain_text" else ("provider",):
        report = verify(arrived(name), rules(GB), trust, Context(role=role))
        assert report.outcome is Outcome.UNKNOWN
        assert not report.ok
        assert any("origin" in each.needs for each in report.findings)


@pytest.mark.parametrize("name", SILENT)
def test_people_who_say_that_it_is_theirs_are_believed(name):
    report = verify(arrived(name), rules(GB), context=Context(origin="human"))
    assert report.outcome is Outcome.EXEMPT


@pytest.mark.parametrize("name", sorted({*LABELS, *SIGNED, *STATED} - set(SILENT)))
def test_a_file_that_says_ai_is_judged_whoever_says_human(name):
    assert read(arrived(name)).origin is not Origin.UNKNOWN
    report = verify(arrived(name), rules(GB), context=Context(origin="human"))
    assert report.outcome not in {Outcome.EXEMPT, Outcome.MET}


def test_every_file_of_the_module_is_spoken_of():
    """No form may be left out by accident."""
    import inspect

    makers = {
        name
        for name, made in vars(vendor_files).items()
        if inspect.isfunction(made)
        and made.__module__ == vendor_files.__name__
        and not name.startswith("_")
        and not inspect.signature(made).parameters
    }
    told = {*LABELS, *STATED, *SIGNED, *SILENT, "possible", "suspected", "unknown_label"}
    told |= {"minimax", "tencent_cloud", "doubao", "contradicting", "squeezed_packet"}
    assert makers == told | {"wide_packet"}
