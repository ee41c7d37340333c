"""TIFF: manifests that other tools hung on, and what the chain of pages becomes."""

from io import BytesIO

import pytest
from forms.tiffs import tiff
from laws.rules import rules
from laws.worlds import TRUST, other_signer
from PIL import Image, ImageSequence

from aigclabel import Asset, read, stamp
from aigclabel.carriers.signed import manifest, sdk
from aigclabel.protocols import Seen, Work
from aigclabel.signing import Signer
from aigclabel.testing import SAID


def hung_on(data):
    """What c2pa-rs makes of a TIFF: with several pages, one more without a picture."""
    asset = Asset.of_bytes(data, "image/tiff")
    work = Work(asset, asset, (), SAID, Seen(()), None, {}, signer=Signer.local())
    job = sdk.Job(manifest.definition(work, manifest.statement(work)), other_signer())
    out = BytesIO()
    sdk.sign_into(job, asset, out)
    return out.getvalue()


@pytest.mark.parametrize("pages", [1, 3])
@pytest.mark.parametrize("big", [False, True])
def test_a_manifest_hung_on_by_the_sdk_becomes_the_parent_and_its_page_goes(pages, big):
    first = Asset.of_bytes(hung_on(tiff(pages, big_tiff=big)), "image/tiff")
    assert read(first, TRUST).provenance.intact
    made = stamp(first, SAID, rules("signed-only"))
    provenance = read(made, TRUST).provenance
    assert provenance.signer_trusted
    assert provenance.ingredients.count == 1
    with Image.open(BytesIO(made.data())) as image:
        assert [f.size for f in ImageSequence.Iterator(image)] == [(24, 16)] * pages
