"""Defects put in on purpose: each must be caught by a law, or the law proves nothing.

Every test first lets the law pass on the sound library, then plants one defect and sees the
law fail.
"""

from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files

import pytest
from laws.rules import GB, built, rules
from laws.samples import asset
from laws.worlds import ARTICLE_9, TRUST

from aigclabel import (
    LOCAL,
    Asset,
    Context,
    Layer,
    Outcome,
    Plugins,
    Trust,
    read,
    stamp,
    verify,
)
from aigclabel.carriers.metadata import MetadataCarrier
from aigclabel.carriers.signed import SignedCarrier
from aigclabel.carriers.visible import VisibleCarrier
from aigclabel.containers.png import PngContainer
from aigclabel.model import Found
from aigclabel.report.report import Report
from aigclabel.rules import judge as judging
from aigclabel.rules import parse, tree
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

PICTURE = "png-grey"


@contextmanager
def caught(told=""):
    """The law inside must fail, and say why in one line."""
    with pytest.raises(AssertionError, match=told) as law:
        yield
    assert "\n" not in str(law.value)


# -- a reader that skips a check ----------------------------------------------------------


class TrustingReader(SignedCarrier):
    """Never looks whether the content is what was signed."""

    def read(self, view):
        seen = super().read(view)
        if seen.provenance is None or not seen.provenance.present:
            return seen
        found = tuple(replace(each, trust=Trust.TRUSTED) for each in seen.found)
        return replace(
            seen, found=found, provenance=replace(seen.provenance, intact=True, complete=True)
        )


def test_a_reader_that_skips_the_hash_of_the_content(monkeypatch):
    made = stamp(asset("webp-lossy"), SAID, rules(GB), context=ARTICLE_9)
    law = lambda: check_every_byte(made, rules(GB), TRUST, [made.size - 5])  # noqa: E731
    law()
    monkeypatch.setattr(SignedCarrier, "read", TrustingReader.read)
    monkeypatch.setattr(TrustingReader, "__class__", type, raising=False)
    with caught("unnoticed"):
        law()


def test_a_reader_that_sees_no_padding(monkeypatch):
    """The cargo in a signature's padding must be a fault: see test_trust."""
    from aigclabel.carriers import signed as package
    from laws import test_trust

    test_trust.test_bytes_in_the_padding_of_a_signature_are_a_fault("webp-lossy")
    monkeypatch.setattr(package, "_told_faults", lambda *_: ())
    with pytest.raises(AssertionError):
        test_trust.test_bytes_in_the_padding_of_a_signature_are_a_fault("webp-lossy")


class RaisingReader(MetadataCarrier):
    """Lets an error of its own out."""

    def read(self, view):
        raise IndexError("list index out of range")


def test_a_reader_that_raises():
    check_reading(asset(PICTURE), rules(GB))
    with caught("unexpected IndexError"):
        check_reading(asset(PICTURE), rules(GB), plugins=Plugins(carriers=(RaisingReader(),)))


class DeafReader(MetadataCarrier):
    """Writes labels and never finds them."""

    def read(self, view):
        return replace(super().read(view), found=())


def test_a_reader_that_misses_what_was_written():
    with caught("label"):
        made = check_stamp(
            asset(PICTURE), SAID, rules(GB), plugins=Plugins(carriers=(DeafReader(),))
        )
        assert made is not None, "the stamp refused to hand over what has no label"


class TrustGone(SignedCarrier):
    """Finds less the more anchors there are."""

    def read(self, view):
        seen = super().read(view)
        return seen if len(view.anchors) < 1 else replace(seen, found=())


def test_a_reader_that_believes_less_with_more_trust(monkeypatch):
    made = stamp(asset(PICTURE), SAID, rules("signed-only"))
    check_more_trust(made, rules("signed-only"), None, TRUST)
    real = SignedCarrier.read
    monkeypatch.setattr(
        SignedCarrier,
        "read",
        lambda self, view: (
            replace(real(self, view), found=()) if view.anchors else real(self, view)
        ),
    )
    with caught("more trust"):
        check_more_trust(made, rules("signed-only"), None, TRUST)


# -- UNKNOWN counted as ok ----------------------------------------------------------------


def test_unknown_counted_as_ok(monkeypatch):
    asked = Context()
    check_stamp(asset(PICTURE), SAID, rules("facts"), asked)
    monkeypatch.setattr(Report, "ok", property(lambda self: self.outcome is not Outcome.UNMET))
    with caught("ok is True"):
        check_stamp(asset(PICTURE), SAID, rules("facts"), asked)


def test_unknown_rolled_up_as_met(monkeypatch):
    check_stamp(asset(PICTURE), SAID, rules("facts"))
    real = judging.roll_up

    def hopeful(node, outcome):
        found = real(node, outcome)
        return Outcome.MET if found is Outcome.UNKNOWN else found

    monkeypatch.setattr(judging, "roll_up", hopeful)
    with caught():
        made = check_stamp(asset(PICTURE), SAID, rules("facts"))
        assert made.report.outcome is Outcome.UNKNOWN, "a fact that nobody knows is not met"


