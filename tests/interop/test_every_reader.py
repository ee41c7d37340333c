"""What a stamp puts into every format, independent programs read back; and what they play,
draw and open is what it was."""

import json
import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from forms import every_form
from laws.test_every_form import everything
from PIL import Image, ImageSequence

from aigclabel import Asset, Layer, read, stamp
from aigclabel.testing import SAID

FORMS = every_form()
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
ENDINGS = {
    "video/mp4": "mp4", "video/quicktime": "mov", "video/3gpp": "3gp", "audio/mp4": "m4a",
    "video/x-matroska": "mkv", "video/webm": "webm", "video/x-msvideo": "avi",
    "video/x-flv": "flv", "audio/wav": "wav", "audio/aiff": "aiff", "audio/mpeg": "mp3",
    "audio/flac": "flac", "audio/ogg": "ogg", "audio/opus": "opus", "image/gif": "gif",
    "image/tiff": "tif", "image/x-adobe-dng": "dng", "image/avif": "avif",
    "image/heic": "heic", "image/jxl": "jxl", "image/svg+xml": "svg", "application/pdf": "pdf",
    "text/html": "html", "application/epub+zip": "epub", "application/xml": "xml",
    "video/ogg": "ogv",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
}  # fmt: skip


def of(*endings):
    return [name for name, (kind, _) in FORMS.items() if ENDINGS.get(kind) in endings]


def ending(name):
    return ENDINGS[FORMS[name][0]]


@pytest.fixture
def files(tmp_path):
    """A form before and after a stamp with every label that its format can hold."""

    def both(name):
        media_type, data = FORMS[name]
        law = everything(media_type)
        made = stamp(Asset.of_bytes(data, media_type), SAID, law)
        before, after = (tmp_path / f"{n}.{ending(name)}" for n in ("before", "after"))
        before.write_bytes(data)
        after.write_bytes(made.data())
        return before, after

    return both


def run(name, *arguments, check=True):
    program = shutil.which(name)
    if not program:
        pytest.skip(f"needs the program {name}")
    return subprocess.run(
        [program, *map(str, arguments)], capture_output=True, check=check, stdin=subprocess.DEVNULL
    )


def label_in(path):
    """The fields of the AIGC label, as our own reader has them."""
    (found,) = (
        m.mark for m in read(path).marks if (m.mark.schema, m.carrier) == ("cn.aigc", "metadata")
    )
    return dict(found.fields)


# -- what plays, plays on -----------------------------------------------------------------

PLAYED = of("mp4", "mov", "3gp", "m4a", "mkv", "webm", "avi", "flv", "wav", "aiff", "mp3", "flac",
            "ogg", "opus", "ogv")  # fmt: skip


def streams(path):
    done = run("ffmpeg", "-v", "error", "-i", path, "-map", "0:v?", "-map", "0:a?", "-c", "copy",
               "-f", "streamhash", "-hash", "md5", "-", check=False)  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.parametrize("name", PLAYED)
def test_ffmpeg_finds_every_packet_as_it_was(name, files):
    before, after = files(name)
    assert streams(after) == streams(before)


