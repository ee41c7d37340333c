"""AVIF and HEIC decode to the same pixels once they are signed, whatever their `iloc` is like.

The C2PA SDK moves an item twice whose base offset is 0: it then says that all is well with a
file that nobody can open.
"""

import shutil
import subprocess
from io import BytesIO

import pytest
from forms import heifs
from laws.rules import rules
from laws.worlds import TRUST
from PIL import Image, ImageSequence

from aigclabel import Asset, read, stamp
from aigclabel.testing import SAID

FORMS = heifs.forms()
AVIF = [name for name, (kind, _) in FORMS.items() if kind == "image/avif"]
HEIC = [name for name, (kind, _) in FORMS.items() if kind == "image/heic"]
LAWS = ["signed-only", "t-iptc"]


def made(name, law):
    media_type, data = FORMS[name]
    return data, stamp(Asset.of_bytes(data, media_type), SAID, rules(law))


def frames(data):
    with Image.open(BytesIO(data)) as image:
        return [frame.convert("RGBA").tobytes() for frame in ImageSequence.Iterator(image)]


def decoded(program, data, folder, name):
    source, target = folder / f"{name}.heic", folder / f"{name}.png"
    source.write_bytes(data)
    subprocess.run([program, source, target], check=True, capture_output=True)
    with Image.open(target) as image:
        return image.tobytes()


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", AVIF)
def test_every_frame_of_an_avif_is_what_it_was(name, law):
    data, after = made(name, law)
    assert frames(after.data()) == frames(data)
    if law == "signed-only":
        assert read(after, TRUST).provenance.signer_trusted


@pytest.mark.skipif(not shutil.which("heif-convert"), reason="needs libheif-examples")
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", HEIC)
def test_a_heic_decodes_to_what_it_did(name, law, tmp_path):
    data, after = made(name, law)
    before = decoded("heif-convert", data, tmp_path, "before")
    assert decoded("heif-convert", after.data(), tmp_path, "after") == before
