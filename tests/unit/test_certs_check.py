"""`certs check` and `certs csr`: every rule by name, and requests that other programs believe."""

import json
import shutil
import stat
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from aigclabel import Asset, Declaration, Signer, SigningError, policy, stamp
from aigclabel.cli import main
from aigclabel.signing.checks import examined

WHO = ("--country", "DE", "--organization", "Example Models Ltd", "--name", "Signing 2026")


@pytest.fixture(scope="module")
def root(workshop):
    return workshop.authority()


def check(capsys, *arguments):
    """Status, and rule → (outcome, message)."""
    status = main(["certs", "check", *map(str, arguments), "--json"])
    told = json.loads(capsys.readouterr().out)
    rules = {each["rule"]: (each["outcome"], each["message"]) for each in told["findings"]}
    return status, rules, told


@pytest.fixture
def files(tmp_path):
    def write(leaf, *others):
        (tmp_path / "key.pem").write_bytes(leaf.key_pem)
        (tmp_path / "chain.pem").write_bytes(b"".join(each.pem for each in (leaf, *others)))
        return tmp_path / "chain.pem"

    return write


def broken(workshop, root):
    """Rule → (a chain that breaks it and nothing else, a word of the message)."""
    middle = workshop.authority("Middle", root)
    no_authority = workshop.authority("Clerk", root, ca=False)
    shallow = workshop.authority("Shallow", length=0)
    below = workshop.authority("Below", shallow)
    return [
        ("extendedKeyUsage", (workshop.leaf(root, ekus=()), root), "missing"),
        ("extendedKeyUsage", (workshop.leaf(root, ekus=(workshop.SERVER,)), root), "5.5.7.3.1"),
        ("extendedKeyUsage",
         (workshop.leaf(root, ekus=(workshop.EMAIL, workshop.TIME)), root), "timeStamping"),
        ("extendedKeyUsage",
         (workshop.leaf(root, ekus=(workshop.EMAIL, x509.ObjectIdentifier("2.5.29.37.0"))), root),
         "nor any"),
        ("authorityKeyIdentifier", (workshop.leaf(root, aki=False), root), "missing"),
        ("keyUsage", (workshop.leaf(root, usage=False), root), "digitalSignature"),
        ("keyUsage", (workshop.leaf(root, signs=False), root), "digitalSignature"),
        ("basicConstraints", (workshop.leaf(root, ca=True), root), "CA:TRUE"),
        ("dates", (workshop.leaf(root, days=(-20, -10)), root), "renew"),
        ("dates", (workshop.leaf(root, days=(5, 100)), root), "valid only from"),
        ("chain", (workshop.leaf(middle), root), "in between is missing"),
        ("chain", (workshop.leaf(workshop.authority("Low", middle)), root, middle), "in between"),
        ("authorities", (workshop.leaf(no_authority), no_authority, root), "no authority"),
        ("authorities", (workshop.leaf(below), below, shallow), "pathLen"),
    ]  # fmt: skip


def test_every_rule_is_found_broken_alone_and_named_with_its_clause(
    capsys, files, workshop, root, tmp_path
):
    for rule, certs, word in broken(workshop, root):
        chain = files(*certs)
        status, rules, told = check(capsys, chain, "--key", tmp_path / "key.pem")
        failed = {name for name, (outcome, _) in rules.items() if outcome == "fail"}
        assert (status, failed, told["ok"]) == (1, {rule}, False), word
        assert word in rules[rule][1]
        uri = f"file:{tmp_path / 'key.pem'}?chain={chain}"
        with pytest.raises(SigningError, match=rf"{word}.*\((C2PA 2\.4|RFC 5280), [\d.]+\)$"):
            Signer.from_uri(uri)
        assert check(capsys, uri)[0] == 1


def test_a_chain_that_serves_breaks_no_rule(capsys, files, workshop, root, tmp_path):
    middle = workshop.authority("Middle", root)
    leaf = workshop.leaf(middle)
    for certs in ((leaf, middle, root), (leaf, middle), (root, middle, leaf)):
        chain = files(leaf)
        chain.write_bytes(b"".join(each.pem for each in certs))
        status, rules, told = check(capsys, chain, "--key", tmp_path / "key.pem")
        assert status == 0
        assert {outcome for outcome, _ in rules.values()} == {"ok"}
        assert (told["algorithm"], told["days"]) == ("es256", 364)
        assert rules["key"][1] == "fits the certificate"


