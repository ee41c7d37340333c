"""ReservedCode1: real codes, every spelling, hostile ones, and what each proves."""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.errors import CannotLabel, MissingExtra, SigningError
from aigclabel.model import Declaration
from aigclabel.protocols import Wish
from aigclabel.schemas import cn_security
from aigclabel.schemas.cn_aigc import CnAigc, seal_code
from aigclabel.schemas.cn_forms import FIELDS, spelled
from aigclabel.seals import Seals
from aigclabel.signing import public_keys

SM2, RSA, ECDSA = "1.2.156.10197.1.501", "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"

# A public report of StepFun: the signature is over the SM3 digest of the message.
STEPFUN = {
    "Label": "1",
    "ContentProducer": "001191310104MACE0YX63918020",
    "ProduceID": "142569260085903360",
}
STEPFUN_POINT = (
    "045728F08C58D9C72150A705693EF7337859F8FF216E802630041AFAE5C036F0A6"
    "7CB1FDF8C57F5F8B623284AE09E4E545464B7140B26BBDA51BAE965F854C57AA"
)
STEPFUN_SIGNATURE = (
    "3046022100AE6B84B3342128AE301A597596FCD9EECF3EA0FC2DB6C250BAF234E167298E90"
    "02210097223ABB647B786A90D0A1B93CB9382EA879563B2C7F025FA006BE16AE926C14"
)
SM2_SPKI = "3059301306072A8648CE3D020106082A811CCF5501822D034200"
SAID = Declaration("Example Models Ltd", "EXAMPLE-MODELS", content_id="img-0001")
TRIPLE = {"Label": "1", "ContentProducer": "EXAMPLE-MODELS", "ProduceID": "img-0001"}


def ds(signature, oid=SM2, kind="Md", **more):
    data = signature if isinstance(signature, str) else signature.hex()
    return {"Type": "DS", "AlgID": oid, "TBSData": {"Type": kind}, "Signature": data} | more


def public(value, oid=SM2, **more):
    data = value if isinstance(value, str) else value.hex()
    return {"Type": "PubKey", "AlgID": oid, "KeyValue": data} | more


def envelope(*entries, name="PubSD", **more):
    return {"SecurityData": {"Type": "TC260PG", "Version": 1, name: list(entries)} | more}


def check(code, triple=None, pinned=()):
    text = code if isinstance(code, str) else json.dumps(code, separators=(",", ":"))
    fields = (triple or TRIPLE) | {"ReservedCode1": text}
    return cn_security.check(tuple((name, fields.get(name, "")) for name in FIELDS), pinned)


@cache
def curve_key():
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key():
    return rsa.generate_private_key(65537, 2048)


def spki(key):
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def by_curve(text):
    return curve_key().sign(text, ec.ECDSA(SHA256()))


def by_rsa(text):
    return rsa_key().sign(text, padding.PKCS1v15(), SHA256())


def bare(text):
    """RSA over the digest alone: the padding of RFC 8017 9.2 around 32 bytes, done by hand."""
    from hashlib import sha256

    numbers = rsa_key().private_numbers()
    n = numbers.public_numbers.n
    digest = sha256(text).digest()
    block = b"\0\1" + b"\xff" * (256 - 3 - len(digest)) + b"\0" + digest
    return pow(int.from_bytes(block, "big"), numbers.d, n).to_bytes(256, "big")


A1 = b'"Label":"1","ContentProducer":"EXAMPLE-MODELS","ProduceID":"img-0001"'
"""TC260-PG-202511A, appendix A.1, written out."""


# -- the real code ------------------------------------------------------------------------


def stepfun(kind="LabelMataData", key=SM2_SPKI + STEPFUN_POINT, **more):
    return envelope(ds(STEPFUN_SIGNATURE, kind=kind), public(key), **more)


X, Y_IS_EVEN = STEPFUN_POINT[2:66], int(STEPFUN_POINT[-2:], 16) % 2 == 0
assert Y_IS_EVEN, "so that MiniMax's spelling says the same key"


@pytest.mark.parametrize("kind", ["LabelMataData", "Md", "md"])
@pytest.mark.parametrize(
    "key",
    [
        SM2_SPKI + STEPFUN_POINT,
        (SM2_SPKI + STEPFUN_POINT).lower(),
        STEPFUN_POINT,
        "00" + X,  # MiniMax
        "02" + X,
    ],
)
def test_the_code_of_a_real_file_holds_in_every_spelling(key, kind):
    told = check(stepfun(kind, key), STEPFUN)
    assert (told.state, told.pinned) == ("holds", False)
    assert told.deviations == ("cn.aigc.seal-prehashed",)
    assert told.key == check(stepfun(), STEPFUN).key


