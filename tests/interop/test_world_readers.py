"""What other programs make of every policy's output: ffprobe, mediainfo, qpdf and LibreOffice
take it, and the last two show its notice."""

import json
import shutil
import subprocess

import pytest
from laws.test_world_notices import ASKING, COSTLY, KINDS, REFUSED, combinations, content, notices

from aigclabel import policy, stamp
from aigclabel.testing import SAID


def made(kinds, folder, most=100):
    """The files of every policy that a stamp makes (of each format at most so many), with their
    notices."""
    files = {}
    for name, kind in combinations():
        number = sum(path.suffix == f".{kind}" for path in files)
        if kind in kinds and (name, kind) not in REFUSED and number < most:
            path = folder / f"{name}-{kind}.{kind}"
            stamp(content(kind), SAID, policy(name), context=ASKING[name]).save(path)
            files[path] = notices(policy(name), kind)[0].texts[0][1]
    assert len(files) >= min(most, 7) * len(kinds)
    return files


def run(*command):
    if not shutil.which(command[0]):
        pytest.skip(f"needs the program {command[0]}")
    done = subprocess.run(list(map(str, command)), check=False, capture_output=True, timeout=180)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def words(text):
    return "".join(text.split())


def test_ffprobe_and_mediainfo_take_every_sound_and_film(tmp_path, full):
    for path in made(COSTLY, tmp_path, 100 if full else 2):
        kind = KINDS[path.suffix[1:]][0]
        told = run("ffprobe", "-v", "error", "-show_streams", "-of", "json", path)
        (stream,) = json.loads(told)["streams"]
        assert stream["codec_type"] == kind
        assert float(stream["duration"]) > 1
        tracks = json.loads(run("mediainfo", "--Output=JSON", path))["media"]["track"]
        assert [each["@type"] for each in tracks if each["@type"].lower() == kind]
        run("ffmpeg", "-v", "error", "-xerror", "-i", path, "-f", "null", "-")


def test_qpdf_takes_every_pdf_and_pdftotext_reads_its_notice(tmp_path):
    for path, notice in made(("pdf",), tmp_path).items():
        assert "No syntax or stream encoding errors" in run("qpdf", "--check", path)
        assert words(notice) in words(run("pdftotext", path, "-"))


def test_libreoffice_takes_every_document_and_shows_its_notice(tmp_path):
    files = made(("docx", "xlsx"), tmp_path)
    office = ("soffice", f"-env:UserInstallation=file://{tmp_path}/u", "--headless")
    run(*office, "--convert-to", "pdf", "--outdir", tmp_path / "shown", *files)
    for path, notice in files.items():
        shown = tmp_path / "shown" / f"{path.stem}.pdf"
        assert words(notice) in words(run("pdftotext", shown, "-")), path.name
