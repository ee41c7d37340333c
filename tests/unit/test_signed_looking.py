"""A JPEG whose store is handed to the SDK: what counts is what our own walk compared."""

import io
from dataclasses import replace

import pytest
from laws.rules import rules
from laws.samples import picture
from laws.worlds import TRUST

from aigclabel import Asset, Context, Limits, Plugins, stamp
from aigclabel.carriers.signed import looking
from aigclabel.engine.reading import Desk, open_view
from aigclabel.testing import SAID


@pytest.fixture(scope="module")
def made():
    out = io.BytesIO()
    picture().save(out, "JPEG")
    return stamp(out.getvalue(), SAID, rules("signed-only"))


def view_of(asset):
    return open_view(asset, Context(), Desk(Plugins(), Limits(), TRUST))[0]


def test_a_good_one_is_read_with_the_store_in_hand(made):
    looked = looking._hashed(view_of(made))
    assert looked.report["validation_state"] == "Trusted"


@pytest.mark.parametrize("more", [-1, 1])
def test_a_hash_that_leaves_out_another_range_is_left_to_the_sdk(made, more):
    view = view_of(made)
    (slot,) = (each for each in view.layout.slots if each.kind == "c2pa")
    parts = tuple(
        replace(part, length=part.length + more) if part.start == slot.start else part
        for part in view.layout.parts
    )
    assert looking._hashed(replace(view, layout=replace(view.layout, parts=parts))) is None


def test_a_range_in_two_pieces_is_left_to_the_sdk(made):
    view = view_of(made)
    first = next(part for part in view.layout.parts if "JUMBF" in part.tag)
    apart = replace(first, start=first.start + first.length + 1)
    layout = replace(view.layout, parts=(*view.layout.parts, apart))
    assert looking._hashed(replace(view, layout=layout)) is None


def test_a_changed_byte_is_left_to_the_sdk(made):
    hurt = bytearray(made.data())
    hurt[-100] ^= 1
    view = view_of(Asset.of_bytes(bytes(hurt)))
    assert looking._hashed(view) is None
    looked, mode, _ = looking.look(view)
    assert (looked.report["validation_state"], mode) == ("Invalid", "embedded")