def test_the_code_of_a_real_file_holds_for_nothing_else():
    for name, text in STEPFUN.items():
        told = check(stepfun(), STEPFUN | {name: text[:-1] + ("2" if text[-1] != "2" else "3")})
        assert told.state == "fails", name
    assert check(stepfun(key="03" + X), STEPFUN).state == "fails", "the other y"
    assert check(stepfun(key="00" + "11" * 32), STEPFUN).state == "unsupported", "no point"


def test_a_code_whose_quotes_kept_their_escapes_is_read():
    text = json.dumps(stepfun()).replace('"', '\\"')
    assert check(text, STEPFUN).state == "holds"


def test_the_bindings_and_the_private_data_change_nothing():
    more = {"Bindings": [{"BType": "0", "Value": None}], "PrivSD": "x", "Extension": {"a": 1}}
    binding = ds("3000", kind="Binding")
    code = stepfun(**more)
    code["SecurityData"]["PubSD"].insert(0, binding)
    assert check(code, STEPFUN).state == "holds"
    assert check(envelope(binding, public(STEPFUN_POINT)), STEPFUN).state == "unsupported"


# -- the other algorithms and spellings -----------------------------------------------------


def test_rsa_and_ecdsa_with_sha256():
    for oid, key, sign in ((RSA, rsa_key(), by_rsa), (ECDSA, curve_key(), by_curve)):
        code = envelope(ds(sign(A1), oid), public(spki(key), oid))
        assert (check(code).state, check(code).deviations) == ("holds", ())
        assert check(code, TRIPLE | {"ProduceID": "img-0002"}).state == "fails"


def test_rsa_without_digest_info_and_the_key_under_another_name():
    """Honor's shape: PubSd, a nested object that arrives as compact JSON."""
    code = envelope(ds(bare(A1), RSA, "Content"), public(spki(rsa_key()), RSA), name="PubSd")
    told = check(code)
    assert (told.state, told.deviations) == ("holds", ("cn.aigc.seal-bare-digest",))


def test_a_signature_that_does_not_say_it_is_of_the_label_never_fails():
    code = envelope(ds(bare(b"the content"), RSA, "Content"), public(spki(rsa_key()), RSA))
    assert check(code).state == "unsupported"


def certificate():
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example")])
    return (
        x509.CertificateBuilder(name, name, curve_key().public_key(), 7)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(curve_key(), SHA256())
        .public_bytes(Encoding.DER)
    )


def test_a_certificate_serves_as_a_key():
    code = envelope(ds(by_curve(A1), ECDSA), public(certificate(), ECDSA))
    assert (check(code).state, check(code, pinned=(pem(curve_key()),)).pinned) == ("holds", True)


def test_a_spoilt_certificate_is_no_key_and_raises_nothing():
    good = certificate()
    for at in range(len(good)):
        for spoilt in (good[:at], good[:at] + bytes([good[at] ^ 3]) + good[at + 1 :]):
            key = public_keys.public_key(spoilt)
            assert key is None or key.kind == "ec"


def test_the_key_that_a_signature_names():
    mine, other = (
        public(spki(curve_key()), ECDSA),
        public(spki(ec.generate_private_key(ec.SECP256R1())), ECDSA),
    )
    signed = by_curve(A1)

    def state(ds_id, *keys):
        named = {"KeyID": ds_id} if ds_id else {}
        return check(envelope(ds(signed, ECDSA, **named), *keys)).state

    assert state("a", mine | {"KeyID": "a"}, other | {"KeyID": "b"}) == "holds"
    assert state("b", mine | {"KeyID": "a"}, other | {"KeyID": "b"}) == "fails"
    assert state("", mine | {"KeyID": "a"}) == "holds", "there is only one"
    assert state("a", mine) == "holds", "there is only one"
    assert state("", mine | {"KeyID": "a"}, other | {"KeyID": "b"}) == "unsupported"
    assert state("c", mine | {"KeyID": "a"}) == "unsupported"
    assert state("") == "unsupported", "no key"


def test_one_signature_that_fails_outweighs_one_that_holds():
    code = envelope(
        ds(by_curve(A1), ECDSA), ds(by_curve(A1 + b"x"), ECDSA), public(spki(curve_key()), ECDSA)
    )
    assert check(code).state == "fails"