def test_a_cross_signed_authority_is_no_gap(capsys, files, workshop, root):
    """The same authority, issued by two roots, of which the chain holds one."""
    middle = workshop.authority("Middle", root)
    other = workshop.authority("Other root")
    builder = workshop._builder("Middle", other, middle.key, -10, 3650)
    builder = builder.add_extension(x509.BasicConstraints(True, None), True)
    cross = workshop._signed(builder, middle.key, other)
    chain = files(workshop.leaf(middle), middle, cross, other)
    status, rules, _ = check(capsys, chain)
    assert (status, rules["chain"][0]) == (0, "ok")


def test_what_can_be_right_is_a_warning(capsys, files, workshop, root):
    leaf = workshop.leaf(root)
    status, rules, _ = check(capsys, files(leaf))
    assert (status, rules["chain"][0]) == (0, "warn")
    assert "CN=Root" in rules["chain"][1]
    status, rules, _ = check(capsys, files(workshop.leaf(None)))
    assert (status, rules["chain"][0]) == (0, "warn")
    assert "self-signed" in rules["chain"][1]
    status, rules, _ = check(capsys, files(workshop.leaf(root, days=(-60, 10)), root))
    assert (status, rules["expiry"][0]) == (0, "warn")


def test_a_subject_without_a_name_is_a_warning(capsys, files, workshop, root, monkeypatch):
    alone = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Alone")])
    monkeypatch.setattr(workshop, "_name", lambda _: alone)
    leaf = workshop.leaf(root)
    monkeypatch.undo()
    status, rules, _ = check(capsys, files(leaf, root))
    assert (status, rules["subject"][0]) == (0, "warn")
    assert "C, O" in rules["subject"][1]


def test_a_key_of_another_certificate_and_keys_that_c2pa_does_not_allow(
    capsys, files, workshop, root, tmp_path
):
    chain = files(workshop.leaf(root), root)
    (tmp_path / "key.pem").write_bytes(workshop.leaf(root).key_pem)
    status, rules, _ = check(capsys, chain, "--key", tmp_path / "key.pem")
    assert (status, rules["key"][0]) == (1, "fail")
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505  on purpose
    for key in (ec.generate_private_key(ec.SECP256K1()), weak):
        status, rules, _ = check(capsys, files(workshop.leaf(root, key=key), root))
        assert (status, rules["algorithm"][0]) == (1, "fail")


def test_dates_are_judged_at_a_moment(capsys, files, workshop, root):
    chain = files(workshop.leaf(root, days=(-8, -2)), root)
    then = (datetime.now(UTC) - timedelta(days=5)).isoformat()
    assert check(capsys, chain)[0] == 1
    assert check(capsys, chain, "--at", then)[0] == 0


def test_no_answer_is_exit_2(capsys, tmp_path):
    for arguments in ((tmp_path / "none.pem",), ("local:", "--key", "key.pem"), ("remote:x",)):
        assert main(["certs", "check", *map(str, arguments)]) == 2
        assert "\n" not in capsys.readouterr().err.strip()
    (tmp_path / "text.pem").write_bytes(b"no certificate")
    assert main(["certs", "check", str(tmp_path / "text.pem")]) == 1


