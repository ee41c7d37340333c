"""Notices on spreadsheets, XLSX and ODS: in sight when they open, and no cell changes."""

from __future__ import annotations

import io
import re
import time
import zipfile

import pytest
from forms.documents import CELLS, ODF, OOXML, RELATIONS, R, X, tables, workbook, zipped
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aigclabel.asset import Asset
from aigclabel.carriers.visible import VisibleCarrier
from aigclabel.carriers.visible.documents.anchors import spot
from aigclabel.carriers.visible.documents.grid import PIXEL, cell, digit_of, grid_of
from aigclabel.containers.zipped import ZippedContainer
from aigclabel.errors import CannotLabel
from aigclabel.model import Context, Declaration, Found, Layer, Mark
from aigclabel.protocols import Limits, Seen, View, Work

CARRIER, CONTAINER = VisibleCarrier(), ZippedContainer()
RECORD = Mark(Layer.METADATA, "notice", (("text", "AI生成"), ("at", "start")))
TYPES = {"xlsx": f"{OOXML}spreadsheetml.sheet", "ods": f"{ODF}spreadsheet"}
MAKE = {"xlsx": workbook, "ods": tables}
SHEET, DRAWN = "xl/worksheets/a.xml", "xl/drawings/drawing1.xml"
OTHER = "xl/worksheets/b.xml"


def asset_of(kind, parts):
    return Asset.of_bytes(zipped(parts), TYPES[kind], f"a.{kind}")


def write(kind, parts, text="AI生成", at=""):
    asset = asset_of(kind, parts)
    mark = Mark(Layer.VISIBLE, "notice", (("text", text), ("locale", "zh-Hans"), ("at", at)))
    said = Declaration("Example Models Ltd")
    made = CARRIER.write(Work(asset, asset, (mark,), said, Seen(), CONTAINER, {})).asset.data()
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def read(kind, parts, *records):
    asset = asset_of(kind, parts)
    with asset.stream() as stream:
        layout = CONTAINER.scan(stream, TYPES[kind], Limits())
    found = tuple(Found(each, "signed", "c2pa") for each in records)
    return CARRIER.read(View(asset, CONTAINER, layout, {}, Limits(), Context(), found=found))


def cells(xml):
    """The data of a sheet, as XML without anything else."""
    root = etree.fromstring(xml.encode())
    kinds = ("{*}sheetData", "{*}table-row")
    return [etree.tostring(each, method="c14n") for kind in kinds for each in root.iter(kind)]


def book(**changes):
    """A workbook with some parts changed: a=… for the first sheet, main=… for the workbook."""
    names = {"a": SHEET, "b": OTHER, "main": "xl/workbook.xml"}
    return workbook() | {names.get(key, key): text for key, text in changes.items()}


def viewed(view, cells=CELLS):
    return cells.replace("<sheetData>", f"<sheetViews>{view}</sheetViews><sheetData>")


def anchor(parts, name=DRAWN):
    """The cell that the notice is anchored to, as column and row."""
    last = re.findall(r"col>(\d+)</.*?row>(\d+)</", parts[name])[-1]
    return int(last[0]), int(last[1])


@pytest.mark.parametrize("kind", TYPES)
def test_the_notice_is_found_and_no_cell_changes(kind):
    before = MAKE[kind]()
    made = write(kind, before)
    assert list(made)[: len(before)] == list(before)
    for name in before:
        assert cells(made[name]) == cells(before[name]) if name.endswith(".xml") else True
    changed = {name for name in made if made[name] != before.get(name)}
    assert changed == (
        {"content.xml"} if kind == "ods" else
        {SHEET, DRAWN, "[Content_Types].xml", "xl/worksheets/_rels/a.xml.rels"}
    )  # fmt: skip
    assert write(kind, made) == made, "and is not written twice"
    for records in ((), (RECORD,)):
        (found,) = read(kind, made, *records).found
        assert found.mark.get("text") == "AI生成"
    shown = made[DRAWN if kind == "xlsx" else "content.xml"]
    assert shown.count("AI生成") == 2, "with alternative text"


