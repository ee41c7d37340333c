"""The official lists: installed from files, dated, named, stale or not, and believed."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from datetime import UTC, date, datetime

import pytest

from aigclabel import TrustStore, UsageError
from aigclabel.cli import main
from aigclabel.signing.lists import examined, install, installed

DAY = date(2026, 8, 5)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("AIGCLABEL_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def root(workshop):
    return workshop.authority("Claims", ekus=(workshop.C2PA, workshop.EMAIL))


@pytest.fixture(scope="module")
def clock(workshop):
    return workshop.authority("Clocks", ekus=(workshop.TIME,))


def entities(name, *certificates, status="trusted", **scheme):
    """A list as C2PA publishes it: ETSI TS 119 602 in JSON."""
    told = {"SchemeName": [{"lang": "en", "value": name}], "ListIssueDateTime": "2026-08-05T00:11Z"}
    services = [
        {
            "ServiceInformation": {
                "ServiceName": [{"lang": "en", "value": "one"}],
                "ServiceDigitalIdentity": {
                    "X509Certificates": [{"val": base64.b64encode(each.der).decode()}]
                },
                "ServiceStatus": f"http://c2pa.org/conformance/trust-list/{status}",
            }
        }
        for each in certificates
    ]
    entity = {"TrustedEntityInformation": {}, "TrustedEntityServices": services}
    lote = {"ListAndSchemeInformation": told | scheme, "TrustedEntitiesList": [entity]}
    return json.dumps({"LoTE": lote}).encode()


# -- what a file is a list of ---------------------------------------------------------------


def test_the_kind_is_told_by_what_certificates_are_for(tmp_path, root, clock):
    (tmp_path / "a.pem").write_bytes(root.pem)
    (tmp_path / "b.pem").write_bytes(clock.pem)
    assert (examined("a.pem").kind, examined("b.pem").kind) == ("claim", "tsa")


def test_nothing_is_guessed_where_name_and_content_disagree(tmp_path, workshop, root, clock):
    (tmp_path / "TSA.pem").write_bytes(root.pem)
    (tmp_path / "mixed.pem").write_bytes(root.pem + clock.pem)
    (tmp_path / "roots.pem").write_bytes(workshop.authority().pem)
    (tmp_path / "claims.json").write_bytes(entities("C2PA TSA Trust List", root))
    for name in ("TSA.pem", "mixed.pem", "roots.pem", "claims.json"):
        with pytest.raises(UsageError, match="--kind"):
            examined(name)
    assert examined("roots.pem", "claim").kind == "claim"


def test_json_states_its_day_and_its_next_one(tmp_path, root):
    text = entities("C2PA Trust List", root, NextUpdate="2027-08-05T00:11:39Z")
    (tmp_path / "list.json").write_bytes(text)
    found = examined("list.json", dated=date(2020, 1, 1))
    assert (found.dated, found.dated_by, found.next_update) == (DAY, "list", date(2027, 8, 5))
    assert found.certificates == (root.pem,)
    assert found.sha256 == hashlib.sha256(text).hexdigest()


def test_an_authority_that_is_no_longer_trusted_is_left_out(tmp_path, root):
    (tmp_path / "list.json").write_bytes(entities("C2PA", root, status="withdrawn"))
    with pytest.raises(UsageError, match="no certificate"):
        examined("list.json")


@pytest.mark.parametrize(
    "text", [b"{}", b"{", b'{"LoTE": []}', b'{"LoTE": {"ListAndSchemeInformation": 1}}', b"[" * 9]
)
def test_json_of_another_kind_is_refused(tmp_path, text):
    (tmp_path / "list.json").write_bytes(text)
    with pytest.raises(UsageError, match="list"):
        examined("list.json")


def test_a_list_without_a_day_has_the_one_you_say_or_that_of_the_file(tmp_path, root):
    (tmp_path / "a.pem").write_bytes(root.pem)
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()
    os.utime("a.pem", (noon, noon))
    assert (examined("a.pem").dated, examined("a.pem").dated_by) == (date(2026, 3, 4), "file")
    said = examined("a.pem", dated=DAY)
    assert (said.dated, said.dated_by) == (DAY, "you")


def test_a_certificate_that_cannot_be_read_is_named(tmp_path, root):
    bad = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    (tmp_path / "a.pem").write_bytes(root.pem + bad + root.pem)
    found = examined("a.pem")
    assert (found.certificates, found.unread) == ((root.pem,), ("certificate 2",))


# -- stale ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("until", "on", "stale"),
    [
        (None, date(2027, 2, 1), False),
        (None, date(2027, 2, 2), True),
        ("2027-08-05T00:11:39Z", date(2027, 8, 5), False),
        ("2027-08-05T00:11:39Z", date(2027, 8, 6), True),
    ],
)
def test_a_list_is_stale_after_its_next_update_else_after_180_days(
    tmp_path, root, until, on, stale
):
    (tmp_path / "list.json").write_bytes(entities("C2PA", root, NextUpdate=until))
    install(examined("list.json"))
    store = TrustStore.official(on=on)
    assert any("claim-signing list of 2026-08-05 is stale" in n for n in store.notes) is stale


# -- installed --------------------------------------------------------------------------------


def test_what_is_installed_is_what_was_given(tmp_path, root, clock):
    (tmp_path / "list.json").write_bytes(entities("C2PA", root, NextUpdate="2027-08-05T00:11Z"))
    (tmp_path / "clocks.pem").write_bytes(clock.pem)
    given = (examined("list.json"), examined("clocks.pem", dated=DAY))
    for each in given:
        install(each)
    assert installed() == given
    store = TrustStore.official(on=DAY)
    assert store == TrustStore((root.pem,), (clock.pem,))


def test_a_list_takes_the_place_of_the_one_of_its_kind(tmp_path, workshop, root):
    other = workshop.authority("Newer", ekus=(workshop.C2PA,))
    for name, each in (("a.pem", root), ("b.pem", other)):
        (tmp_path / name).write_bytes(each.pem)
        install(examined(name))
    assert [each.name for each in installed()] == ["b.pem"]
    assert TrustStore.official().anchors == (other.pem,)


def test_without_time_stamp_list_the_store_says_so(tmp_path, root):
    (tmp_path / "a.pem").write_bytes(root.pem)
    install(examined("a.pem", dated=DAY))
    assert "no C2PA time-stamp list" in TrustStore.official(on=DAY).notes[0]


def test_official_without_a_list_says_how_to_get_one():
    with pytest.raises(UsageError, match="trust install"):
        TrustStore.official()


def test_official_goes_with_anchors_of_your_own(tmp_path, workshop, root, clock):
    own = workshop.authority("Own")
    for name, each in (("a.pem", root), ("own.pem", own), ("own-tsa.pem", clock)):
        (tmp_path / name).write_bytes(each.pem)
    install(examined("a.pem", dated=DAY))
    store = TrustStore.named("own.pem", "official", "own-tsa.pem")
    assert (store.anchors, store.time_anchors) == ((root.pem, own.pem), (clock.pem,))


def test_a_file_called_like_a_preset_is_not_believed(tmp_path, root):
    (tmp_path / "official").write_bytes(root.pem)
    with pytest.raises(UsageError, match="not installed"):
        TrustStore.named("official")
    assert TrustStore.named("./official").anchors == (root.pem,)


@pytest.mark.parametrize("text", [b"{}", b"nonsense", b'{"name": 1}', b"\xff"])
def test_a_damaged_list_is_named(tmp_path, root, text):
    (tmp_path / "a.pem").write_bytes(root.pem)
    install(examined("a.pem"))
    (tmp_path / "home" / "trust" / "claim.json").write_bytes(text)
    with pytest.raises(UsageError, match=r"claim\.json is damaged"):
        TrustStore.official()


# -- the command ------------------------------------------------------------------------------


def test_the_command_installs_all_or_nothing_and_shows(tmp_path, root, clock, capsys):
    (tmp_path / "a.pem").write_bytes(root.pem)
    (tmp_path / "b.pem").write_bytes(clock.pem)
    (tmp_path / "words.pem").write_bytes(b"words")
    assert main(["trust", "show"]) == 0
    assert "no official trust list" in capsys.readouterr().out
    assert main(["trust", "install", "a.pem", "words.pem"]) == 2
    assert main(["trust", "install", "a.pem", "a.pem"]) == 2
    assert not installed()
    capsys.readouterr()
    assert main(["trust", "install", "a.pem", "b.pem", "--dated", "2026-01-01", "--json"]) == 0
    assert main(["trust", "list", "--json"]) == 0
    done, shown = map(json.loads, capsys.readouterr().out.splitlines())
    assert done == shown
    assert [(e["kind"], e["certificates"], e["dated_by"]) for e in shown["lists"]] == [
        ("claim", 1, "you"),
        ("tsa", 1, "you"),
    ]
    assert main(["trust", "show"]) == 0
    printed = capsys.readouterr().out
    assert hashlib.sha256(root.pem).hexdigest() in printed
    assert "dated 2026-01-01 (as you say)" in printed


@pytest.mark.parametrize(
    "words",
    [
        ["install"],
        ["install", "missing.pem"],
        ["install", "a", "b", "--kind", "tsa"],
        ["show", "a"],
        ["install", "a", "--dated", "yesterday"],
    ],
)
def test_wrong_words_are_one_line(words, capsys):
    try:
        status = main(["trust", *words])
    except SystemExit as wrong:
        status = wrong.code
    assert status == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_options_may_stand_before_the_files(tmp_path, workshop, capsys):
    path = tmp_path / "list.pem"
    path.write_bytes(workshop.authority().pem)
    assert main(["trust", "install", "--dated", "2026-02-03", "--kind", "tsa", str(path)]) == 0
    assert "dated 2026-02-03 (as you say)" in capsys.readouterr().out


def test_the_official_lists_install_and_load(corpus, capsys):
    folder = corpus / "trust"
    files = [str(folder / "C2PA-TRUST-LIST.pem"), str(folder / "C2PA-TSA-TRUST-LIST.pem")]
    assert main(["trust", "install", *files, "--dated", "2026-08-05"]) == 0
    assert "cannot be read" not in capsys.readouterr().out
    store = TrustStore.official(on=DAY)
    assert (len(store.anchors), len(store.time_anchors), store.notes) == (30, 22, ())
    for path, each in zip(files, installed(), strict=True):
        with open(path, "rb") as stream:
            assert hashlib.file_digest(stream, "sha256").hexdigest() == each.sha256