@pytest.mark.parametrize(
    "code",
    [
        "rc1",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",  # the digest of GB 45438-2025 F.4
        "L-1234567890",
        "3046022100AE6B",
        "dGhpcyBpcyBvcGFxdWU=" * 7,
        "8c1f0f0e-9a54-4d3c-8f7d-1a2b3c4d5e6f",
        "{}",
        "[]",
        "null",
        '{"SecurityData":7}',
        '{"SecurityData":{"Type":"TC260PG","Version":1}}',
        '{"SecurityData":{"Type":"TC260PG","Version":1,"PubSD":{}}}',
        '{"SecurityData":{"Type":"TC260PG","Version":1,"PubSD":[1,null,"x",[]]}}',
        '{"a":1}',
        "[" * 60_000,
        '{"SecurityData":' * 4_000,
        "9" * 60_000,
        " " * 10 + "x" * 3_000_000,
    ],
    ids=lambda code: code[:24],
)
def test_an_opaque_code_is_unsupported_and_never_fails(code):
    assert check(code).state == "unsupported"


@pytest.mark.parametrize("change", [{"Type": "OTHER"}, {"Version": 2}, {"Version": None}])
def test_an_envelope_of_another_kind_is_unsupported(change):
    code = stepfun()
    code["SecurityData"] |= change
    assert check(code, STEPFUN).state == "unsupported"


def test_a_name_twice_is_unsupported():
    text = json.dumps(stepfun())
    twice = text[:-2] + ',"PubSd":[]}}'
    assert check(text, STEPFUN).state == "holds"
    assert check(twice, STEPFUN).state == "unsupported"


def test_a_code_of_no_sane_size_is_unsupported():
    assert check(stepfun(Extension="x" * 60_000), STEPFUN).state == "holds"
    assert check(stepfun(Extension="x" * 66_000), STEPFUN).state == "unsupported"


@pytest.mark.parametrize("count", [5, 500])
def test_many_signatures_cost_nothing(count):
    entries = [ds(STEPFUN_SIGNATURE)] * count
    assert check(envelope(*entries, public(STEPFUN_POINT)), STEPFUN).state == "unsupported"


def test_an_algorithm_that_does_not_fit_its_key_is_unsupported():
    code = envelope(ds(by_curve(A1), RSA), public(spki(curve_key()), RSA))
    assert check(code).state == "unsupported"
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505  the point of it
    signed = weak.sign(A1, padding.PKCS1v15(), SHA256())
    assert check(envelope(ds(signed, RSA), public(spki(weak), RSA))).state == "unsupported"
    short = ec.generate_private_key(ec.SECP224R1())
    signed = short.sign(A1, ec.ECDSA(SHA256()))
    assert check(envelope(ds(signed, ECDSA), public(spki(short), ECDSA))).state == "unsupported"


def test_without_gmalg_sm2_is_unsupported_here_and_the_rest_works(monkeypatch):
    monkeypatch.setitem(sys.modules, "gmalg", None)
    told = check(stepfun(), STEPFUN)
    assert told.state == "unsupported"
    assert told.needs.endswith("pip install 'aigclabel[gm]'")
    code = envelope(ds(by_curve(A1), ECDSA), public(spki(curve_key()), ECDSA))
    assert check(code).state == "holds"
    with pytest.raises(MissingExtra):
        cn_security.seal(
            tuple(STEPFUN.items()), lambda _: b"", bytes.fromhex(SM2_SPKI + STEPFUN_POINT)
        )


# -- properties ---------------------------------------------------------------------------

LETTERS = st.characters(min_codepoint=0x20, max_codepoint=0x4FFF)


@given(st.data())
def test_any_changed_character_of_the_three_fields_fails(data):
    code = envelope(ds(by_curve(A1), ECDSA), public(spki(curve_key()), ECDSA))
    name = data.draw(st.sampled_from(sorted(TRIPLE)))
    text = TRIPLE[name]
    at = data.draw(st.integers(0, len(text)))
    width = data.draw(st.integers(0, 1))
    changed = text[:at] + data.draw(st.text(LETTERS, max_size=2)) + text[at + width :]
    expected = "holds" if changed == text else "fails"
    assert check(code, TRIPLE | {name: changed}).state == expected


def test_no_other_split_into_fields_has_the_same_message():
    """Without escapes these two would be one text."""
    one = {"Label": "1", "ContentProducer": 'A","ProduceID":"B', "ProduceID": "C"}
    two = {"Label": "1", "ContentProducer": "A", "ProduceID": 'B","ProduceID":"C'}
    assert cn_security.message(tuple(one.items())) != cn_security.message(tuple(two.items()))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(
        ["TC260PG", "DS", "PubKey", SM2, RSA, ECDSA, STEPFUN_POINT, STEPFUN_SIGNATURE, "Md"]
    ),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["SecurityData", "Type", "Version", "PubSD", "AlgID", "TBSData", "Signature",
             "KeyValue", "KeyID", "x"]
        ),
        inner,
        max_size=6,
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON, st.booleans())
def test_any_json_is_judged_and_nothing_raises(value, wrap):
    if wrap:
        value = envelope(*(value if isinstance(value, list) else [value]))
    assert check(json.dumps(value)).state in {"unsupported", "fails"}


