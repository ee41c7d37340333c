"""What DESIGN promises to callers, word by word: sources, outputs, names, plug-ins."""

import io
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from aigclabel import (
    LOCAL,
    Asset,
    CannotLabel,
    Choices,
    Context,
    Declaration,
    TrustStore,
    UsageError,
    policy,
    read,
    stamp,
    verify,
)
from aigclabel.cli import main
from aigclabel.media import sniff

GB = "cn.gb45438-2025"
SAID = Declaration(producer="EXAMPLE", content_id="1")
SAYS = ["--policy", GB, "--producer", "EXAMPLE", "--content-id", "1"]
SIDECAR = [*SAYS, "--signature", "sidecar"]
BESIDE = Choices(signature="sidecar")


@pytest.fixture
def picture():
    coded = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(coded, "PNG")
    return coded.getvalue()


@pytest.fixture
def folder(tmp_path, monkeypatch, picture):
    monkeypatch.chdir(tmp_path)
    Path("a.png").write_bytes(picture)
    Path("a.md").write_text("# Title\n\nWords.\n", "utf-8")
    return tmp_path


def command(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "aigclabel", *arguments],
        capture_output=True,
        env={**os.environ, **environment},
        check=False,
    )


# -- sources ------------------------------------------------------------------------------


def test_a_seekable_stream_is_read_whole_wherever_it_stands(picture):
    stream = io.BytesIO()
    stream.write(picture)
    assert read(stream).asset.size == len(picture)
    assert stamp(stream, SAID, policy(GB)).report.ok


def test_a_stream_that_cannot_seek_is_read_from_where_it_stands(picture):
    out, into = os.pipe()
    os.write(into, picture)
    os.close(into)
    with os.fdopen(out, "rb") as stream:
        assert read(stream).asset.size == len(picture)


@pytest.mark.parametrize("source", [io.StringIO("words"), None, 5, ["a.png"]])
def test_what_is_no_content_is_said(source):
    with pytest.raises(UsageError, match=r"Asset\.of_text"):
        read(source)


def test_a_closed_stream_is_said(picture):
    stream = io.BytesIO(picture)
    stream.close()
    with pytest.raises(UsageError, match="closed"):
        read(stream)


def test_text_that_is_none_is_said():
    with pytest.raises(UsageError, match="surrogates"):
        Asset.of_text("a\udcff")
    with pytest.raises(UsageError, match="no type of text"):
        Asset.of_text("words", "image/png")
    assert Asset.of_text("", "Text/Markdown; charset=utf-8").media_type == "text/markdown"


@pytest.mark.parametrize("words", ["BMW is", "ID3 tags", "GIF89a was", "The ftyp box", "OggS"])
def test_words_that_begin_like_a_format_are_text(words):
    assert sniff(words.encode(), "a.txt") == ("text/plain", "")


@pytest.mark.parametrize(
    ("head", "name", "fault"),
    [
        (b"\xff\xd8\xff\xe0\0", "a.png", "named like image/png"),
        (b"\x89PNG\r\n\x1a\n\0", "a.txt", "named like text/plain"),
        (b"words", "a.jpeg", "named like image/jpeg"),
        (b"words", "a.md", ""),
        (b"\xff\xd8\xff\xe0\0", "a.JPG", ""),
        (b"\xff\xd8\xff\xe0\0", "a.bin", ""),
        (b"\0\1\2\3", "a.png", ""),
    ],
)
def test_a_name_that_content_contradicts_is_a_fault(head, name, fault):
    said = sniff(head, name)[1]
    assert said.startswith(fault)
    assert bool(said) == bool(fault)


def test_contexts_and_declarations_take_what_people_write_and_say_what_is_wrong(picture):
    on = Context(on=datetime(2026, 1, 1, 12, 0)).on  # noqa: DTZ001  as people write it
    assert on == Context(on="2026-01-01").on
    assert verify(picture, policy(GB), context=Context(on="2026-01-01")).policy.on == on
    for wrong in ({"on": "soon"}, {"placed": 5}, {"origin": "machine"}):
        with pytest.raises(UsageError):
            Context(**wrong)
    with pytest.raises(UsageError, match="choose from"):
        Declaration(producer="E", origin="machine")
    with pytest.raises(UsageError, match="system"):
        Declaration(producer="E", system="a\udcff")
    with pytest.raises(UsageError, match="broken_parent"):
        stamp(picture, SAID, policy(GB), broken_parent="drop")


def test_a_filing_number_is_not_lost_in_silence(picture):
    said = Declaration(producer="E", filing="Beijing-1")
    marks = stamp(picture, said, policy(GB), LOCAL).report.evidence.marks
    assert [each.mark.get("Number") for each in marks if each.mark.schema == "filing"] == [
        "Beijing-1"
    ]
    assert any("filing" in note for note in stamp(picture, said, policy(GB), None).notes)


