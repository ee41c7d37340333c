"""Security codes against OpenSSL's SM2: its signatures by us, ours by it, through whole files."""

import json
import shutil
import subprocess
from dataclasses import replace
from hashlib import sha256

import pytest

from aigclabel import (
    LOCAL,
    Asset,
    Context,
    Layer,
    Outcome,
    Trust,
    TrustStore,
    policy,
    read,
    stamp,
    verify,
)
from aigclabel.report import evidence_json, evidence_text
from aigclabel.schemas.cn_aigc import seal_code
from aigclabel.signing import sm2
from aigclabel.testing import SAID, trust_of

pytest.importorskip("gmalg", reason="gmalg is not installed")
GB = policy("cn.gb45438-2025")
ID = "distid:1234567812345678"
TEXT = Asset.of_text("The path climbs through beech trees.\n", "text/markdown", "walk.md")


@pytest.fixture(scope="module")
def openssl():
    found = shutil.which("openssl")
    if not found:
        pytest.skip("needs the program openssl")
    listed = subprocess.run([found, "ecparam", "-list_curves"], capture_output=True, check=True)
    if b"SM2" not in listed.stdout:
        pytest.skip("needs the program openssl with SM2")
    return found


@pytest.fixture(scope="module")
def pair(openssl, tmp_path_factory):
    """A key pair of OpenSSL's making: its folder with key.pem and public.pem."""
    folder = tmp_path_factory.mktemp("sm2")
    _run(openssl, "ecparam", "-genkey", "-noout", "-name", "SM2", "-out", folder / "key.pem")
    _run(openssl, "pkey", "-in", folder / "key.pem", "-pubout", "-out", folder / "public.pem")
    return folder


@pytest.fixture(scope="module")
def sign(openssl, pair):
    """What signs bytes with that key: SM2 with SM3."""

    def signed(text):
        (pair / "text").write_bytes(text)
        options = ("-inkey", pair / "key.pem", "-rawin", "-digest", "sm3", "-pkeyopt", ID)
        return _run(openssl, "pkeyutl", "-sign", *options, "-in", pair / "text")

    return signed


def _run(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, check=True).stdout


def label_of(source, trust=None):
    evidence = read(source, trust)
    (found,) = (
        each
        for each in evidence.marks
        if each.mark.schema == "cn.aigc" and each.mark.layer is Layer.METADATA
    )
    return found


@pytest.fixture(scope="module")
def said(pair, sign):
    return replace(SAID, security_code=seal_code(SAID, sign, (pair / "public.pem").read_bytes()))


def pinned(pair):
    return replace(trust_of(LOCAL), keys=((pair / "public.pem").read_bytes(),))


def test_openssl_signs_and_we_verify(openssl, pair, sign):
    der = _run(openssl, "pkey", "-pubin", "-in", pair / "public.pem", "-outform", "DER")
    assert der.startswith(sm2.SPKI)
    key = sm2.spki_of(der[len(sm2.SPKI) :])
    assert key == der
    for text in (b"", b"a", b"x" * 1000):
        signature = sign(text)
        assert sm2.verified(key, text, signature)
        assert not sm2.verified(key, text + b".", signature)


def test_what_a_stamp_writes_openssl_verifies(openssl, pair, said, tmp_path):
    """An independent reader: the fields out of the file, the message by appendix A.1's words."""
    fields = dict(label_of(stamp(TEXT, said, GB, signer=None)).mark.fields)
    data = json.loads(fields["ReservedCode1"])["SecurityData"]["PubSD"]
    (tmp_path / "signature").write_bytes(bytes.fromhex(data[0]["Signature"]))
    (tmp_path / "key").write_bytes(bytes.fromhex(data[1]["KeyValue"]))
    message = (
        f'"Label":"1","ContentProducer":"{fields["ContentProducer"]}",'
        f'"ProduceID":"{fields["ProduceID"]}"'
    )
    (tmp_path / "message").write_text(message, "ascii")
    told = _run(
        openssl, "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", tmp_path / "key",
        "-rawin", "-digest", "sm3", "-pkeyopt", ID, "-in", tmp_path / "message",
        "-sigfile", tmp_path / "signature",
    )  # fmt: skip
    assert b"Verified Successfully" in told


def test_a_certificate_of_the_sm2_curve_serves_as_a_key(openssl, pair, sign, tmp_path):
    _run(
        openssl, "req", "-new", "-x509", "-key", pair / "key.pem", "-sm3", "-sigopt", ID,
        "-subj", "/CN=Example", "-days", "30", "-outform", "DER", "-out", tmp_path / "cert.der",
    )  # fmt: skip
    from aigclabel.signing.public_keys import public_key

    held = public_key((tmp_path / "cert.der").read_bytes())
    assert held == public_key((pair / "public.pem").read_bytes())
    assert held.kind == "sm2"


# law: cn.gb45438-2025/label met
def test_a_sealed_label_is_intact_and_with_its_key_pinned_trusted(pair, said):
    done = stamp(TEXT, said, GB, signer=None)
    assert label_of(done).trust is Trust.INTACT
    assert label_of(done, trust_of(LOCAL)).trust is Trust.INTACT, "a certificate is no such key"
    assert label_of(done, pinned(pair)).trust is Trust.TRUSTED
    assert verify(done, GB).outcome is Outcome.MET