@pytest.mark.parametrize("kind", TYPES)
def test_none_there_and_one_that_is_gone(kind):
    assert read(kind, MAKE[kind]()).unread
    gone = read(kind, MAKE[kind](), RECORD)
    assert (gone.found, gone.unread) == ((), False)
    assert "AI生成" in gone.faults[0].reason


def test_it_stands_beside_the_cells_or_below_them_or_over_the_first():
    assert anchor(write("xlsx", workbook()))[1] == 0
    wide = "".join(f'<c r="{chr(65 + n)}1"><v>1</v></c>' for n in range(26))
    row = CELLS.replace("</sheetData>", "").partition("<row")[0] + f"<row r='1'>{wide}</row>"
    tail = "</sheetData></worksheet>"
    assert anchor(write("xlsx", book(a=row + tail))) == (0, 1)
    every = "".join(f'<row r="{n}">' + wide.replace('1"', f'{n}"') + "</row>" for n in range(1, 60))
    full = f'<worksheet xmlns="{X}"><sheetData>{every}{tail}'
    assert anchor(write("xlsx", book(a=full))) == (0, 0)
    assert read("xlsx", write("xlsx", book(a=full))).found


def test_words_that_run_over_into_empty_cells_are_not_covered():
    title = CELLS.replace("<t>a</t>", f"<t>{'Sales of the year ' * 3}</t>")
    title = title.replace('<c r="B1"><v>1</v></c>', "")
    column, row = anchor(write("xlsx", book(a=title)))
    assert row > 0 or column > 5


@pytest.mark.parametrize(
    ("view", "where"),
    [
        ('topLeftCell="C20">', (2, 19)),
        ('><pane ySplit="1" topLeftCell="A2" state="frozen"/>', (2, 0)),
        ('><pane ySplit="1" topLeftCell="A90" state="frozen"/>', (0, 89)),
    ],
)
def test_it_stands_in_what_is_seen(view, where):
    view = f'<sheetView workbookViewId="0" {view}</sheetView>'
    made = write("xlsx", book(a=viewed(view)))
    assert anchor(made) == where
    assert read("xlsx", made).found


def test_a_row_that_only_has_a_look_is_free():
    plain = CELLS.replace("<c r=", "<c s='1' x=").replace("<v>1</v>", "").replace("<v>2</v>", "")
    plain = re.sub("<(is|f)>.*?</(is|f)>", "", plain)
    assert anchor(write("xlsx", book(a=plain))) == (0, 0)
    rows = '<row r="1"><c r="A1" s="1"/></row><row r="4"><c r="A4" t="s"/></row>'
    bare = f'<worksheet xmlns="{X}"><sheetData>{rows}</sheetData></worksheet>'
    assert anchor(write("xlsx", book(a=bare))) == (0, 0)


def test_a_chart_on_top_is_refused_with_what_to_do():
    named = workbook()["xl/_rels/workbook.xml.rels"]
    chart = named.replace("relationships/worksheet", "relationships/chartsheet", 1)
    with pytest.raises(CannotLabel, match="put another on top"):
        write("xlsx", workbook() | {"xl/_rels/workbook.xml.rels": chart})


def test_letters_of_a_sheet_that_is_shown_small_are_larger():
    zoomed = viewed('<sheetView zoomScale="50" workbookViewId="0"/>')
    assert 'sz="2400"' in write("xlsx", book(a=zoomed))[DRAWN]
    plain = write("xlsx", workbook())
    assert 'sz="1200"' in plain[DRAWN]
    tiny = plain | {SHEET: plain[SHEET].replace("<sheetData>", viewed(
        '<sheetView zoomScale="50" workbookViewId="0"/>', "<sheetData>"))}  # fmt: skip
    assert not read("xlsx", tiny, RECORD).found


