"""Keys in a SoftHSM token: made by pkcs11-tool, used by threads, after a fork, and by workers."""

import multiprocessing
import os
import pickle
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from servers.workers import elsewhere, refused, signed
from unit.conftest import Workshop

from aigclabel import SigningError, UsageError
from aigclabel.cli import main
from aigclabel.signing import Signer
from aigclabel.signing.pem import certificate, certificate_blocks
from aigclabel.signing.raw import raw_signature, verifies

_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
PIN = "48151623"
KEYS = {
    "p256": ("EC:prime256v1", "01", "es256", 64),
    "p384": ("EC:secp384r1", "02", "es384", 96),
    "rsa": ("rsa:2048", "03", "ps256", 256),
    "ed": ("EC:edwards25519", "04", "ed25519", 64),
}


class _Public:
    """As much of a key as a certificate needs."""

    def __init__(self, public):
        self._public = public

    def public_key(self):
        return self._public


@pytest.fixture(scope="module")
def module():
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
    for program in ("softhsm2-util", "pkcs11-tool"):
        if not shutil.which(program):
            pytest.skip(f"needs the program {program}")
    found = next((path for path in _MODULES if Path(path).exists()), None)
    if found is None:
        pytest.skip("needs libsofthsm2.so")
    return found


@pytest.fixture(scope="module")
def token(module, tmp_path_factory):
    """A token with a key of each kind; p256 and rsa have their certificates in it, too."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    settings = f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n"
    (folder / "softhsm2.conf").write_text(settings)
    (folder / "pin").write_text(f"{PIN}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        patch.setenv("PKCS11_MODULE", module)
        _run("softhsm2-util", "--init-token", "--free", "--label", "House token", "--so-pin",
             "12345678", "--pin", PIN)  # fmt: skip
        root = Workshop().authority()
        middle = Workshop().authority("Middle", root)
        for label, (kind, number, _, _) in KEYS.items():
            _tool(module, "--keypairgen", "--key-type", kind, "--id", number, "--label", label)
            _certify(module, folder, label, number, middle)
        _write(module, folder, "middle", "0a", middle.der)
        yield folder


def _certify(module, folder, label, number, issuer):
    leaf = Workshop().leaf(issuer, label, key=_Public(_public(module, label)))
    (folder / f"{label}.pem").write_bytes(leaf.pem + issuer.pem)
    if label in {"p256", "rsa"}:
        _write(module, folder, label, number, leaf.der)


def _public(module, label):
    """By python-pkcs11: pkcs11-tool makes these keys, but does not read all of them."""
    import pkcs11
    from pkcs11.util.ec import encode_ec_public_key
    from pkcs11.util.rsa import encode_rsa_public_key

    (slot, *_) = pkcs11.lib(module).get_slots(token_present=True)
    session = slot.get_token().open(user_pin=PIN)
    wanted = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PUBLIC_KEY, pkcs11.Attribute.LABEL: label}
    (key,) = session.get_objects(wanted)
    if label == "ed":
        made = Ed25519PublicKey.from_public_bytes(key[pkcs11.Attribute.EC_POINT][-32:])
    else:
        encode = encode_rsa_public_key if label == "rsa" else encode_ec_public_key
        made = load_der_public_key(encode(key))
    session.close()
    return made


def _write(module, folder, label, number, der):
    (folder / "cert.der").write_bytes(der)
    _tool(module, "--write-object", folder / "cert.der", "--type", "cert", "--id", number,
          "--label", label)  # fmt: skip


def _tool(module, *arguments):
    login = ("--module", module, "--token-label", "House token", "--login", "--pin", PIN)
    _run("pkcs11-tool", *login, *arguments)


def _run(*command):
    done = subprocess.run([str(each) for each in command], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def uri(folder, label, **options):
    options = {"chain": folder / f"{label}.pem", "pin-source": f"file:{folder / 'pin'}", **options}
    query = "&".join(f"{name}={value}" for name, value in options.items() if value)
    return f"pkcs11:token=House%20token;object={label};type=private?{query}"


def leaf_key(signer):
    return certificate(certificate_blocks(signer.chain)[0]).public_key()


def holds(signer, data, raw):
    return verifies(leaf_key(signer), signer.algorithm, data, raw)


@pytest.mark.parametrize("label", KEYS)
def test_every_kind_of_key_signs_as_c2pa_wants(token, label):
    signer = Signer.from_uri(uri(token, label))
    _, _, algorithm, length = KEYS[label]
    assert (signer.algorithm, signer.key) == (algorithm, b"")
    raw = raw_signature(signer, b"claim")
    assert len(raw) == length
    assert holds(signer, b"claim", raw)
    assert not holds(signer, b"claims", raw)


def test_the_certificates_may_stand_in_the_token(token):
    signer = Signer.from_uri(uri(token, "p256", chain=None))
    by_file = Signer.from_uri(uri(token, "p256"))
    assert signer.chain == by_file.chain
    with pytest.raises(SigningError, match="chain="):
        Signer.from_uri(uri(token, "p384", chain=None))


def test_a_key_is_found_by_its_id(token):
    options = f"pin-source=file:{token / 'pin'}&chain={token / 'p256.pem'}"
    signer = Signer.from_uri(f"pkcs11:token=House%20token;id=%01?{options}")
    assert holds(signer, b"claim", raw_signature(signer, b"claim"))
    with pytest.raises(SigningError, match="no private key"):
        Signer.from_uri(f"pkcs11:token=House%20token;object=p256;id=%02?{options}")


def test_threads_share_two_keys_of_one_token(token):
    signers = [Signer.from_uri(uri(token, label)) for label in ("p256", "rsa")]

    def one(number):
        signer, data = signers[number % 2], str(number).encode()
        return holds(signer, data, raw_signature(signer, data))

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(one, range(80)))


_SIGNER = None


def _sign(number):
    data = str(number).encode()
    return holds(_SIGNER, data, raw_signature(_SIGNER, data))


def test_forked_workers_sign_while_threads_of_the_parent_do(token):
    global _SIGNER  # noqa: PLW0603  what a worker inherits
    _SIGNER = Signer.from_uri(uri(token, "p256"))
    with ThreadPoolExecutor(4) as threads:
        own = [threads.submit(_sign, number) for number in range(60)]
        with multiprocessing.get_context("fork").Pool(3) as workers:
            assert all(workers.map_async(_sign, range(30)).get(60))
        assert all(each.result(60) for each in own)
    assert _sign(0), "the parent's session outlives its children"


def test_spawned_workers_sign(token):
    signer = Signer.from_uri(uri(token, "p384"))
    assert holds(signer, b"claim", elsewhere(signed, signer, b"claim"))


def test_another_keys_certificate_is_refused_at_the_start(token):
    with pytest.raises(SigningError, match="fits the chain"):
        Signer.from_uri(uri(token, "p256", chain=_other_chain(token)))


def _other_chain(token):
    (token / "other.pem").write_bytes(Workshop().leaf(Workshop().authority()).pem)
    return token / "other.pem"


def test_the_pin_may_come_from_the_environment_and_is_never_told(token, monkeypatch):
    monkeypatch.setenv("AIGCLABEL_PKCS11_PIN", PIN)
    signer = Signer.from_uri(uri(token, "p256", **{"pin-source": None}))
    assert PIN.encode() not in pickle.dumps(signer)
    given = Signer.from_uri(uri(token, "p256", **{"pin-source": None, "pin-value": PIN}))
    assert given.uri == "pkcs11:token=House%20token;object=p256;type=private"
    for told in (repr(given), str(given), repr(given.sign), given.uri):
        assert PIN not in told


def test_a_wrong_pin_is_one_line_without_it(token):
    text = uri(token, "p256", **{"pin-source": None, "pin-value": "99887766"})
    # In a process of its own: within this one the token is open.
    told, trace = elsewhere(refused, text)
    assert "the PIN is wrong" in told
    assert "\n" not in told
    assert "99887766" not in trace


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("pkcs11:token=House%20token?module-path=/m.so", "object="),
        ("pkcs11:object=a;pin-value=77665544?module-path=/m.so", "pin-source"),
        ("pkcs11:object=a&pin-value=77665544", "pin-source"),
        ("pkcs11:object=a;slot-id=1?module-path=/m.so", "named by"),
        ("pkcs11:object=a;type=public", "type=private"),
        ("pkcs11:object=a?pin-source=|cat&module-path=/m.so", "pin-source"),
        ("pkcs11:object=a?pin=77665544", "takes"),
    ],
)
def test_a_uri_that_says_nothing_we_know_is_refused(text, word):
    with pytest.raises(UsageError, match=word) as told:
        Signer.from_uri(text)
    assert "77665544" not in str(told.value)


def test_without_a_module_the_way_to_name_it_is_told(monkeypatch):
    monkeypatch.delenv("PKCS11_MODULE", raising=False)
    with pytest.raises(UsageError, match="module-path"):
        Signer.from_uri("pkcs11:object=a")


def test_a_module_that_does_not_load_is_one_line(token):
    with pytest.raises(SigningError, match=r"missing\.so") as told:
        Signer.from_uri(uri(token, "p256", **{"module-path": "/missing.so"}))
    assert "\n" not in str(told.value)


def test_a_missing_token_is_told(token):
    with pytest.raises(SigningError, match="no such token"):
        Signer.from_uri(uri(token, "p256").replace("House%20token", "Other"))


# What python-pkcs11 itself says when a search is cut off.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_token_that_comes_back_is_opened_again(token):
    """The session is lost meanwhile: one signature fails, the next opens another."""
    from aigclabel.signing import hsm

    signer = Signer.from_uri(uri(token, "p256"))
    session = hsm._SESSIONS.get(signer.sign.login)
    session.close()
    with pytest.raises(SigningError):
        raw_signature(signer, b"claim")
    assert holds(signer, b"claim", raw_signature(signer, b"claim"))


@pytest.mark.parametrize("label", KEYS)
def test_a_request_is_signed_in_the_token(token, label, tmp_path):
    """For a key that has no certificate: nothing but the token says what its public key is."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("needs the program openssl")
    csr = tmp_path / "token.csr"
    who = ("--country", "DE", "--organization", "Example Models Ltd", "--name", "Signing")
    text = uri(token, label, chain=None)
    assert main(["certs", "csr", "--signer", text, "-o", str(csr), *who]) == 0
    made = x509.load_pem_x509_csr(csr.read_bytes())
    leaf = certificate(certificate_blocks((token / f"{label}.pem").read_bytes())[0])
    assert made.public_key() == leaf.public_key()
    _run(openssl, "req", "-in", csr, "-noout", "-verify")


def test_openssl_believes_what_the_token_signs(token, tmp_path):
    if not shutil.which("openssl"):
        pytest.skip("needs the program openssl")
    signer = Signer.from_uri(uri(token, "p256"))
    (tmp_path / "data").write_bytes(os.urandom(1000))
    (tmp_path / "leaf.pem").write_bytes(signer.chain)
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    raw = raw_signature(signer, (tmp_path / "data").read_bytes())
    r, s = (int.from_bytes(part, "big") for part in (raw[:32], raw[32:]))
    (tmp_path / "sig").write_bytes(encode_dss_signature(r, s))
    _run("openssl", "x509", "-in", tmp_path / "leaf.pem", "-pubkey", "-noout", "-out",
         tmp_path / "public.pem")  # fmt: skip
    _run("openssl", "dgst", "-sha256", "-verify", tmp_path / "public.pem", "-signature",
         tmp_path / "sig", tmp_path / "data")  # fmt: skip