@given(st.binary(max_size=300), st.sampled_from([SM2, RSA, ECDSA]), st.integers(0, 400))
def test_any_key_and_any_signature_are_judged_and_nothing_raises(noise, oid, cut):
    good = {SM2: bytes.fromhex(STEPFUN_POINT), RSA: spki(rsa_key()), ECDSA: spki(curve_key())}[oid]
    spoilt = good[:cut] + noise + good[cut + len(noise) :]
    assert check(envelope(ds(noise, oid), public(good, oid))).state in {"unsupported", "fails"}
    assert check(envelope(ds(noise, oid), public(spoilt, oid))).state in {"unsupported", "fails"}


# -- who it is ----------------------------------------------------------------------------


def test_a_key_in_the_label_says_unchanged_and_only_a_pinned_one_says_who():
    code = envelope(ds(by_curve(A1), ECDSA), public(spki(curve_key()), ECDSA))
    other = pem(ec.generate_private_key(ec.SECP256R1()))
    assert not check(code).pinned
    assert not check(code, pinned=(other, b"nonsense", b"")).pinned
    assert check(code, pinned=(other, pem(curve_key()))).pinned
    assert not check(code, TRIPLE | {"Label": "2"}, (pem(curve_key()),)).pinned


# -- writing ------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "sign"), [(curve_key, by_curve), (rsa_key, by_rsa)])
def test_what_is_sealed_reads_back_and_stands_in_the_label(key, sign):
    said = replace(SAID, security_code=seal_code(SAID, sign, pem(key())))
    fields = CnAigc().fill(said, Wish())
    assert CnAigc().sealed(fields, (pem(key()),)).pinned
    assert cn_security.check(fields).deviations == ()
    code = dict(fields)["ReservedCode1"]
    # GB 45438-2025 Annex E j): 0x21, 0x23 to 0x5B, 0x5D to 0x7E and the escaped quotation mark.
    assert set(code) <= {chr(n) for n in range(0x21, 0x7F)} - {"\\"}
    assert "\\" not in spelled(fields).replace('\\"', "")
    data = json.loads(code)["SecurityData"]
    assert list(data) == ["Type", "Version", "PubSD"]
    assert (data["Type"], data["Version"]) == ("TC260PG", 1)
    assert [each["Type"] for each in data["PubSD"]] == ["DS", "PubKey"]


def test_what_cannot_be_sealed_is_said():
    with pytest.raises(SigningError, match="not by this key"):
        seal_code(SAID, lambda _: by_curve(b"something else"), pem(curve_key()))
    with pytest.raises(SigningError, match="not DER"):
        seal_code(SAID, lambda _: b"x" * 64, pem(curve_key()))
    with pytest.raises(CannotLabel, match="public key"):
        seal_code(SAID, by_curve, b"no key")
    with pytest.raises(CannotLabel, match="ProduceID"):
        seal_code(replace(SAID, content_id=""), by_curve, pem(curve_key()))


def test_a_code_that_is_of_another_label_is_refused():
    code = seal_code(SAID, by_curve, pem(curve_key()))
    with pytest.raises(CannotLabel, match="img-0002"):
        CnAigc().fill(replace(SAID, content_id="img-0002", security_code=code), Wish())


def test_an_own_code_of_another_kind_is_written_as_it_is():
    fields = CnAigc().fill(replace(SAID, security_code="a1b2"), Wish())
    assert dict(fields)["ReservedCode1"] == "a1b2"
    for code, why in (("a b", "compact JSON"), ("密", "compact JSON"), ("x" * 2049, "2048")):
        with pytest.raises(CannotLabel, match=why):
            CnAigc().fill(replace(SAID, security_code=code), Wish())


def test_the_code_of_a_propagator_is_unsupported_and_never_fails():
    assert isinstance(CnAigc(), Seals)
    code = json.dumps(envelope(ds(by_curve(b"?"), ECDSA), public(spki(curve_key()), ECDSA)))
    fields = TRIPLE | {"ReservedCode2": code}
    told = CnAigc().sealed(tuple(fields.items()), ())
    assert (told.state, told.deviations) == ("absent", ("cn.aigc.relay-seal-unsupported",))
