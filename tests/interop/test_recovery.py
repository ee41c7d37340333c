"""Other programs make the copies, and another C2PA engine reads what leads back from them."""

import json
import shutil
import subprocess

import pytest
from unit.notices import photo
from unit.test_soft_bindings import PRINT, signed, watermark

from aigclabel import Asset, Signer, UsageError, read
from aigclabel.cli import main
from aigclabel.intake.resolver import StoredResolver

SAID = ("--policy", "c2pa-only", "--producer", "Example Ltd", "--system", "m")


def program(name):
    return shutil.which(name) or pytest.skip(f"needs the program {name}")


def ran(*command):
    subprocess.run([program(command[0]), *map(str, command[1:])], check=True, capture_output=True)


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "image/webp"])
def test_another_engine_finds_soft_bindings_valid(kind, tmp_path, monkeypatch):
    engine = pytest.importorskip("encypher_c2pa", reason="needs encypher-c2pa")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    signer = Signer.local()
    made = signed(Asset.of_image(photo((90, 70)), kind), watermark(), fingerprints=PRINT)
    told = engine.verify(
        made.data(), kind, telemetry=False, no_default_trust=True, trust_pem=signer.anchor.decode()
    )
    assert told["validation_state"] == "Trusted"
    assert told["hard_binding"] == "match"
    assert told["validation_results"]["failure"] == []


def by_exiftool(source, copy):
    ran("exiftool", "-q", "-all=", "-o", copy, source)


def by_ffmpeg(*options):
    def make(source, copy):
        ran("ffmpeg", "-v", "error", "-i", source, "-map_metadata", "-1", *options, copy)

    return make


def picture(path):
    photo((320, 240), seed=21).save(path)


def sound(path):
    swept = "aevalsrc='sin(2*PI*t*(300+120*sin(1.3*t)+50*floor(mod(t*3,4))))*0.5:d=8'"
    ran("ffmpeg", "-v", "error", "-f", "lavfi", "-i", swept, path)


def film(path):
    ran("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=3:s=160x120", "-pix_fmt",
        "yuv420p", path)  # fmt: skip


def text(path):
    lines = (f"Line {n} of the story tells of {n * 53 % 89} birds." for n in range(70))
    path.write_text("\n".join(lines), "utf-8")


def retyped(source, copy):
    words = source.read_text("utf-8").partition("Line 0")[2]
    copy.write_text("line 0" + "".join(c for c in words if c.isascii()).upper(), "utf-8")


COPIES = {
    "exiftool": (picture, "a.jpg", by_exiftool, "b.jpg"),
    "scaled": (picture, "a.png", by_ffmpeg("-vf", "scale=200:150"), "b.jpg"),
    "mirrored": (picture, "a.webp", by_ffmpeg("-vf", "hflip"), "b.png"),
    "sound": (sound, "a.wav", by_ffmpeg("-b:a", "48k"), "b.mp3"),
    "film": (film, "a.mp4", by_ffmpeg("-vf", "scale=120:90", "-crf", "33"), "b.webm"),
    "text": (text, "a.md", retyped, "b.txt"),
}


@pytest.mark.parametrize("name", COPIES)
def test_what_others_make_of_a_file_leads_back_to_its_label(name, tmp_path, capsys):
    make, first, copy, second = COPIES[name]
    make(tmp_path / first)
    made, left = tmp_path / f"labelled-{first}", tmp_path / second
    url = f"sqlite:///{tmp_path}/labels.db"
    stamped = main(
        ["stamp", str(tmp_path / first), "-o", str(made), *SAID, "--fingerprint", "--resolver", url]
    )
    assert stamped == 0
    copy(made, left)
    assert not read(left).provenance.present
    capsys.readouterr()
    kept = tmp_path / "found.c2pa"
    assert main(["recover", str(left), "--resolver", url, "--json", "-o", str(kept)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "aigclabel.recovery/1"
    (found,) = told["found"]
    assert found["confidence"] in {"medium", "high"}
    assert found["provenance"]["ai"] == "generated"
    assert read(kept).provenance.signer == found["provenance"]["signer"]
    verified = ["verify", str(left), "--policy", "c2pa-only", "--origin", "generated"]
    assert main([*verified, "--resolver", url]) == 1
    assert "recovered, NOT in this file" in capsys.readouterr().out


def test_a_file_that_leads_nowhere_is_exit_1_and_one_that_is_not_there_2(tmp_path, capsys):
    picture(tmp_path / "a.png")
    url = f"sqlite:///{tmp_path}/labels.db"
    StoredResolver(url).close()
    assert main(["recover", str(tmp_path / "a.png"), "--resolver", url]) == 1
    assert "no label recovered" in capsys.readouterr().out
    missing = str(tmp_path / "none.png")
    assert main(["recover", missing, str(tmp_path / "a.png"), "--resolver", url]) == 2
    assert main(["recover", missing, "--resolver", "https://example.com"]) == 2
    assert "is no database" in capsys.readouterr().err


def test_verify_looks_closely_where_a_resolver_is_asked(tmp_path, monkeypatch, capsys):
    from aigclabel.cli import run_verify

    def noted(*_, search, **__):
        raise UsageError(f"it looks with {search.effort}")

    picture(tmp_path / "a.png")
    url = f"sqlite:///{tmp_path}/labels.db"
    StoredResolver(url).close()
    monkeypatch.setattr(run_verify, "verify", noted)
    asked = ["verify", str(tmp_path / "a.png"), "--policy", "c2pa-only"]
    for more, effort in (
        ([], "direct"),
        (["--resolver", url], "geometry"),
        (["--resolver", url, "--effort", "none"], "none"),
    ):
        assert main([*asked, *more]) == 2
        assert f"looks with {effort}" in capsys.readouterr().err


@pytest.mark.parametrize("verb", [("recover",), ("verify", "--policy", "c2pa-only")])
def test_a_database_that_is_not_there_is_not_made(verb, tmp_path, capsys):
    picture(tmp_path / "a.png")
    url = f"sqlite:///{tmp_path}/no/labels.db"
    assert main([*verb, str(tmp_path / "a.png"), "--resolver", url]) == 2
    assert "does not exist" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()


def test_the_manifest_is_not_written_over_another_file(tmp_path, capsys):
    picture(tmp_path / "a.png")
    kept = tmp_path / "kept.c2pa"
    kept.write_bytes(b"mine")
    url = f"sqlite:///{tmp_path}/labels.db"
    arguments = ["recover", str(tmp_path / "a.png"), "--resolver", url, "-o", str(kept)]
    assert main(arguments) == 2
    assert "--force" in capsys.readouterr().err
    assert kept.read_bytes() == b"mine"
    assert main(["recover", "x", "y", "--resolver", url, "-o", "z"]) == 2


def test_what_cannot_lead_back_is_not_registered_and_nothing_is_written(tmp_path, capsys):
    picture(tmp_path / "a.png")
    out = tmp_path / "b.png"
    url = f"sqlite:///{tmp_path}/labels.db"
    stamped = main(["stamp", str(tmp_path / "a.png"), "-o", str(out), *SAID, "--resolver", url])
    assert stamped == 2
    assert "--fingerprint" in capsys.readouterr().err
    assert not out.exists()
