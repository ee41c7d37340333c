"""Time stamps of a real authority (OpenSSL): taken, checked by others, and done without."""

import subprocess
from dataclasses import replace

import pytest
from laws.rules import rules
from laws.samples import asset as sample
from servers.authority import Authority, served

from aigclabel import (
    Asset,
    Choices,
    Context,
    Outcome,
    Signer,
    SigningError,
    TrustStore,
    policy,
    read,
    stamp,
)
from aigclabel.carriers.signed import cbor, jumbf
from aigclabel.plugins import Plugins
from aigclabel.protocols import Limits
from aigclabel.testing import SAID

LAW = rules("signed-only")
NEAR = Signer.local()
OTHER = "http://127.0.0.1:9/"
"""Nobody answers at the discard port."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("time"))


@pytest.fixture(scope="module")
def url(authority):
    with served(authority) as where:
        yield where


@pytest.fixture
def mood(authority):
    """Sets the authority's mood for one test."""
    yield lambda name: setattr(authority, "mood", name)
    authority.mood = ""


def stamped_by(*urls, **options):
    return replace(NEAR, tsas=urls, **options)


def store_of(made):
    with made.stream() as stream:
        layout = Plugins().container(made.media_type).scan(stream, made.media_type, Limits())
    return next(slot.data for slot in layout.slots if slot.kind == "c2pa")


def believing(authority):
    return TrustStore((NEAR.anchor,), (authority.anchor,))


@pytest.mark.parametrize("name", ["jpeg-baseline", "png-rgb", "webp-lossy"])
def test_a_time_stamp_is_in_the_file_and_trusted(authority, url, name):
    made = stamp(sample(name), SAID, LAW, stamped_by(url))
    told = read(made, believing(authority)).provenance
    assert (told.intact, told.signer_trusted, told.timestamped) == (True, True, True)
    assert read(made, TrustStore((NEAR.anchor,))).provenance.timestamped is False


@pytest.mark.parametrize("named", [True, False])
def test_whom_the_signer_names_for_times_counts_when_the_result_is_judged(authority, url, named):
    timed = policy("eu.art50.code") & LAW
    asked = Context(facts={"detector": "yes", "watermark": "yes"})
    signer = stamped_by(url, tsa_anchors=(authority.anchor,) if named else ())
    made = stamp(sample("png-rgb"), SAID, timed, signer, asked)
    for report in (made.report, stamp(made, SAID, timed, signer, asked).report):
        assert report.outcome is (Outcome.MET if named else Outcome.UNKNOWN)
        assert report.evidence.provenance.timestamped is named
        assert not report.evidence.provenance.signer_trusted


def test_openssl_verifies_the_token_over_the_signature(authority, url, tmp_path):
    made = stamp(sample("jpeg-baseline"), SAID, LAW, stamped_by(url))
    _, box = jumbf.claim_and_signature(store_of(made))
    protected, beside, _, signature = cbor.decode(box)
    counter = ["CounterSignature", protected, b"", cbor.encode(signature)]
    (tmp_path / "token").write_bytes(beside["sigTst2"]["tstTokens"][0]["val"])
    (tmp_path / "data").write_bytes(cbor.encode(counter))
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "token", "-token_in",
               "-CAfile", str(authority.folder / "root.pem")]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout + done.stderr


def test_a_time_stamp_costs_what_it_is_long(url):
    data = sample("jpeg-baseline")
    made = stamp(data, SAID, LAW, stamped_by(url))
    assert made.size - data.size < 11_000


@pytest.mark.parametrize("mood_of_it", ["busy", "babble", "deaf", "replay", "flood", "sleepy"])
def test_an_authority_that_misbehaves_is_passed_over(authority, url, mood, tmp_path, mood_of_it):
    with served(Authority(tmp_path / "good", "Second")) as second:
        stamp(sample("jpeg-baseline"), SAID, LAW, stamped_by(url))
        mood(mood_of_it)
        before = len(authority.asked)
        made = stamp(sample("png-rgb"), SAID, LAW, stamped_by(url, second, tsa_timeout=1.0))
        assert len(authority.asked) - before == 2, "asked twice, then the next"
        good = (tmp_path / "good" / "root.pem").read_bytes()
    assert read(made, TrustStore((NEAR.anchor,), (good,))).provenance.timestamped


