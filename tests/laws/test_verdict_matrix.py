"""Format × what can be wrong with a signature: each question gets its own answer."""

import os
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from forms import every_form
from laws.resealed import changed_claim, resealed, store_of, with_store, without_parent
from laws.rules import rules
from laws.samples import ONE_PER_FORMAT
from laws.samples import asset as sample
from laws.worlds import other_signer
from servers.authority import Authority, served
from unit.conftest import Workshop

from aigclabel import (
    Asset,
    BrokenProvenance,
    Choices,
    Context,
    Signer,
    SigningError,
    TrustStore,
    read,
    redact,
    stamp,
    update,
)
from aigclabel.carriers.signed.jumbf import claim_and_signature, manifests
from aigclabel.provenance import Trust
from aigclabel.testing import SAID

LAW = rules("signed-only")
SHOP = Workshop()
ROOT = SHOP.authority("Matrix root")
NOW = datetime.now(UTC)


def signer(**options):
    leaf = SHOP.leaf(ROOT, **options)
    return Signer("test:", "es256", leaf.pem + ROOT.pem, leaf.key_pem, anchor=ROOT.pem)


GOOD = signer()
EXPIRED = signer(days=(-30, -1))
FUTURE = signer(days=(1, 30))
WRONG_USE = signer(ekus=(Workshop.SERVER,))
TRUST = TrustStore((ROOT.pem,))
LASTING = signer(days=(-1, 3000))
PLACE = {"@context": {"exif": "http://ns.adobe.com/exif/1.0/"}, "exif:GPSLatitude": "48,12.3456N"}
STRANGERS = TrustStore((SHOP.authority("Somebody else").pem,))


def formats():
    """One form per media type, all of them at full size."""
    known = {}
    for name, (media_type, data) in every_form().items():
        known.setdefault(media_type, Asset.of_bytes(data, media_type, name))
    for name in ONE_PER_FORMAT:
        known.setdefault(sample(name).media_type, sample(name))
    if os.environ.get("AIGCLABEL_FULL"):
        return known
    few = ("image/jpeg", "image/png", "image/webp", "image/svg+xml", "image/avif", "video/mp4",
           "audio/mpeg", "audio/wav", "audio/ogg", "application/pdf", "text/html", "text/plain",
           "application/epub+zip", "text/markdown", "image/heic")  # fmt: skip
    return {kind: known.get(kind) for kind in few}


FORMATS = formats()
SWAYING = {"text/plain", "text/markdown"}
"""Where another store of the same length has another length (C2PA 2.4 A.8)."""
BESIDE = Choices(signature="sidecar")


def signed(kind, by=GOOD, choices=Choices()):  # noqa: B008  it is frozen
    if FORMATS[kind] is None:
        pytest.skip(f"needs the program that makes {kind}")
    return replace(stamp(FORMATS[kind], SAID, LAW, by, choices=choices), report=None)


def exchangeable(kind):
    """Signed so that another store can take the place of its own."""
    return signed(kind, choices=BESIDE if kind in SWAYING else Choices())


def told(asset, trust=TRUST, at=None):
    return read(asset, trust, Context(at=at)).provenance


def axes(said):
    return (said.present, said.intact, said.signer_trusted, said.validity)


def tampered(made):
    """The content with one bit changed, outside the manifest and what it leaves out: of all such
    places, one in the middle."""
    data, store = made.data(), _place_of(made)
    loose = [range(start, start + length) for start, length in read(made).provenance.loose]
    left_out = [store, *loose]
    outside = [at for at in range(len(data)) if not any(at in each for each in left_out)]
    at = outside[len(outside) // 2]
    new = Asset.of_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], made.media_type)
    return replace(new, sidecar=made.sidecar)


def _place_of(made):
    """Where the manifest stands, with a little more for what the format puts around it."""
    if made.sidecar is not None:
        return range(0)
    data = made.data()
    at = data.find(b"jumdc2pa")
    if at >= 0:
        size = int.from_bytes(data[at - 12 : at - 8], "big")
        return range(at - 100, at + size + 200)
    text = b64encode(store_of(made))
    at = data.find(text)
    if at < 0:  # letters that nobody sees, at the end
        return range(data.index("\ufeff".encode()), len(data))
    return range(at - 100, at + len(text) + 100)


