"""Notices on PDF: written, found again by other programs and by us, and every way to hide one."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import zlib

import pytest
from forms.pdfs import OBJECTS, forms, table
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.asset import Asset
from aigclabel.carriers.visible import VisibleCarrier
from aigclabel.containers.pdf import PdfContainer
from aigclabel.containers.pdf_content import left_open
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.model import Context, Declaration, Found, Layer, Mark
from aigclabel.protocols import Limits, Seen, View, Work

CARRIER, CONTAINER, PDF = VisibleCarrier(), PdfContainer(), "application/pdf"
RECORD = Mark(Layer.METADATA, "notice", (("text", "AI生成"), ("at", "start")))


def needs(program):
    return pytest.mark.skipif(not shutil.which(program), reason=f"needs the program {program}")


def write(data, text="AI生成", at=""):
    asset = Asset.of_bytes(data, PDF)
    mark = Mark(Layer.VISIBLE, "notice", (("text", text), ("locale", "zh-Hans"), ("at", at)))
    said = Declaration("Example Models Ltd")
    return CARRIER.write(Work(asset, asset, (mark,), said, Seen(), CONTAINER, {})).asset.data()


def read(data, *records):
    asset = Asset.of_bytes(data, PDF)
    with asset.stream() as stream:
        layout = CONTAINER.scan(stream, PDF, Limits())
    found = tuple(Found(each, "signed", "c2pa") for each in records)
    return CARRIER.read(View(asset, CONTAINER, layout, {}, Limits(), Context(), found=found))


def pdf(page=b"", content=b"0 0 1 rg", coding=b"", **more):
    made = dict(OBJECTS)
    made[3] = made[3].replace(b"/Contents 4 0 R", b"/Contents 4 0 R " + page)
    made[4] = b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(content), coding, content)
    return table(made | {int(name[1:]): each for name, each in more.items()})


PAGES = {
    **{name: data for name, (_, data) in forms().items()},
    "turned": pdf(b"/Rotate 90"),
    "turned over": pdf(b"/Rotate 180"),
    "turned back": pdf(b"/Rotate -90"),
    "cropped": pdf(b"/CropBox [50 60 190 180]"),
    "large units": pdf(b"/UserUnit 2"),
    "open states": pdf(content=b"q 1 0 0 1 900 900 cm q 0 0 5 5 re W n"),
    "packed": pdf(content=zlib.compress(b"0 g"), coding=b" /Filter /FlateDecode"),
    "letters": pdf(content=base64.a85encode(zlib.compress(b"0 g")) + b"~>",
                   coding=b" /Filter [/ASCII85Decode /FlateDecode]"),
    "link": pdf(b"/Annots [<< /Subtype /Link /Border [0 0 0] /Rect [0 0 200 200] >>]"),
    "strings": pdf(content=b"BT (q \\( Q ( BI )) Tj <71> Tj /q Do % q\n ET"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_an_update_more_and_the_notice_is_found(name):
    before = PAGES[name]
    made = write(before)
    assert made.startswith(before)
    assert write(made) == made, "and is not written twice"
    for records in ((), (RECORD,)):
        (found,) = read(made, *records).found
        assert (found.mark.get("text"), found.where) == ("AI生成", "pdf:page[1]")


@needs("qpdf")
@needs("pdftotext")
@needs("pdftoppm")
@pytest.mark.parametrize("name", PAGES)
def test_other_programs_find_the_words_and_see_them_upright(name, tmp_path):
    from PIL import Image

    path = tmp_path / "a.pdf"
    path.write_bytes(write(PAGES[name]))
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True)
    assert "AI生成" in told.stdout.replace(" ", "")
    command = ["pdftoppm", "-r", "144", "-png", "-cropbox", "-singlefile", path, tmp_path / "a"]
    subprocess.run(command, check=True, capture_output=True)
    with Image.open(tmp_path / "a.png") as image:
        width, height = image.size
        # A plate with letters stands in the top right corner as shown, and it is wider than high.
        ink = image.convert("L").crop((width // 2, 0, width, height // 3)).point(lambda v: 255 - v)
        left, top, right, bottom = ink.point(lambda v: 255 * (v > 200)).getbbox()
        assert right - left > 2 * (bottom - top)
        inside = ink.crop((left + 4, top + 4, right - 4, bottom - 4))
        assert inside.getextrema() == (0, 255), "black letters on a white plate"


@needs("pdftotext")
@pytest.mark.parametrize(
    "text",
    ["AI-generated", "AI 생성", "Создано с помощью ИИ", "No\u0302\u0323i dung do AI ta\u0323o"],
)
def test_words_in_other_scripts_are_drawn_too(text, tmp_path):
    from unicodedata import normalize

    data = write(pdf().replace(b"[0 0 200 200]", b"[0 0 600 800]"), text)
    assert read(data, RECORD.having(text=text)).found[0].mark.get("text") == text
    (tmp_path / "a.pdf").write_bytes(data)
    command = ["pdftotext", tmp_path / "a.pdf", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told.split() == normalize("NFC", text).split()


# -- every page, and tagged documents ---------------------------------------------------------

TWO = {
    2: b"<< /Type /Pages /Kids [6 0 R 3 0 R] /Count 2 /MediaBox [0 0 200 200] >>",
    6: b"<< /Type /Pages /Parent 2 0 R /Kids [7 0 R] /Count 1 /Rotate 90 >>",
    7: b"<< /Type /Page /Parent 6 0 R /StructParents 0 /Contents 8 0 R >>",
    8: b"<< /Length 26 >>\nstream\n/H1 <</MCID 0>> BDC EMC   \nendstream",
}
TREE = b"<< /Type /StructTreeRoot /K 10 0 R /ParentTree %s /ParentTreeNextKey 1 >>"
ELEMENTS = {
    1: b"<< /Type /Catalog /Pages 2 0 R /StructTreeRoot 9 0 R /MarkInfo << /Marked true >> >>",
    10: b"<< /Type /StructElem /S /Document /P 9 0 R /K [11 0 R] >>",
    11: b"<< /Type /StructElem /S /H1 /P 10 0 R /Pg 7 0 R /K 0 >>",
}


def two(**more):
    return table(dict(OBJECTS) | TWO | {int(name[1:]): each for name, each in more.items()})


def tagged(tree=b"<< /Nums [0 [11 0 R]] >>", **more):
    elements = {f"_{n}": each for n, each in ELEMENTS.items()}
    return two(**(elements | {"_9": TREE % tree} | more))


TAGGED = {
    "direct": tagged(),
    "referred": tagged(b"12 0 R", _12=b"<< /Nums [0 13 0 R] >>", _13=b"[11 0 R]"),
    "nested": tagged(b"12 0 R", _12=b"<< /Kids [13 0 R] >>",
                     _13=b"<< /Limits [0 0] /Nums [0 [11 0 R]] >>"),
    "unknown page": tagged(b"12 0 R", _12=b"<< /Kids [13 0 R] >>",
                           _13=b"<< /Limits [5 5] /Nums [5 [11 0 R]] >>",
                           _7=TWO[7].replace(b"/StructParents 0 ", b"")),
    "no parents": tagged(b"<< >>", _7=TWO[7].replace(b"/StructParents 0 ", b"")),
    "no document": tagged(_10=b"<< /Type /StructElem /S /Sect /P 9 0 R /K [11 0 R] >>"),
    "headings": tagged(_9=TREE.replace(b"10 0", b"11 0") % b"<< /Nums [0 [11 0 R]] >>",
                       _11=b"<< /Type /StructElem /S /H1 /P 9 0 R /Pg 7 0 R /K 0 >>"),
}  # fmt: skip
EVERY = RECORD.having(at="throughout")


@pytest.mark.parametrize("data", [two(), PAGES["pdf"], *TAGGED.values()])
def test_a_notice_on_every_page(data):
    made = write(data, at="throughout")
    assert made.startswith(data)
    assert write(made, at="throughout") == made
    (found,) = read(made, EVERY).found
    pages = 1 if data == PAGES["pdf"] else 2
    assert (found.mark.get("at"), found.where) == ("throughout", f"pdf:page[1..{pages}]")
    assert read(made, RECORD).found[0].mark.get("at") == "start"
    one = read(write(data), EVERY)
    whole = data == PAGES["pdf"]
    assert one.found[0].mark.get("at") == ("throughout" if whole else "start")
    assert bool(one.faults) is not whole


@needs("qpdf")
@needs("pdftotext")
@pytest.mark.parametrize("at", ["start", "throughout"])
def test_other_programs_find_it_on_every_page(at, tmp_path):
    for name, data in {"two": two(), **TAGGED}.items():
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(write(data, at=at))
        done = subprocess.run(
            ["qpdf", "--check", path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        command = ["pdftotext", path, "-"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert told.count("AI生成") == {"start": 1, "throughout": 2}[at]


@needs("pdfinfo")
@pytest.mark.parametrize("name", TAGGED)
def test_in_a_tagged_document_it_is_read_out_first_and_once(name, tmp_path):
    path = tmp_path / "a.pdf"
    for at in ("start", "throughout"):
        path.write_bytes(write(TAGGED[name], at=at))
        command = ["pdfinfo", "-struct-text", path]
        told = subprocess.run(command, capture_output=True, text=True, check=True)
        assert not told.stderr or name in {"no document", "headings"}, (
            "which lack a document before"
        )
        rows = [each.strip() for each in told.stdout.splitlines()]
        lead = 1 if rows[0] in {"Document", "Sect"} else 0
        assert rows[lead : lead + 2] == ["P (block)", '"AI生成"'], rows
        assert told.stdout.count("AI生成") == 1
        assert "H1" in told.stdout, "what was there still is"


def test_a_tree_that_goes_round_in_circles_costs_no_time():
    kids = b" ".join([b"12 0 R", b"13 0 R"] * 20)
    data = tagged(b"12 0 R", _12=b"<< /Kids [%s] >>" % kids, _13=b"<< /Kids [%s] >>" % kids)
    assert read(write(data)).found
    # A page that is its own parent, and one that is named many times.
    loops = two(_2=TWO[2].replace(b"[6 0 R 3 0 R]", b"[" + b"2 0 R 6 0 R 3 0 R " * 99 + b"]"))
    assert read(write(loops, at="throughout"), EVERY).found[0].where == "pdf:page[1..2]"


def test_other_words_take_the_place_of_the_first_in_the_structure(tmp_path):
    made = write(write(TAGGED["direct"]), "AI合成")
    assert b"/P <</MCID 1>> BDC" in made
    assert b"MCID 2" not in made
    assert b"/Alt <feff0041004954086210>" in made.rpartition(b"%aigclabel")[2].lower().replace(
        b"/alt", b"/Alt")  # fmt: skip
    (found,) = read(made).found
    assert found.mark.get("text") == "AI合成"


def test_a_page_that_cannot_take_it_is_named():
    for more, why in ((b"/Annots [<< /Subtype /Square /Rect [0 0 200 200] >>]", "page 2: move"),
                      (b"/CropBox [0 0 9 9]", "page 2: .*small")):  # fmt: skip
        page = OBJECTS[3].replace(b"/MediaBox", more + b" /MediaBox")
        assert read(write(two(_3=page))).found
        with pytest.raises(CannotLabel, match=why):
            write(two(_3=page), at="throughout")


@pytest.mark.parametrize("old", [b"/Nums", b"/K ", b"/S /Document", b"/P 9", b"/ParentTree "])
@pytest.mark.parametrize("new", [b"", b"/Nums 3 ", b"/K [[[ ]]] /X ", b"/Kids [9 0 R] "])
def test_a_tree_that_is_damaged_hides_nothing(old, new):
    objects = OBJECTS | TWO | ELEMENTS | {9: TREE % b"<< /Nums [0 [11 0 R]] >>"}
    changed = table({number: each.replace(old, new) for number, each in objects.items()})
    assert changed != TAGGED["direct"]
    assert read(write(changed)).found


VEILS = [
    (b"1 g 0 G", b"0 g 0 G"),
    (b"0 g BT", b"1 g BT"),
    (b" Tf ", b" Tf 3 Tr "),
    (b" cm\n", b" cm 0 0 0 0 re W n\n"),
    (b"1 0 0 1 0 0 cm", b"1 0 0 1 900 0 cm"),
    (b"/MediaBox [0 0 200 200]", b"/MediaBox [0 0 199 100]"),
    (b"<FEFF00410049751F6210>", b"<FEFF00410042751F6210>"),
    (b"/ToUnicode", b"/Encoding"),
    (b"re B\n", b"re n\n"),
]


@pytest.mark.parametrize(("old", "new"), VEILS)
def test_a_stamp_that_was_changed_is_no_notice(old, new):
    made = write(PAGES["pdf"])
    assert old in made
    head, _, tail = made.rpartition(old)
    # Same length where offsets matter; the reader follows the table.
    changed = head + new + tail
    try:
        for records in ((), (RECORD,)):
            assert not read(changed, *records).found
    except MalformedAsset:
        assert len(changed) != len(made)


HOSTILE = [
    b"0 0 0 0 re W n",  # a clip in our own state, which the stamp's Q undoes
    b"0 0 0 0 re W",
    b"Q 0 0 0 0 re W n q",
    b"/OC /a BDC",
    b"BT",
    b"EMC",
    b"BI /W 1 /H 1 ID q EI",
    b"(",
    b"q " * 99,
    b"\xff",
]


@pytest.mark.parametrize("content", HOSTILE)
def test_content_put_under_a_stamp_cannot_hide_it(content):
    """The content that a stamp was made for is swapped, in the same length, for a hostile one."""
    plain = pdf(content=b" " * 200)
    made = write(plain).replace(b" " * 200, content.ljust(200), 1)
    fine = left_open(content) == 0
    for records in ((), (RECORD,)):
        assert bool(read(made, *records).found) is fine
    assert fine is (content == HOSTILE[0])


def test_what_lies_over_it_makes_it_unknown():
    made = write(PAGES["pdf"])
    update = made[len(PAGES["pdf"]) :]
    page = re.search(rb"3 0 obj\n<< /Type /Page.*?endobj", update, re.DOTALL)[0]
    for kind, seen in ((b"/Square", False), (b"/Link", True), (b"/Link /Border [0 0 99]", False)):
        more = b"/Annots [<< /Subtype " + kind + b" /Rect [0 0 200 200] >>]"
        again = page.replace(b"/Type /Page ", b"/Type /Page " + more + b" ")
        assert again != page
        start = len(made)
        xref = start + len(again) + 1
        more = (
            again + b"\nxref\n3 1\n%010d 00000 n \ntrailer\n<< /Root 1 0 R /Size 99 /Prev %d >>\n"
        )
        last = int(re.findall(rb"startxref\n(\d+)", made)[-1])
        end = more % (start, last) + b"startxref\n%d\n%%%%EOF\n" % xref
        assert bool(read(made + end, RECORD).found) is seen


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (pdf(b"/Annots [<< /Subtype /Widget /Rect [0 0 200 200] >>]"), "annotation"),
        (pdf(content=b"BI /W 1 /H 1 ID a EI"), "inline images"),
        (pdf(content=b"EMC"), "state"),
        (pdf(coding=b" /F (a)"), "cannot be read"),
        (pdf(b"/CropBox [0 0 20 20]"), "too small"),
        (table(more=b" /Encrypt 5 0 R"), "encrypted"),
        (
            table(OBJECTS | {1: b"<< /Type /Catalog /Pages 2 0 R /Perms << /DocMDP 5 0 R >> >>"}),
            "certified",
        ),
    ],
)
def test_pages_that_cannot_take_one_are_refused(data, why):
    with pytest.raises(CannotLabel, match=why):
        write(data)


@pytest.mark.parametrize(("text", "at"), [("AI生成", "end"), ("نص", ""), ("AI\n生成", "")])
def test_notices_that_cannot_be_drawn_are_refused(text, at):
    with pytest.raises(CannotLabel):
        write(PAGES["pdf"], text, at)


def test_without_a_stamp():
    assert read(PAGES["pdf"]).unread
    gone = read(PAGES["pdf"], RECORD)
    assert not gone.unread
    assert "AI生成" in gone.faults[0].reason


@pytest.mark.parametrize("old", [b"/MediaBox [0 0 200 200]", b"/Type /Pages", b"/Kids [3 0 R]"])
def test_damaged_pages_are_evidence(old):
    for new in (b"", b"/Kids [2 0 R]", b"/MediaBox [0 0 nan 1e9]"):
        data = table({n: each.replace(old, new) for n, each in OBJECTS.items()})
        assert not read(data, RECORD).found


@given(st.binary(max_size=60), st.sampled_from([b"q ", b"Q ", b"BT ", b"(", b"<<", b"re ", b"/a "]))
def test_any_content_is_looked_through(data, more):
    assert left_open(more + data) in {None, *range(29)}
