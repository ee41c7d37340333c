"""ID tokens and rosters: who is let in, and everybody who is not."""

import base64
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from aigclabel.errors import UsageError
from aigclabel.intake.identities import Identity, Roster
from aigclabel.intake.identities_jws import claims
from aigclabel.intake.identities_oidc import Oidc

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ISSUER, CLIENT = "https://id.example", "platform-1"
STATES = {
    "iss": ISSUER, "sub": "person-7", "aud": CLIENT, "iat": SECONDS - 5, "exp": SECONDS + 300,
    "acr": "urn:id-card", "nonce": "n-1", "name": "Ann Example",
}  # fmt: skip
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def b64(data):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def jwk(key, **other):
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        told = {"kty": "RSA", "n": number(public.public_numbers().n), "e": "AQAB"}
    elif isinstance(public, ec.EllipticCurvePublicKey):
        at = public.public_numbers()
        told = {"kty": "EC", "crv": "P-256", "x": b64(at.x.to_bytes(32, "big")),
                "y": b64(at.y.to_bytes(32, "big"))}  # fmt: skip
    else:
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        told = {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}
    return {**told, **other}


KEYS = {"keys": [jwk(RSA, kid="rsa"), jwk(EC, kid="ec", alg="ES256"), jwk(ED, kid="ed", use="sig")]}


