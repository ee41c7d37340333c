"""What must hold of corrections: no label is lost or made weaker, and nothing else changes."""

from dataclasses import replace
from functools import cache

import pytest
from forms import every_form
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from laws.samples import ONE_PER_FORMAT, asset
from laws.worlds import PLATFORM, TRUST, labels, media_digest, other_signer
from PIL import Image

from aigclabel import (
    LOCAL,
    AigcLabelError,
    Asset,
    Context,
    Declaration,
    Layer,
    correct,
    policy,
    read,
    stamp,
    verify,
)
from aigclabel.model import ROLES
from aigclabel.plugins import policy_ids
from aigclabel.rules.text import parse
from aigclabel.testing import SAID

GB = policy("cn.gb45438-2025")
BY = Declaration("EX-VIDEO", propagator="EX-VIDEO")
JUDGED = replace(BY, propagate_id="p-7", content_id="c-7", judgement="suspected")
WHY = "its publisher declared it"
PLAIN = parse(
    """
id = "plain"
version = "1"
title = "one label"
jurisdiction = "XX"
source = "none"
confidence = "none"
checked_on = 2026-11-23
status = "in_force"
in_force = 2020-01-01
involvement = ["generated", "edited", "enhanced"]
require = { all_of = ["label"] }
[requirement.label]
clause = "1"
duty = "a label stands in the file"
roles = ["provider", "platform"]
layer = "metadata"
schema = "cn.aigc"
""",
    "plain.toml",
)
"""A label and nothing else, so that every format that has a place for it can be corrected."""
FORMS = ("documents/docx", "heifs/avif", "matroska/mkv", "movies/m4a", "movies/flv-index",
         "ogg/vorbis", "pdfs/pdf-bare", "pictures/gif-animated", "pictures/svg-prefix",
         "pictures/jxl-naked", "tagged/mp3-v1", "tagged/flac", "tiffs/tiff", "waves/wav-odd",
         "waves/avi-no-index", "documents/odt", "texts/html-json-ld")  # fmt: skip


def picture():
    return Asset.of_image(Image.effect_noise((160, 120), 40).convert("RGB"), "image/png", "a")


def suspected(source, signer=LOCAL):
    return stamp(source, JUDGED, PLAIN, signer, PLATFORM)


def value(asset):
    (found,) = labels(read(asset))
    return found.mark.get("Label")


def others(evidence):
    """All labels of the metadata but the AIGC one, and the rest of that."""
    found = [each.mark for each in evidence.marks if each.mark.layer is Layer.METADATA]
    return {each.having(Label="") if each.schema == "cn.aigc" else each for each in found}


def held_to(source, signer):
    """One file through a correction: nothing but Label is another afterwards."""
    there = suspected(source, signer)
    done = correct(there, "1", WHY, BY)
    before, after = read(there, TRUST), read(done, TRUST)
    assert (value(there), value(done)) == ("3", "1")
    assert others(after) == others(before)
    assert media_digest(done) == media_digest(there)
    assert (after.provenance.intact, after.provenance.signer_trusted) == (True, True)
    assert after.origin is before.origin
    assert [each.mark.get("reason") for each in labels(after, "correction", "signed")] == [WHY]
    assert all(each.place.value == "normative" and not each.deviations for each in labels(after))
    assert correct(done, "1", "once more", BY).data() == done.data()


def with_a_place(names):
    """Those forms among them that take a label at all."""
    for name in names:
        kind, data = every_form()[name]
        source = Asset.of_bytes(data, kind, "a")
        try:
            suspected(source)
        except AigcLabelError:
            continue
        yield name, source


def test_in_every_format_nothing_else_changes(full):
    names = tuple(every_form()) if full else FORMS
    done = 0
    for name, source in with_a_place(names):
        for signer in (LOCAL, None):
            try:
                held_to(source, signer)
            except AssertionError as wrong:
                raise AssertionError(name) from wrong
        done += 1
    assert done >= 13