# -- a notice moved by 10 px --------------------------------------------------------------


class Careless(VisibleCarrier):
    """Draws the notice ten pixels from where it says."""

    def write(self, work):
        done = super().write(work)
        marks = tuple(_shifted(mark) for mark in done.marks)
        return replace(done, marks=marks)


def _shifted(mark):
    if mark.layer is not Layer.VISIBLE or not mark.get("region"):
        return mark
    x, y, w, h = map(int, mark.get("region").split(","))
    return mark.having(region=f"{x - 10},{y - 10},{w},{h}")


@pytest.mark.parametrize("name", ["png-grey", "jpeg-baseline", "webp-lossless"])
def test_a_notice_ten_pixels_from_its_record(name):
    check_stamp(asset(name), SAID, rules(GB))
    with caught():
        made = check_stamp(asset(name), SAID, rules(GB), plugins=Plugins(carriers=(Careless(),)))
        assert made is not None, "the stamp refused: the notice is not where it says"


@pytest.mark.parametrize("name", ["png-grey", "jpeg-baseline", "webp-lossless"])
def test_a_notice_moved_in_the_pixels_afterwards(name):
    """Ten pixels to the left and up, in a copy: no longer met."""
    from io import BytesIO

    from laws.samples import coded
    from laws.test_trust import moved
    from PIL import Image

    made = stamp(asset(name), SAID, rules(GB), None)
    (notice,) = [m.mark for m in read(made).marks if m.mark.layer is Layer.VISIBLE]
    x, y, w, h = map(int, notice.get("region").split(","))
    with Image.open(BytesIO(made.data())) as picture:
        plate = picture.crop((x, y, x + w, y + h))
        clean = Image.open(BytesIO(asset(name).data())).convert(picture.mode)
        clean.paste(plate, (x - 10, y - 10))
    kind = made.media_type.partition("/")[2].upper()
    other = Asset.of_bytes(coded(clean, kind, quality=95, lossless=True), made.media_type)
    report = verify(moved(made, other), rules(GB))
    (finding,) = [each for each in report.findings if each.requirement == "notice-image"]
    assert finding.outcome is Outcome.UNMET


class Blank(VisibleCarrier):
    """Records a notice and draws none."""

    def write(self, work):
        done = super().write(work)
        return replace(done, asset=work.asset, layout=work.layout)


def test_a_notice_that_is_recorded_and_not_drawn():
    with caught():
        made = check_stamp(asset(PICTURE), SAID, rules(GB), plugins=Plugins(carriers=(Blank(),)))
        assert made is not None, "the stamp refused: nothing is drawn"


# -- a requirement dropped from a policy --------------------------------------------------


def altered(*pairs):
    text = (files("aigclabel") / "policies" / f"{GB}.toml").read_text("utf-8")
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return parse(text, "altered.toml")


def test_a_requirement_dropped_from_the_tree_is_refused_when_read():
    with pytest.raises(Exception, match="nowhere"):
        altered(('"notice-video", "label",', '"notice-video",'))


def test_a_requirement_dropped_altogether():
    """The duties of GB 45438-2025, counted: the law of the page, not of the code."""
    assert {leaf.name for leaf in rules(GB).requirements} == {
        "notice-text", "notice-image", "notice-audio", "notice-video", "label", "propagation",
    }  # fmt: skip
    silent = stamp(asset(PICTURE), SAID, rules("signed-only"))
    assert verify(silent, rules(GB)).outcome is Outcome.UNMET
    text = (files("aigclabel") / "policies" / f"{GB}.toml").read_text("utf-8")
    start = text.index("[requirement.label]")
    end = text.index("[requirement.propagation]")
    dropped = parse(
        (text[:start] + text[end:]).replace('"notice-video", "label",', '"notice-video",'),
        "dropped.toml",
    )
    with pytest.raises(AssertionError):
        report = verify(stamp(asset(PICTURE), SAID, dropped), rules(GB))
        assert report.outcome is Outcome.MET, "what the altered rules accept, the law does not"


def test_a_requirement_that_nobody_judges(monkeypatch):
    real = tree.leaves
    check_stamp(asset(PICTURE), SAID, rules(GB))
    from aigclabel.rules.tree import Instrument

    full = Instrument.requirements.fget
    monkeypatch.setattr(judging, "_finding", judging._finding)

    def forgetful(policy, evidence, context):
        report = judging.judge(policy, evidence, context)
        left = tuple(each for each in report.findings if each.requirement != "label")
        return replace(report, findings=left)

    from aigclabel import engine

    monkeypatch.setattr(engine, "judge", forgetful)
    assert real is tree.leaves
    assert full is Instrument.requirements.fget
    with caught("was not judged"):
        check_stamp(asset(PICTURE), SAID, rules(GB))


# -- an EXEMPT branch that hides an UNMET one ---------------------------------------------


