"""The bounded readers of JUMBF boxes and CBOR: right on what is well formed, safe on the rest."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.carriers.signed.cbor import decode
from aigclabel.carriers.signed.jumbf import manifests
from aigclabel.errors import MalformedAsset

# -- CBOR -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coded", "value"),
    [  # RFC 8949, Appendix A
        ("00", 0),
        ("1818", 24),
        ("1903e8", 1000),
        ("1bffffffffffffffff", 18446744073709551615),
        ("3903e7", -1000),
        ("f93c00", 1.0),
        ("fb3ff199999999999a", 1.1),
        ("f4", False),
        ("f5", True),
        ("f6", None),
        ("4401020304", b"\1\2\3\4"),
        ("62c3bc", "ü"),
        ("8301820203820405", [1, [2, 3], [4, 5]]),
        ("a26161016162820203", {"a": 1, "b": [2, 3]}),
        ("c11a514b67b0", 1363896240),
        ("5f42010243030405ff", b"\1\2\3\4\5"),
        ("7f657374726561646d696e67ff", "streaming"),
        ("9f01820203ff", [1, [2, 3]]),
        ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
        ("f0", 16),
    ],
)
def test_the_examples_of_the_standard(coded, value):
    assert decode(bytes.fromhex(coded)) == value


@pytest.mark.parametrize(
    "coded",
    [
        "",
        "18",
        "1c",
        "4401",
        "9affffffff",
        "bbffffffffffffffff",
        "81" * 40 + "00",
        "9f" * 100_000,
        "ff",
        "81ff",
        "a18000",
        "bf00ff",
        "1f",
    ],
)
def test_what_is_no_cbor_is_refused(coded):
    with pytest.raises(MalformedAsset):
        decode(bytes.fromhex(coded))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_refused(data):
    try:
        value = decode(data)
    except MalformedAsset:
        return
    assert value is None or isinstance(value, int | float | bytes | str | list | dict)


# -- JUMBF ------------------------------------------------------------------------------


def box(kind, content):
    return struct.pack(">I", len(content) + 8) + kind + content


ROLES = {"c2pa.assertions": b"c2as", "c2pa.signature": b"c2cs"}
"""C2PA 2.4, 11.1: what a superbox is for stands in the UUID of its description."""


def labelled(label, *inside, role=None):
    role = role or ROLES.get(label, b"c2ma")
    described = role + bytes.fromhex("00110010800000aa00389b71") + b"\x03" + label.encode() + b"\0"
    return box(b"jumb", box(b"jumd", described) + b"".join(inside))


def text(value):
    return bytes([0x60 + len(value)]) + value.encode()


def blob(value):
    return b"\x59" + struct.pack(">H", len(value)) + value


def pair(name, value):
    return text(name) + value


def store(pad=b"\0\0", chain=(b"leaf", b"root"), exclusions=((2, 100), (500, 7))):
    certs = bytes([0x80 + len(chain)]) + b"".join(blob(each) for each in chain)
    protected = b"\xa2" + b"\x01\x26" + b"\x18\x21" + certs
    unprotected = b"\xa1" + pair("pad", blob(pad))
    cose = b"\xd2\x84" + blob(protected) + unprotected + b"\xf6" + blob(b"sig")
    ranges = b"".join(
        b"\xa2"
        + pair("start", b"\x19" + struct.pack(">H", start))
        + pair("length", b"\x18" + bytes([length]))
        for start, length in exclusions
    )
    binding = b"\xa1" + pair("exclusions", bytes([0x80 + len(exclusions)]) + ranges)
    taken = b"\xa1" + pair("digitalSourceType", text("made"))
    assertions = labelled(
        "c2pa.assertions",
        labelled("c2pa.hash.data", box(b"cbor", binding)),
        labelled("c2pa.ingredient.v3", box(b"cbor", taken)),
    )
    signature = labelled("c2pa.signature", box(b"cbor", cose))
    return labelled("c2pa", labelled("urn:c2pa:1", assertions, signature))


def test_certificates_padding_exclusions_and_sources():
    (told,) = manifests(store()).values()
    assert told.chain == (b"leaf", b"root")
    assert told.clean
    assert told.exclusions == ((2, 100), (500, 7))
    assert told.sources == (("c2pa.ingredient.v3", "made"),)


def manifest(label, *assertions, header=b"\xa0", signature=b"sig", claim="c2pa.claim.v2"):
    """A manifest with a claim, a signature with this unprotected header, and assertions."""
    cose = b"\xd2\x84" + b"\x43\xa1\x01\x26" + header + b"\xf6" + blob(signature)
    return labelled(
        label,
        labelled("c2pa.assertions", *assertions),
        labelled(claim, box(b"cbor", b"\xa0"), role=b"c2cl"),
        labelled("c2pa.signature", box(b"cbor", cose)),
    )


def stamped(name, token=b"token"):
    tokens = b"\xa1" + pair("tstTokens", b"\x81\xa1" + pair("val", blob(token)))
    return b"\xa1" + pair(name, tokens)


def test_time_stamps_are_over_the_claim_or_over_the_signature():
    """C2PA 2.4, 10.3.2.5.2: a Sig_structure without other data, around either; around the claim
    for claims of the first version only."""
    start = b"\x84" + text("CounterSignature") + b"\x43\xa1\x01\x26" + b"\x40"
    for name, message in (("sigTst", b"\x41\xa0"), ("sigTst2", b"\x44\x43sig")):
        made = manifest("m", header=stamped(name), claim="c2pa.claim")
        (told,) = manifests(labelled("c2pa", made)).values()
        assert told.stamps == ((b"token", start + message),)
        (told,) = manifests(labelled("c2pa", manifest("m", header=stamped(name)))).values()
        assert bool(told.stamps) is (name == "sigTst2")


def test_a_later_manifest_may_keep_a_time_stamp_of_an_earlier_one():
    kept = b"\xa2" + pair("old", blob(b"token")) + pair("gone", blob(b"other"))
    later = manifest("new", labelled("c2pa.time-stamp", box(b"cbor", kept)), signature=b"two")
    told = manifests(labelled("c2pa", manifest("old", signature=b"one"), later))
    assert told["old"].stamps == ((b"token", b"one"),)
    assert told["new"].stamps == ()


def test_revocation_values_of_the_signature_and_of_an_assertion():
    values = b"\xa1" + pair("ocspVals", b"\x82" + blob(b"one") + b"\x05")
    held = labelled("c2pa.certificate-status", box(b"cbor", values.replace(b"one", b"two")))
    made = manifest("m", held, header=b"\xa1" + pair("rVals", values))
    (told,) = manifests(labelled("c2pa", made)).values()
    assert told.responses == (b"one", b"two")


def test_boxes_that_the_hash_of_a_movie_leaves_out():
    """In part, too, and on conditions; all but C2PA's own box."""

    def left(path, *more):
        return bytes([0xA1 + len(more)]) + pair("xpath", text(path)) + b"".join(more)

    data = pair("data", b"\x81\xa0")
    told = b"\x84" + left("/ftyp") + left("/uuid", data) + left("/moov/udta") + left("/free")
    binding = labelled("c2pa.hash.bmff.v3", box(b"cbor", b"\xa1" + pair("exclusions", told)))
    (read,) = manifests(labelled("c2pa", manifest("m", binding))).values()
    assert read.boxes == ("/ftyp", "/uuid", "/moov/udta", "/free")


