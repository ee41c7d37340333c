"""Signers by URI, the local development identity, and the rules that a chain must keep."""

import multiprocessing
import os
import stat
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from aigclabel import SigningError, UsageError
from aigclabel.signing import LOCAL, Signer
from aigclabel.signing.checks import serving
from aigclabel.signing.local import identity
from aigclabel.signing.pem import certificate, certificate_blocks


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "a" / "home"
    monkeypatch.setenv("AIGCLABEL_HOME", str(folder))
    return folder


@pytest.fixture(scope="module")
def root(workshop):
    return workshop.authority()


def file_signer(folder, leaf, *others, name="key.pem"):
    (folder / name).write_bytes(leaf.key_pem)
    (folder / "chain.pem").write_bytes(b"".join(each.pem for each in (leaf, *others)))
    return Signer.from_uri(f"file:{folder / name}?chain={folder / 'chain.pem'}")


# -- by URI -----------------------------------------------------------------------------


def test_key_and_chain_from_two_files(tmp_path, workshop, root):
    leaf = workshop.leaf(root)
    signer = file_signer(tmp_path, leaf)
    assert (signer.algorithm, signer.self_issued) == ("es256", False)
    assert signer.fingerprint == sha256(leaf.der).hexdigest()
    assert signer.anchor == leaf.pem


def test_paths_are_relative_to_the_working_directory(tmp_path, workshop, root, monkeypatch):
    file_signer(tmp_path, workshop.leaf(root))
    monkeypatch.chdir(tmp_path)
    assert Signer.from_uri("file:key.pem?chain=chain.pem").chain


def test_one_file_may_hold_key_and_chain(tmp_path, workshop, root):
    leaf = workshop.leaf(root)
    (tmp_path / "all.pem").write_bytes(leaf.key_pem + leaf.pem + root.pem)
    signer = Signer.from_uri(f"file:{tmp_path / 'all.pem'}?tsa=http://time.example/tsa")
    assert signer.tsa == "http://time.example/tsa"
    assert certificate_blocks(signer.chain) == (leaf.pem, root.pem)
    assert signer.anchor == root.pem


def test_the_chain_is_put_in_order(tmp_path, workshop, root):
    middle = workshop.authority("Middle", root)
    leaf = workshop.leaf(middle)
    (tmp_path / "key.pem").write_bytes(leaf.key_pem)
    (tmp_path / "chain.pem").write_bytes(root.pem + middle.pem + leaf.pem)
    signer = Signer.from_uri(f"file:{tmp_path / 'key.pem'}?chain={tmp_path / 'chain.pem'}")
    assert certificate_blocks(signer.chain) == (leaf.pem, middle.pem, root.pem)


@pytest.mark.parametrize(
    ("uri", "word"),
    [
        ("key.pem", "file:"),
        ("kms:a", "kms"),
        ("file:{}/missing.pem", "does not exist"),
        ("file:{}/key.pem?chian=x", "chian"),
        ("file:{}/key.pem?tsa=ftp://x", "http"),
        ("local:x", "no options"),
    ],
)
def test_a_uri_that_says_nothing_we_know_is_refused(tmp_path, workshop, root, uri, word):
    file_signer(tmp_path, workshop.leaf(root))
    with pytest.raises(UsageError, match=word):
        Signer.from_uri(uri.format(tmp_path))


def test_no_key_stands_in_a_repr_or_an_error(tmp_path, workshop, root):
    leaf, other = workshop.leaf(root), workshop.leaf(root)
    secret = leaf.key_pem.decode().splitlines()[1]
    (tmp_path / "both.pem").write_bytes(leaf.key_pem + leaf.pem)
    uri = f"file:{tmp_path / 'both.pem'}?tsa=http://user:hidden@time.example/"
    said = repr(Signer.from_uri(uri))
    assert secret not in said
    assert "hidden" not in said
    with pytest.raises(SigningError) as told:
        serving(leaf.key_pem, other.pem, "both.pem")
    assert secret not in str(told.value)
    assert told.value.__cause__ is None


# -- the rules, each by name ------------------------------------------------------------


def broken_leaves(workshop, root):
    return {
        "does not fit": (workshop.leaf(root).key_pem, workshop.leaf(root).pem),
        "extendedKeyUsage is missing": workshop.leaf(root, ekus=()),
        "extendedKeyUsage is 1.3.6.1.5.5.7.3.1": workshop.leaf(root, ekus=(workshop.SERVER,)),
        "neither timeStamping": workshop.leaf(root, ekus=(workshop.EMAIL, workshop.TIME)),
        "authorityKeyIdentifier": workshop.leaf(root, aki=False),
        "keyUsage must": workshop.leaf(root, usage=False),
        "digitalSignature": workshop.leaf(root, signs=False),
        "CA:TRUE": workshop.leaf(root, ca=True),
        "valid only from": workshop.leaf(root, days=(-20, -10)),
        "renew it": workshop.leaf(root, days=(5, 10)),
        "does not allow this kind of key": workshop.leaf(
            root, key=ec.generate_private_key(ec.SECP256K1())
        ),
    }


def test_every_broken_rule_is_named(workshop, root):
    for rule, leaf in broken_leaves(workshop, root).items():
        key, chain = leaf if isinstance(leaf, tuple) else (leaf.key_pem, leaf.pem)
        with pytest.raises(SigningError, match=rule) as told:
            serving(key, chain, "key.pem")
        assert "\n" not in str(told.value)
        assert str(told.value).startswith("key.pem")