each_format = pytest.mark.parametrize("kind", FORMATS)


@each_format
def test_valid(kind):
    said = told(signed(kind))
    assert axes(said) == (True, True, True, "valid")
    assert (said.trust, said.revoked, said.timestamped) == (Trust.TRUSTED, None, False)
    assert said.certificate.subject.startswith("CN=Signer")


@each_format
@pytest.mark.parametrize("trust", [None, STRANGERS])
def test_untrusted(kind, trust):
    said = told(signed(kind), trust)
    assert axes(said) == (True, True, False, "valid")
    assert said.trust is Trust.INTACT
    assert said.codes[0] == "signingCredential.untrusted"


@each_format
def test_expired_without_a_time_stamp(kind):
    said = told(resealed(exchangeable(kind), EXPIRED))
    assert (said.intact, said.signer_trusted, said.validity) == (True, False, "expired")
    assert said.trust is Trust.INTACT
    past = told(resealed(exchangeable(kind), EXPIRED), at=NOW - timedelta(days=10))
    assert (past.intact, past.signer_trusted, past.validity) == (True, True, "valid")
    later = told(signed(kind), at=NOW + timedelta(days=500))
    assert axes(later) == (True, True, False, "expired")


@each_format
def test_not_yet_valid(kind):
    said = told(resealed(exchangeable(kind), FUTURE))
    assert (said.intact, said.signer_trusted, said.validity) == (True, False, "not-yet-valid")
    early = told(signed(kind), at=NOW - timedelta(days=30))
    assert axes(early) == (True, True, False, "not-yet-valid")


@each_format
def test_a_certificate_for_another_use(kind):
    said = told(resealed(exchangeable(kind), WRONG_USE))
    assert (said.intact, said.signer_trusted) == (True, False)


@each_format
def test_a_key_that_does_not_fit_its_certificate(kind):
    other = replace(GOOD, chain=signer().chain)
    said = told(resealed(exchangeable(kind), other))
    assert (said.present, said.intact) == (True, False)


@each_format
def test_a_changed_claim(kind):
    said = told(changed_claim(exchangeable(kind)))
    assert (said.present, said.intact) == (True, False)


@each_format
def test_changed_content(kind):
    said = told(tampered(signed(kind)))
    assert (said.present, said.intact, said.trust) == (True, False, Trust.BROKEN)
    assert said.codes
    assert "signingCredential.expired" not in said.codes


@each_format
def test_laundered(kind):
    """Changed, then signed again by somebody whom we trust: the parent stays broken."""
    broken = changed_claim(exchangeable(kind))
    said = told(stamp(broken, replace(SAID, system="washer"), LAW, GOOD))
    assert (said.intact, said.ingredients.worst) == (True, "broken")
    assert "broken" in {each.state for each in said.history}
    assert any(code.startswith("ingredient:") for code in said.codes)


@each_format
def test_laundered_content(kind):
    """Tampered content that somebody whom we trust signs again: nobody can, or it shows."""
    try:
        made = stamp(tampered(signed(kind)), replace(SAID, system="washer"), LAW, GOOD)
    except BrokenProvenance:
        return
    said = told(made)
    assert (said.intact, said.signer_trusted, said.ingredients.worst) == (True, True, "broken")


@each_format
def test_signed_again(kind):
    """By somebody whose certificate lasts longer than that of the first."""
    made = stamp(signed(kind), replace(SAID, system="relay"), LAW, LASTING)
    said = told(made)
    assert axes(said) == (True, True, True, "valid")
    history = [(each.state, each.relationship, each.signer) for each in said.history]
    assert history == [("trusted", "parentOf", "Signer (Signer Ltd)")]
    late = told(made, at=NOW + timedelta(days=500))
    assert (late.intact, late.signer_trusted, late.ingredients.worst) == (True, True, "untrusted")


@each_format
def test_redacted(kind):
    """What was blanked out of a parent is no damage, and every signer stays who it was."""
    first = update(signed(kind), {"c2pa.metadata": PLACE}, GOOD)
    if kind == "application/pdf":  # it keeps its earlier versions
        with pytest.raises(SigningError, match="earlier versions"):
            redact(first, ("c2pa.metadata",), GOOD)
        return
    made = redact(first, ("c2pa.metadata",), GOOD)
    assert b"48,12.3456N" in store_of(first)
    assert b"48,12.3456N" not in store_of(made)
    said = told(made)
    assert axes(said) == (True, True, True, "valid")
    assert said.ingredients.worst == "trusted"