def test_names_in_certificates_do_no_harm(capsys, files, workshop, root, monkeypatch):
    evil = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a\x1b[31m\u202eb")])
    monkeypatch.setattr(workshop, "_name", lambda _: evil)
    issuer = workshop.authority("Evil", None)
    leaf = workshop.leaf(issuer)
    monkeypatch.undo()
    assert main(["certs", "check", str(files(leaf))]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out


# -- a certificate that ends soon -------------------------------------------------------


def test_a_stamp_says_when_its_certificate_ends_soon(files, workshop, root, tmp_path):
    said = Declaration(producer="EXAMPLE-MODELS")
    notes = {}
    for days in (10, 100):
        leaf = workshop.leaf(root, days=(-1, days))
        chain = files(leaf, root)
        signer = Signer.from_uri(f"file:{tmp_path / 'key.pem'}?chain={chain}")
        done = stamp(Asset.of_text("A short walk."), said, policy("cn.gb45438-2025"), signer)
        notes[days] = " ".join(done.notes)
    assert "ends in 9 days" in notes[10]
    assert "ends in" not in notes[100]


# -- requests ---------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["es256", "es384", "es512", "ps256", "ed25519"])
def test_a_request_makes_its_key_once_and_asks_for_what_c2pa_wants(tmp_path, capsys, algorithm):
    key, csr = tmp_path / "key.pem", tmp_path / "own.csr"
    ask = ["certs", "csr", "-o", str(csr), "--key", str(key), *WHO, "--algorithm", algorithm]
    assert main(ask) == 0
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    made = x509.load_pem_x509_csr(csr.read_bytes())
    assert made.is_signature_valid
    assert made.subject.rfc4514_string() == "CN=Signing 2026,O=Example Models Ltd,C=DE"
    assert main([*ask, "--usage", "c2pa", "--usage", "documents"]) == 2, "it exists"
    assert main([*ask, "--force", "--usage", "c2pa", "--usage", "documents"]) == 0
    assert key.read_bytes() == before
    made = x509.load_pem_x509_csr(csr.read_bytes())
    usages = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    wanted = {"1.3.6.1.4.1.62558.2.1", "1.3.6.1.5.5.7.3.36"}
    assert {each.dotted_string for each in usages} == wanted
    assert key.read_text().splitlines()[1] not in capsys.readouterr().out


def test_openssl_issues_what_a_request_asks_for(tmp_path, workshop, root, capsys):
    if not shutil.which("openssl"):
        pytest.skip("needs the program openssl")
    key, csr, chain = (tmp_path / name for name in ("key.pem", "own.csr", "chain.pem"))
    assert main(["certs", "csr", "-o", str(csr), "--key", str(key), *WHO]) == 0
    (tmp_path / "root.pem").write_bytes(root.pem)
    (tmp_path / "root-key.pem").write_bytes(root.key_pem)
    subprocess.run(
        ["openssl", "x509", "-req", "-in", csr, "-CA", tmp_path / "root.pem", "-CAkey",
         tmp_path / "root-key.pem", "-set_serial", "7", "-days", "90", "-copy_extensions", "copy",
         "-out", chain],
        check=True, capture_output=True,
    )  # fmt: skip
    capsys.readouterr()
    status, rules, told = check(capsys, f"file:{key}?chain={chain}")
    assert (status, told["algorithm"]) == (0, "es256"), rules
    renewed = tmp_path / "again.csr"
    assert (
        main(["certs", "csr", "--signer", f"file:{key}?chain={chain}", "-o", str(renewed), *WHO])
        == 0
    )
    assert x509.load_pem_x509_csr(renewed.read_bytes()).public_key() == workshop_public(chain)


def workshop_public(chain):
    return x509.load_pem_x509_certificate(chain.read_bytes()).public_key()


@pytest.mark.parametrize(
    "more",
    [
        ["-o", "{}/a.csr", *WHO],
        ["-o", "{}/a.csr", "--key", "{}/a.csr", *WHO],
        ["-o", "{}/a.csr", "--key", "{}/key.pem", *WHO, "--country", "Germany"],
        ["-o", "{}/a.csr", "--signer", "local:", *WHO],
        ["-o", "{}/a.csr", "--signer", "local:", "--key", "{}/key.pem", *WHO],
    ],
)
def test_a_request_that_cannot_be_made_leaves_nothing_to_read(tmp_path, capsys, more):
    assert main(["certs", "csr", *(each.format(tmp_path) for each in more)]) == 2
    assert "\n" not in capsys.readouterr().err.strip()
    assert not (tmp_path / "a.csr").exists()


def test_the_findings_of_a_signer_are_those_of_its_test(workshop, root):
    leaf = workshop.leaf(root)
    signer = Signer("house:1", chain=leaf.pem, sign=lambda _: b"\x01" * 64)
    result = examined(signer)
    assert result.failed is not None
    assert (result.failed.rule, result.failed.clause) == ("key", "C2PA 2.4, 13.2.1")
    assert examined(signer, keyed=False).failed is None