def signature(key, told):
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(told, padding.PKCS1v15(), SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(told, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return key.sign(told)


def token(key=EC, header=None, body=None, **states):
    kinds = {rsa.RSAPrivateKey: ("RS256", "rsa"), ec.EllipticCurvePrivateKey: ("ES256", "ec")}
    alg, kid = next((v for k, v in kinds.items() if isinstance(key, k)), ("EdDSA", "ed"))
    head = {"alg": alg, "kid": kid, **(header or {})}
    head = {name: value for name, value in head.items() if value is not None}
    said = {name: value for name, value in {**STATES, **states}.items() if value is not None}
    told = f"{b64(head)}.{b64(body or said)}"
    return f"{told}.{b64(signature(key, told.encode()))}"


def check(text, **other):
    told = {"nonce": "n-1", "at": NOW, "keys": KEYS, **other}
    return Oidc(ISSUER, CLIENT, **told).check(text)


@pytest.mark.parametrize("key", [RSA, EC, ED], ids=["RS256", "ES256", "EdDSA"])
def test_a_good_token_lets_in(key):
    for keys in (KEYS, json.dumps(KEYS), json.dumps(KEYS).encode()):
        got = check(token(key), keys=keys)
    assert (got.issuer, got.subject, got.level, got.method) == (
        ISSUER, "person-7", "urn:id-card", "oidc",
    )  # fmt: skip
    assert (got.verified, got.person) == (NOW, {"name": "Ann Example"})
    assert "Ann" not in repr(got)
    assert "person-7" not in repr(got)


def test_what_is_good_in_other_ways():
    assert check(token(aud=[CLIENT])).subject == "person-7"
    assert check(token(azp=CLIENT)).subject == "person-7"
    assert check(token(nonce=None), nonce=None).subject == "person-7"
    assert check(token(acr=None), level="passport").level == "passport"
    assert check(token(ED, {"alg": "Ed25519"})).subject == "person-7"
    assert check(token(header={"kid": None}), keys={"keys": [jwk(EC)]}).subject == "person-7"
    assert check(token(name="نگار\u200cان")).person["name"] == "نگار\u200cان"
    assert check(token(exp=SECONDS - 59, iat=SECONDS - 400)).subject == "person-7"  # the clocks


# What is wrong, and a word of the line that says so.
WRONG = {
    "expired": ({"exp": SECONDS - 61, "iat": SECONDS - 400}, "expired"),
    "made too long ago": ({"iat": SECONDS - 4000}, "too long ago"),
    "not yet": ({"nbf": SECONDS + 61}, "not valid yet"),
    "from the future": ({"iat": SECONDS + 90}, "not valid yet"),
    "ends before it began": ({"iat": SECONDS + 30, "exp": SECONDS - 30}, "dates go forward"),
    "no end": ({"exp": None}, "its exp"),
    "no beginning": ({"iat": None}, "its iat"),
    "an end in words": ({"exp": "2027-01-01"}, "its exp"),
    "an end that is true": ({"exp": True}, "its exp"),
    "an endless end": ({"exp": 1e300}, "its exp"),
    "another issuer": ({"iss": "https://id.example.evil"}, "another issuer"),
    "nearly the issuer": ({"iss": ISSUER + "/"}, "another issuer"),
    "no issuer": ({"iss": None}, "another issuer"),
    "another audience": ({"aud": "platform-2"}, "audience"),
    "no audience": ({"aud": None}, "audience"),
    "others, too": ({"aud": [CLIENT, "platform-2"]}, "audience"),
    "an audience that holds us": ({"aud": f"{CLIENT} x"}, "audience"),
    "another party": ({"azp": "platform-2"}, "audience"),
    "another nonce": ({"nonce": "n-2"}, "nonce"),
    "no nonce": ({"nonce": None}, "nonce"),
    "a nonce of numbers": ({"nonce": 1}, "nonce"),
    "no subject": ({"sub": None}, "subject"),
    "an empty subject": ({"sub": " "}, "subject"),
    "a subject of numbers": ({"sub": 7}, "subject"),
    "a long subject": ({"sub": "a" * 256}, "subject"),
    "a subject that steers": ({"sub": "a\x1b[2J"}, "control"),
    "no level": ({"acr": None}, "acr"),
    "a level of numbers": ({"acr": 3}, "acr"),
    "a name that steers": ({"name": "\x1b[2Jx"}, "control"),
    "a logout": ({"events": {"x": {}}}, "left"),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("key", [RSA, ED], ids=["RS256", "EdDSA"])
def test_nobody_is_let_in_by_a_token_that_is(name, key):
    states, told = WRONG[name]
    with pytest.raises(UsageError, match=told) as line:
        check(token(key, **states))
    assert "\n" not in str(line.value)
    assert "person-7" not in str(line.value)
    assert "Ann" not in str(line.value)


def test_a_nonce_that_nobody_asked_for_is_refused():
    with pytest.raises(UsageError, match="nonce"):
        check(token(), nonce=None)


def _unsigned(alg):
    return f"{b64({'alg': alg})}.{b64(STATES)}."


def _with_public_key(form):
    """HS256 with the public key as its secret: the classic confusion."""
    told = f"{b64({'alg': 'HS256', 'kid': 'rsa'})}.{b64(STATES)}"
    mac = HMAC(RSA.public_key().public_bytes(form, PublicFormat.SubjectPublicKeyInfo), SHA256())
    mac.update(told.encode())
    return f"{told}.{b64(mac.finalize())}"


FORGED = {
    **{f"alg {alg!r}": _unsigned(alg) for alg in ("none", "None", "nOnE", "", None, 1, ["RS256"])},
    "no alg": f"{b64({})}.{b64(STATES)}.",
    "HS256 with the key as PEM": _with_public_key(Encoding.PEM),
    "HS256 with the key as DER": _with_public_key(Encoding.DER),
    "a signature of another's key": token(ec.generate_private_key(ec.SECP256R1())),
    "another key of the set": token(ED, {"kid": "ec"}),
    "RS256 said of an EC key": token(EC, {"alg": "RS256"}),
    "ES256 said of an RSA key": token(RSA, {"alg": "ES256"}),
    "EdDSA said of an RSA key": token(RSA, {"alg": "EdDSA"}),
    "PS256": token(RSA, {"alg": "PS256"}),
    "ES384": token(EC, {"alg": "ES384"}),
    "an id that is not there": token(header={"kid": "other"}),
    "an id that is no text": token(header={"kid": ["ec"]}),
    "a key of its own": token(ed := ed25519.Ed25519PrivateKey.generate(),
                              {"jwk": jwk(ed), "kid": "ed"}),
    "an address of keys": token(ed, {"jku": "https://evil.example/jwks.json"}),
    "critical": token(header={"crit": ["exp"]}),
    "not encoded": token(header={"b64": False}),
    "an access token": token(header={"typ": "at+jwt"}),
    "no signature": token().rpartition(".")[0] + ".",
    "a signature cut short": token()[:-4],
    "a signature in DER": None,
    "another payload": None,
    "two parts": "a.b", "five parts": "a.b.c.d.e", "nothing": "", "spaces": " . . ",
    "no base64": "!.!.!", "padded": token() + "==", "words": "person-7", "too long": "a" * 20_000,
    "a header twice": None,
}  # fmt: skip


def _der():
    told = f"{b64({'alg': 'ES256', 'kid': 'ec'})}.{b64(STATES)}"
    return f"{told}.{b64(EC.sign(told.encode(), ec.ECDSA(SHA256())))}"


def _swapped():
    head, _, sig = token().split(".")
    return f"{head}.{b64({**STATES, 'sub': 'person-8'})}.{sig}"


def _twice():
    head = b'{"alg":"none","alg":"ES256","kid":"ec"}'
    told = f"{b64(head)}.{b64(STATES)}"
    return f"{told}.{b64(signature(EC, told.encode()))}"


FORGED |= {"a signature in DER": _der(), "another payload": _swapped(), "a header twice": _twice()}


@pytest.mark.parametrize("name", FORGED)
def test_nobody_is_let_in_by_a_forged_token(name):
    with pytest.raises(UsageError) as line:
        check(FORGED[name])
    assert "\n" not in str(line.value)
    assert "person-7" not in str(line.value)


def test_a_member_twice_in_the_payload_is_refused():
    body = json.dumps(STATES)[:-1] + ', "sub": "person-8"}'
    with pytest.raises(UsageError, match="no JSON object"):
        check(token(body=body.encode()))


@pytest.mark.parametrize(
    "keys",
    ["", "{}", "[]", "x", {"keys": []}, {"keys": {}}, {"keys": [None, 1]}, {"keys": [{}] * 200},
     {"keys": [jwk(EC, kid="ec"), jwk(EC, kid="ec")]}, {"keys": [jwk(EC, kid="ec", use="enc")]},
     {"keys": [jwk(EC, kid="ec", alg="ES384")]}, {"keys": [jwk(EC, kid="ec", key_ops=["sign"])]},
     {"keys": [jwk(EC, kid="ec", key_ops=5)]}, {"keys": [{"kty": "EC", "kid": "ec"}]},
     {"keys": [jwk(EC, kid="ec", x=5)]}, {"keys": [jwk(EC, kid="ec", y=b64(bytes(32)))]},
     {"keys": [jwk(EC, kid="ec", crv="P-384")]}, {"keys": [{"kty": "oct", "k": "AA", "kid": "ec"}]},
     "[" * 100_000, "a" * 2_000_000],
)  # fmt: skip
def test_keys_that_do_not_serve_let_nobody_in(keys):
    with pytest.raises(UsageError) as line:
        check(token(), keys=keys)
    assert "\n" not in str(line.value)


def test_a_short_rsa_key_is_not_taken():
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505  that is the point
    with pytest.raises(UsageError, match="cannot be read"):
        check(token(short), keys={"keys": [jwk(short, kid="rsa")]})


def test_without_an_issuer_or_audience_nobody_is_let_in():
    for names in (("", CLIENT), (ISSUER, "")):
        with pytest.raises(UsageError, match="give both"):
            Oidc(*names, KEYS).check(token())


def test_no_single_sign_of_a_token_can_be_changed():
    good = token(ED)
    for at in range(0, len(good), 3):
        for sign in "A_.":
            if good[at] != sign:
                with pytest.raises(UsageError):
                    check(good[:at] + sign + good[at + 1 :])


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40) | st.lists(st.binary(max_size=30), min_size=3, max_size=3))
def test_nothing_raises_another_error(shown):
    text = shown if isinstance(shown, str) else ".".join(b64(each) for each in shown)
    with pytest.raises(UsageError):
        claims(text, KEYS)


def test_examples_of_the_standards():
    """RFC 7515, A.3 (ES256), and RFC 8037, A.4 (Ed25519), whose payload is no object."""
    es256 = ("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
             "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djx"
             "La8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")  # fmt: skip
    key = {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
           "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}  # fmt: skip
    assert claims(es256, {"keys": [key]})["iss"] == "joe"
    eddsa = ("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7"
             "-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")  # fmt: skip
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    with pytest.raises(UsageError, match="no JSON object"):  # the signature fitted
        claims(eddsa, {"keys": [key]})
    with pytest.raises(UsageError, match="does not fit"):
        claims(eddsa.replace("hgyY", "hgyZ"), {"keys": [key]})


def test_tokens_of_another_library():
    for kind, alg in ((RSAKey, "RS256"), (ECKey, "ES256"), (OKPKey, "Ed25519")):
        made = kind.generate_key(*([2048] if kind is RSAKey else []), parameters={"kid": "k"})
        header = {"alg": alg, "kid": "k"}
        text = jwt.encode(header, STATES, made, algorithms=[alg])
        assert check(text, keys={"keys": [made.as_dict(private=False)]}).subject == "person-7"


# -- identities and rosters ---------------------------------------------------------------


def test_days_of_an_identity_go_forward():
    def made(**other):
        told = {"issuer": "i", "subject": "s", "level": "l", "method": "m", "verified": NOW}
        return Identity(**{**told, **other})

    assert made(until=NOW.date()).until == NOW.date()
    with pytest.raises(UsageError, match="dates go forward"):
        made(until=NOW.date() - timedelta(1))
    with pytest.raises(UsageError, match="has not come"):
        made(verified=datetime.now(UTC) + timedelta(3))
    with pytest.raises(UsageError, match="no zone"):
        made(verified=datetime(2026, 1, 1))  # noqa: DTZ001  that is the point


def roster(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Roster.of(path, "hr")


def test_a_roster_is_read(tmp_path):
    held = roster(
        tmp_path,
        "\ufeffSubject,Level,verified,until,name\r\n"
        'e-1,id-card,2026-01-05,2027-01-05,"Ann ""A"" Example"\r\n\r\n'
        "e-2,id-card,2026-02-05,,'); DROP TABLE x;--\r\n",
    )
    one, two = held.identities
    assert (one.subject, one.level, one.until) == ("e-1", "id-card", date(2027, 1, 5))
    assert one.person == {"name": 'Ann "A" Example'}
    assert two.until is None
    assert held.check(" e-2 ") is two
    with pytest.raises(UsageError, match="not in the roster"):
        held.check("e-3")
    assert "Ann" not in repr(held)


HEAD = "subject,level,verified,until,name\n"
BAD_ROSTERS = {
    "": "empty",
    "subject,level\n": "no column verified",
    "subject,level,verified,level\n": "a column twice",
    HEAD + "SECRET,a,2026-01-05\n": "row 2 of the roster has 3 fields",
    HEAD + "SECRET,a,yesterday,,\n": "row 2 of the roster: verified",
    HEAD + "SECRET,a,2026-01-05,2025-01-05,\n": "row 2 of the roster: .*dates go forward",
    HEAD + "SECRET,a,2999-01-05,,\n": "row 2 of the roster: .*has not come",
    HEAD + "SECRET,,2026-01-05,,\n": "row 2 of the roster: .*level is empty",
    HEAD + ",a,2026-01-05,,\n": "row 2 of the roster: .*subject is empty",
    HEAD + "SECRET,a,2026-01-05,,\x1b[2J\n": "row 2 of the roster: .*control",
    HEAD + "SECRET,a,2026-01-05,,\x00\n": "row 2",
    HEAD + "SECRET,a,2026-01-05,,\nx,a,2026-01-05,,\nSECRET,b,2026-01-05,,\n": "rows 2 and 4",
    HEAD + 'SECRET,a,2026-01-05,,"open\n': "no CSV",
    HEAD + "SECRET,a,2026-01-05,," + "x" * 200_000 + "\n": "row 2",
}


@pytest.mark.parametrize("text", BAD_ROSTERS, ids=lambda text: BAD_ROSTERS[text])
def test_a_roster_that_is_wrong_says_where_and_never_who(tmp_path, text):
    with pytest.raises(UsageError, match=BAD_ROSTERS[text]) as line:
        roster(tmp_path, text)
    assert "SECRET" not in str(line.value)
    assert "\n" not in str(line.value)


def test_a_roster_that_is_not_utf_8(tmp_path):
    with pytest.raises(UsageError, match="not UTF-8"):
        roster(tmp_path, b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="does not exist"):
        Roster.of(tmp_path / "no.csv", "hr")