def test_an_exempt_branch_that_hides_an_unmet_one(monkeypatch):
    """`all_of` is the worst child: an EXEMPT one is dropped, and nothing else with it."""
    policy = built("t", 'all_of = ["source-type", "label"]')
    bare = asset("png-grey")
    asked = Context(origin="generated")
    assert verify(bare, policy, context=asked).outcome is Outcome.UNMET
    real = judging.roll_up

    def hiding(node, outcome):
        leaves = [outcome(leaf) for leaf in tree.leaves(node)]
        return Outcome.EXEMPT if Outcome.EXEMPT in leaves else real(node, outcome)

    exempt = ARTICLE_9
    without = stamp(bare, SAID, rules("signed-only"))
    gb = rules(GB)
    assert verify(without, gb, context=exempt).outcome is Outcome.UNMET, "no label, no notice due"
    monkeypatch.setattr(judging, "roll_up", hiding)
    hidden = verify(without, gb, context=exempt)
    assert hidden.outcome is Outcome.EXEMPT, "the defect is in"
    with caught("refuses"):
        _hold(hidden, gb)


def _hold(report, policy):
    from aigclabel.testing.stamping import _check_report

    _check_report(report, policy)


def test_a_stamp_that_hands_over_what_its_policy_refuses(monkeypatch):
    from aigclabel.engine import stamping

    check_stamp(asset(PICTURE), SAID, rules(GB))
    monkeypatch.setattr(stamping, "blocking", lambda *_: ())
    deaf = Plugins(carriers=(DeafReader(),))
    with caught("refuses"):
        check_stamp(asset(PICTURE), SAID, rules(GB), plugins=deaf)


# -- more of the same ---------------------------------------------------------------------


class Restless(MetadataCarrier):
    """Never comes to rest: each stamp is another one."""

    count = 0

    def write(self, work):
        done = super().write(work)
        Restless.count += 1
        data = done.asset.data()
        from laws.samples import png_with, text_chunk

        changed = png_with(data, text_chunk(b"turn", b"%d" % Restless.count))
        made = Asset.of_bytes(changed, done.asset.media_type, done.asset.name)
        return replace(done, asset=made, layout=None)


def test_a_stamp_that_is_never_the_same_twice(monkeypatch):
    from aigclabel.engine import stamping

    own = Plugins(carriers=(Restless(),))
    monkeypatch.setattr(stamping, "_already", lambda *_: None)
    made = stamp(asset(PICTURE), SAID, rules(GB), None, plugins=own)
    with caught("twice"):
        check_twice(made, SAID, rules(GB), signer=None, plugins=own)


class Clumsy(PngContainer):
    """Loses a chunk that it does not know."""

    def splice(self, stream, layout, edits):
        return tuple(
            each for each in super().splice(stream, layout, edits) if isinstance(each, bytes)
        ) or super().splice(stream, layout, edits)


def test_a_container_that_loses_bytes():
    it = asset("png-rich")
    check_container(PngContainer(), [(it.media_type, it.data())])
    with pytest.raises((AssertionError, Exception)):
        check_container(Clumsy(), [(it.media_type, it.data())])


class Mumbling(CnAigc):
    """Spells one field wrong."""

    def spell(self, fields, kind):
        return super().spell(tuple((k, v.lower()) for k, v in fields), kind)


class Usurping(CnAigc):
    """Relays by putting itself in the producer's place."""

    def relay(self, fields, declaration):
        return tuple((k, "US" if k == "ContentProducer" else v) for k, v in fields)


def test_a_schema_that_spells_or_relays_wrongly():
    check_schema(CnAigc())
    with caught("cn.aigc in"):
        check_schema(Mumbling())
    with caught("ContentProducer"):
        check_schema(Usurping())


def test_a_policy_that_holds_before_it_is_in_force(monkeypatch):
    check_policy(rules("iptc-only"), [asset(PICTURE)])
    monkeypatch.setattr(judging, "_by_date", lambda *_: None)
    with caught("before it was in force"):
        check_policy(rules("iptc-only"), [asset(PICTURE)])


def test_an_and_that_forgets_its_left_side(monkeypatch):
    from aigclabel.rules.tree import Policy

    one, other = rules(GB), rules("iptc-only")
    check_both_orders(asset(PICTURE), SAID, one, other)
    monkeypatch.setattr(Policy, "__and__", lambda self, right: Policy(right.instruments))
    with caught("differ"):
        check_both_orders(asset(PICTURE), SAID, one, other)


def test_a_stamp_that_adds_a_second_label(monkeypatch):
    """Exactly one implicit label per file (GB 45438-2025 6.1 c)."""
    made = stamp(asset("png-rich"), SAID, rules(GB), None)
    from laws.samples import png_with, text_chunk
    from laws.worlds import labels

    (found,) = labels(read(made))
    assert isinstance(found, Found)
    import json

    copy = json.dumps(dict(found.mark.fields)).encode()
    twice = png_with(made.data(), text_chunk(b"AIGC", copy))
    report = verify(twice, rules(GB))
    assert report.outcome is Outcome.UNMET
    assert LOCAL.self_issued
