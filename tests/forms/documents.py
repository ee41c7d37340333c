"""DOCX, XLSX, PPTX, ODT and EPUB, by the standard library."""

import io
import zipfile

TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/'
    '2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
    'package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.'
    '{kind}.main+xml"/></Types>'
)
RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="{part}"/></Relationships>'
)
WORD = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    "<w:p><w:r><w:t>A walk</w:t></w:r></w:p></w:body></w:document>"
)
CUSTOM = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"><property '
    'fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="Client"><vt:lpwstr>A &amp; B'
    "</vt:lpwstr></property></Properties>"
)
ODF = "application/vnd.oasis.opendocument."
OPEN = {"odt": "text", "ott": "text-template"}
OOXML = "application/vnd.openxmlformats-officedocument."
ODT_META = (
    '<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" office:version="1.3"><office:meta>'
    "<meta:generator>a tool</meta:generator></office:meta></office:document-meta>"
)
ODT_TEXT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3"><office:body>'
    "<office:text><text:p>A walk</text:p></office:text></office:body></office:document-content>"
)
ODT_LIST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.'
    'opendocument.text"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type='
    '"text/xml"/><manifest:file-entry manifest:full-path="meta.xml" '
    'manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
BOOK = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="OPS/a.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    "</container>"
)
OPF = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"><metadata '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">x</dc:identifier><dc:title>'
    'A walk</dc:title><dc:language>en</dc:language><meta property="dcterms:modified">2026-01-01T00:'
    "00:00Z</meta></metadata><manifest/><spine/></package>"
)


def zipped(parts, method=zipfile.ZIP_DEFLATED, comment=b""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in parts.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else method
            archive.writestr(zipfile.ZipInfo(name), data, how)
        archive.comment = comment
    return out.getvalue()


def ooxml(kind, part, **more):
    return {
        "[Content_Types].xml": TYPES.format(kind=kind, part=part),
        "_rels/.rels": RELS.format(part=part),
        part: WORD,
        **more,
    }


def odf(kind):
    return {
        "mimetype": ODF + kind,
        "content.xml": ODT_TEXT,
        "meta.xml": ODT_META,
        "META-INF/manifest.xml": ODT_LIST.replace("opendocument.text", f"opendocument.{kind}"),
    }


P = "http://schemas.openxmlformats.org/presentationml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
SLIDE = (
    f'<p:sld xmlns:p="{P}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    '<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>'
    "<p:grpSpPr/></p:spTree></p:cSld></p:sld>"
)
DECK = (
    f'<p:presentation xmlns:p="{P}" xmlns:r="{R}"><p:sldIdLst><p:sldId id="256" r:id="r1"/>'
    '<p:sldId id="257" r:id="r2"/></p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/>'
    "</p:presentation>"
)
DECK_RELS = (
    f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{R}/slide" '
    f'Target="slides/a.xml"/><Relationship Id="r2" Type="{R}/slide" Target="/ppt/slides/b.xml"/>'
    "</Relationships>"
)
ODP_PAGE = "<office:presentation><draw:page draw:name='a'/></office:presentation>"
DRAW = 'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
XHTML = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/'
    'xhtml"><head><title/><link rel="stylesheet" href="a.css"/></head><body><h1>A walk</h1></body>'
    "</html>"
)
ITEMS = '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>'


def deck():
    parts = ooxml("presentationml.presentation", "ppt/presentation.xml")
    more = {"ppt/presentation.xml": DECK, "ppt/_rels/presentation.xml.rels": DECK_RELS}
    return parts | more | {"ppt/slides/a.xml": SLIDE, "ppt/slides/b.xml": SLIDE}


def book():
    package = OPF.replace("<manifest/>", f"<manifest>{ITEMS}</manifest>")
    package = package.replace("<spine/>", '<spine><itemref idref="a"/></spine>')
    parts = {"mimetype": "application/epub+zip", "META-INF/container.xml": BOOK}
    return parts | {"OPS/a.opf": package, "OPS/a.xhtml": XHTML}


def show():
    text = ODT_TEXT.replace("<office:text><text:p>A walk</text:p></office:text>", ODP_PAGE)
    return odf("presentation") | {"content.xml": text.replace("xmlns:text=", DRAW + "xmlns:text=")}


X = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CELLS = (
    f'<worksheet xmlns="{X}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c>'
    '<c r="B1"><v>1</v></c></row><row r="2"><c r="A2"><f>B1*2</f><v>2</v></c></row></sheetData>'
    '<pageMargins left="0.7" right="0.7" top="0.7" bottom="0.7" header="0.3" footer="0.3"/>'
    "</worksheet>"
)
WORKBOOK = (
    f'<workbook xmlns="{X}" xmlns:r="{R}"><sheets><sheet name="One" sheetId="1" r:id="r1"/>'
    '<sheet name="Two" sheetId="2" r:id="r2"/></sheets></workbook>'
)
SHEETS = '<Override PartName="/xl/worksheets/{}.xml" ContentType="{}spreadsheetml.worksheet+xml"/>'
ODS_TABLES = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" office:version="1.3">'
    '<office:automatic-styles/><office:body><office:spreadsheet><table:table table:name="One">'
    '<table:table-column table:number-columns-repeated="2"/><table:table-row><table:table-cell '
    'office:value-type="string"><text:p>a</text:p></table:table-cell>'
    '<table:table-cell office:value-type="float" office:value="1"><text:p>1</text:p>'
    "</table:table-cell></table:table-row></table:table>"
    '<table:table table:name="Two"><table:table-column/><table:table-row><table:table-cell/>'
    "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
)


def workbook():
    parts = ooxml("spreadsheetml.sheet", "xl/workbook.xml")
    types = "".join(SHEETS.format(each, OOXML) for each in "ab")
    named = "".join(
        f'<Relationship Id="r{n}" Type="{R}/worksheet" Target="worksheets/{each}.xml"/>'
        for n, each in enumerate("ab", 1)
    )
    return parts | {
        "[Content_Types].xml": parts["[Content_Types].xml"].replace("</Types>", f"{types}</Types>"),
        "xl/workbook.xml": WORKBOOK,
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">{named}</Relationships>',
        "xl/worksheets/a.xml": CELLS,
        "xl/worksheets/b.xml": CELLS,
    }


def tables():
    return odf("spreadsheet") | {"content.xml": ODS_TABLES}


def forms():
    word = ooxml("wordprocessingml.document", "word/document.xml")
    stored = zipfile.ZIP_STORED
    custom = {"docProps/custom.xml": CUSTOM}
    return {
        "docx": (f"{OOXML}wordprocessingml.document", zipped(word)),
        "docx-stored": (f"{OOXML}wordprocessingml.document", zipped(word, stored)),
        "docx-comment": (f"{OOXML}wordprocessingml.document", zipped(word, comment=b"a comment")),
        "xlsx": (
            f"{OOXML}spreadsheetml.sheet",
            zipped(workbook()),
        ),
        "pptx": (
            f"{OOXML}presentationml.presentation",
            zipped(deck()),
        ),
        "docx-custom": (f"{OOXML}wordprocessingml.document", zipped(word | custom)),
        **{short: (f"{ODF}{kind}", zipped(odf(kind))) for short, kind in OPEN.items()},
        "ods": (f"{ODF}spreadsheet", zipped(tables())),
        "odp": (f"{ODF}presentation", zipped(show())),
        "epub": ("application/epub+zip", zipped(book())),
        "epub-stored": ("application/epub+zip", zipped(book(), stored)),
    }