@each_format
def test_cyclic(kind):
    """A manifest that names itself as what it was made from: told once, and never trusted."""
    choices = BESIDE if kind in SWAYING else Choices()
    said = replace(SAID, system="relay")
    again = stamp(exchangeable(kind), said, LAW, GOOD, choices=choices)
    store = store_of(again)
    parent, child = list(manifests(store))
    looped = store.replace(parent.encode(), child.encode())
    evidence = read(with_store(replace(again, report=None), looped), TRUST)
    assert (evidence.provenance.present, evidence.provenance.intact) == (True, False)
    assert evidence.provenance.trust is Trust.BROKEN
    assert any("cyclic" in each.reason for each in evidence.faults)


@each_format
def test_signed_again_over_a_stranger(kind):
    """Somebody whom we trust signs what a stranger signed: the stranger is still one."""
    again = stamp(signed(kind, other_signer()), replace(SAID, system="relay"), LAW, GOOD)
    said = told(again)
    assert (said.intact, said.signer_trusted) == (True, True)
    assert said.ingredients.worst == "untrusted"


@each_format
def test_a_parent_that_was_taken_out(kind):
    first = signed(kind, choices=BESIDE)
    second = stamp(first, replace(SAID, system="relay"), LAW, GOOD,
                   choices=BESIDE)  # fmt: skip
    assert told(second).ingredients.count == 1
    said = told(without_parent(replace(second, report=None)))
    assert said.present
    assert not said.intact or said.ingredients.worst == "broken"


@each_format
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_cut_short(kind, part):
    made = signed(kind)
    data = made.data()[: int(made.size * part)]
    said = told(replace(Asset.of_bytes(data, kind), sidecar=made.sidecar))
    assert not said.intact
    assert said.trust in {Trust.BROKEN, Trust.NONE}


@each_format
def test_a_sidecar_cut_short(kind):
    """It is broken, not absent."""
    beside = signed(kind, choices=BESIDE)
    for size in (1, 100, len(beside.sidecar) - 40):
        said = told(replace(beside, report=None, sidecar=beside.sidecar[:size]))
        assert (said.present, said.intact) == (True, False)


@each_format
def test_a_sidecar_alone(kind):
    beside = signed(kind, choices=BESIDE)
    said = told(Asset.of_bytes(beside.sidecar, name="x.c2pa"))
    assert axes(said) == (True, None, True, "valid")
    assert (said.trust, said.ai) == (Trust.NONE, "generated")


@each_format
def test_a_sidecar_of_something_else(kind):
    beside = signed(kind, choices=BESIDE)
    said = told(replace(Asset.of_text("something else"), sidecar=beside.sidecar))
    assert (said.present, said.intact) == (True, False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("time"))


@each_format
def test_expired_since_a_trusted_authority_saw_it(kind, authority):
    trust = TrustStore((ROOT.pem,), (authority.anchor,))
    later = NOW + timedelta(days=500)
    with served(authority) as url:
        made = signed(kind, replace(GOOD, tsas=(url,)))
    said = told(made, trust, later)
    assert (said.intact, said.signer_trusted, said.validity) == (True, True, "valid")
    assert said.timestamped
    unknown = told(made, TRUST, later)
    assert (unknown.intact, unknown.signer_trusted, unknown.validity) == (True, False, "expired")
    assert not unknown.timestamped


def test_the_certificates_are_what_they_claim_to_be():
    leaf = x509.load_pem_x509_certificate(EXPIRED.chain)
    assert leaf.not_valid_after_utc < NOW


@pytest.mark.parametrize("place", ["claim", "padding"])
def test_every_byte_of_a_signature_counts(place):
    made = signed("image/png")
    store = store_of(made)
    _, box = claim_and_signature(store)
    at = store.rfind(box) + (40 if place == "claim" else len(box) - 80)
    broken = with_store(made, store[:at] + bytes([store[at] ^ 1]) + store[at + 1 :])
    evidence = read(broken, TRUST)
    hidden = any("padding" in fault.reason for fault in evidence.faults)
    assert not evidence.provenance.intact or hidden
