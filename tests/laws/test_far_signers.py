"""A key that is elsewhere signs every form as one at hand does: no larger, no less trusted."""

from dataclasses import dataclass, replace

import pytest
from forms import every_form
from laws.rules import rules
from laws.samples import NAMES
from laws.samples import asset as sample
from laws.worlds import TRUST

from aigclabel import Asset, Choices, Signer, SigningError, read, stamp
from aigclabel.signing.raw import raw_signature
from aigclabel.testing import SAID

FORMS = every_form() | {
    name: (each.media_type, each.data()) for name in NAMES for each in [sample(name)]
}
NEAR = Signer.local()
LAW = rules("signed-only")


@dataclass(frozen=True)
class Elsewhere:
    """What a token or a key service does."""

    key: Signer

    def __call__(self, data):
        return raw_signature(self.key, data)


AGAIN = ("jpeg-baseline", "png-rgb", "webp-lossy", "pictures/gif", "pictures/svg", "movies/mp4",
         "documents/docx-stored", "tiffs/tiff", "waves/wav", "tagged/mp3",
         "texts/html")  # fmt: skip
FAR = replace(NEAR, uri="test:far", key=b"", sign=Elsewhere(NEAR))


def asset(name):
    media_type, data = FORMS[name]
    return Asset.of_bytes(data, media_type, name)


@pytest.mark.parametrize("name", FORMS)
def test_a_far_key_signs_like_one_at_hand(name):
    far, near = (stamp(asset(name), SAID, LAW, each) for each in (FAR, NEAR))
    told = read(far, TRUST).provenance
    assert (told.mode, told.intact, told.signer_trusted) == (
        read(near, TRUST).provenance.mode,
        True,
        True,
    )
    # C2PA texts of A.8 take 3 or 4 bytes for each byte, as the bytes are.
    assert abs(far.size - near.size) < (1200 if told.mode == "text" else 100)


@pytest.mark.parametrize("name", AGAIN)
def test_what_a_far_key_signed_can_be_signed_again(name):
    once = stamp(asset(name), SAID, LAW, FAR)
    again = stamp(once, replace(SAID, content_id="other"), LAW, replace(FAR, uri="test:again"))
    twice = stamp(again, SAID, LAW, choices=Choices(), signer=NEAR)
    told = read(twice, TRUST).provenance
    assert told.intact
    assert told.ingredients.worst in {"trusted", "none"}


def test_a_large_manifest_is_found_again_in_a_jpeg():
    """Over 64 KB a store takes several segments."""
    made = stamp(asset("jpeg-baseline"), replace(SAID, system="m"), LAW, FAR)
    for number in range(14):
        said = replace(SAID, content_id=f"n-{number}", system=f"m{number}")
        made = stamp(made, said, LAW, FAR if number % 2 else NEAR)
        made = Asset.of_bytes(made.data(), made.media_type)
    told = read(stamp(made, replace(SAID, system="last"), LAW, FAR), TRUST).provenance
    assert told.intact, told.codes


def test_what_a_signer_raises_reaches_the_caller():
    def refuses(data):
        raise ConnectionError("the token was taken out")

    with pytest.raises(SigningError, match="the token was taken out") as told:
        stamp(asset("jpeg-baseline"), SAID, LAW, replace(FAR, sign=refuses))
    assert isinstance(told.value.__cause__, ConnectionError)


@pytest.mark.parametrize("wrong", [b"", b"\0" * 64, b"\1" * 63, b"\1" * 4000, None, "text"])
def test_a_signature_that_is_none_is_refused(wrong):
    with pytest.raises(SigningError):
        stamp(asset("jpeg-baseline"), SAID, LAW, replace(FAR, sign=lambda _: wrong))
