"""Notices in DOCX, PPTX, ODT, ODP and EPUB: written, found again, and every way to hide one."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile

import pytest
from forms.documents import (
    ODF,
    OOXML,
    RELATIONS,
    SLIDE,
    WORD,
    R,
    book,
    deck,
    odf,
    ooxml,
    show,
    zipped,
)

from aigclabel.asset import Asset
from aigclabel.carriers.visible import VisibleCarrier
from aigclabel.carriers.visible.statement import bare
from aigclabel.containers.zipped import ZippedContainer
from aigclabel.errors import CannotLabel
from aigclabel.model import Context, Declaration, Found, Layer, Mark
from aigclabel.protocols import Limits, Seen, View, Work

CARRIER, CONTAINER = VisibleCarrier(), ZippedContainer()
RECORD = Mark(Layer.METADATA, "notice", (("text", "AI生成"), ("at", "start")))
DOCUMENTS = {
    "docx": (f"{OOXML}wordprocessingml.document", lambda: ooxml(
        "wordprocessingml.document", "word/document.xml"), "word/document.xml"),
    "pptx": (f"{OOXML}presentationml.presentation", deck, "ppt/slides/a.xml"),
    "odt": (f"{ODF}text", lambda: odf("text"), "content.xml"),
    "odp": (f"{ODF}presentation", show, "content.xml"),
    "epub": ("application/epub+zip", book, "OPS/a.xhtml"),
}  # fmt: skip


def write(kind, parts, text="AI生成", at=""):
    media_type = DOCUMENTS[kind][0]
    asset = Asset.of_bytes(zipped(parts), media_type, f"a.{kind}")
    mark = Mark(Layer.VISIBLE, "notice", (("text", text), ("locale", "zh-Hans"), ("at", at)))
    said = Declaration("Example Models Ltd")
    made = CARRIER.write(Work(asset, asset, (mark,), said, Seen(), CONTAINER, {})).asset.data()
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def read(kind, parts, *records):
    media_type = DOCUMENTS[kind][0]
    asset = Asset.of_bytes(zipped(parts), media_type, f"a.{kind}")
    with asset.stream() as stream:
        layout = CONTAINER.scan(stream, media_type, Limits())
    found = tuple(Found(each, "signed", "c2pa") for each in records)
    return CARRIER.read(View(asset, CONTAINER, layout, {}, Limits(), Context(), found=found))


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_one_member_changes_and_the_notice_is_found_there(kind):
    _, make, member = DOCUMENTS[kind]
    before = make()
    made = write(kind, before)
    assert list(made) == list(before)
    assert [name for name in made if made[name] != before[name]] == [member]
    assert write(kind, made) == made, "and is not written twice"
    for records in ((), (RECORD,)):
        (found,) = read(kind, made, *records).found
        assert (bare(found.mark.get("text")), found.mark.get("at")) == ("AI生成", "start")
    told = made[member].count("AI生成") + made[member].count("AI&#29983;&#25104;")
    assert told == {"docx": 1, "odt": 1}.get(kind, 2), "alternative text where there is a slot"


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_none_there_and_one_that_is_gone(kind):
    before = DOCUMENTS[kind][1]()
    assert read(kind, before).unread
    gone = read(kind, before, RECORD)
    assert not gone.found
    if kind != "epub":
        assert not gone.unread
        assert "AI生成" in gone.faults[0].reason


def changed(kind, old, new, member=None):
    """What was written, with one thing changed in it."""
    made = write(kind, DOCUMENTS[kind][1]())
    name = member or DOCUMENTS[kind][2]
    assert old in made[name], made[name]
    return made | {name: made[name].replace(old, new)}


COVER = (
    '<p:pic><p:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="9000000" cy="900000"/></a:xfrm></p:spPr>'
    "</p:pic></p:spTree>"
)
OVER = (
    '<draw:rect xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" '
    'svg:x="0cm" svg:y="0cm" svg:width="20cm" svg:height="9cm"/>'
)
OTHER = (
    'presentation:style-name="other" '
    'xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"'
)
VEILS = [
    ("docx", '<w:vanish w:val="0"/>', "<w:vanish/>"),
    ("docx", '<w:webHidden w:val="0"/>', '<w:webHidden w:val="1"/>'),
    ("docx", '<w:color w:val="000000"/>', '<w:color w:val="FFFFFF"/>'),
    ("docx", '<w:color w:val="000000"/>', '<w:color w:val="000000" w:themeColor="background1"/>'),
    ("docx", '<w:color w:val="000000"/>',
     '<w:color w:val="FFFFFF"/><x:color xmlns:x="urn:x" w:val="000000"/>'),
    ("docx", '<w:color w:val="000000"/>', '<w:color xmlns:x="x:" x:val="000000" w:val="FFFFFF"/>'),
    ("docx", '<w:sz w:val="28"/>', '<w:sz w:val="2"/>'),
    ("docx", '<w:w w:val="100"/>', '<w:w w:val="1"/>'),
    ("docx", '<w:position w:val="0"/>', '<w:position w:val="-3000"/>'),
    ("docx", "<w:keepNext/>", '<w:framePr w:x="-9000"/>'),
    ("docx", 'w:line="240" w:lineRule="auto"', 'w:line="1" w:lineRule="exact"'),
    ("docx", 'w:left="0"', 'w:left="-31000"'),
    ("docx", "<w:r>", "<w:del><w:r>"[:0] + "<w:hyperlink/><w:r>"),
    ("docx", "<w:body>", "<w:body><w:p><w:r><w:t>A walk</w:t></w:r></w:p>"),
    ("docx", "<w:body>", "<w:body><w:tbl/>"),
    ("docx", "AI生成</w:t>", "非AI生成</w:t>"),
    ("pptx", "</p:spTree>", COVER),
    ("pptx", "</p:spTree>", "<p:pic><p:spPr/></p:pic></p:spTree>"),
    ("pptx", '<a:off x="137160"', '<a:off x="-9137160"'),
    ("pptx", "<a:off ", '<a:off x="99999999" y="0"/><a:off '),
    ("pptx", 'name="AI notice"', 'name="AI notice" hidden="1"'),
    ("pptx", 'sz="2700"', 'sz="100"'),
    ("pptx", '<a:rPr lang="zh-Hans" sz="2700" b="0"><a:solidFill><a:srgbClr val="000000"/>',
     '<a:rPr sz="2700"><a:solidFill><a:srgbClr val="FEFEFE"/>'),
    ("pptx", '<a:rPr lang="zh-Hans" sz="2700" b="0"><a:solidFill><a:srgbClr val="000000"/>',
     '<a:rPr sz="2700"><a:solidFill><a:srgbClr val="000000"><a:alpha val="0"/></a:srgbClr>'),
    ("pptx", "</p:cSld>", '</p:cSld><p:transition advTm="0"/>'),
    ("pptx", "<a:r><a:rPr", '<a:r><x:rPr xmlns:x="urn:x"/><a:rPr'),
    ("pptx", "<a:xfrm>", '<a:xfrm rot="5400000">'),
    ("pptx", 'prst="rect"', 'prst="line"'),
    ("pptx", "<p:sld ", '<p:sld show="0" '),
    ("pptx", "</p:cSld>", '</p:cSld><p:timing><p:spTgt spid="2"/></p:timing>'),
    ("odt", 'text:display="true"', 'text:display="none"'),
    ("odt", 'fo:color="#000000"', 'fo:color="#fefefe"'),
    ("odt", 'fo:color="#000000"', 'fo:color="#fefefe" xmlns:x="urn:x" x:color="#000000"'),
    ("odt", "text:style-name=", 'text:style-name="other" draw:style-name='),
    ("odp", "draw:style-name=", OTHER + " draw:style-name="),
    ("odt", 'fo:font-size="14pt"', 'fo:font-size="1pt"'),
    ("odt", 'fo:margin-left="0cm"', 'fo:margin-left="-90cm"'),
    ("odt", "<office:text>", "<office:text><text:p>A walk</text:p>"),
    ("odt", "<office:text>", "<office:text><text:section/>"),
    ("odt", "AI生成<", "<text:hidden-text/>AI生成<"),
    ("odp", 'svg:x="11.91pt"', 'svg:x="2000pt"'),
    ("odp", 'draw:fill="solid"', 'draw:fill="none"'),
    ("odp", "</draw:page>", OVER + "</draw:page>"),
    ("odp", 'fo:color="#000000"', 'fo:color="#ffffff"'),
    ("epub", "<body>", '<body style="display:none">'),
    ("epub", "<p role", "<!-- <p role"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "old", "new"), VEILS)
def test_what_no_reader_sees_is_no_notice(kind, old, new):
    parts = changed(kind, old, new)
    if kind == "epub" and "<!--" in new:
        parts = parts | {DOCUMENTS[kind][2]: parts[DOCUMENTS[kind][2]].replace("<h1>", "--><h1>")}
    for records in ((), (RECORD,)):
        assert not read(kind, parts, *records).found


def test_styles_of_the_document_do_not_hide_ours_and_hide_others():
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    hiding = (
        f'<w:styles xmlns:w="{w}"><w:docDefaults><w:rPrDefault><w:rPr><w:vanish/>'
        '<w:color w:val="FFFFFF"/></w:rPr></w:rPrDefault></w:docDefaults></w:styles>'
    )
    rels = (
        f'<Relationships xmlns="{RELATIONS}"><Relationship Id="s" Type="{R}/styles" '
        'Target="styles.xml"/></Relationships>'
    )
    more = {"word/styles.xml": hiding, "word/_rels/document.xml.rels": rels}
    others = WORD.replace("A walk", "AI生成")
    parts = ooxml("wordprocessingml.document", "word/document.xml", **more)
    assert read("docx", write("docx", parts)).found
    assert not read("docx", parts | {"word/document.xml": others}).found
    bare_one = ooxml("wordprocessingml.document", "word/document.xml") | {
        "word/document.xml": others
    }
    assert read("docx", bare_one).found


def test_a_slide_that_is_not_shown_is_passed_over():
    parts = deck() | {"ppt/slides/a.xml": SLIDE.replace("<p:sld ", '<p:sld show="0" ')}
    made = write("pptx", parts)
    assert "AI生成" in made["ppt/slides/b.xml"]
    assert read("pptx", made, RECORD).found


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_what_cannot_be_done_is_refused(kind):
    for at, more in (("end", {}), ("", {"_xmlsignatures/a.xml": "<a/>"})):
        with pytest.raises(CannotLabel):
            write(kind, DOCUMENTS[kind][1]() | more, at=at)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_damaged_members_are_evidence(kind):
    _, make, member = DOCUMENTS[kind]
    for text in ("", "<a", "<a/>", "\0\xff"):
        assert not read(kind, make() | {member: text}, RECORD).found


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs the program soffice")
@pytest.mark.parametrize("kind", ["docx", "odt"])
def test_an_office_suite_shows_it_first(kind, tmp_path):
    made = write(kind, DOCUMENTS[kind][1]())
    (tmp_path / f"a.{kind}").write_bytes(zipped(made))
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/u", "--headless"]
    command += [
        "--convert-to",
        "txt:Text (encoded):UTF8",
        "--outdir",
        tmp_path,
        tmp_path / f"a.{kind}",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "a.txt").read_text("utf-8-sig").splitlines()[0] == "AI生成"
