import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.errors import CannotLabel
from aigclabel.model import Declaration, Origin, Place
from aigclabel.protocols import Slot, Value, Wish
from aigclabel.schemas.notice import KEY, Notice
from aigclabel.slots import frontmatter, xmp

SCHEMA = Notice()
SAID = Declaration("x")
TEXTS = (("zh-Hans", "AI生成"), ("en", "AI生成 AI-generated"))
DRAWN = (
    ("text", "AI生成"),
    ("locale", "zh-Hans"),
    ("font", "sha256:00"),
    ("height", "54"),
    ("height_ratio", "0.051"),
    ("contrast", "7.1"),
    ("position", "corner"),
    ("region", "1,2,3,4"),
    ("canvas", "100x200"),
)


def packet_value(packet, home=True):
    slot = Slot("xmp", "", packet, "APP1", "jpeg:APP1", 20, home)
    return Value(slot, "image/jpeg", properties=xmp.properties(packet))


def yaml_value(text):
    slot = Slot("frontmatter", "", text.encode(), "", "markdown", 0)
    return Value(slot, "text/markdown", mapping=frontmatter.parse(text))


def test_the_first_wording_or_the_wanted_one():
    assert SCHEMA.fill(SAID, Wish(TEXTS)) == (("text", "AI生成"), ("locale", "zh-Hans"))
    assert SCHEMA.fill(SAID, Wish(TEXTS, locale="en", at="both")) == (
        ("text", "AI生成 AI-generated"),
        ("locale", "en"),
        ("at", "both"),
    )


def test_the_callers_own_words_count_before_the_policys():
    given_fields = dict(SCHEMA.fill(SAID, Wish(TEXTS, text="本图由AI合成", locale="zh")))
    assert (given_fields["text"], given_fields["locale"]) == ("本图由AI合成", "zh")


def test_an_unknown_locale_is_refused_with_those_there_are():
    with pytest.raises(CannotLabel, match="zh-Hans, en"):
        SCHEMA.fill(SAID, Wish(TEXTS, locale="fr"))
    with pytest.raises(CannotLabel, match="give a text"):
        SCHEMA.fill(SAID, Wish())


def test_the_policys_figures_go_into_the_mark():
    terms = (("height_ratio", 0.05), ("height", 12.0), ("contrast", 4.5), ("seconds", 2.0))
    assert SCHEMA.fill(SAID, Wish(TEXTS, terms))[2:] == (
        ("height", "12"),
        ("height_ratio", "0.05"),
        ("contrast", "4.5"),
        ("seconds", "2"),
    )


def test_a_record_comes_back_from_both_places():
    (found,) = SCHEMA.find(packet_value(xmp.edit(None, SCHEMA.spell(DRAWN, "xmp"))))
    assert (found.fields, found.place, found.deviations) == (DRAWN, Place.NORMATIVE, ())
    text = frontmatter.edit("title: x\n", SCHEMA.spell(DRAWN, "frontmatter"))
    assert text.startswith(f'title: x\n{KEY}:\n  text: "AI生成"\n')
    (found,) = SCHEMA.find(yaml_value(text))
    assert (found.fields, found.key) == (DRAWN, ("", KEY))


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1
)


@given(st.dictionaries(st.sampled_from(SCHEMA.fields), TEXT))
def test_any_record_comes_back(given_fields):
    fields = tuple((name, given_fields[name]) for name in SCHEMA.fields if name in given_fields)
    wanted = fields if "text" in given_fields else (("text", ""), *fields)
    (found,) = SCHEMA.find(packet_value(xmp.edit(None, SCHEMA.spell(fields, "xmp"))))
    assert found.fields == wanted
    (found,) = SCHEMA.find(yaml_value(frontmatter.edit(None, SCHEMA.spell(fields, "frontmatter"))))
    assert found.fields == wanted


def test_a_record_without_text_says_that_nothing_was_drawn():
    packet = xmp.edit(None, SCHEMA.spell(DRAWN, "xmp"))
    packet = xmp.edit(packet, SCHEMA.spell((), "xmp"))
    (found,) = SCHEMA.find(packet_value(packet))
    assert found.fields == (("text", ""),)


def test_packets_without_a_record_have_none():
    assert SCHEMA.find(packet_value(b"")) == ()
    assert SCHEMA.find(yaml_value(f"{KEY}: x\nother:\n  text: y\n")) == ()


def test_a_record_proves_nothing_and_is_always_ours():
    assert SCHEMA.origin(DRAWN) is Origin.UNKNOWN
    assert SCHEMA.ours(DRAWN, SAID)
    assert SCHEMA.relay(DRAWN, SAID) == DRAWN


@pytest.mark.parametrize(
    ("media_type", "home"),
    [("image/png", ("xmp", "")), ("text/markdown", ("frontmatter", "")), ("text/plain", None)],
)
def test_home(media_type, home):
    assert SCHEMA.home(media_type) == home


def test_the_notice_of_a_picture_joins_its_alternative_text_and_no_other_does():
    def joined(fields, kind="xmp"):
        return [each for each in SCHEMA.spell(fields, kind) if each.joins]

    (entry,) = joined(DRAWN)
    assert (entry.name, entry.value) == ("AltTextAccessibility", "AI生成")
    assert not joined(DRAWN, "frontmatter")
    assert not joined((("text", "AI生成"), ("at", "start"))), "a document"
    assert not joined((*DRAWN, ("seconds", "2"))), "a film"
    assert not joined((("text", ""), ("canvas", "9x9"))), "none was drawn"
