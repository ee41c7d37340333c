"""Files that mean harm cost little, give evidence, and are never met; a stamp is whole or
refused in one line."""

import time
import tracemalloc

import pytest
from laws.hostile_forms import NAMES, hostile
from laws.rules import GB, rules
from laws.worlds import TRUST

from aigclabel import AigcLabelError, Asset, Context, Outcome, stamp, verify
from aigclabel.testing import SAID, check_reading

SECONDS = 12
"""No file here may take longer, on a machine that does other things too."""
MEMORY = 250 << 20
"""Beyond the 64 MiB of values that Limits allows, and what parsing them takes."""


def asset(name):
    return Asset.of_bytes(hostile(name), name=name)


@pytest.mark.parametrize("name", NAMES)
def test_it_gives_evidence_in_time_and_is_never_met(name):
    source = asset(name)
    check_reading(source, rules(GB), TRUST)
    start = time.monotonic()
    report = verify(source, rules(GB), TRUST, Context(origin="generated"))
    assert time.monotonic() - start < SECONDS
    assert report.outcome is not Outcome.MET


@pytest.mark.parametrize("name", [name for name in NAMES if "bomb" in name or "overlap" in name])
def test_what_swells_when_it_is_read_stays_in_bounds(name):
    source = asset(name)
    tracemalloc.start()
    try:
        verify(source, rules(GB), TRUST)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", NAMES)
def test_a_stamp_on_it_is_whole_or_refused_in_one_line(name):
    start = time.monotonic()
    try:
        made = stamp(asset(name), SAID, rules("signed-only"))
    except AigcLabelError as wrong:
        told = str(wrong)
    else:
        told = ""
        assert made.report.outcome is Outcome.MET
    assert "\n" not in told
    # It is read, signed, read again and judged.
    assert time.monotonic() - start < 3 * SECONDS
