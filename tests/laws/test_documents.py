"""Notices on documents and texts, through the verbs: what a stamp puts there is met, kept when it
is stamped again, and not met when it was taken over from another file's record."""

import pytest
from forms import every_form
from laws.rules import GB, rules
from laws.worlds import TRUST

from aigclabel import LOCAL, Asset, Context, Layer, Outcome, read, stamp, verify
from aigclabel.errors import CannotLabel
from aigclabel.testing import SAID

NOTICES = {
    name: form
    for name, form in every_form().items()
    if name.partition("/")[0] in {"documents", "pdfs", "texts"}
}
NONE = {"json", "csv", "tsv", "jsonl", "rtf", "php", "bat", "ass", "xml-line"}
"""Forms that cannot hold one."""
WITH = [name for name in NOTICES if name.partition("/")[2] not in NONE]


def made(name, signer=LOCAL):
    media_type, data = NOTICES[name]
    return stamp(Asset.of_bytes(data, media_type, "a"), SAID, rules(GB), signer)


def finding(asset):
    report = verify(asset, rules(GB), trust=TRUST, context=Context(origin="generated"))
    return next(each for each in report.findings if each.requirement == "notice-text")


@pytest.mark.parametrize("name", WITH)
def test_what_a_stamp_puts_there_is_met_and_stays(name):
    signed, plain = made(name), made(name, None)
    assert finding(signed).outcome is finding(plain).outcome is Outcome.MET
    assert read(signed).provenance.intact
    again = stamp(signed, SAID, rules(GB))
    assert again.data() == signed.data()


@pytest.mark.parametrize("name", WITH)
def test_without_one_it_is_unknown_and_never_met(name):
    media_type, data = NOTICES[name]
    assert finding(Asset.of_bytes(data, media_type, "a")).outcome is Outcome.UNKNOWN
    assert not [m for m in read(Asset.of_bytes(data, media_type, "a")).marks
                if m.mark.layer is Layer.VISIBLE]  # fmt: skip


@pytest.mark.parametrize("name", [each for each in NOTICES if each not in WITH])
def test_what_holds_none_is_refused_with_the_requirement_named(name):
    with pytest.raises(CannotLabel, match="notice-text"):
        made(name)
