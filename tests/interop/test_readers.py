"""Independent readers: exiftool sees every field, and all open what a stamp made."""

import json
import shutil
import subprocess
from io import BytesIO

import pytest
from laws.rules import GB, rules
from laws.samples import NAMES, PICTURES, sample
from laws.worlds import PLATFORM, RELAYED
from PIL import Image, ImageSequence

from aigclabel import Asset, Declaration, Layer, read, stamp
from aigclabel.testing import SAID

BOTH = rules(GB) & rules("t-iptc")
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def made(name, said=SAID, **more):
    it = sample(name)
    return stamp(Asset.of_bytes(it.data, it.media_type, it.name), said, BOTH, **more)


def program(name):
    found = shutil.which(name)
    if not found:
        pytest.skip(f"needs the program {name}")
    return found


def told_by_exiftool(exiftool, path, *options):
    done = subprocess.run(
        [exiftool, "-j", "-struct", "-G1", "-a", *options, str(path)],
        capture_output=True,
        check=True,
    )
    (told,) = json.loads(done.stdout)
    return told


@pytest.fixture
def saved(tmp_path):
    def put(name, **more):
        return made(name, **more).save(tmp_path / sample(name).name)

    return put


@pytest.mark.parametrize("name", PICTURES)
def test_exiftool_reads_back_every_field(name, exiftool, saved):
    path = saved(name)
    told = told_by_exiftool(exiftool, path)
    label = json.loads(told["XMP-TC260:Aigc"])
    (ours,) = [
        m.mark for m in read(path).marks if m.mark.schema == "cn.aigc" and m.carrier == "metadata"
    ]
    assert label == dict(ours.fields)
    assert list(label) == [
        "Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator",
        "PropagateID", "ReservedCode2",
    ]  # fmt: skip
    assert label["ContentProducer"] == SAID.producer_code
    assert label["ProduceID"] == SAID.content_id
    raw = told_by_exiftool(exiftool, path, "-n")
    assert raw["XMP-iptcExt:DigitalSourceType"] == TRAINED
    assert told["XMP-iptcExt:AISystemUsed"] == SAID.system
    assert str(told["XMP-iptcExt:AISystemVersionUsed"]) == SAID.version
    (notice,) = [m.mark for m in read(path).marks if m.mark.layer is Layer.VISIBLE]
    assert told["XMP-aigclabel:Text"] == notice.get("text")
    assert told["XMP-aigclabel:Region"] == notice.get("region")


def test_exiftool_reads_the_propagators_fields(exiftool, saved):
    path = saved("jpeg-baseline", said=RELAYED, context=PLATFORM)
    label = json.loads(told_by_exiftool(exiftool, path)["XMP-TC260:Aigc"])
    assert (label["ContentPropagator"], label["PropagateID"]) == ("EX-VIDEO", "p-7")


def test_every_character_that_annex_e_allows_comes_back(exiftool, tmp_path):
    """j): 0x21, 0x23 to 0x5B, 0x5D to 0x7E."""
    allowed = "".join(chr(n) for n in range(0x21, 0x7F) if chr(n) not in '"\\')
    said = Declaration(producer="X", producer_code=allowed, content_id=allowed[::-1])
    for name in ("jpeg-baseline", "png-rgb", "webp-lossy"):
        path = made(name, said).save(tmp_path / sample(name).name)
        label = json.loads(told_by_exiftool(exiftool, path)["XMP-TC260:Aigc"])
        assert label["ContentProducer"] == allowed
        assert label["ProduceID"] == allowed[::-1]


@pytest.mark.parametrize("name", PICTURES)
def test_exiftool_has_nothing_new_to_complain_of(name, exiftool, saved, tmp_path):
    before = tmp_path / f"before-{sample(name).name}"
    before.write_bytes(sample(name).data)
    old, new = (_complaints(exiftool, path) for path in (before, saved(name)))
    assert new <= old