def test_the_sheet_that_is_on_top_gets_it():
    main = workbook()["xl/workbook.xml"]
    second = main.replace(
        "<sheets>", '<bookViews><workbookView activeTab="1"/></bookViews><sheets>'
    )
    hidden = main.replace('sheetId="1"', 'sheetId="1" state="hidden"')
    for changed in (second, hidden):
        made = write("xlsx", book(main=changed))
        assert (made[SHEET], "<drawing" in made[OTHER]) == (CELLS, True)
        assert read("xlsx", made).found
        assert not read("xlsx", made | {"xl/workbook.xml": main}, RECORD).found


def test_a_drawing_that_is_there_is_kept_and_a_picture_is_not_covered():
    made = write("xlsx", workbook())
    first = made | {DRAWN: made[DRAWN].replace("AI生成", "Hello")}
    again = write("xlsx", first)
    assert again[DRAWN].count("oneCellAnchor>") == 4
    assert again[DRAWN].count("Hello") == 2
    assert anchor(again) != anchor(made)
    assert read("xlsx", again).found


def test_headers_of_printed_pages_say_it_once_and_keep_what_they_say():
    def header(told):
        tail = f"<headerFooter><oddHeader>{told}</oddHeader></headerFooter></worksheet>"
        made = write("xlsx", book(a=CELLS.replace("</worksheet>", tail)))
        return re.search("<oddHeader>(.*?)</oddHeader>", made[SHEET], re.DOTALL)[1]

    assert "<oddHeader>&amp;R AI生成</oddHeader>" in write("xlsx", workbook())[SHEET]
    assert header("&amp;LA &amp;&amp; R") == "&amp;LA &amp;&amp; R&amp;R AI生成"
    assert header("&amp;Cx&amp;R&amp;P") == "&amp;Cx&amp;R AI生成\n&amp;P"
    assert header("x" * 250) == "x" * 250, "no more than 255 characters fit"