# -- outputs ------------------------------------------------------------------------------


def test_a_link_stays_a_link_and_its_file_is_replaced(folder):
    Path("link.png").symlink_to("a.png")
    before = Path("a.png").read_bytes()
    assert main(["stamp", "a.png", "-o", "link.png", *SAYS]) == 0
    assert Path("link.png").is_symlink()
    assert Path("a.png").read_bytes() != before
    assert main(["stamp", "a.md", "-o", "b.md", *SAYS]) == 0
    Path("link.md").symlink_to("b.md")
    assert read("link.md").provenance.intact


def test_another_name_of_the_source_needs_no_force(folder):
    os.link("a.png", "b.png")
    assert main(["stamp", "a.png", "-o", "b.png", *SAYS]) == 0
    assert read("b.png").provenance.intact


@pytest.mark.parametrize("kind", ["fifo", "folder"])
def test_what_is_no_file_is_never_replaced(folder, capsys, kind):
    os.mkfifo("odd") if kind == "fifo" else Path("odd").mkdir()
    before = Path("odd").stat().st_ino
    assert main(["stamp", "a.png", "-o", "odd", "--force", *SAYS]) == 2
    assert main(["verify", "a.png", "--policy", GB, "--html", "odd"]) == 2
    assert capsys.readouterr().err.count("\n") == 2
    assert Path("odd").stat().st_ino == before


def test_a_new_file_gets_the_mode_that_the_system_gives(folder):
    done = stamp("a.md", SAID, policy(GB), choices=BESIDE)
    old = os.umask(0o027)
    try:
        done.save("b.md")
    finally:
        os.umask(old)
    assert {Path(n).stat().st_mode & 0o777 for n in ("b.md", "b.md.c2pa")} == {0o640}


def test_somebody_elses_sidecar_is_neither_replaced_nor_left_to_mislead(folder, capsys):
    Path("b.md.c2pa").write_bytes(b"not ours")
    assert main(["stamp", "a.md", "-o", "b.md", *SIDECAR]) == 2
    assert main(["stamp", "a.md", "-o", "b.md", "--force", "--signer", "none", *SAYS]) == 2
    assert Path("b.md.c2pa").read_bytes() == b"not ours"
    assert not Path("b.md").exists()
    assert main(["stamp", "a.md", "-o", "b.md", "--force", *SIDECAR]) == 0
    assert read("b.md").provenance.intact
    assert main(["stamp", "b.md", "-o", "b.md", *SIDECAR, "--system", "other"]) == 0
    capsys.readouterr()


def test_a_failing_save_leaves_no_sidecar_alone(folder, monkeypatch):
    done = stamp("a.md", SAID, policy(GB), choices=BESIDE)
    turns = iter(range(9))

    def full(handle):
        if next(turns):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Exception, match="No space left"):
        done.save("b.md")
    assert sorted(os.listdir()) == ["a.md", "a.png"]


# -- what is printed ----------------------------------------------------------------------


