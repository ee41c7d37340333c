"""Two vocabularies with several homes: what is spelled in each is read back just so."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.errors import CannotLabel
from aigclabel.model import Declaration, Origin, Place
from aigclabel.protocols import Property, Slot, Value, Wish
from aigclabel.schemas.iptc import Iptc
from aigclabel.schemas.latent import Latent
from aigclabel.schemas.rights import TERMS, Rights

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).filter(
    str.strip
)
SAID = Declaration(
    "Example Models Ltd",
    system="example-image",
    version="3.1",
    content_id="img-1",
    time=datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC),
)


CV = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def values(schema, fields, kind):
    """What a carrier would parse of what the schema spells."""
    entries = [each for each in schema.spell(fields, kind) if each.value is not None]
    if kind == "xmp":
        slot = Slot("xmp", "", b"", "APP1", "here", 0)
        spelled = tuple(Property(e.uri, e.name, e.value, e.prefix) for e in entries)
        return [Value(slot, "image/jpeg", properties=spelled)]
    texts = tuple((each.name, each.value) for each in entries)
    return [
        Value(Slot(kind, name, b"", "", "here", at), "audio/flac", texts=((name, text),),
              beside=texts)
        for at, (name, text) in enumerate(texts)
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["xmp", "key"])
@given(provider=WORDS, system=WORDS, number=WORDS)
def test_a_latent_disclosure_is_read_as_it_was_spelled(kind, provider, system, number):
    fields = (("Provider", provider), ("System", system), ("Identifier", number))
    (reading,) = [r for v in values(Latent(), fields, kind) for r in Latent().find(v)]
    assert (reading.fields, reading.place, reading.deviations) == (fields, Place.NORMATIVE, ())


def test_the_fields_that_california_names_come_from_the_declaration():
    assert dict(Latent().fill(SAID, Wish())) == {
        "Provider": "Example Models Ltd",
        "System": "example-image",
        "SystemVersion": "3.1",
        "Created": "2026-11-23T04:05:06+00:00",
        "Identifier": "img-1",
        "Change": "created",
    }
    edited = Declaration("P", origin=Origin.EDITED)
    assert dict(Latent().fill(edited, Wish()))["Change"] == "altered"


@pytest.mark.parametrize("text", ["", "x", "[]", '{"Provider": 1}', "[" * 5000])
def test_what_is_no_disclosure_is_said_to_be_unparsable(text):
    slot = Slot("key", "LatentDisclosure", b"", "", "here", 0)
    (reading,) = Latent().find(Value(slot, "audio/flac", texts=(("LatentDisclosure", text),)))
    assert (reading.fields, reading.deviations) == ((), ("latent.unparsable",))


@pytest.mark.parametrize("kind", ["xmp", "key", "html-meta"])
@pytest.mark.parametrize("term", TERMS)
def test_every_term_of_data_mining_is_read_as_it_was_declared(kind, term):
    said = Declaration("P", data_mining=term.removeprefix("DMI-").lower())
    fields = Rights().fill(said, Wish())
    assert fields == (("DataMining", "http://ns.useplus.org/ldf/vocab/" + term),)
    (reading,) = [r for v in values(Rights(), fields, kind) for r in Rights().find(v)]
    assert (reading.fields, reading.deviations) == (fields, ())


def test_a_word_that_is_no_term_is_refused_with_the_terms():
    with pytest.raises(CannotLabel, match="PROHIBITED-AIMLTRAINING"):
        Rights().fill(Declaration("P", data_mining="please-do-not"), Wish())


@pytest.mark.parametrize("kind", ["xmp", "key", "html-meta"])
@pytest.mark.parametrize("system", ["", "example-image"])
def test_iptc_says_the_same_in_a_packet_and_in_named_texts(kind, system):
    fields = Iptc().fill(Declaration("P", system=system, version="2"), Wish())
    (reading,) = [r for v in values(Iptc(), fields, kind) for r in Iptc().find(v)]
    assert (reading.fields, reading.place, reading.deviations) == (fields, Place.NORMATIVE, ())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"digitalSourceType": "https://schema.org/TrainedAlgorithmicMediaDigitalSource"}',
         "trainedAlgorithmicMedia"),
        ('{"@graph": [{"image": {"digitalSourceType": "TrainedAlgorithmicMediaDigitalSource"}}]}',
         "trainedAlgorithmicMedia"),
        (f'{{"digitalSourceType": "{CV}compositeWithTrainedAlgorithmicMedia"}}',
         "compositeWithTrainedAlgorithmicMedia"),
    ],
)  # fmt: skip
def test_json_ld_is_read_and_never_taken_out(text, code):
    slot = Slot("key", "ld+json", b"", "", "here", 0)
    (reading,) = Iptc().find(Value(slot, "text/html", texts=(("ld+json", text),)))
    assert reading.fields[0][1].endswith("/" + code)
    assert reading.shared
