"""The fonts that are shipped: what they cover, and that nothing else is drawn."""

from __future__ import annotations

import unicodedata
from hashlib import sha256
from importlib.resources import files

import pytest

from aigclabel.carriers.visible.drawn.draw import render
from aigclabel.carriers.visible.drawn.fonts import (
    JOINED,
    ORDER,
    coverage,
    digest,
    face,
    font_of,
    missing,
)
from aigclabel.carriers.visible.drawn.layout import Terms, broken, fit, position
from aigclabel.errors import CannotLabel

FOLDER = files("aigclabel.carriers.visible.drawn.fonts")
EVERY = (*ORDER, *(name for name, _, _ in JOINED))


def test_coverage_says_what_the_fonts_hold():
    tools = pytest.importorskip("fontTools.ttLib", reason="needs fontTools")
    for name in EVERY:
        with FOLDER.joinpath(name).open("rb") as stream:
            font = tools.TTFont(stream)
            assert coverage()[name] == set(map(chr, font.getBestCmap()))
            names = {each.nameID: str(each) for each in font["name"].names}
        assert names[1].startswith("aigclabel Sans")
        assert names[0]
        assert "SIL Open Font License" in names[13]
        assert names[14].startswith("http")


def test_fonts_are_small_and_carry_their_licence():
    sizes = [len(FOLDER.joinpath(name).read_bytes()) for name in EVERY]
    assert sum(sizes) < 124_000 + 350_000, "the first two, and what the other scripts may add"
    licence = FOLDER.joinpath("OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE" in licence
    assert "Adobe" in licence
    assert "Google" in licence


def test_every_covered_character_but_blanks_has_ink():
    for name in EVERY:
        font = face(name, 24)
        for char in coverage()[name]:
            if not char.isspace() and unicodedata.category(char) != "Cf":
                assert font.getmask(char).getbbox(), f"U+{ord(char):04X} in {name}"


def test_notices_of_the_reference_are_covered():
    for text in (
        "AI生成",
        "人工智能合成",
        "内容由AI生成，仅供参考",
        "本圖由人工智慧生成",
        "疑似AI生成合成内容",
        "AIにより加工",
        "この画像はAIで生成されています。",
        "数字人由AI技术驱动",
        "Généré par l’IA",
        "Mit KI verändert",
        "Nội dung được AI chỉnh sửa",
    ):
        assert missing(text) == ""


def test_latin_runs_are_drawn_in_the_latin_font():
    assert font_of("A") == font_of("’") == "latin.ttf"
    assert font_of("生") == font_of("，") == "cjk.otf"


def test_a_missing_character_is_named():
    assert missing("AIสร้าง 生") == "สร้าง"
    with pytest.raises(CannotLabel, match=r"'ส' \(U\+0E2A\).*AI生成"):
        font_of("ส")


def test_the_digest_names_the_fonts_in_use():
    latin = sha256(FOLDER.joinpath("latin.ttf").read_bytes()).hexdigest()[:16]
    cjk = sha256(FOLDER.joinpath("cjk.otf").read_bytes()).hexdigest()[:16]
    assert digest("AI") == latin
    assert digest("AI 生成") == digest("生成 AI") == f"{latin}+{cjk}"


def test_the_shortest_glyph_is_measured_without_strokes_and_marks():
    plain = render(("AI生成",), 50)
    assert 0.6 * 50 < plain.height < 0.8 * 50, "the letters, not the ideographs"
    assert render(("AI生成-，。一ー",), 50).height == plain.height
    assert render(("AI-generated",), 50).height < plain.height, "small letters are lower"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("AI生成", ("AI", "生成")),
        ("人工智能合成", ("人工智能", "合成")),
        ("AI-generated", None),
        ("内容由AI生成，仅供参考", ("内容由AI", "生成，仅供参考")),
    ],
)
def test_lines_break_between_words(text, lines):
    found = [each for each in broken(text) if len(each) == 2]
    assert found == ([lines] if lines else [])


def test_a_notice_breaks_only_where_it_must():
    assert len(list(fit("AI生成", (640, 480), Terms(0.05)).glyphs)) == 4
    narrow, wide = fit("AI生成", (64, 200), Terms(0.05)), fit("AI生成", (200, 64), Terms(0.05))
    assert narrow.size[1] > wide.size[1]
    assert narrow.size[0] < wide.size[0]


def test_an_endless_notice_is_refused():
    with pytest.raises(CannotLabel, match="at most 200"):
        fit("生" * 201, (5000, 5000), Terms())


def test_positions():
    size = (1000, 500)
    assert position((880, 440, 110, 50), size) == "corner"
    assert position((400, 440, 110, 50), size) == "edge"
    assert position((10, 200, 110, 50), size) == "edge"
    assert position((400, 200, 110, 50), size) == "inside"
