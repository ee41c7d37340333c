"""Every policy's notice on every medium that it asks for: met by what `verify` sees or hears of
it, or refused for a reason that is told."""

from dataclasses import replace
from functools import cache

import pytest
from conftest import FULL
from forms import documents, texts
from forms.movies import made
from forms.pdfs import OBJECTS, table
from laws.rules import GB
from laws.samples import sample
from laws.test_world import WORLDS
from sounding import packed, tone, wav

from aigclabel import Asset, CannotLabel, Choices, Context, Declaration, Outcome, policy, stamp
from aigclabel import verify as verified
from aigclabel.carriers.visible.drawn.fonts import undrawable
from aigclabel.model import Layer, Origin
from aigclabel.plugins import policy_ids
from aigclabel.rules import Group, Policy, weighs
from aigclabel.signing import LOCAL
from aigclabel.testing import SAID, check_stamp, check_twice

DEEPFAKE = {"deepfake": "yes", "artistic": "no", "public_interest": "yes"}
ASKING = WORLDS | {
    GB: Context(),
    "eu.art50": Context(role="deployer", facts=DEEPFAKE),
    "eu.art50.code": Context(role="deployer", facts=DEEPFAKE),
}
"""Who asks, and what they know, so that the policy wants its notice."""
OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = {
    "jpeg": ("image", "image/jpeg"),
    "png": ("image", "image/png"),
    "wav": ("audio", "audio/wav"),
    "mp4": ("video", "video/mp4"),
    "txt": ("text", "text/plain"),
    "html": ("text", "text/html"),
    "docx": ("document", f"{OFFICE}.wordprocessingml.document"),
    "xlsx": ("document", f"{OFFICE}.spreadsheetml.sheet"),
    "pdf": ("document", "application/pdf"),
}
"""A format of each medium, with its media type."""
COSTLY = ("wav", "mp4")
"""Of these the quick run takes each wording once."""
LASTS = 4 if FULL else 2.4
"""Seconds; in a film of little more than 2 a notice at its start stands throughout."""
FILM = f"testsrc=size=320x240:rate=5:duration={LASTS}"
FILM = ("-f", "lavfi", "-i", FILM, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast")
A4 = OBJECTS[3].replace(b"200 200", b"595 842")
NO_PLACE = r": label \(.*no standard publishes a place for a cn.aigc label"
NO_VOICE = r": notice-audio \(17610\(b\), \(c\)\).*: no recording speaks 'This performance features"
NO_WATERMARK = r": watermark \(.*(no watermark is put into|too small or too flat)"
UNTIMED = r": manifest \(.*its signature has no time stamp"
REFUSED = {
    ("cn.deep-synthesis", "txt"): NO_PLACE,
    ("cn.deep-synthesis", "html"): NO_PLACE,
    ("us-ca.17610", "wav"): NO_VOICE,
    **{("world-strict", kind): NO_WATERMARK for kind in KINDS},
    **{("world-strict", kind): UNTIMED for kind in ("jpeg", "png")},
    **{("world-strict", kind): f"({NO_WATERMARK}|{UNTIMED})" for kind in ("wav", "mp4")},
}
"""What cannot be stamped, and why; without a voice it is the notice itself."""


@cache
def film():
    """A small film with few pictures, as generators make them."""
    return made("a.mp4", *FILM, "-crf", "16")


def content(kind):
    """The sample of a format."""
    makers = {
        "jpeg": lambda: sample("jpeg-baseline").data,
        "png": lambda: sample("png-rgb").data,
        "wav": lambda: wav(packed(tone(8000), 2)),
        "mp4": film,
        "txt": lambda: sample("text-plain").data,
        "html": lambda: texts.forms()["html"][1],
        "pdf": lambda: table(OBJECTS | {3: A4}),
    }
    data = makers[kind]() if kind in makers else documents.forms()[kind][1]
    return Asset.of_bytes(data, KINDS[kind][1], f"a.{kind}")


def notices(rules, kind):
    """The notices that a policy asks for on content of a format."""
    return tuple(
        leaf
        for leaf in rules.requirements
        if leaf.layer is Layer.VISIBLE
        and leaf.texts
        and weighs(leaf)
        and KINDS[kind][0] in leaf.media
    )


def combinations():
    """Every policy on every format that it asks a notice of."""
    taken, seen = [], set()
    for name in policy_ids():
        for kind in KINDS:
            due = notices(policy(name), kind)
            wording = (kind, due[0].texts[0]) if due else ()
            if due and (FULL or kind not in COSTLY or wording not in seen):
                taken.append((name, kind))
                seen.add(wording)
    return taken


def alone(rules, leaf):
    """A policy of one duty of another."""
    part = rules.instruments[0]
    bare = replace(leaf, exemptions=(), when=(), grace=None, operations=None)
    return Policy((replace(part, root=Group("all_of", (bare,)), facts=()),))


def seen(report, leaves):
    """The words of the notice by which each of these duties is met that applies here, as the
    pixels, the samples or the text have it."""
    outcomes = {each.requirement: each.outcome for each in report.findings}
    found = {leaf.name: outcomes[leaf.name] for leaf in leaves}
    assert {*found.values()} - {Outcome.EXEMPT} == {Outcome.MET}, found
    (words,) = {f.mark.get("text") for f in report.evidence.marks if f.carrier == "visible"}
    return words


@pytest.mark.parametrize(("name", "kind"), combinations())
def test_its_notice_is_met_by_what_is_there_or_refused_for_a_reason(name, kind):
    rules, asked = policy(name), ASKING[name]
    due = notices(rules, kind)
    if (name, kind) not in REFUSED:
        done = stamp(content(kind), SAID, rules, context=asked)
        report = verified(done, rules, context=replace(asked, origin=Origin.GENERATED))
        assert seen(report, due) == due[0].texts[0][1]
        if FULL or kind not in COSTLY:
            check_stamp(content(kind), SAID, rules, asked, or_refuse=False)
            check_twice(done, SAID, rules, asked)
        return
    with pytest.raises(CannotLabel, match=name + " cannot be met" + ".*" + REFUSED[name, kind]):
        stamp(content(kind), SAID, rules, context=asked)
    if REFUSED[name, kind] != NO_VOICE:
        for leaf in due:  # what else it asks for is in the way, not its notice
            rule = alone(rules, leaf)
            asked = Context(role=leaf.roles[0], on=asked.on)
            done = stamp(content(kind), SAID, rule, context=asked)
            report = verified(done, rule, context=replace(asked, origin=Origin.GENERATED))
            assert seen(report, (leaf,)) == leaf.texts[0][1]


def test_every_refusal_is_one_of_these():
    every = {(name, kind) for name in policy_ids() for kind in KINDS if notices(policy(name), kind)}
    assert {*REFUSED} <= every


WORDED = [
    (name, leaf.name, locale, origin)
    for name in policy_ids()
    for leaf in policy(name).requirements
    if leaf.layer is Layer.VISIBLE and leaf.texts and "audio" not in leaf.media
    for origin in (Origin.GENERATED, Origin.EDITED)
    for locale in dict(leaf.worded(origin).texts)
    if origin is Origin.GENERATED or leaf.texts_edited
]


def test_every_wording_can_be_drawn_and_is_met():
    """In every language, on a picture or a text, of content that AI made and that it changed."""
    done = set()
    for name, called, locale, origin in WORDED:
        rules = policy(name)
        (leaf,) = (each for each in rules.requirements if each.name == called)
        text = dict(leaf.worded(origin).texts)[locale]
        assert undrawable(text) == ""
        for kind in ("png", "txt", "html", "docx"):
            if KINDS[kind][0] not in leaf.media or (kind, text) in done:
                continue
            done.add((kind, text))
            said = Declaration(producer="P", origin=origin)
            asked = Context(role=leaf.roles[0], on=ASKING[name].on, origin=origin)
            rule = alone(rules, leaf)
            signer = LOCAL if kind == "docx" else None  # words on performers need a record there
            by = Choices(locale=locale)
            done_so = stamp(content(kind), said, rule, signer, asked, choices=by)
            assert seen(verified(done_so, rule, context=asked), (leaf,)) == text
    assert len(done) > 60


def test_changed_content_is_called_changed_where_the_words_are_free():
    """China asks for an element of generation (GB 45438-2025, 5.1), and California and New York
    for words on a performer: these stay."""
    fixed = {"cn.deep-synthesis", "cn.digital-human-draft", GB, "cn.measures-2025"}
    fixed |= {"us-ca.17610", "us-ny.396b", "world-strict"}
    for name in policy_ids():
        for leaf in policy(name).requirements:
            if leaf.layer is Layer.VISIBLE and leaf.texts and leaf.media != ("audio",):
                assert bool(leaf.texts_edited) == (name not in fixed), (name, leaf.name)
                assert not leaf.texts_edited or {*dict(leaf.texts)} == {*dict(leaf.texts_edited)}
