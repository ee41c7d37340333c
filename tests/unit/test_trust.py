"""Trust stores from PEM files and folders, and chains that lead to an anchor or do not."""

from datetime import UTC, datetime, timedelta

import pytest

from aigclabel import TrustStore, UsageError
from aigclabel.carriers.signed.chain import vouched


@pytest.fixture(scope="module")
def root(workshop):
    return workshop.authority()


def test_a_folder_gives_every_pem_and_knows_time_stamps(tmp_path, workshop, root):
    clock = workshop.authority("Clock")
    (tmp_path / "claims.pem").write_bytes(root.pem)
    (tmp_path / "C2PA-TSA-LIST.pem").write_bytes(clock.pem)
    (tmp_path / "eku.cfg").write_bytes(b"1.2.3")
    (tmp_path / "README").write_bytes(b"words")
    store = TrustStore.of(tmp_path)
    assert store == TrustStore((root.pem,), (clock.pem,))


@pytest.mark.parametrize("name", ["my-tsa.pem", "TSA.pem", "tsa_roots.pem"])
def test_time_stamp_files_are_known_by_name(tmp_path, workshop, root, name):
    clock = workshop.authority("Clock")
    (tmp_path / "vitsall.pem").write_bytes(root.pem)
    (tmp_path / name).write_bytes(clock.pem)
    assert TrustStore.of(tmp_path / "vitsall.pem", tmp_path / name).time_anchors == (clock.pem,)


def test_several_certificates_with_words_between_each_once(tmp_path, workshop, root):
    other = workshop.authority("Other")
    (tmp_path / "a.pem").write_bytes(b"# one\n" + root.pem + b"# two\n" + other.pem + root.pem)
    assert TrustStore.of(tmp_path / "a.pem").anchors == (root.pem, other.pem)


def test_a_key_beside_a_certificate_is_left_alone(tmp_path, root):
    (tmp_path / "a.pem").write_bytes(root.key_pem + root.pem)
    assert TrustStore.of(tmp_path / "a.pem").anchors == (root.pem,)


def test_a_bad_certificate_is_left_out_when_others_are_good(tmp_path, root):
    bad = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    (tmp_path / "a.pem").write_bytes(bad + root.pem)
    assert TrustStore.of(tmp_path / "a.pem").anchors == (root.pem,)
    (tmp_path / "b.pem").write_bytes(bad)
    with pytest.raises(UsageError, match="can be read"):
        TrustStore.of(tmp_path / "b.pem")


def test_what_holds_no_certificate_is_refused(tmp_path, workshop):
    (tmp_path / "words.pem").write_bytes(b"no certificate here")
    with pytest.raises(UsageError, match="no certificate"):
        TrustStore.of(tmp_path / "words.pem")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no PEM file"):
        TrustStore.of(tmp_path / "empty")
    with pytest.raises(UsageError, match="does not exist"):
        TrustStore.of(tmp_path / "missing.pem")
    with pytest.raises(UsageError, match="no certificate that may vouch"):
        TrustStore.of()
    (tmp_path / "TSA.pem").write_bytes(workshop.authority("Clock").pem)
    with pytest.raises(UsageError, match="time stamps only"):
        TrustStore.of(tmp_path / "TSA.pem")


# -- chains -----------------------------------------------------------------------------


def test_a_chain_leads_to_its_anchor_over_intermediates(workshop, root):
    middle = workshop.authority("Middle", root)
    leaf = workshop.leaf(middle)
    assert vouched((leaf.der, middle.der), (root.pem,))
    assert vouched((leaf.der,), (middle.pem,))
    assert not vouched((leaf.der,), (leaf.pem,)), "a signer is no authority over itself"
    assert not vouched((leaf.der,), (root.pem,))
    assert not vouched((leaf.der, middle.der), (workshop.authority("Root").pem,))
    assert not vouched((), (root.pem,))
    assert not vouched((b"garbage",), (root.pem,))


def test_only_an_authority_may_issue(workshop, root):
    false = workshop.authority("False", root, ca=False)
    leaf = workshop.leaf(false)
    assert not vouched((leaf.der, false.der), (root.pem,))
    honest = workshop.leaf(root, "Honest")
    below = workshop.leaf(honest, "Below")
    assert not vouched((below.der, honest.der), (root.pem,))


def test_path_length_is_kept(workshop):
    root = workshop.authority(length=0)
    middle = workshop.authority("Middle", root)
    assert not vouched((workshop.leaf(middle).der, middle.der), (root.pem,))
    assert vouched((workshop.leaf(root).der,), (root.pem,))


def test_dates_are_judged_at_the_moment_asked(workshop, root):
    leaf = workshop.leaf(root, days=(-9, -5))
    now = datetime.now(UTC)
    assert vouched((leaf.der,), (root.pem,), now - timedelta(days=7))
    assert not vouched((leaf.der,), (root.pem,), now)
    assert vouched((leaf.der,), (root.pem,))


def test_a_loop_of_authorities_ends(workshop):
    one = workshop.authority("Loop")
    two = workshop.authority("Loop", one)
    assert not vouched((two.der, one.der, two.der), (workshop.authority("Other").pem,))