COVER = (
    '<x:absoluteAnchor><x:pos x="0" y="0"/><x:ext cx="9000000" cy="900000"/><x:pic/>'
    "<x:clientData/></x:absoluteAnchor></x:wsDr>"
)
FAR = '<y:from xmlns:y="urn:y"/><x:from>'
VEILS = [
    ("xlsx", DRAWN, "</x:wsDr>", COVER),
    ("xlsx", DRAWN, "</x:wsDr>", "<x:twoCellAnchor/></x:wsDr>"),
    ("xlsx", DRAWN, "<x:from>", FAR),
    ("xlsx", DRAWN, "<x:row>0<", "<x:row>900<"),
    ("xlsx", DRAWN, "<x:col>2<", "<x:col>900<"),
    ("xlsx", DRAWN, "<x:row>0<", "<x:row>0</x:row><x:row>900<"),
    ("xlsx", DRAWN, '<x:ext cx="', '<x:ext cx="1" cy="1"/><x:ext cx="'),
    ("xlsx", DRAWN, 'name="AI notice"', 'name="AI notice" hidden="1"'),
    ("xlsx", DRAWN, 'textlink=""', 'textlink="One!$A$1"'),
    ("xlsx", DRAWN, 'sz="1200"', 'sz="100"'),
    ("xlsx", DRAWN, "<a:xfrm>", '<a:xfrm rot="5400000">'),
    ("xlsx", DRAWN, '"><a:solidFill><a:srgbClr val="000000"/></a:solidFill></a:rPr>',
     '"><a:solidFill><a:srgbClr val="FEFEFE"/></a:solidFill></a:rPr>'),
    ("xlsx", DRAWN, "<x:sp ", '<x:grpSp><x:sp xmlns:y="urn:y" '),
    ("xlsx", "xl/workbook.xml", "<sheets>", '<workbookPr showObjects="none"/><sheets>'),
    ("xlsx", "xl/workbook.xml", "<sheets>",
     '<bookViews><workbookView visibility="hidden"/></bookViews><sheets>'),
    ("xlsx", SHEET, "<sheetData>", viewed(
        '<sheetView topLeftCell="A50" workbookViewId="0"/>', "<sheetData>")),
    ("xlsx", SHEET, "<drawing ", "<legacyDrawing/><drawing "),
    ("ods", "content.xml", 'svg:x="', 'svg:x="9'),
    ("ods", "content.xml", 'draw:fill="solid"', 'draw:fill="none"'),
    ("ods", "content.xml", 'fo:color="#000000"', 'fo:color="#ffffff"'),
    ("ods", "content.xml", 'fo:font-size="12pt"', 'fo:font-size="1pt"'),
    ("ods", "content.xml", 'draw:z-index="0"', ""),
    ("ods", "content.xml", "</table:shapes>" , '<draw:rect draw:z-index="1"/></table:shapes>'),
    ("ods", "content.xml", "</table:shapes>", "<draw:rect/></table:shapes>"),
    ("ods", "content.xml", "<text:p>a<", '<draw:control draw:z-index="-1"/><text:p>a<'),
    ("ods", "content.xml", "<text:p>a<", '<office:annotation office:display="true"/><text:p>a<'),
    ("ods", "content.xml", "<text:p>a<",
     '<d:scene xmlns:d="urn:oasis:names:tc:opendocument:xmlns:dr3d:1.0"/><text:p>a<'),
    ("ods", "content.xml", 'table:name="One"', 'table:name="One" table:style-name="off"'),
]  # fmt: skip
NOTE = 'descr="AI生成"><a:extLst><a:ext uri="{FF2B5EF4-FFF2-40B4-BE49-F238E27FC236}">'
SAVED = [
    ('b="0">', 'b="0" kern="1200" spc="-1" strike="noStrike" baseline="0">'),
    ("</a:rPr>", '<a:latin typeface="+mn-lt"/><a:ea typeface="宋体"/></a:rPr>'),
    ("</a:r></a:p>", '</a:r><a:endParaRPr lang="zh-CN" sz="100"/></a:p>'),
    ("<a:p>", "<a:lstStyle/><a:p>"),
    ('wrap="none"', 'vertOverflow="clip" horzOverflow="clip" wrap="square" rtlCol="0"'),
    ('<a:pPr algn="ctr"/>',
     '<a:pPr algn="ctr"><a:lnSpc><a:spcPct val="100000"/></a:lnSpc></a:pPr>'),
    ('descr="AI生成"/>', f"{NOTE}<b:creationId xmlns:b='urn:b'/></a:ext></a:extLst></x:cNvPr>"),
]  # fmt: skip
HIDING = [
    ('b="0">', 'b="0" spc="-9999">'),
    ('b="0">', 'b="0" baseline="-90000">'),
    ('b="0">', 'b="0" strike="dblStrike">'),
    ("</a:solidFill></a:rPr>", '</a:solidFill><a:latin typeface="Wingdings"/></a:rPr>'),
    ("</a:solidFill></a:rPr>", "</a:solidFill><a:noFill/></a:rPr>"),
    ("<a:p>", '<a:lstStyle><a:lvl1pPr marL="90000000"/></a:lstStyle><a:p>'),
    ('wrap="none"', 'wrap="none" rot="5400000"'),
    ('<a:pPr algn="ctr"/>', '<a:pPr><a:lnSpc><a:spcPct val="1"/></a:lnSpc></a:pPr>'),
    ('<a:pPr algn="ctr"/>', '<a:pPr marL="90000000"/>'),
    ('descr="AI生成"/>', 'descr="AI生成"><a:extLst><a:ext uri="{0}"/></a:extLst></x:cNvPr>'),
    ('descr="AI生成"/>', 'descr="AI生成"><b:extLst xmlns:b="urn:b"/></x:cNvPr>'),
]


@pytest.mark.parametrize(("old", "new"), SAVED + HIDING)
def test_what_office_suites_write_anew_counts_and_nothing_else(old, new):
    made = write("xlsx", workbook())
    assert old in made[DRAWN]
    changed = made | {DRAWN: made[DRAWN].replace(old, new)}
    etree.fromstring(changed[DRAWN].encode())
    assert bool(read("xlsx", changed, RECORD).found) is ((old, new) in SAVED)


