"""Every container over damaged files of every form: hypothesis here, long runs in `.ci/long`."""

import struct
import time
from contextlib import suppress
from io import BytesIO

import pytest
from forms import every_form
from fuzz.test_fuzz import SMALL, holds, hurt
from hypothesis import given
from hypothesis import strategies as st
from laws.rules import GB, rules

from aigclabel import AigcLabelError, Asset, Plugins
from aigclabel.protocols import Edit
from aigclabel.segments import write
from aigclabel.testing import check_reading

FORMS = {name: form for name, form in every_form().items() if len(form[1]) < 200_000}
KINDS = sorted({kind for kind, _ in FORMS.values()})
SECONDS = 6
NUMBERS = (0, 1, 7, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Sizes that lie: none, the escapes of ISO boxes, too small, and the ends of 31 and 32 bits."""


def of(kind):
    return [data for media_type, data in FORMS.values() if media_type == kind]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_damaged_files(kind, data):
    holds(data.draw(hurt(data.draw(st.sampled_from(of(kind))))), kind)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_reading_damaged_files(kind, data):
    made = data.draw(hurt(data.draw(st.sampled_from(of(kind)))))
    check_reading(Asset.of_bytes(made, kind), rules(GB))


def taken(kind, made):
    """A scan, a splice of nothing, and of a value: whole or refused in one line."""
    container = Plugins().container(kind)
    with suppress(AigcLabelError):
        layout = container.scan(BytesIO(made), kind, SMALL)
        for value in container.kinds(kind):
            edit = Edit(value, "AIGC" if value in {"key", "html-meta"} else "", b"{}")
            segments = container.splice(BytesIO(made), layout, (edit,))
            write(segments, (BytesIO(made),), BytesIO())


@pytest.mark.parametrize("name", FORMS)
def test_a_file_cut_at_every_boundary_is_never_whole_and_never_raises(name):
    kind, data = FORMS[name]
    container = Plugins().container(kind)
    layout = container.scan(BytesIO(data), kind, SMALL)
    edges = {p.start for p in layout.parts} | {p.body for p in layout.parts}
    edges |= {p.start + p.length for p in layout.parts} | {e + 1 for e in edges}
    for edge in sorted(edges)[:400]:
        if edge < len(data):
            taken(kind, data[:edge])


@pytest.mark.parametrize("name", FORMS)
def test_sizes_that_lie_cost_neither_time_nor_an_exception(name):
    kind, data = FORMS[name]
    start = time.monotonic()
    at = 0
    while at + 4 <= min(len(data), 600) and time.monotonic() - start < SECONDS / 2:
        for number in NUMBERS:
            for order in "<>":
                made = data[:at] + struct.pack(f"{order}I", number) + data[at + 4 :]
                taken(kind, made)
        at += 3
    assert time.monotonic() - start < SECONDS