def test_a_store_is_known_by_its_role_and_never_twice():
    """Its label is signed by nobody, and readers go by its type."""
    inside = labelled("c2pa.hash.data", box(b"cbor", b"\xa1" + pair("exclusions", b"\x80")))
    renamed = labelled("c2pa.assertionz", inside, role=b"c2as")
    (told,) = manifests(labelled("c2pa", labelled("m", renamed))).values()
    assert told.exclusions == ()
    with pytest.raises(MalformedAsset, match="2 boxes of type c2as"):
        manifests(labelled("c2pa", labelled("m", renamed, renamed)))


def test_two_manifests_of_one_label_are_none():
    with pytest.raises(MalformedAsset, match="same label"):
        manifests(labelled("c2pa", manifest("m"), manifest("m")))


def test_certificates_in_two_places_are_nobodys():
    one = b"\xa1" + pair("x5chain", b"\x81" + blob(b"one"))
    two = b"\xa2\x18\x21\x81" + blob(b"two") + one[1:]
    for header, chain in ((one, (b"one",)), (two, ())):
        (told,) = manifests(labelled("c2pa", manifest("m", header=header))).values()
        assert told.chain == chain


def test_padding_that_is_not_zero_is_not_clean():
    assert not manifests(store(pad=b"\0\1"))["urn:c2pa:1"].clean


def test_no_more_certificates_than_a_chain_has():
    assert len(manifests(store(chain=[b"x"] * 20))["urn:c2pa:1"].chain) == 10


def test_another_binding_has_no_exclusions():
    empty = labelled("c2pa", labelled("m", labelled("c2pa.assertions")))
    assert manifests(empty)["m"].exclusions is None
    assert manifests(empty)["m"].chain == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage!",
        box(b"free", b""),
        struct.pack(">I", 4) + b"jumb",
        struct.pack(">I", 1) + b"jumb" + struct.pack(">Q", 2),
        struct.pack(">I", 500) + b"jumb",
        labelled("a", labelled("b", box(b"free", b"") * 30_000)),
    ],
)
def test_a_store_that_lies_is_refused(data):
    with pytest.raises(MalformedAsset):
        manifests(data)


def test_nesting_is_bounded():
    deep = labelled("x")
    for _ in range(50):
        deep = labelled("x", deep)
    with pytest.raises(MalformedAsset, match="deep"):
        manifests(deep)


@given(st.data())
def test_damaged_stores_are_refused_or_read(data):
    whole = bytearray(store())
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        told = manifests(bytes(whole))
    except MalformedAsset:
        return
    assert all(isinstance(each, str) for each in told)