@pytest.mark.parametrize("name", [each for each in ONE_PER_FORMAT if each != "text-plain"])
@pytest.mark.parametrize("signed", [True, False])
def test_in_the_formats_of_the_spine_nothing_else_changes(name, signed):
    held_to(asset(name), LOCAL if signed else None)


# -- no sequence makes a label say less ---------------------------------------------------------


@cache
def starts():
    """Files that a stranger may come by: judged by a platform, or labelled by a producer; signed
    or not; relayed or not."""
    made = stamp(picture(), SAID, PLAIN)
    return (
        suspected(picture()),
        suspected(picture(), None),
        made,
        stamp(picture(), SAID, PLAIN, None),
        correct(made, "3", "drawn by hand", SAID),
        stamp(made, replace(BY, propagate_id="p-1"), PLAIN, context=PLATFORM),
    )


STRANGERS = (
    BY,
    SAID,
    Declaration("EX-VIDEO"),
    Declaration(SAID.producer, propagator=SAID.producer, propagator_code=SAID.producer_code),
    Declaration("NOBODY"),
    replace(SAID, security_code="{}"),
)
MOVES = some.lists(
    some.tuples(
        some.sampled_from(("1", "2", "3", "", "0")),
        some.sampled_from(STRANGERS),
        some.sampled_from(("correct", "correct", "correct", "stamp", "relay")),
    ),
    min_size=1,
    max_size=5,
)


def step(there, move, signer):
    """What a stranger does next; the file as it is where that is refused."""
    label, said, verb = move
    try:
        if verb == "stamp":
            return stamp(there, replace(said, security_code=""), PLAIN, signer)
        if verb == "relay":
            return stamp(there, replace(BY, propagate_id="p-9"), PLAIN, signer, PLATFORM)
        return correct(there, label, WHY, said, signer, trust=TRUST)
    except AigcLabelError:
        return there


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(some.integers(0, 5), MOVES)
def test_no_stranger_makes_a_label_say_less(number, moves):
    there = starts()[number]
    for move in moves:
        after = step(there, move, other_signer())
        assert int(value(after)) <= int(value(there)), move
        assert {m.schema for m in others(read(after))} >= {m.schema for m in others(read(there))}
        assert others_of(after) == others_of(there)
        there = after


def others_of(asset):
    """The producer's fields but Label, which nobody but a producer sets."""
    (found,) = labels(read(asset))
    return [found.mark.get(name) for name in ("ContentProducer", "ProduceID", "ReservedCode1")]


def test_the_producer_itself_can_say_less():
    """Else the law above would hold for a verb that does nothing."""
    assert value(starts()[4]) == "3"
    assert value(correct(starts()[0], "1", WHY, BY, other_signer())) == "1"
    mine = correct(starts()[0], "1", WHY, BY)
    assert value(correct(mine, "3", WHY, Declaration("EX-VIDEO"))) == "3"


# -- what policies make of it -------------------------------------------------------------------


@pytest.mark.parametrize("name", policy_ids())
def test_no_policy_finds_a_file_worse_for_saying_more(name):
    rules = policy(name)
    for there, done in raised():
        for role in ROLES:
            context = Context(role=role, origin="generated")
            before, after = (verify(each, rules, TRUST, context) for each in (there, done))
            assert after.outcome.rank <= before.outcome.rank, role
            for old, new in zip(before.findings, after.findings, strict=True):
                assert new.outcome.rank <= old.outcome.rank, (role, new.requirement, new.reason)


@cache
def raised():
    """Files and their corrections: of a platform's suspicion; and of a producer's file, with all
    that several policies ask for, which had been made to say less."""
    rules = GB & policy("iptc-only") & policy("c2pa-only") & policy("eu.art50")
    low = correct(stamp(picture(), SAID, rules), "3", WHY, SAID)
    bare = stamp(picture(), JUDGED, PLAIN, None, PLATFORM)
    return tuple((each, correct(each, "1", WHY, BY)) for each in (low, bare))
