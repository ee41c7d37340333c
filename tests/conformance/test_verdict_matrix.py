"""Format × what was done to it: the required answer on every axis."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from forms import every_form
from laws.rules import GB, rules
from laws.samples import asset
from laws.worlds import ARTICLE_9
from unit.conftest import Workshop
from unit.test_signed_carrier import signer_of

from aigclabel import Asset, Context, TrustStore, read, stamp
from aigclabel.errors import BrokenProvenance
from aigclabel.provenance import Trust
from aigclabel.testing import SAID

SHOP = Workshop()
ROOT, OTHER = SHOP.authority("Root"), SHOP.authority("Other root")
VENDOR = signer_of(SHOP.leaf(ROOT, "Vendor"), anchor=ROOT)
PLATFORM = signer_of(SHOP.leaf(OTHER, "Platform", days=(-1, 3000)), anchor=OTHER)
BOTH = TrustStore((ROOT.pem, OTHER.pem))
NOW = datetime.now(UTC)
LATER, EARLIER = NOW + timedelta(days=400), NOW - timedelta(days=30)
FORMATS = (
    "jpeg-baseline",
    "png-rgb",
    "webp-lossy",
    "text-plain",
    "markdown-front",
    "movies/mp4",
    "heifs/heic",
    "pdfs/pdf",
    "texts/html",
    "waves/wav",
    "ogg/opus",
)
each_format = pytest.mark.parametrize("name", FORMATS)


@cache
def plain(name):
    if "/" not in name:
        return asset(name)
    forms = every_form()
    if name not in forms:
        pytest.skip(f"needs the program that makes {name}")
    media_type, data = forms[name]
    return Asset.of_bytes(data, media_type)


def made_of(name, signer=VENDOR, source=None):
    return stamp(source or plain(name), SAID, rules(GB), signer, ARTICLE_9)


def changed(made, data):
    new = Asset.of_bytes(data, made.media_type, made.name)
    return replace(new, sidecar=made.sidecar, sidecar_name=made.sidecar_name)


def tampered(made):
    """The content with one bit changed, outside the manifest and what it leaves out: of all such
    places, one in the middle."""
    data, store = made.data(), _store(made)
    outside = [at for at in range(len(data)) if at not in store and not _is_loose(made, at)]
    at = outside[len(outside) // 2]
    return changed(made, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


def _store(made):
    """Where the manifest stands, with a little more for what the format puts around it."""
    if made.sidecar is not None:
        return range(0)
    data = made.data()
    at = data.find(b"jumdc2pa")
    if at >= 0:
        size = int.from_bytes(data[at - 12 : at - 8], "big")
        return range(at - 100, at + size + 200)
    # In a text, from its mark: a script of HTML, a line, or letters that nobody sees.
    at = max(data.find(b"application/c2pa") - 60, 0, data.find("\ufeff".encode()))
    end = data.find(b"</script>", at)
    return range(at, end + 10 if end >= 0 else len(data))


@cache
def _loose(made):
    return [range(start, start + length) for start, length in read(made).provenance.loose]


def _is_loose(made, at):
    return any(at in each for each in _loose(made))


def told(made, trust=BOTH, **more):
    return read(made, trust, **more).provenance


def axes(said):
    return (said.present, said.intact, said.signer_trusted, said.validity)


@each_format
def test_sound(name):
    made = made_of(name)
    said = told(made)
    assert axes(said) == (True, True, True, "valid")
    assert (said.trust, said.revoked, said.timestamped) == (Trust.TRUSTED, None, False)
    assert said.certificate.subject.startswith("CN=Vendor")


@each_format
@pytest.mark.parametrize(("at", "validity"), [(LATER, "expired"), (EARLIER, "not-yet-valid")])
def test_out_of_its_time(name, at, validity):
    said = told(made_of(name), context=Context(at=at))
    assert axes(said) == (True, True, False, validity)
    assert said.trust is Trust.INTACT


@each_format
def test_by_a_stranger(name):
    for trust in (None, TrustStore((OTHER.pem,))):
        said = told(made_of(name), trust)
        assert axes(said) == (True, True, False, "valid")
        assert said.codes[0] == "signingCredential.untrusted"


@each_format
def test_changed_content(name):
    said = told(tampered(made_of(name)))
    assert (said.present, said.intact, said.trust) == (True, False, Trust.BROKEN)
    assert said.codes
    assert "signingCredential.expired" not in said.codes


@each_format
def test_signed_again(name):
    said = told(made_of(name, PLATFORM, made_of(name)))
    assert axes(said) == (True, True, True, "valid")
    assert (said.ingredients.count, said.ingredients.worst) == (1, "trusted")
    assert [(e.state, e.relationship, e.signer) for e in said.history] == [
        ("trusted", "parentOf", "Vendor (Vendor Ltd)")
    ]
    late = told(made_of(name, PLATFORM, made_of(name)), context=Context(at=LATER))
    assert (late.intact, late.signer_trusted, late.ingredients.worst) == (True, True, "untrusted")


@each_format
def test_laundered(name):
    """A tampered file that a platform signed again: either nobody signs it, or it shows."""
    try:
        made = made_of(name, PLATFORM, tampered(made_of(name)))
    except BrokenProvenance:
        return
    said = told(made)
    assert (said.intact, said.signer_trusted, said.ingredients.worst) == (True, True, "broken")
    assert said.history[0].state == "broken"
    assert any(code.startswith("ingredient:") for code in said.codes)


@each_format
def test_truncated(name):
    """A file cut off is never intact, and a sidecar cut off is broken, not absent."""
    made = made_of(name)
    data = made.data()
    for part in (0.5, 0.9):
        said = told(changed(made, data[: int(len(data) * part)]))
        assert not said.intact, part
        assert said.trust in {Trust.BROKEN, Trust.NONE}
    if made.sidecar:
        for size in (1, 100, len(made.sidecar) - 40):
            said = told(replace(made, sidecar=made.sidecar[:size]))
            assert (said.present, said.intact) == (True, False)


@pytest.mark.parametrize("name", ["ogg/opus", "text-plain"])
def test_a_sidecar_alone(name):
    from aigclabel import Choices

    beside = Choices(signature="sidecar")
    made = stamp(plain(name), SAID, rules(GB), VENDOR, ARTICLE_9, choices=beside)
    said = told(Asset.of_bytes(made.sidecar, name="x.c2pa"))
    assert axes(said) == (True, None, True, "valid")
    assert (said.trust, said.ai) == (Trust.NONE, "generated")