OFF = (
    '<style:style style:name="off" style:family="table"><style:table-properties table:display="'
    'false"/></style:style>'
)


@pytest.mark.parametrize(("kind", "name", "old", "new"), VEILS)
def test_what_nobody_sees_is_no_notice(kind, name, old, new):
    made = write(kind, MAKE[kind]())
    text = made[name]
    assert old in text, text
    text = text.replace(old, new)
    if "off" in new:
        text = text.replace("</office:automatic-styles>", f"{OFF}</office:automatic-styles>")
    if "<x:grpSp>" in new:
        text = text.replace("</x:sp>", "</x:sp></x:grpSp>")
    etree.fromstring(text.encode())
    assert not read(kind, made | {name: text}).found
    assert not read(kind, made | {name: text}, RECORD).found


def commented(style, more="", at="2, 0, 0, 0, 6, 0, 9, 0"):
    """A workbook with a comment on its first sheet, at the place where the notice goes."""
    shape = (
        f'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:'
        f'excel"><v:shape style="{style}"><x:ClientData ObjectType="Note">{more}'
        f"<x:Anchor>{at}</x:Anchor></x:ClientData></v:shape></xml>"
    )
    rels = (
        f'<Relationships xmlns="{RELATIONS}"><Relationship Id="v" Type="{R}/vmlDrawing" Target="'
        '../drawings/v.vml"/></Relationships>'
    )
    named = CELLS.replace("</worksheet>", f'<legacyDrawing xmlns:r="{R}" r:id="v"/></worksheet>')
    return book(a=named) | {
        "xl/worksheets/_rels/a.xml.rels": rels, "xl/drawings/v.vml": shape
    }  # fmt: skip


def test_comments_that_are_shown_only_on_demand_lie_over_nothing():
    made = write("xlsx", commented("position:absolute; visibility:hidden"))
    assert read("xlsx", made).found
    assert made[SHEET].index("<drawing") < made[SHEET].index("<legacyDrawing")
    for style, more in (
        ("visibility:visible", ""),
        ("visibility:hidden", "<x:Visible/>"),
        ("", ""),
    ):
        shown = made | {"xl/drawings/v.vml": commented(style, more)["xl/drawings/v.vml"]}
        assert not read("xlsx", shown, RECORD).found
        beside = write("xlsx", commented(style, more))
        assert anchor(beside) != anchor(made)
        assert read("xlsx", beside).found
        with pytest.raises(CannotLabel, match="comment or control"):
            write("xlsx", commented(style, more, "0, 0, 0, 0, 99, 0, 99, 0"))
    with pytest.raises(CannotLabel, match="cannot be read"):
        write("xlsx", commented("", at="somewhere"))


@pytest.mark.parametrize("kind", TYPES)
def test_what_cannot_be_done_is_refused(kind):
    for at, more in (("end", {}), ("", {"_xmlsignatures/a.xml": "<a/>"})):
        with pytest.raises(CannotLabel):
            write(kind, MAKE[kind]() | more, at=at)
    with pytest.raises(CannotLabel, match="shorter"):
        write(kind, MAKE[kind](), "AI生成" * 40)


@pytest.mark.parametrize("kind", TYPES)
def test_damaged_members_are_evidence(kind):
    made = write(kind, MAKE[kind]())
    for name in made:
        if name.endswith((".xml", ".rels")) and name != "meta.xml":
            for text in ("", "<a", "<a/>", "\0\xff"):
                read(kind, made | {name: text}, RECORD)
    for name in (SHEET, DRAWN, "xl/workbook.xml") if kind == "xlsx" else ("content.xml",):
        assert not read(kind, made | {name: "<a/>"}, RECORD).found


@given(st.integers(0, 16383), st.integers(0, 1048575))
def test_cells_are_named_as_spreadsheets_do(column, row):
    letters, left = "", column + 1
    while left:
        left, digit = divmod(left - 1, 26)
        letters = chr(65 + digit) + letters
    assert cell(f"{letters}{row + 1}") == (column, row)


