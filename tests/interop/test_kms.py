"""Keys in key services: AWS KMS as moto serves it over HTTP, and Vault's transit interface."""

import json
import multiprocessing
import traceback
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import load_der_public_key
from unit.conftest import Workshop

from aigclabel import SigningError, UsageError
from aigclabel.cli import main
from aigclabel.signing import Signer
from aigclabel.signing.pem import certificate, certificate_blocks
from aigclabel.signing.raw import raw_signature, verifies

SPECS = {"es256": "ECC_NIST_P256", "es384": "ECC_NIST_P384", "ps256": "RSA_2048"}
HIDDEN = "wJalrXUtnFEMIK7MDENGEXAMPLEKEY"


class _Public:
    """As much of a key as a certificate needs."""

    def __init__(self, public):
        self._public = public

    def public_key(self):
        return self._public


def _as_aws_signs(key, message, signing_algorithm):
    """moto 5 hashes a digest once more, and takes another salt than AWS documents: the message
    that arrives is a digest (MessageType DIGEST), the salt is as long as it."""
    name = signing_algorithm.rpartition("_")[2]
    digest = Prehashed({"256": SHA256, "384": SHA384, "512": SHA512}[name]())
    if signing_algorithm.startswith("ECDSA"):
        return key.private_key.sign(message, ec.ECDSA(digest))
    assert signing_algorithm.startswith("RSASSA_PSS")
    return key.private_key.sign(message, PSS(MGF1(digest._algorithm), len(message)), digest)


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    """A key of each kind in a KMS of our own: algorithm → key id; chains as files."""
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    moto = pytest.importorskip("moto.server", reason="moto is not installed")
    pytest.importorskip("securesystemslib", reason="securesystemslib is not installed")
    folder = tmp_path_factory.mktemp("kms")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("RSAPrivateKey", "ECDSAPrivateKey"):
            patch.setattr(f"moto.kms.utils.{kind}.sign", _as_aws_signs)
        patch.setenv("AWS_ENDPOINT_URL_KMS", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", HIDDEN)
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        client = boto3.client("kms")
        issuer = Workshop().authority()
        keys = {}
        for algorithm, spec in SPECS.items():
            made = client.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]
            public = load_der_public_key(client.get_public_key(KeyId=made["KeyId"])["PublicKey"])
            leaf = Workshop().leaf(issuer, algorithm, key=_Public(public))
            (folder / f"{algorithm}.pem").write_bytes(leaf.pem + issuer.pem)
            keys[algorithm] = made
        yield folder, keys
    server.stop()


def signer_of(aws, algorithm, *, name="KeyId", more=""):
    folder, keys = aws
    chain = folder / f"{algorithm}.pem"
    return Signer.from_uri(f"awskms:{keys[algorithm][name]}?chain={chain}{more}")


def holds(signer, data, raw):
    public = certificate(certificate_blocks(signer.chain)[0]).public_key()
    return verifies(public, signer.algorithm, data, raw)


@pytest.mark.parametrize("name", ["KeyId", "Arn"])
@pytest.mark.parametrize("algorithm", SPECS)
def test_every_kind_of_key_signs_as_c2pa_wants(aws, algorithm, name):
    signer = signer_of(aws, algorithm, name=name)
    assert (signer.algorithm, signer.key) == (algorithm, b"")
    assert holds(signer, b"claim", raw_signature(signer, b"claim"))


def test_an_rsa_key_may_use_another_hash(aws):
    signer = signer_of(aws, "ps256", more="&alg=ps512")
    assert signer.algorithm == "ps512"
    assert holds(signer, b"claim", raw_signature(signer, b"claim"))
    with pytest.raises(SigningError, match="es256, not es384"):
        signer_of(aws, "es256", more="&alg=es384")