def test_an_encrypted_key_is_called_that(workshop, root):
    leaf = workshop.leaf(root)
    how = BestAvailableEncryption(b"secret")
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        key = leaf.key.private_bytes(Encoding.PEM, form, how)
        with pytest.raises(SigningError, match="encrypted: decrypt"):
            serving(key, leaf.pem, "key.pem")


def test_a_chain_that_lacks_the_issuer_is_told(workshop, root):
    leaf = workshop.leaf(workshop.authority("Middle", root))
    with pytest.raises(SigningError, match="issuing"):
        serving(leaf.key_pem, leaf.pem + root.pem, "key.pem")


@pytest.mark.parametrize(
    ("key", "chain", "word"),
    [
        (b"", b"", "no private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"", "cannot be read"),
        (b"\xff\xfe\0garbage", b"", "no private key"),
    ],
)
def test_unreadable_pem_is_told(key, chain, word):
    with pytest.raises(SigningError, match=word):
        serving(key, chain, "key.pem")


def test_an_unreadable_certificate_is_counted(workshop, root):
    leaf = workshop.leaf(root)
    bad = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    with pytest.raises(SigningError, match="certificate 2"):
        serving(leaf.key_pem, leaf.pem + bad, "key.pem")
    with pytest.raises(SigningError, match="chain="):
        serving(leaf.key_pem, b"", "key.pem")


def test_weak_rsa_is_refused_and_strong_rsa_served(workshop, root):
    weak = workshop.leaf(root, key=rsa.generate_private_key(65537, 1024))  # noqa: S505  on purpose
    with pytest.raises(SigningError, match="2048"):
        serving(weak.key_pem, weak.pem, "key.pem")
    strong = workshop.leaf(root, key=rsa.generate_private_key(65537, 2048))
    assert serving(strong.key_pem, strong.pem, "key.pem")[0] == "ps256"


@pytest.mark.parametrize("eku", ["EMAIL", "DOCUMENTS", "C2PA"])
def test_every_usage_that_c2pa_allows_serves(workshop, root, eku):
    leaf = workshop.leaf(root, ekus=(getattr(workshop, eku),))
    assert serving(leaf.key_pem, leaf.pem, "key.pem")[0] == "es256"


def test_a_traditional_key_becomes_pkcs8(workshop, root):
    leaf = workshop.leaf(root)
    old = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    assert b"BEGIN EC PRIVATE KEY" in old
    assert serving(old, leaf.pem, "key.pem")[2].startswith(b"-----BEGIN PRIVATE KEY")


# -- the local development identity -----------------------------------------------------


def test_local_identity_is_made_once_and_private(home):
    first, second = Signer.local(), LOCAL.resolved()
    assert first == second
    assert first.self_issued
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in home.iterdir()}
    assert {"root.pem", "signer.pem"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_local_leaf_is_issued_by_its_anchor_for_one_to_two_years(home):
    signer = Signer.local()
    leaf, root = certificate(signer.chain), certificate(signer.anchor)
    leaf.verify_directly_issued_by(root)
    years = leaf.not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=364) <= years <= timedelta(days=731)


def test_looking_at_the_sentinel_makes_nothing(home):
    assert LOCAL.self_issued
    assert "local" in repr(LOCAL)
    assert not home.exists()


def test_an_expired_identity_is_renewed_under_the_same_root(home, workshop, root):
    old = workshop.leaf(root, days=(-20, -1))
    home.mkdir(parents=True)
    (home / "root.pem").write_bytes(root.pem + root.key_pem)
    (home / "signer.pem").write_bytes(old.pem + old.key_pem)
    renewed = Signer.local()
    assert renewed.anchor == root.pem
    assert renewed.fingerprint != sha256(old.der).hexdigest()
    certificate(renewed.chain).verify_directly_issued_by(root.cert)
    assert Signer.local() == renewed


def test_a_damaged_identity_is_an_error_that_says_what_to_do(home):
    Signer.local()
    (home / "signer.pem").write_bytes(b"nothing")
    with pytest.raises(SigningError, match="delete"):
        Signer.local()


def test_an_unusable_folder_is_an_error_that_says_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("AIGCLABEL_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(SigningError, match="AIGCLABEL_HOME"):
        Signer.local()


def _fingerprint(_):
    return Signer.local().fingerprint


def test_processes_that_race_get_the_same_identity(home):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert len(set(pool.map(_fingerprint, range(8)))) == 1
    assert sorted(each.name for each in home.iterdir()) == [".lock", "root.pem", "signer.pem"]


def test_home_follows_the_environment(tmp_path, monkeypatch):
    from aigclabel.signing.local import home as found

    monkeypatch.delenv("AIGCLABEL_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert found() == tmp_path / "aigclabel"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert found() == tmp_path / ".local/share/aigclabel"


def test_identity_hands_out_pem(home):
    algorithm, chain, key, root = identity()
    assert algorithm == "es256"
    assert all(text.startswith(b"-----BEGIN ") for text in (chain, key, root))
    assert b"PRIVATE" not in chain + root
    assert os.environ["AIGCLABEL_HOME"] == str(home)
