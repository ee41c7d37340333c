"""Defects put in on purpose: each must be caught by a law, or the law proves nothing.

Every test first lets the law pass on the sound library, then plants one defect and sees the
law fail with one line.
"""

import json
import re
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from importlib.resources import files
from io import BytesIO

import pytest
from laws.rules import GB, built, rules
from laws.samples import asset, coded, png_with, text_chunk
from laws.test_trust import moved
from laws.worlds import ARTICLE_9, TRUST, labels
from PIL import Image

from aigclabel import (
    Asset,
    Context,
    Layer,
    Origin,
    Outcome,
    Plugins,
    PolicyError,
    Trust,
    read,
    stamp,
    verify,
)
from aigclabel.carriers.metadata import MetadataCarrier
from aigclabel.carriers.signed import SignedCarrier
from aigclabel.carriers.visible import VisibleCarrier
from aigclabel.containers.png import PngContainer
from aigclabel.report.report import Report
from aigclabel.rules import tree
from aigclabel.rules.text import parse
from aigclabel.schemas.cn_aigc import CnAigc
from aigclabel.testing import (
    SAID,
    check_both_orders,
    check_container,
    check_every_byte,
    check_more_trust,
    check_policy,
    check_reading,
    check_schema,
    check_stamp,
    check_twice,
)
from aigclabel.told import Told

JUDGE = import_module("aigclabel.rules.judge")
SCOPE = import_module("aigclabel.rules.scope")
ENGINE = import_module("aigclabel.engine")
STAMPING = import_module("aigclabel.engine.stamping")
SIGNED = import_module("aigclabel.carriers.signed.carrier")
PICTURE = "png-grey"


@contextmanager
def raises_law(told):
    """The law inside must fail, and say why in one line."""
    with pytest.raises(AssertionError, match=told) as law:
        yield
    assert "\n" not in str(law.value)


def stamped(carrier=None, name=PICTURE, rule=GB):
    """The first law, with one carrier replaced."""
    plugins = Plugins(carriers=(carrier,) if carrier else ())
    return check_stamp(asset(name), SAID, rules(rule), plugins=plugins, or_refuse=False)


# -- a reader that skips a check ----------------------------------------------------------


def test_a_reader_that_skips_the_hash_of_the_content(monkeypatch):
    made = stamp(asset("webp-lossy"), SAID, rules(GB), context=ARTICLE_9)
    check_every_byte(made, rules(GB), TRUST, [made.size - 5])
    real = SignedCarrier.read

    def trusting(self, view):
        seen = real(self, view)
        found = tuple(replace(each, trust=Trust.TRUSTED) for each in seen.found)
        return replace(seen, found=found, provenance=replace(seen.provenance, intact=True))

    monkeypatch.setattr(SignedCarrier, "read", trusting)
    with raises_law("changed unnoticed"):
        check_every_byte(made, rules(GB), TRUST, [made.size - 5])


def test_a_reader_that_skips_what_no_signature_covers(monkeypatch):
    """Cargo in a signature's padding: caught by the law that looks for the fault."""
    law = import_module("laws.test_trust").test_bytes_in_the_padding_of_a_signature_are_a_fault
    law("webp-lossy")
    monkeypatch.setattr(SIGNED, "_told_faults", lambda *_: ())
    with pytest.raises(AssertionError):
        law("webp-lossy")


def test_a_reader_that_lets_an_error_of_its_own_out():
    class Raising(MetadataCarrier):
        def read(self, _):
            raise IndexError("list index out of range")

    check_reading(asset(PICTURE), rules(GB))
    with raises_law("unexpected IndexError"):
        check_reading(asset(PICTURE), rules(GB), plugins=Plugins(carriers=(Raising(),)))


class Deaf(MetadataCarrier):
    """Writes labels and never finds them."""

    def read(self, view):
        return replace(super().read(view), found=())


def test_a_reader_that_misses_what_was_written():
    stamped()
    with raises_law("label .* is not in the file"):
        stamped(Deaf())