def test_a_stamp_names_what_it_wrote_as_verify_will(folder, capsys):
    assert main(["stamp", "a.md", "-o", "b.md", "--json", *SIDECAR]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["output"], told["sidecar"]) == ("b.md", "b.md.c2pa")
    assert main(["verify", "b.md", "--policy", GB, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again == {key: told[key] for key in again}


@pytest.mark.parametrize("coding", ["ascii", "latin-1", "utf-8"])
def test_any_terminal_coding_and_any_file_name_print(folder, coding):
    name = os.fsdecode("é猫😀\xff.md".encode() + b"\xff.md")
    Path(name).write_bytes(Path("a.md").read_bytes())
    done = command("stamp", name, "-o", "b.md", "--json", *SAYS, PYTHONIOENCODING=coding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode(coding))["outcome"] == "met"
    done = command("read", name, "b.md", "--json", PYTHONIOENCODING=coding)
    names = [json.loads(row)["asset"]["name"] for row in done.stdout.decode(coding).splitlines()]
    assert names == [name, "b.md"]
    done = command("verify", name, "b.md", "--policy", GB, PYTHONIOENCODING=coding)
    assert (done.returncode, done.stderr) == (3, b"")


def test_a_line_break_in_a_name_stays_one_line(folder, capsys):
    assert main(["stamp", "a.png", "-o", "b\nc.png", *SAYS]) == 0
    assert "wrote b\\u000ac.png\n" in capsys.readouterr().out


def test_the_page_on_standard_output(folder):
    done = command("verify", "a.png", "--policy", GB, "--html", "-")
    assert done.returncode == 3
    assert done.stdout.startswith(b"<!doctype html>")
    assert done.stdout.rstrip().endswith(b"</html>")
    assert not Path("-").exists()
    both = command("verify", "a.png", "--policy", GB, "--html", "-", "--json")
    assert (both.returncode, both.stdout) == (2, b"")


# -- trust and plug-ins -------------------------------------------------------------------


def test_a_key_in_a_trust_folder_is_no_anchor_and_no_error(folder, workshop):
    root = workshop.authority()
    (folder / "root.pem").write_bytes(root.pem)
    (folder / "key.pem").write_bytes(root.key_pem)
    assert TrustStore.of(folder).anchors == (root.pem,)
    with pytest.raises(UsageError, match="holds no certificate"):
        TrustStore.of(folder / "key.pem")


PLUGIN = """
from aigclabel import Found, Layer, Mark, Signer
from aigclabel.containers.text import TextContainer
from aigclabel.protocols import Seen


class Subtitles(TextContainer):
    media_types = ("text/vtt", "application/x-subrip")


class Numbers:
    id, layer, fields, relayed = "house.number", Layer.WATERMARK, ("payload",), ()
    def fill(self, declaration, wish): return (("payload", "7"),)
    def home(self, media_type): return None
    def spell(self, fields, kind): return ()
    def find(self, value): return ()
    def origin(self, fields): return "unknown"
    def ours(self, fields, declaration): return True
    def relay(self, fields, declaration): return fields


class Reader:
    name, layer = "numbers", Layer.WATERMARK
    def serves(self, media_type, mark, view): return ""
    def write(self, work): return work
    def read(self, view):
        mark = Mark(Layer.WATERMARK, "house.number", (("payload", "7"),))
        return Seen((Found(mark, self.name, "pixels"),))


class Broken:
    def __init__(self): raise RuntimeError("no licence")


def signer(uri): return Signer.local()
"""
POLICY = """
id = "house.number"
version = "1"
title = "A number in the pixels"
jurisdiction = "house"
source = "ours"
confidence = "ours"
checked_on = 2026-11-22
status = "house"
in_force = 2026-01-01
involvement = ["generated"]
require = { all_of = ["number"] }
[requirement.number]
clause = "1"
duty = "A number is in the pixels."
roles = ["provider"]
media = ["image"]
layer = "watermark"
schema = "house.number"
present = ["payload"]
"""


@pytest.fixture
def installed(folder):
    """A distribution as pip leaves it, on a path of its own; gives a way to run with it."""
    site = folder / "site"
    (site / "house_labels-1.0.dist-info").mkdir(parents=True)
    (site / "house_labels.py").write_text(PLUGIN + f"POLICY = {POLICY!r}\n", "utf-8")
    meta = site / "house_labels-1.0.dist-info"
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: house-labels\nVersion: 1.0\n")

    def run(entries, *arguments):
        (meta / "entry_points.txt").write_text(entries)
        return command(*arguments, PYTHONPATH=str(site))

    return run


ENTRIES = """
[aigclabel.policies]
house.number = house_labels:POLICY
[aigclabel.schemas]
house.number = house_labels:Numbers
[aigclabel.carriers]
watermark = house_labels:Reader
[aigclabel.signers]
kms = house_labels:signer
[aigclabel.containers]
subtitles = house_labels:Subtitles
"""


def test_every_group_of_entry_points_serves(installed, folder):
    told = json.loads(installed(ENTRIES, "policies", "--json").stdout)
    assert {each["id"]: each["status"] for each in told["policies"]}["house.number"] == "house"
    arguments = ("stamp", "a.png", "-o", "b.png", "--signer", "kms:1", "--producer", "E", "--json")
    done = installed(ENTRIES, *arguments, "--policy", GB, "--policy", "house.number")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["outcome"], told["policy"]["id"]) == ("met", f"{GB} & house.number")
    assert told["evidence"]["unread"] == []
    assert any(mark["fields"] == {"payload": "7"} for mark in told["evidence"]["marks"])
    Path("a.vtt").write_text("WEBVTT\n", "utf-8")
    told = json.loads(installed(ENTRIES, "read", "a.vtt", "--json").stdout)
    assert "metadata" not in told["unread"]


@pytest.mark.parametrize("name", ["Missing", "Broken"])
def test_a_plug_in_that_does_not_serve_is_one_line(installed, name):
    entries = f"[aigclabel.carriers]\nwatermark = house_labels:{name}\n"
    done = installed(entries, "read", "a.png")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"'watermark'" in done.stderr


def test_a_policy_of_ones_own_that_nothing_here_can_serve_is_refused(folder):
    Path("own.toml").write_text(POLICY, "utf-8")
    with pytest.raises(CannotLabel, match=r"number \(1\)"):
        stamp("a.png", SAID, policy("own.toml"))
