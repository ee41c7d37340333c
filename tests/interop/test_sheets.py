"""Notices on spreadsheets, as other programs see them: the data are what they were, the words are
shown, and they stay when another program saves the file."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile

import pytest
from forms.documents import tables, workbook, zipped
from laws.rules import GB, rules

from aigclabel import Asset, Layer, Outcome, read, stamp, verify
from aigclabel.testing import SAID

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSM = "application/vnd.ms-excel.sheet.macroEnabled.12"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
MACROS = b"\xd0\xcf\x11\xe0 macros, byte for byte" * 40


@pytest.fixture(scope="module")
def openpyxl():
    return pytest.importorskip("openpyxl", reason="needs the package openpyxl")


@pytest.fixture(scope="module")
def plain(openpyxl):
    """A workbook with formulas, a name, merged and frozen cells, a chart and a comment."""
    from openpyxl.chart import BarChart, Reference
    from openpyxl.comments import Comment
    from openpyxl.workbook.defined_name import DefinedName

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["month", "units", "price", "total"])
    for n in range(2, 40):
        sheet.append([f"m{n}", n, 2.5, f"=B{n}*C{n}"])
    sheet.merge_cells("A41:D41")
    sheet.freeze_panes = "A2"
    sheet["A1"].comment = Comment("a comment", "me")
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=10))
    sheet.add_chart(chart, "G3")
    book.defined_names["all"] = DefinedName("all", attr_text="Sheet!$A$1:$D$39")
    book.create_sheet("Two")["A1"] = "AI"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def labelled(data, media_type=XLSX):
    made = stamp(Asset.of_bytes(data, media_type, "a"), SAID, rules(GB), None)
    finding = next(each for each in verify(made, rules(GB)).findings
                   if each.requirement == "notice-text")  # fmt: skip
    assert finding.outcome is Outcome.MET
    return made.data()


def told(openpyxl, data):
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = {
        sheet.title: [[each.value for each in row] for row in sheet.iter_rows()] for sheet in book
    }
    first = book.worksheets[0]
    more = (first.dimensions, first.freeze_panes, [str(each) for each in first.merged_cells.ranges])
    names = {name: each.attr_text for name, each in book.defined_names.items()}
    return cells, more, names, len(first._charts), first["A1"].comment.text


def test_openpyxl_reads_the_same_data(openpyxl, plain):
    before, after = told(openpyxl, plain), told(openpyxl, labelled(plain))
    assert before == after
    assert before[3] == 1


def test_calamine_reads_the_same_data(plain):
    calamine = pytest.importorskip("python_calamine", reason="needs the package python-calamine")

    def sheets(data):
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}

    ods = zipped(tables())
    assert sheets(plain) == sheets(labelled(plain))
    assert (
        sheets(ods)
        == sheets(labelled(ods, ODS))
        == {
            "One": [["a", 1.0]],
            "Two": [],
        }
    )


def test_macros_stay_byte_for_byte(plain):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "[Content_Types].xml":
                data = data.replace(XLSX.encode() + b".main+xml", XLSM.encode() + b".main+xml")
            new.writestr(name, data)
        new.writestr("xl/vbaProject.bin", MACROS)
    made = labelled(out.getvalue(), XLSM)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.read("xl/vbaProject.bin") == MACROS


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs the program soffice")
@pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs the program pdftotext")
def test_an_office_suite_shows_it_and_keeps_it(plain, tmp_path):
    def converted(form, *names):
        command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/u", "--headless"]
        command += [
            "--convert-to",
            form,
            "--outdir",
            tmp_path / form,
            *(tmp_path / n for n in names),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=180)

    (tmp_path / "x.xlsx").write_bytes(labelled(plain))
    converted("ods", "x.xlsx")
    simple = labelled(zipped(workbook()))
    (tmp_path / "s.xlsx").write_bytes(simple)
    converted("xlsx", "s.xlsx")
    saved = read(tmp_path / "xlsx" / "s.xlsx")
    assert [each.mark.get("text") for each in saved.marks if each.mark.layer is Layer.VISIBLE] == [
        "AI生成"
    ], "and found again when it is saved as the same"
    assert b"AI" in (content := member(tmp_path / "ods" / "x.ods", "content.xml"))
    assert "生成".encode() in content, "kept when it is saved as another format"
    (tmp_path / "o.ods").write_bytes(labelled(zipped(tables()), ODS))
    converted("xlsx", "o.ods")
    assert "生成".encode() in member(tmp_path / "xlsx" / "o.xlsx", "xl/drawings/drawing1.xml")
    converted("pdf", "x.xlsx", "o.ods")
    for name in ("x", "o"):
        command = ["pdftotext", "-l", "1", tmp_path / "pdf" / f"{name}.pdf", "-"]
        page = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert "AI生成" in page.replace(" ", "")


def member(path, name):
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)