def test_a_reader_that_finds_less_the_more_is_believed(monkeypatch):
    made = stamp(asset(PICTURE), SAID, rules("signed-only"))
    check_more_trust(made, rules("signed-only"), None, TRUST)
    real = SignedCarrier.read

    def wary(self, view):
        return replace(real(self, view), found=()) if view.anchors else real(self, view)

    monkeypatch.setattr(SignedCarrier, "read", wary)
    with raises_law("more trust"):
        check_more_trust(made, rules("signed-only"), None, TRUST)


# -- UNKNOWN counted as ok ----------------------------------------------------------------


def test_unknown_counted_as_ok(monkeypatch):
    stamped(rule="facts")
    monkeypatch.setattr(Report, "ok", property(lambda self: self.outcome is not Outcome.UNMET))
    with raises_law("ok is True"):
        stamped(rule="facts")


def test_unknown_rolled_up_as_met(monkeypatch):
    stamped(rule="facts")
    real = JUDGE.roll_up

    def hopeful(node, outcome):
        found = real(node, outcome)
        return Outcome.MET if found is Outcome.UNKNOWN else found

    monkeypatch.setattr(JUDGE, "roll_up", hopeful)
    with raises_law("does not fit"):
        stamped(rule="facts")


def test_a_layer_that_nobody_read_counted_as_absent(monkeypatch):
    """What nobody here can read is UNKNOWN, neither MET nor UNMET."""
    law = import_module(
        "laws.test_first_law"
    ).test_a_medium_that_nobody_serves_yet_is_unknown_and_refused
    law("audio/aac")
    absent = JUDGE.Decided(Outcome.UNMET, Told("not there"))
    monkeypatch.setattr(JUDGE, "_missing", lambda *_: absent)
    with pytest.raises(AssertionError):
        law("audio/aac")


# -- a notice moved by 10 px --------------------------------------------------------------


class Careless(VisibleCarrier):
    """Says that the notice is ten pixels from where it drew it."""

    def write(self, work):
        done = super().write(work)
        return replace(done, marks=tuple(_shifted(mark) for mark in done.marks))


def _shifted(mark):
    if not mark.get("region"):
        return mark
    x, y, w, h = map(int, mark.get("region").split(","))
    return mark.having(region=f"{x - 10},{y - 10},{w},{h}")


class Blank(VisibleCarrier):
    """Records a notice and draws none."""

    def write(self, work):
        return replace(super().write(work), asset=work.asset, layout=work.layout)


PICTURES = ("png-grey", "jpeg-baseline", "webp-lossless")


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("carrier", [Careless(), Blank()], ids=["moved", "blank"])
def test_a_notice_that_is_not_where_its_record_says(name, carrier):
    stamped(name=name)
    with raises_law("notice-image"):
        stamped(carrier, name=name)


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("by", [10, 3])
def test_a_notice_moved_in_the_pixels_afterwards(name, by):
    """Cut out and put back a little to the left and up, its record as it was: no longer met."""
    made = stamp(asset(name), SAID, rules(GB), None)
    (notice,) = [m.mark for m in read(made).marks if m.mark.layer is Layer.VISIBLE]
    x, y, w, h = map(int, notice.get("region").split(","))
    with Image.open(BytesIO(made.data())) as picture:
        plate = picture.crop((x, y, x + w, y + h))
    with Image.open(BytesIO(asset(name).data())) as original:
        clean = original.convert(plate.mode)
    for shift, outcome in ((0, Outcome.MET), (by, Outcome.UNMET)):
        copy = clean.copy()
        copy.paste(plate, (x - shift, y - shift))
        kind = made.media_type.partition("/")[2].upper()
        media = Asset.of_bytes(coded(copy, kind, quality=95, lossless=True), made.media_type)
        report = verify(moved(made, media), rules(GB))
        (finding,) = [each for each in report.findings if each.requirement == "notice-image"]
        assert finding.outcome is outcome


# -- a requirement dropped from a policy --------------------------------------------------