# law: cn.gb45438-2025/label unmet
@pytest.mark.parametrize("name", ["Label", "ContentProducer", "ProduceID"])
def test_a_label_that_was_changed_after_its_seal_is_broken(pair, said, name):
    done = stamp(TEXT, said, GB, signer=None)
    old = label_of(done).mark.get(name)
    text = done.data().replace(f'{name}: "{old}"'.encode(), f'{name}: "3"'.encode(), 1)
    assert text != done.data()
    found = label_of(Asset.of_text(text.decode(), "text/markdown", "walk.md"), pinned(pair))
    assert found.trust is Trust.BROKEN
    assert "cn.aigc.seal-fails" in found.deviations
    (told,) = (
        each
        for each in verify(Asset.of_text(text.decode(), "text/markdown"), GB).findings
        if each.requirement == "label"
    )
    assert told.outcome is Outcome.UNMET
    assert "cn.aigc.seal-fails" in told.reason


def test_a_producer_who_labels_its_altered_label_anew_drops_the_code_that_fails(said):
    done = stamp(TEXT, said, GB, signer=None)
    text = done.data().decode().replace("id-0001", "id-0002")
    again = stamp(
        Asset.of_text(text, "text/markdown", "walk.md"),
        replace(SAID, content_id="id-0002"),
        GB,
        signer=None,
    )
    found = label_of(again)
    assert (found.mark.get("ProduceID"), found.mark.get("ReservedCode1")) == ("id-0002", "")
    kept = label_of(stamp(done, SAID, GB, signer=None))
    assert kept.mark.get("ReservedCode1") == said.security_code, "one that holds stays"


def test_the_report_names_the_key(pair, said, openssl):
    der = _run(openssl, "pkey", "-pubin", "-in", pair / "public.pem", "-outform", "DER")
    evidence = read(stamp(TEXT, said, GB, signer=None))
    expected = sha256(der).hexdigest()
    told = evidence_json(evidence)["marks"]
    assert {m["schema"]: m["seal_key"] for m in told if m["layer"] == "metadata"}[
        "cn.aigc"
    ] == expected
    assert f"sealed by key {expected}" in evidence_text(evidence)


# law: cn.gb45438-2025/propagation met
def test_a_relayed_label_still_holds(pair, said):
    """The producer signs nothing of the propagator's."""
    first = stamp(TEXT, said, GB, signer=None)
    platform = replace(
        SAID, producer="Video", producer_code="", propagator_code="EX-VIDEO", propagate_id="p-7"
    )
    context = Context(role="platform")
    relayed = stamp(first, platform, GB, signer=None, context=context)
    found = label_of(relayed, pinned(pair))
    assert found.mark.get("ContentPropagator") == "EX-VIDEO"
    assert found.mark.get("ReservedCode1") == said.security_code
    assert found.trust is Trust.TRUSTED
    assert verify(relayed, GB, context=context).outcome is Outcome.MET


def test_a_forger_with_a_key_of_his_own_is_intact_and_never_trusted(pair, openssl, tmp_path):
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    own = ec.generate_private_key(ec.SECP256R1())
    spki = own.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    code = seal_code(SAID, lambda text: own.sign(text, ec.ECDSA(SHA256())), spki)
    forged = stamp(TEXT, replace(SAID, security_code=code), GB, signer=None)
    assert label_of(forged, pinned(pair)).trust is Trust.INTACT


def test_beside_a_manifest_the_stronger_of_both_counts_and_broken_outweighs_all(pair, said, cat):
    done = stamp(cat, said, GB)
    assert label_of(done).trust is Trust.INTACT
    assert label_of(done, trust_of(LOCAL)).trust is Trust.TRUSTED, "by its manifest"
    known = TrustStore(trust_of(_other()).anchors, keys=pinned(pair).keys)
    assert read(done, known).provenance.signer_trusted is False
    assert label_of(done, known).trust is Trust.TRUSTED, "by its own code"
    spoilt = bytearray(done.data())
    spoilt[-40] ^= 1
    broken = Asset.of_bytes(bytes(spoilt), cat.media_type, "cat.png")
    assert read(broken, known).provenance.intact is False
    assert label_of(broken, known).trust is Trust.BROKEN


def _other():
    from laws.worlds import other_signer

    return other_signer()


@pytest.fixture(scope="module")
def cat():
    from PIL import Image

    return Asset.of_image(Image.linear_gradient("L").convert("RGB"), "image/png")


@pytest.mark.parametrize("name", ["cat.png", "cat.jpg", "cat.webp", "walk.md"])
def test_a_code_stands_in_every_kind_of_place(said, pair, cat, name):
    """XMP and front matter each escape the quotation marks of the code their own way."""
    from PIL import Image

    kinds = {"jpg": "image/jpeg", "webp": "image/webp", "png": "image/png"}
    kind = kinds.get(name[-3:], kinds.get(name[-4:]))
    picture = Image.linear_gradient("L").convert("RGB")
    source = Asset.of_image(picture, kind) if kind else TEXT
    done = stamp(source, said, GB)
    assert label_of(done, pinned(pair)).mark.get("ReservedCode1") == said.security_code
    assert label_of(done, pinned(pair)).trust is Trust.TRUSTED
    assert stamp(done, said, GB).data() == done.data(), "stamping twice is stamping once"
