"""The laws over every form of every container: labels go in, come back, and nothing else
changes."""

import pytest
from forms import every_form
from laws.rules import rules
from laws.worlds import TRUST, media_digest, other_signer

from aigclabel import LOCAL, Asset, Choices, Layer, carry, read, stamp, verify
from aigclabel.plugins import Plugins
from aigclabel.protocols import Limits
from aigclabel.rules.text import parse
from aigclabel.testing import SAID, check_container

SIGNED = """
[requirement.r{number}]
clause = "1"
duty = "what it is made of is signed"
roles = ["provider"]
layer = "signed"
schema = "c2pa"
present = ["digitalSourceType"]
"""
FORMS = every_form()
PLUGINS = Plugins()
SCHEMAS = {"cn.aigc": "ContentProducer", "iptc": "DigitalSourceType", "latent": "Provider"}
HEAD = """
id = "everything"
version = "1"
title = "every label that a format can hold"
jurisdiction = "XX"
source = "none"
confidence = "none"
checked_on = 2026-11-23
status = "in_force"
in_force = 2020-01-01
involvement = ["generated", "edited", "enhanced"]
"""
LEAF = """
[requirement.r{number}]
clause = "1"
duty = "a {schema} label stands in the file"
roles = ["provider"]
layer = "metadata"
schema = "{schema}"
present = ["{field}"]
places = ["normative"]
refuse = ["{schema}.duplicate", "{schema}.conflict"]
"""


def asset(name):
    media_type, data = FORMS[name]
    return Asset.of_bytes(data, media_type, name.rpartition("/")[2])


def homes(media_type):
    """The schemas that have a place in a format, and its container writes it."""
    kinds = PLUGINS.container(media_type).kinds(media_type)
    return [
        name
        for name in SCHEMAS
        for home in [PLUGINS.schema(name).home(media_type)]
        if home and home[0] in kinds
    ]


def everything(media_type):
    """A policy that asks for each of them."""
    leaves = [
        LEAF.format(number=number, schema=schema, field=SCHEMAS[schema])
        for number, schema in enumerate(homes(media_type))
    ]
    leaves.append(SIGNED.format(number=len(leaves)))
    names = ", ".join(f'"r{number}"' for number in range(len(leaves)))
    return parse(f"{HEAD}require = {{ all_of = [{names}] }}\n" + "".join(leaves), "everything.toml")


@pytest.mark.parametrize("name", FORMS)
def test_structure_decides_what_a_file_is(name):
    media_type, data = FORMS[name]
    hint = media_type if Asset.of_bytes(data).media_type.startswith("text/") else None
    assert Asset.of_bytes(data, hint).media_type == media_type


@pytest.mark.parametrize("name", FORMS)
def test_a_splice_changes_what_it_was_asked_to_and_nothing_else(name):
    media_type, data = FORMS[name]
    check_container(PLUGINS.container(media_type), [(media_type, data)], Limits())


@pytest.mark.parametrize("name", FORMS)
def test_every_label_goes_in_comes_back_and_goes_in_once(name):
    law = everything(FORMS[name][0])
    made = stamp(asset(name), SAID, law)
    assert media_digest(made) == media_digest(asset(name))
    report = verify(made, law, TRUST)
    assert report.ok, str(report)
    there = [m.mark.schema for m in read(made).marks if m.mark.layer is Layer.METADATA]
    assert sorted(there) == sorted(homes(FORMS[name][0]))
    assert read(made).provenance.intact
    again = stamp(made, SAID, law)
    assert again.data() == made.data()
    assert again.sidecar == made.sidecar


@pytest.mark.parametrize("name", FORMS)
def test_a_signature_leaves_every_other_value_and_the_media_alone(name):
    made = stamp(asset(name), SAID, rules("signed-only"))
    assert media_digest(made) == media_digest(asset(name))
    assert values(made) == values(asset(name))
    assert read(made, TRUST).provenance.signer_trusted


@pytest.mark.parametrize("name", FORMS)
def test_a_signature_beside_a_file_holds_and_leaves_it_as_it_is(name):
    made = stamp(asset(name), SAID, rules("signed-only"), choices=Choices(signature="sidecar"))
    assert made.data() == FORMS[name][1]
    assert read(made, TRUST).provenance.mode == "sidecar"
    assert read(made, TRUST).provenance.signer_trusted


def values(made):
    """What stands in a file beside the manifest."""
    with made.stream() as stream:
        layout = PLUGINS.container(made.media_type).scan(stream, made.media_type, Limits())
    return [(s.kind, s.name, s.data, s.form) for s in layout.slots if s.kind != "c2pa"]


@pytest.mark.parametrize("name", FORMS)
def test_another_producer_keeps_the_first_label_and_its_manifest(name):
    from dataclasses import replace

    law = everything(FORMS[name][0])
    first = stamp(asset(name), SAID, law)
    other = replace(SAID, producer="Somebody Else", producer_code="ELSE", content_id="e-1")
    second = stamp(first, other, law, other_signer())
    labels = {m.mark.schema: m.mark for m in read(second).marks if m.mark.layer is Layer.METADATA}
    if "cn.aigc" in labels:
        assert labels["cn.aigc"].get("ContentProducer") == SAID.producer_code
    evidence = read(second)
    assert evidence.provenance.intact
    assert evidence.provenance.ingredients.count == 1
    assert media_digest(second) == media_digest(asset(name))


@pytest.mark.parametrize("name", FORMS)
def test_labels_are_carried_onto_what_was_made_of_a_file(name):
    first = stamp(asset(name), SAID, everything(FORMS[name][0]))
    done = carry(first, asset(name), LOCAL)
    wanted = {m.mark for m in read(first).marks if m.mark.layer is Layer.METADATA}
    assert {m.mark for m in read(done).marks if m.mark.layer is Layer.METADATA} == wanted
    provenance = read(done, TRUST).provenance
    assert provenance.intact
    assert provenance.signer_trusted
    assert (provenance.ingredients.count, provenance.ingredients.worst) == (1, "trusted")


@pytest.mark.parametrize("name", FORMS)
def test_a_changed_byte_of_media_is_told(name):
    media_type, _ = FORMS[name]
    law = everything(media_type)
    made = stamp(asset(name), SAID, law)
    container = PLUGINS.container(media_type)
    with made.stream() as stream:
        layout = container.scan(stream, media_type, Limits())
    span = max(layout.payload, key=lambda each: each.length, default=None)
    if span is None or not span.length:
        pytest.skip("does not apply: this form has no media")
    hurt = bytearray(made.data())
    at = span.start + span.length // 2
    hurt[at] ^= 1
    from dataclasses import replace

    damaged = replace(Asset.of_bytes(bytes(hurt), media_type), sidecar=made.sidecar)
    assert read(damaged).provenance.intact is not True