def gb_without(*names, tree_too=True):
    """The text of the policy without some of its requirements."""
    text = (files("aigclabel") / "policies" / f"{GB}.toml").read_text("utf-8")
    for name in names:
        table = rf"^\[requirement\.{re.escape(name)}(?:\.\w+)?\]\n(?:(?!\[).*\n)*"
        text = re.sub(table, "", text, flags=re.MULTILINE)
        if tree_too:
            text = text.replace(f'"{name}", ', "")
    return text


DUTIES = {"notice-text", "notice-image", "notice-audio", "notice-video", "label", "propagation"}
"""What GB 45438-2025 asks of a file: 5.1 to 5.4, 6.1, and Measures Art. 6."""


def holds_all_duties(policy):
    """The law: under these rules, each duty of the standard is UNMET on a file without it."""
    silent = {
        "text/plain": Asset.of_text("text"),
        "image/png": asset(PICTURE),
    }
    named = set()
    for source in silent.values():
        for role in ("provider", "platform"):
            asked = Context(role=role, origin=Origin.GENERATED)
            report = verify(source, policy, context=asked)
            assert not report.ok or role == "platform", "a file without labels is let through"
            named |= {each.requirement for each in report.findings}
    assert named == DUTIES


@pytest.mark.parametrize("name", ["label", "notice-image", "notice-text"])
def test_a_requirement_dropped_from_a_policy(name):
    holds_all_duties(rules(GB))
    with pytest.raises(PolicyError, match=f"{name}.*neither"):
        parse(gb_without(name, tree_too=False), "gb.toml")
    with pytest.raises(AssertionError):
        holds_all_duties(parse(gb_without(name), "gb.toml"))


def test_a_requirement_left_out_of_the_tree_only():
    text = (files("aigclabel") / "policies" / f"{GB}.toml").read_text("utf-8")
    with pytest.raises(PolicyError, match=r"label.*nowhere"):
        parse(text.replace('"label", ', ""), "gb.toml")


def test_a_requirement_that_is_not_judged(monkeypatch):
    stamped()
    real = ENGINE.judge

    def forgetful(policy, evidence, context):
        report = real(policy, evidence, context)
        left = tuple(each for each in report.findings if each.requirement != "label")
        return replace(report, findings=left)

    monkeypatch.setattr(ENGINE, "judge", forgetful)
    with raises_law("label of cn.gb45438-2025 was not judged"):
        stamped()


# -- an EXEMPT branch that hides an UNMET one ---------------------------------------------


def holds_what_is_not_exempt():
    """The law: an exemption takes away its own duty and no other."""
    policy = rules(GB)
    bare = stamp(asset(PICTURE), SAID, rules("signed-only"))
    report = verify(bare, policy, context=ARTICLE_9)
    by_name = {each.requirement: each.outcome for each in report.findings}
    assert by_name["notice-image"] is Outcome.EXEMPT
    assert by_name["label"] is Outcome.UNMET
    assert report.outcome is Outcome.UNMET


def test_an_exempt_branch_that_hides_an_unmet_one(monkeypatch):
    holds_what_is_not_exempt()
    real = JUDGE.roll_up

    def hiding(node, outcome):
        every = [outcome(leaf) for leaf in tree.leaves(node)]
        return Outcome.EXEMPT if Outcome.EXEMPT in every else real(node, outcome)

    monkeypatch.setattr(JUDGE, "roll_up", hiding)
    with pytest.raises(AssertionError):
        holds_what_is_not_exempt()
    with raises_law("refuses|refused"):
        stamped(Deaf())


def test_an_exemption_that_needs_only_one_of_its_papers(monkeypatch):
    law = import_module("laws.test_first_law").test_article_9_without_its_papers_is_refused
    law()
    real = SCOPE.exempt
    planning = import_module("aigclabel.engine.planning")

    def easy(leaf, context):
        given = context.agreement or context.recipient
        return real(leaf, replace(context, agreement=given, recipient=given))

    monkeypatch.setattr(planning, "exempt", easy)
    monkeypatch.setattr(SCOPE, "exempt", easy)
    with pytest.raises(pytest.fail.Exception):
        law()


def test_a_stamp_that_hands_over_what_its_policy_refuses(monkeypatch):
    monkeypatch.setattr(STAMPING, "blocking", lambda *_: ())
    stamped()
    with raises_law("its policy refuses"):
        stamped(Deaf())