@pytest.mark.parametrize("mood_of_it", ["busy", "babble", "deaf", "replay", "flood", "sleepy"])
def test_no_time_stamp_no_signature_where_one_is_required(url, mood, mood_of_it):
    stamp(sample("jpeg-baseline"), SAID, LAW, stamped_by(url))
    mood(mood_of_it)
    with pytest.raises(SigningError, match="no time-stamp authority answers") as told:
        stamp(sample("jpeg-baseline"), SAID, LAW, stamped_by(url, tsa_timeout=1.0))
    assert url in str(told.value)
    assert "\n" not in str(told.value)


def test_a_signature_without_a_time_stamp_where_one_is_preferred():
    made = stamp(sample("jpeg-baseline"), SAID, LAW, stamped_by(OTHER, tsa_policy="prefer"))
    assert any("time-stamp authority" in note for note in made.notes)
    assert read(made, TrustStore((NEAR.anchor,))).provenance.signer_trusted


def test_off_asks_nobody(authority, url):
    before = len(authority.asked)
    made = stamp(sample("jpeg-baseline"), SAID, LAW, stamped_by(url, tsa_policy="off"))
    assert len(authority.asked) == before
    assert read(made, believing(authority)).provenance.timestamped is False


def test_an_authority_that_leads_to_no_anchor_is_passed_over(authority, url, tmp_path):
    with served(Authority(tmp_path / "good", "Second")) as second:
        good = (tmp_path / "good" / "root.pem").read_bytes()
        signer = stamped_by(url, second, tsa_anchors=(good,))
        made = stamp(sample("jpeg-baseline"), SAID, LAW, signer)
        assert read(made, TrustStore((NEAR.anchor,), (good,))).provenance.timestamped
        with pytest.raises(SigningError, match="leads to none of the anchors"):
            stamp(sample("jpeg-baseline"), SAID, LAW, stamped_by(url, tsa_anchors=(good,)))


def test_a_text_whose_length_sways_keeps_its_time_stamp_beside_it(authority, url):
    """C2PA 2.4 A.8: every time stamp makes another length, so none would ever fit."""
    text = Asset.of_text("A story, made by a model.\n", name="story.txt")
    made = stamp(text, SAID, LAW, stamped_by(url))
    told = read(made, believing(authority)).provenance
    assert (told.mode, told.timestamped) == ("sidecar", True)
    liked = stamp(text, SAID, LAW, stamped_by(url, tsa_policy="prefer"))
    told = read(liked, believing(authority)).provenance
    assert (told.mode, told.intact, told.timestamped) == ("text", True, False)
    assert any("time-stamp authority" in note for note in liked.notes)


def test_html_holds_a_time_stamp_in_its_text(authority, url):
    page = Asset.of_text("<!doctype html><html><head></head><body>x</body></html>", "text/html")
    made = stamp(page, SAID, LAW, stamped_by(url), choices=Choices(signature="text"))
    told = read(made, believing(authority)).provenance
    assert (told.mode, told.intact, told.timestamped) == ("text", True, True)


def test_what_was_stamped_is_trusted_after_its_certificate_expired(authority, url):
    from datetime import UTC, datetime, timedelta

    later = Context(at=datetime.now(UTC) + timedelta(days=800))
    made = stamp(sample("jpeg-baseline"), SAID, LAW, stamped_by(url))
    bare = stamp(sample("jpeg-baseline"), SAID, LAW, NEAR)
    assert read(made, believing(authority), later).provenance.signer_trusted
    told = read(bare, believing(authority), later).provenance
    assert (told.intact, told.signer_trusted) == (True, False)
