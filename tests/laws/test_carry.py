"""What Pillow and ffmpeg lose, carry brings back: labels, and the original as parent."""

import shutil
import subprocess
from io import BytesIO

import pytest
from laws.rules import GB, rules
from laws.samples import asset
from laws.worlds import TRUST, actions_of
from PIL import Image

from aigclabel import (
    Asset,
    BrokenProvenance,
    CannotLabel,
    Layer,
    UsageError,
    carry,
    read,
    stamp,
)
from aigclabel.testing import SAID
from aigclabel.wrappers import ffmpeg, save_image


@pytest.fixture(scope="module")
def original():
    return stamp(asset("png-grey"), SAID, rules(GB))


def resaved(made, kind, size=None, **options):
    image = Image.open(BytesIO(made.data()))
    image.load()
    out = BytesIO()
    (image.resize(size) if size else image).save(out, kind, **options)
    return out.getvalue()


def labels(of):
    return {m.mark for m in read(of).marks if m.mark.layer is Layer.METADATA} - {
        m.mark for m in read(of).marks if m.mark.schema in {"notice", "trace"}
    }


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {}), ("PNG", {}), ("WEBP", {})])
@pytest.mark.parametrize(
    ("size", "action"), [((200, 140), "c2pa.resized"), (None, "c2pa.transcoded")]
)
def test_a_picture_that_was_saved_again_gets_its_labels_back(original, kind, options, size, action):
    derived = resaved(original, kind, size, **options)
    assert not labels(derived)
    done = carry(original, derived)
    assert labels(done) == labels(original)
    evidence = read(done, TRUST)
    assert evidence.provenance.intact
    assert evidence.provenance.ai == "generated"
    assert evidence.provenance.ingredients.worst == "trusted"
    assert action in actions_of(done)


def test_an_unsigned_original_becomes_the_parent_all_the_same(original):
    plain = stamp(asset("png-grey"), SAID, rules(GB), None)
    done = carry(plain, resaved(plain, "PNG"))
    assert read(done).provenance.ingredients.count == 1
    assert labels(done) == labels(plain)


def test_without_a_signer_nothing_signed_is_carried(original):
    with pytest.raises(BrokenProvenance, match="signer"):
        carry(original, resaved(original, "PNG"), None)
    plain = stamp(asset("png-grey"), SAID, rules(GB), None)
    done = carry(plain, resaved(plain, "PNG"), None)
    assert labels(done) == labels(plain)
    assert not read(done).provenance.present


def test_a_format_without_a_place_is_refused_by_name(original):
    with pytest.raises(CannotLabel, match="image/bmp"):
        carry(original, resaved(original, "BMP"))


def test_an_action_that_c2pa_does_not_know_is_refused(original):
    with pytest.raises(UsageError, match=r"c2pa\.resized"):
        carry(original, resaved(original, "PNG"), action="c2pa.improved")


def test_a_derived_file_with_a_manifest_of_its_own_is_refused(original):
    with pytest.raises(BrokenProvenance, match="stamp"):
        carry(original, original)


def test_pillow_saves_with_the_labels(original, tmp_path):
    image = Image.open(BytesIO(original.data())).resize((120, 90))
    save_image(image, tmp_path / "small.webp", original, quality=80)
    with Image.open(tmp_path / "small.webp") as saved:
        assert saved.size == (120, 90)
    assert labels(tmp_path / "small.webp") == labels(original)
    with pytest.raises(UsageError, match="exists"):
        save_image(image, tmp_path / "small.webp", original)
    with pytest.raises(UsageError, match="Pillow"):
        save_image(image, tmp_path / "small.nothing", original)


def test_ffmpeg_transcodes_with_the_labels(tmp_path):
    if not shutil.which("ffmpeg"):
        pytest.skip("needs the program ffmpeg")
    source = tmp_path / "a.flac"
    tone = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=0.5", str(source)]
    subprocess.run(tone, check=True)
    from laws.test_every_form import everything

    stamp(source, SAID, everything("audio/flac")).save(tmp_path / "labelled.flac")
    ffmpeg(tmp_path / "labelled.flac", tmp_path / "b.mp3", ["-b:a", "64k"])
    before = {m.schema: m.fields for m in labels(tmp_path / "labelled.flac")}
    after = {m.schema: m.fields for m in labels(tmp_path / "b.mp3")}
    assert before == after
    assert len(before) == 3
    assert read(tmp_path / "b.mp3").provenance.intact
    with pytest.raises(UsageError, match="ffmpeg could not"):
        ffmpeg(tmp_path / "labelled.flac", tmp_path / "c.mp3", ["-c:a", "no-such-codec"])
    assert not (tmp_path / "c.mp3").exists()
    assert Asset.open(tmp_path / "b.mp3").media_type == "audio/mpeg"