# -- and more -----------------------------------------------------------------------------


def test_a_stamp_that_never_comes_to_rest(monkeypatch):
    turns = iter(range(9))

    class Restless(MetadataCarrier):
        def write(self, work):
            done = super().write(work)
            data = png_with(done.asset.data(), text_chunk(b"turn", b"%d" % next(turns)))
            made = Asset.of_bytes(data, done.asset.media_type, done.asset.name)
            return replace(done, asset=made, layout=None)

    own = Plugins(carriers=(Restless(),))
    made = stamp(asset(PICTURE), SAID, rules(GB), None, plugins=own)
    check_twice(made, SAID, rules(GB), signer=None, plugins=own)
    monkeypatch.setattr(STAMPING, "_already", lambda *_: None)
    with raises_law("twice"):
        check_twice(made, SAID, rules(GB), signer=None, plugins=own)


def test_a_container_that_loses_what_it_does_not_know():
    class Forgetful(PngContainer):
        def splice(self, stream, layout, _):
            known = replace(
                layout, parts=tuple(part for part in layout.parts if part.tag != "prVt")
            )
            whole = b"".join(
                stream.seek(part.start) * b"" + stream.read(part.length) for part in known.parts
            )
            return (b"\x89PNG\r\n\x1a\n" + whole,)

    it = asset("png-rich")
    check_container(PngContainer(), [(it.media_type, it.data())])
    with raises_law("without edits"):
        check_container(Forgetful(), [(it.media_type, it.data())])


def test_a_schema_that_spells_wrongly_or_takes_anothers_place():
    class Mumbling(CnAigc):
        def spell(self, fields, kind):
            return super().spell(tuple((name, text.lower()) for name, text in fields), kind)

    class Usurping(CnAigc):
        def relay(self, fields, _):
            return tuple(
                (name, "US" if name == "ContentProducer" else text) for name, text in fields
            )

    check_schema(CnAigc())
    with raises_law("cn.aigc in"):
        check_schema(Mumbling())
    with raises_law("relaying changed ContentProducer"):
        check_schema(Usurping())


def test_a_policy_that_holds_before_it_is_in_force(monkeypatch):
    check_policy(rules("t-iptc"), [asset(PICTURE)])
    monkeypatch.setattr(SCOPE, "_by_date", lambda *_: None)
    with raises_law("before it was in force"):
        check_policy(rules("t-iptc"), [asset(PICTURE)])


def test_an_and_that_forgets_its_left_side(monkeypatch):
    one, other = rules(GB), rules("t-iptc")
    check_both_orders(asset(PICTURE), SAID, one, other)
    monkeypatch.setattr(tree.Policy, "__and__", lambda _, right: right)
    with raises_law("differ"):
        check_both_orders(asset(PICTURE), SAID, one, other)


def test_a_second_label_in_the_file():
    """Exactly one implicit label per file (GB 45438-2025 6.1 c)."""
    made = stamp(asset("png-rich"), SAID, rules(GB), None)
    assert verify(made, rules(GB)).outcome is Outcome.MET
    (found,) = labels(read(made))
    copy = json.dumps(dict(found.mark.fields)).encode()
    twice = png_with(made.data(), text_chunk(b"AIGC", copy))
    report = verify(twice, rules(GB))
    assert report.outcome is Outcome.UNMET
    assert len(labels(report.evidence)) == 2


def test_a_policy_of_alternatives_is_no_policy_of_demands(monkeypatch):
    """`any_of` taken for `all_of` refuses what can be written."""
    policy = built("t", 'any_of = ["watermark", "source-type"]')
    check_stamp(asset(PICTURE), SAID, policy, or_refuse=False)
    planning = import_module("aigclabel.engine.planning")
    monkeypatch.setattr(
        planning,
        "roll_up",
        lambda node, weigh: max(map(weigh, tree.leaves(node)), key=lambda o: o.rank),
    )
    with raises_law("refused.*watermark"):
        check_stamp(asset(PICTURE), SAID, policy, or_refuse=False)