def _complaints(exiftool, path):
    """Errors and warnings. Versions before 12.6x take any EXIF behind a manifest in a PNG for
    a place where they were already: that one is theirs. TIFF's tag 700 has the type that
    TC260-PG-20259A asks for, and exiftool another one."""
    told = told_by_exiftool(exiftool, path, "-validate", "-warning", "-error", "-a", "-s")
    said = {str(text) for key, text in told.items() if key.endswith((":Warning", ":Error"))}
    known = ("previous JUMBFBox directory", "Non-standard format (undef) for IFD0 0x02bc")
    return {text for text in said if not any(each in text for each in known)}


@pytest.mark.parametrize("name", PICTURES)
def test_pillow_opens_it_with_the_same_frames_and_size(name):
    with (
        Image.open(BytesIO(sample(name).data)) as old,
        Image.open(BytesIO(made(name).data())) as new,
    ):
        assert new.format == old.format
        assert new.size == old.size
        assert getattr(new, "n_frames", 1) == getattr(old, "n_frames", 1)
        durations = [
            [f.info.get("duration") for f in ImageSequence.Iterator(i)] for i in (old, new)
        ]
        assert durations[0] == durations[1]
        assert new.info.get("loop") == old.info.get("loop")
        new.load()


# ffmpeg could not decode animated WebP for many years, labelled or not.
@pytest.mark.parametrize("name", [each for each in PICTURES if each != "webp-animated"])
def test_ffprobe_decodes_it_without_a_word(name, saved):
    done = subprocess.run(
        [
            program("ffprobe"),
            "-v",
            "error",
            "-count_frames",
            "-show_entries",
            "stream=width,height",
            "-of",
            "json",
            str(saved(name)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert not done.stderr
    (stream,) = json.loads(done.stdout)["streams"]
    assert {stream["width"], stream["height"]} == {400, 280}


@pytest.mark.parametrize("name", [each for each in PICTURES if each.startswith("png")])
def test_pngcheck_finds_nothing_wrong(name, saved):
    done = subprocess.run(
        [program("pngcheck"), "-q", str(saved(name))], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", [each for each in PICTURES if each.startswith("webp")])
def test_webpmux_finds_every_part(name, saved):
    done = subprocess.run(
        [program("webpmux"), "-info", str(saved(name))], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "XMP metadata" in done.stdout
    if name == "webp-animated":
        assert "Number of frames: 3" in done.stdout
    if name == "webp-rich":
        assert "EXIF metadata" in done.stdout
        assert "ICC profile" in done.stdout


@pytest.mark.parametrize("name", [each for each in PICTURES if each.startswith("jpeg")])
def test_jpegtran_reads_the_coded_data_to_its_end(name, saved):
    done = subprocess.run(
        [program("jpegtran"), "-copy", "none", str(saved(name))], capture_output=True, check=False
    )
    assert done.returncode == 0
    assert not done.stderr


@pytest.mark.parametrize("name", PICTURES)
def test_the_packet_is_well_formed_xml(name):
    from aigclabel import Limits, Plugins

    it = made(name)
    container = Plugins().container(it.media_type)
    with it.stream() as stream:
        layout = container.scan(stream, it.media_type, Limits())
    for slot in layout.slots:
        if slot.kind == "xmp":
            done = subprocess.run(
                [program("xmllint"), "--noout", "-"],
                input=slot.data,
                capture_output=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [each for each in NAMES if each.startswith("markdown")])
def test_front_matter_is_yaml_that_everybody_reads(name):
    """Each value is a string for any reader, of YAML 1.1 or 1.2."""
    yaml = pytest.importorskip("yaml", reason="needs a YAML reader to compare with")
    text = made(name).data().decode("utf-8-sig").replace("\r\n", "\n")
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["AIGC"]["Label"] == "1"
    assert all(isinstance(value, str) for value in front["AIGC"].values())
    assert list(front["AIGC"])[:3] == ["Label", "ContentProducer", "ProduceID"]
