"""Public C2PA test files and the answers that their makers require."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from aigclabel.asset import Asset
from aigclabel.carriers.signed import SignedCarrier
from aigclabel.carriers.signed.jumbf import manifests
from aigclabel.carriers.signed.sdk import look
from aigclabel.model import Context
from aigclabel.protocols import Limits, View
from aigclabel.provenance import Trust
from aigclabel.signing import TrustStore
from aigclabel.signing.tokens import stamp_of

CREDENTIALS = {
    # file: (intact, trusted, code, worst ingredient)
    "C": (True, True, "", "none"),
    "CA": (True, True, "", "none"),
    "CACA": (True, True, "", "trusted"),
    "CICA": (True, True, "", "trusted"),
    "E-sig-CA": (False, None, "claimSignature.mismatch", "none"),
    "E-dat-CA": (False, None, "assertion.dataHash.mismatch", "none"),
    "XCA": (False, None, "assertion.dataHash.mismatch", "none"),
    "CIE-sig-CA": (True, True, "", "broken"),
}


def read(path, store=None):
    anchors = store.anchors if store else ()
    times = store.time_anchors if store else ()
    asset = Asset.open(path)
    return SignedCarrier().read(View(asset, None, None, {}, Limits(), Context(), anchors, times))


@pytest.fixture(scope="module")
def roots(corpus):
    return TrustStore.of(corpus / "trust" / "c2pa-test-roots.pem")


@pytest.mark.parametrize("name", CREDENTIALS)
def test_the_required_answer(corpus, roots, name):
    intact, trusted, code, worst = CREDENTIALS[name]
    seen = read(corpus / "c2pa" / f"adobe-20220124-{name}.jpg", roots)
    told = seen.provenance
    assert (told.present, told.mode, told.intact) == (True, "embedded", intact)
    assert trusted is None or told.signer_trusted is trusted
    assert told.trust is (Trust.TRUSTED if intact else Trust.BROKEN)
    assert told.ingredients.worst == worst
    assert told.signer.startswith("C2PA Signer")
    assert told.complete
    if code:
        assert told.codes[0] == code


@pytest.mark.parametrize("name", ["A", "I"])
def test_no_credential(corpus, roots, name):
    seen = read(corpus / "c2pa" / f"adobe-20220124-{name}.jpg", roots)
    assert not seen.provenance.present
    assert not seen.unread


def test_a_broken_ingredient_is_told_in_words_and_code(corpus, roots):
    seen = read(corpus / "c2pa" / "adobe-20220124-CIE-sig-CA.jpg", roots)
    assert "ingredient:claimSignature.mismatch" in seen.provenance.codes
    assert any("claimSignature.mismatch" in each.reason for each in seen.faults)


@pytest.mark.parametrize("name", ["C", "CACA", "CIE-sig-CA"])
def test_without_anchors_nobody_is_trusted(corpus, name):
    told = read(corpus / "c2pa" / f"adobe-20220124-{name}.jpg").provenance
    assert (told.intact, told.signer_trusted) == (True, False)


def test_the_official_lists_do_not_vouch_for_test_signers(corpus):
    official = TrustStore.of(
        corpus / "trust" / "C2PA-TRUST-LIST.pem", corpus / "trust" / "C2PA-TSA-TRUST-LIST.pem"
    )
    told = read(corpus / "c2pa" / "adobe-20220124-C.jpg", official).provenance
    assert (told.intact, told.signer_trusted) == (True, False)


def test_the_roots_of_tests_as_time_anchors_vouch_for_no_claim(corpus, roots):
    official = TrustStore.of(corpus / "trust" / "C2PA-TRUST-LIST.pem")
    mixed = TrustStore(official.anchors, roots.anchors)
    for name, worst in (("C", "none"), ("CACA", "untrusted")):
        told = read(corpus / "c2pa" / f"adobe-20220124-{name}.jpg", mixed).provenance
        assert (told.intact, told.signer_trusted) == (True, False)
        assert told.ingredients.worst == worst


def test_a_whole_folder_of_anchors_serves(corpus):
    store = TrustStore.of(corpus / "trust")
    assert (len(store.anchors), len(store.time_anchors)) == (38, 22)
    told = read(corpus / "c2pa" / "adobe-20220124-C.jpg", store).provenance
    assert told.signer_trusted


def test_a_remote_manifest_is_named_but_not_fetched(corpus):
    seen = read(corpus / "media" / "libpng-test_with_url.png")
    assert not seen.provenance.present
    assert seen.provenance.codes == ("manifest.inaccessible",)
    assert any("not fetched" in each.reason for each in seen.faults)


def test_unsigned_media_are_absent_in_every_format(corpus):
    for path in sorted((corpus / "media").iterdir()):
        seen = read(path)
        assert not seen.provenance.present, path.name
        assert not seen.unread, path.name


# -- time stamps of a public authority ----------------------------------------------------


def stamps_of(corpus, name):
    """The time stamp of every signature in a file, by whether the signature holds."""
    looked = look(Asset.open(corpus / "c2pa" / f"adobe-20220124-{name}.jpg"))
    return [
        stamp_of(token, message)
        for signed in manifests(looked.store).values()
        for token, message in signed.stamps
    ]


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_public_time_stamp_holds_over_the_signature_that_it_was_made_for(corpus, name):
    """Tokens by DigiCert in `sigTst`: over the claim, so a changed claim shows."""
    stamps = stamps_of(corpus, name)
    assert stamps
    changed = [each for each in stamps if not each.ok]
    assert len(changed) == ("sig" in name)
    assert {each.reason for each in changed} <= {"the token is about something else"}
    assert {each.at.date().isoformat() for each in stamps} == {"2023-01-24"}
    assert {each.authority for each in stamps} == {"DigiCert Timestamp 2022 - 2"}


def test_a_public_time_stamp_outlasts_the_certificate(corpus, roots):
    """With the token's own top certificate as time anchor: trusted in 2050 as in 2023."""
    (stamp,) = stamps_of(corpus, "C")
    top = x509.load_der_x509_certificate(stamp.chain[-1]).public_bytes(Encoding.PEM)
    late = Context(at=datetime(2050, 1, 1, tzinfo=UTC))
    asset = Asset.open(corpus / "c2pa" / "adobe-20220124-C.jpg")
    for times, trusted in (((top,), True), ((), False), (roots.anchors, False)):
        view = View(asset, None, None, {}, Limits(), late, roots.anchors, times)
        told = SignedCarrier().read(view).provenance
        assert (told.intact, told.signer_trusted, told.timestamped) == (True, trusted, trusted)
        assert told.validity == ("valid" if trusted else "expired")
        assert told.signed_at == (stamp.at if trusted else None)