def sound(path):
    done = run("ffmpeg", "-v", "error", "-i", path, "-f", "md5", "-", check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("name", PLAYED)
def test_ffmpeg_decodes_what_it_did(name, files):
    before, after = files(name)
    assert sound(after) == sound(before)


@pytest.mark.parametrize("name", of("mkv", "webm"))
def test_mkvmerge_finds_nothing_wrong(name, files):
    _, after = files(name)
    told = json.loads(run("mkvmerge", "-J", after, check=False).stdout)
    assert told["container"]["recognized"]
    assert not told["errors"]


@pytest.mark.parametrize("name", ["ogg/flac", "ogg/flac-long"])
def test_flac_tests_its_own_digest(name, files):
    _, after = files(name)
    run("flac", "--test", "--silent", after)


# -- what ffprobe, mediainfo and exiftool read --------------------------------------------


def tags(path):
    done = run("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", path)
    told = json.loads(done.stdout)
    every = [told["format"].get("tags", {})] + [s.get("tags", {}) for s in told.get("streams", ())]
    return {key.casefold(): text for tags in every for key, text in tags.items()}


@pytest.mark.parametrize(
    "name", of("mp4", "mov", "m4a", "mkv", "webm", "flv", "mp3", "flac", "ogg", "opus", "ogv")
)
def test_ffprobe_reads_the_label(name, files):
    before, after = files(name)
    if run("ffprobe", "-v", "error", before, check=False).returncode:
        pytest.skip("does not apply: ffprobe does not open this form in the first place")
    assert json.loads(tags(after)["aigc"]) == label_in(after)


TOLD_BY_MEDIAINFO = [
    name
    for name in of("mkv", "webm", "flac", "ogg", "opus", "mp4", "mov", "avi")
    if name not in {"ogg/vorbis-comments", "matroska/webm-live", "ogg/ogg-flac", "ogg/speex"}
]
"""It gives up on comments beyond 64 kB, on a stream of one block, and on codecs rare in Ogg."""


@pytest.mark.parametrize("name", TOLD_BY_MEDIAINFO)
def test_mediainfo_reads_the_label(name, files):
    _, after = files(name)
    told = run("mediainfo", "--Output=JSON", after).stdout.decode()
    fields = json.loads(told)["media"]["track"][0]
    text = fields.get("AIGC") or fields["extra"]["AIGC"]
    assert json.loads(text) == label_in(after)


EXIFTOOL_BLIND = {
    "pictures/svg-bom", "pictures/svg-prefix", "pictures/svg-metadata-twice",
    "waves/bw64", "waves/rf64", "movies/mov-no-ftyp",
    "ogg/speex", "ogg/theora", "tagged/flac-tight",
}  # fmt: skip
"""What exiftool 12.57 does not open or not look into: SVG behind a byte order mark, with prefixes
or a second metadata element; WAV beyond 4 GiB; rare codecs in Ogg; comments behind one that is
none."""
EXIFTOOL_XMP = [
    name
    for name in of("gif", "tif", "dng", "avif", "heic", "jxl", "svg", "mp4", "mov", "3gp", "m4a")
    + of("pdf", "mp3", "flv", "wav", "avi")
    if name not in EXIFTOOL_BLIND
]


def told_by_exiftool(path):
    (told,) = json.loads(run("exiftool", "-j", "-n", "-G1", "-a", path, check=False).stdout)
    return told


def fields(path, schema):
    marks = (m.mark for m in read(path).marks if m.mark.schema == schema)
    (mark,) = (mark for mark in marks if mark.layer is Layer.METADATA)
    return dict(mark.fields)


def said(value):
    """A value without exiftool's own ideas of numbers and dates."""
    return str(value).replace(":", "-").replace("T", " ")


GROUPS = {"iptc": "XMP-iptcExt", "latent": "XMP-latent"}


@pytest.mark.parametrize("schema", GROUPS)
@pytest.mark.parametrize("name", EXIFTOOL_XMP)
def test_exiftool_reads_every_field_in_xmp(name, schema, files):
    _, after = files(name)
    told, wanted = told_by_exiftool(after), fields(after, schema)
    assert wanted
    found = {field: said(told.get(f"{GROUPS[schema]}:{field}")) for field in wanted}
    assert found == {field: said(value) for field, value in wanted.items()}


LABELLED = {
    **dict.fromkeys(("gif", "tif", "dng", "avif", "heic", "jxl", "svg"), "XMP-TC260:Aigc"),
    **dict.fromkeys(("mp4", "mov", "m4a"), "Keys:AIGC"),
    **dict.fromkeys(("flac", "ogg", "opus", "ogv"), "Vorbis:Aigc"),
    "pdf": "PDF:AIGC",
    "flv": "Flash:AIGC",
}
"""Where exiftool shows the label; of MP3 and Matroska others do, of WAV and AVI it shows bytes."""


@pytest.mark.parametrize("name", [n for n in of(*LABELLED) if n not in EXIFTOOL_BLIND])
def test_exiftool_reads_the_label(name, files):
    _, after = files(name)
    assert json.loads(told_by_exiftool(after)[LABELLED[ending(name)]]) == label_in(after)


@pytest.mark.parametrize("name", of("wav", "avi"))
def test_exiftool_hands_out_the_chunk_of_the_label(name, files):
    if name in EXIFTOOL_BLIND:
        pytest.skip("does not apply: exiftool does not open this form")
    _, after = files(name)
    chunk = run("exiftool", "-b", "-u", "-RIFF:Unknown_AIGC", after).stdout
    assert json.loads(chunk.rstrip(b"\0")) == label_in(after)


NAMED = {"iptc": "DigitalSourceType", "latent": "LatentDisclosure"}


@pytest.mark.parametrize("name", of("mkv", "webm", "flac", "ogg", "opus", "ogv"))
def test_ffprobe_reads_every_field_in_named_texts(name, files):
    _, after = files(name)
    told = tags(after)
    assert told[NAMED["iptc"].casefold()] == fields(after, "iptc")[NAMED["iptc"]]
    assert json.loads(told[NAMED["latent"].casefold()]) == fields(after, "latent")


@pytest.mark.parametrize("name", ["texts/html", "texts/html-json-ld"])
def test_exiftool_reads_every_field_in_the_head_of_html(name, files):
    _, after = files(name)
    told = told_by_exiftool(after)
    assert told["HTML:DigitalSourceType"] == fields(after, "iptc")["DigitalSourceType"]
    assert json.loads(told["HTML:LatentDisclosure"]) == fields(after, "latent")


# -- pictures -----------------------------------------------------------------------------


def frames(data):
    with Image.open(BytesIO(data)) as image:
        return [(f.size, f.convert("RGBA").tobytes()) for f in ImageSequence.Iterator(image)]


@pytest.mark.parametrize("name", of("gif", "tif", "dng", "avif"))
def test_pillow_draws_every_frame_as_it_was(name, files):
    before, after = files(name)
    assert frames(after.read_bytes()) == frames(before.read_bytes())


DECODERS = {"avif": "avifdec", "jxl": "djxl", "heic": "heif-convert"}


@pytest.mark.parametrize("name", of(*DECODERS))
def test_the_reference_decoders_draw_what_they_did(name, files, tmp_path):
    drawn = []
    for path in files(name):
        target = tmp_path / f"{path.stem}.png"
        run(DECODERS[ending(name)], path, target)
        with Image.open(target) as image:
            drawn.append(image.tobytes())
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("name", of("svg", "xml"))
def test_an_xml_is_well_formed(name, files):
    run("xmllint", "--noout", "--nonet", files(name)[1])


# -- documents ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", of("pdf"))
def test_qpdf_finds_a_sound_pdf_that_begins_as_it_did(name, files):
    before, after = files(name)
    run("qpdf", "--check", after)
    assert after.read_bytes().startswith(before.read_bytes().rstrip())
    assert run("pdftotext", after, "-").stdout == run("pdftotext", before, "-").stdout


@pytest.mark.parametrize("name", of("pdf"))
def test_pdfinfo_reads_the_label(name, files):
    _, after = files(name)
    told = run("pdfinfo", "-custom", after).stdout.decode()
    (text,) = (row.partition(":")[2].strip() for row in told.splitlines() if "AIGC" in row[:5])
    assert json.loads(text) == label_in(after)


ARCHIVES = of("docx", "xlsx", "pptx", "odt", "ods", "odp", "epub")
TOUCHED = {"[Content_Types].xml", "_rels/.rels", "docProps/custom.xml", "meta.xml", "OPS/a.opf",
           "META-INF/manifest.xml"}  # fmt: skip


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_other_part_of_an_archive_is_what_it_was(name, files):
    before, after = (zipfile.ZipFile(path) for path in files(name))
    assert after.testzip() is None
    names = [each for each in before.namelist() if each not in TOUCHED]
    assert {n: after.read(n) for n in names} == {n: before.read(n) for n in names}
    assert after.namelist()[: len(before.namelist())] == before.namelist()


@pytest.mark.parametrize("name", of("docx", "odt", "xlsx", "pptx", "ods", "odp"))
def test_libreoffice_opens_what_it_did(name, files, tmp_path):
    before, after = files(name)
    kind = ending(name)
    opened = []
    for path in (before, after):
        out = tmp_path / f"out-{path.stem}"
        run("soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
            "--convert-to", kind, "--outdir", out, path, check=False)  # fmt: skip
        opened.append((out / path.name).is_file())
    assert opened[0] == opened[1]
    if all(opened) and kind == "docx":
        kept = (tmp_path / "out-after" / after.name).read_bytes()
        assert b"AIGC" in zipfile.ZipFile(BytesIO(kept)).read("docProps/custom.xml")


def test_python_reads_the_tags_of_sound(files):
    tinytag = pytest.importorskip("tinytag", reason="needs tinytag")
    for name in of("mp3", "flac", "ogg", "opus"):
        _, after = files(name)
        told = tinytag.TinyTag.get(Path(after)).other
        (text,) = {key.casefold(): texts for key, texts in told.items()}["aigc"]
        assert json.loads(text) == label_in(after), name