def test_a_certificate_is_renewed_with_the_same_key(aws, tmp_path):
    folder, keys = aws
    for algorithm in SPECS:
        chain, csr = folder / f"{algorithm}.pem", tmp_path / f"{algorithm}.csr"
        uri = f"awskms:{keys[algorithm]['KeyId']}?chain={chain}"
        who = ("--country", "DE", "--organization", "Example Models Ltd", "--name", "Signing")
        assert main(["certs", "csr", "--signer", uri, "-o", str(csr), *who]) == 0
        made = x509.load_pem_x509_csr(csr.read_bytes())
        assert made.is_signature_valid
        assert (
            made.public_key() == certificate(certificate_blocks(chain.read_bytes())[0]).public_key()
        )


_SIGNER = None


def _sign(number):
    data = str(number).encode()
    return holds(_SIGNER, data, raw_signature(_SIGNER, data))


def test_threads_and_forked_workers_sign(aws):
    global _SIGNER  # noqa: PLW0603  what a worker inherits
    _SIGNER = signer_of(aws, "es256")
    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(_sign, range(12)))
    with multiprocessing.get_context("fork").Pool(2) as workers:
        assert all(workers.map_async(_sign, range(6)).get(60))


def test_another_keys_certificate_is_refused_at_the_start(aws):
    folder, keys = aws
    issuer = Workshop().authority()
    (folder / "other.pem").write_bytes(Workshop().leaf(issuer).pem)
    with pytest.raises(SigningError, match="fits the chain"):
        Signer.from_uri(f"awskms:{keys['es256']['KeyId']}?chain={folder / 'other.pem'}")


def test_what_the_service_refuses_is_one_line_without_credentials(aws, capfd):
    folder, _ = aws
    with pytest.raises(SigningError, match="NotFoundException") as told:
        Signer.from_uri(f"awskms:alias/none?chain={folder / 'es256.pem'}")
    assert "\n" not in str(told.value)
    assert HIDDEN not in "".join(traceback.format_exception(told.value))
    assert told.value.__cause__ is not None
    assert capfd.readouterr().err == "", "what the library logs is what we raise"


# -- Vault ------------------------------------------------------------------------------


@pytest.fixture
def vault(monkeypatch, tmp_path):
    """A stand-in that answers as the transit engine does: no Vault is packaged for Debian."""
    pytest.importorskip("hvac", reason="hvac is not installed")
    key = Ed25519PrivateKey.generate()

    class Transit(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            good = self.path == "/v1/transit/sign/house" and asked["key_version"] == 3
            good = good and self.headers["X-Vault-Token"] == "s.hidden"
            raw = key.sign(b64decode(asked["input"]))
            signature = f"vault:v3:{b64encode(raw).decode()}"
            body = json.dumps({"data": {"signature": signature}} if good else {"errors": ["no"]})
            self.send_response(200 if good else 403)
            self.end_headers()
            self.wfile.write(body.encode())

        do_PUT = do_POST  # noqa: N815  as the base class calls it

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Transit)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("VAULT_TOKEN", "s.hidden")
    issuer = Workshop().authority()
    (tmp_path / "chain.pem").write_bytes(Workshop().leaf(issuer, key=key).pem + issuer.pem)
    yield tmp_path / "chain.pem"
    server.shutdown()
    server.server_close()


def test_vault_signs_with_the_version_that_is_named(vault):
    signer = Signer.from_uri(f"vault:house/3?chain={vault}")
    assert (signer.uri, signer.algorithm) == ("vault:house/3", "ed25519")
    assert holds(signer, b"claim", raw_signature(signer, b"claim"))
    with pytest.raises(SigningError, match="vault:house/2") as told:
        Signer.from_uri(f"vault:house/2?chain={vault}")
    assert "s.hidden" not in "".join(traceback.format_exception(told.value))
    with pytest.raises(UsageError, match="version"):
        Signer.from_uri(f"vault:house?chain={vault}")


# -- all of them ------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["awskms", "gcpkms", "azurekms", "vault"])
def test_a_key_service_needs_a_chain_and_takes_no_credential(scheme):
    with pytest.raises(UsageError, match="chain="):
        Signer.from_uri(f"{scheme}:a/1")
    with pytest.raises(UsageError, match="takes") as told:
        Signer.from_uri(f"{scheme}:a/1?token=hidden")
    assert "hidden" not in str(told.value)
