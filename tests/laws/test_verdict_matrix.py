"""Format × what can be wrong with a signature: each question gets its own answer."""

import os
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

from aigclabel import Asset, Choices, Context, Signer, TrustStore, read, stamp
from aigclabel.carriers.signed.jumbf import claim_and_signature
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
           "application/epub+zip")  # fmt: skip
    return {kind: known[kind] for kind in few}


FORMATS = formats()
SWAYING = {"text/plain", "text/markdown"}
"""Where another signature has another length (C2PA 2.4 A.8): they are made in a sidecar."""


def signed(kind, by=GOOD):
    choices = Choices(signature="sidecar") if kind in SWAYING else Choices()
    made = stamp(FORMATS[kind], SAID, LAW, by, choices=choices)
    return replace(made, report=None)


def told(asset, trust=TRUST, at=None):
    return read(asset, trust, Context(at=at)).provenance


each_format = pytest.mark.parametrize("kind", FORMATS)


@each_format
def test_valid(kind):
    said = told(signed(kind))
    assert (said.intact, said.signer_trusted, said.validity) == (True, True, "valid")


@each_format
def test_untrusted(kind):
    said = told(signed(kind), STRANGERS)
    assert (said.intact, said.signer_trusted, said.validity) == (True, False, "valid")


@each_format
def test_expired_without_a_time_stamp(kind):
    said = told(resealed(signed(kind), EXPIRED))
    assert (said.intact, said.signer_trusted, said.validity) == (True, False, "expired")
    past = told(resealed(signed(kind), EXPIRED), at=NOW - timedelta(days=10))
    assert (past.intact, past.signer_trusted, past.validity) == (True, True, "valid")


@each_format
def test_not_yet_valid(kind):
    said = told(resealed(signed(kind), FUTURE))
    assert (said.intact, said.signer_trusted, said.validity) == (True, False, "not-yet-valid")


@each_format
def test_a_certificate_for_another_use(kind):
    said = told(resealed(signed(kind), WRONG_USE))
    assert (said.intact, said.signer_trusted) == (True, False)


@each_format
def test_a_key_that_does_not_fit_its_certificate(kind):
    other = replace(GOOD, chain=signer().chain)
    said = told(resealed(signed(kind), other))
    assert (said.present, said.intact) == (True, False)


@each_format
def test_a_changed_claim(kind):
    said = told(changed_claim(signed(kind)))
    assert (said.present, said.intact) == (True, False)


@each_format
def test_changed_content(kind):
    made = signed(kind)
    data = bytearray(made.data())
    store = store_of(made)
    for at in range(len(data) - 1, 0, -1):
        if bytes(data[at : at + 1]).isalnum() and bytes(data[at - 8 : at]) not in store:
            data[at] ^= 1
            break
    said = told(replace(Asset.of_bytes(bytes(data), kind), sidecar=made.sidecar))
    assert not (said.present and said.intact)


@each_format
def test_laundered(kind):
    """Changed, then signed again by somebody whom we trust: the parent stays broken."""
    broken = changed_claim(signed(kind))
    said = told(stamp(broken, replace(SAID, system="washer"), LAW, GOOD))
    assert (said.intact, said.ingredients.worst) == (True, "broken")
    assert "broken" in {each.state for each in said.history}


@each_format
def test_signed_again_over_a_stranger(kind):
    """Somebody whom we trust signs what a stranger signed: the stranger is still one."""
    again = stamp(signed(kind, other_signer()), replace(SAID, system="relay"), LAW, GOOD)
    said = told(again)
    assert (said.intact, said.signer_trusted) == (True, True)
    assert said.ingredients.worst == "untrusted"


@each_format
def test_a_parent_that_was_taken_out(kind):
    first = stamp(FORMATS[kind], SAID, LAW, GOOD, choices=Choices(signature="sidecar"))
    first = replace(first, report=None)
    second = stamp(first, replace(SAID, system="relay"), LAW, GOOD,
                   choices=Choices(signature="sidecar"))  # fmt: skip
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


@each_format
def test_a_sidecar_of_something_else(kind):
    beside = stamp(FORMATS[kind], SAID, LAW, GOOD, choices=Choices(signature="sidecar"))
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