def test_sizes_of_columns_and_rows():
    cols = '<cols><col min="2" max="3" width="20"/><col min="5" max="16384" hidden="1"/></cols>'
    rows = '<sheetData><row r="2" ht="30"/><row hidden="1"/></sheetData>'
    grid = grid_of(etree.fromstring(f'<worksheet xmlns="{X}">{cols}{rows}</worksheet>'))
    assert [round(grid.x(n) / PIXEL) for n in range(7)] == [0, 64, 204, 344, 408, 408, 408]
    assert [round(grid.y(n) / PIXEL) for n in range(5)] == [0, 20, 60, 60, 80]
    assert cell("XFE1") is cell("A0") is cell("A1048577") is None


def test_a_large_font_of_the_style_normal_makes_columns_wide():
    sheet = etree.fromstring(f'<worksheet xmlns="{X}"/>')
    styles = (
        f'<styleSheet xmlns="{X}"><fonts><font><sz val="11"/></font><font><sz val="66"/></font>'
        '</fonts><cellStyleXfs><xf fontId="0"/><xf fontId="{}"/></cellStyleXfs><cellStyles>'
        '<cellStyle xfId="1" builtinId="0"/></cellStyles></styleSheet>'
    )
    for font, wide in ((0, 64), (1, 384), (7, 64)):
        found = etree.fromstring(styles.format(font))
        assert round(grid_of(sheet, digit_of(found)).x(1) / PIXEL) == wide
    empty = etree.fromstring(f'<styleSheet xmlns="{X}"/>')
    assert digit_of(None) == digit_of(empty) == 7


@given(st.data())
def test_numbers_of_any_size_are_evidence(data):
    kind = data.draw(st.sampled_from(["xlsx", "ods"]))
    made = STAMPED[kind]
    name = data.draw(st.sampled_from([SHEET, DRAWN, "xl/workbook.xml"] if kind == "xlsx" else [
        "content.xml"]))  # fmt: skip
    numbers = list(re.finditer(r"(?<=[>\"])-?\d+(?:\.\d+)?(?=[<\"pc])", made[name]))
    if not numbers:
        return
    one = data.draw(st.sampled_from(numbers))
    new = data.draw(st.sampled_from(["9" * 400, "-1", "1e999", "nan", "", "9" * 5000, "0x1"]))
    text = made[name][: one.start()] + new + made[name][one.end() :]
    seen = read(kind, made | {name: text}, RECORD)
    assert seen.found or seen.faults


STAMPED = {kind: write(kind, make()) for kind, make in MAKE.items()}


def test_a_spot_of_each_kind_of_anchor():
    grid = grid_of(etree.fromstring(CELLS))
    made = etree.fromstring(write("xlsx", workbook())[DRAWN].encode())
    here = spot(made[0], grid)
    assert (here.x, here.y) == (2 * 64 * PIXEL + 3 * PIXEL, 3 * PIXEL)
    space = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
    corners = "".join(
        f"<{at}><col>{n}</col><colOff>0</colOff><row>{n}</row><rowOff>0</rowOff></{at}>"
        for at, n in (("from", 1), ("to", 3))
    )
    two = spot(etree.fromstring(f'<twoCellAnchor xmlns="{space}">{corners}</twoCellAnchor>'), grid)
    assert (two.x, two.width, two.height) == (64 * PIXEL, 128 * PIXEL, 40 * PIXEL)


def test_hostile_sheets_cost_no_time():
    cols = "<cols>" + '<col min="1" max="16384" width="9"/>' * 50_000 + "</cols><sheetData>"
    many = CELLS.replace("<sheetData>", cols)
    made = write("xlsx", workbook())
    boxes = re.search(r"<x:oneCellAnchor>.*</x:oneCellAnchor>", made[DRAWN])[0]
    full = made[DRAWN].replace(boxes, boxes * 2_000)
    start = time.monotonic()
    assert not read("xlsx", book(a=many), RECORD).found
    assert not read("xlsx", made | {DRAWN: full.replace("AI生成", "x")}, RECORD).found
    assert time.monotonic() - start < 20
