"""The resolver of one's own: what it keeps, and the routes of C2PA's API as functions."""

import random
from base64 import b64encode, urlsafe_b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from servers import postgres
from unit.notices import coded, photo
from unit.test_soft_bindings import ALG, PAYLOAD, SAID, Sees, signed, watermark

from aigclabel import Asset, LedgerError, Plugins, UsageError, policy, read, stamp
from aigclabel.carriers.watermark.fingerprints import Unit, sequence
from aigclabel.engine.recovering import store_of
from aigclabel.intake import resolver_tables
from aigclabel.intake.resolver import StoredResolver

RULES = policy("iptc-only")
ISCC = "io.iscc.v0"


@pytest.fixture(scope="module")
def running():
    with postgres.served() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def resolver(request, tmp_path):
    url = f"sqlite:///{tmp_path}/made/resolver.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("running").database()
    made = StoredResolver(url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def labelled():
    """Three pictures with fingerprints, the first with a watermark too."""
    every = [coded(photo((160, 120), seed=seed)) for seed in range(3)]
    made = [stamp(Asset.of_bytes(each), SAID, RULES, fingerprint=True) for each in every[1:]]
    bound = read(stamp(Asset.of_bytes(every[0]), SAID, RULES, fingerprint=True)).provenance
    prints = tuple((b.alg, b.value.hex()) for b in bound.soft_bindings)
    return [signed(Asset.of_bytes(every[0]), watermark(), fingerprints=prints), *made]


def b64(data):
    return b64encode(data).decode()


def ids(answer):
    return [each["manifestId"] for each in answer["matches"]]


def test_what_is_registered_is_found_by_mark_fingerprint_and_content(resolver, labelled):
    names = [resolver.register(each) for each in labelled]
    assert len(set(names)) == 3
    assert ids(resolver.by_binding(ALG, b64(bytes.fromhex(PAYLOAD)))) == names[:1]
    for name, asset in zip(names, labelled, strict=True):
        bound = {b.alg: b.value for b in read(asset).provenance.soft_bindings}
        (match,) = resolver.by_binding(ISCC, b64(bound[ISCC]))["matches"]
        assert match == {"manifestId": name, "similarityScore": 100}
        assert resolver.manifest(name) == store_of(asset).store


def test_content_is_found_by_what_is_in_it(resolver, labelled):
    names = [resolver.register(each) for each in labelled]
    copy = Asset.of_bytes(coded(photo((160, 120), seed=1).resize((120, 90)), "JPEG", quality=70))
    (match,) = resolver.by_content(copy)["matches"]
    assert match["manifestId"] == names[1]
    assert 80 <= match["similarityScore"] < 100
    assert ids(resolver.by_content(copy, ALG)) == []
    hint = {"hint_alg": ALG, "hint_value": b64(bytes.fromhex(PAYLOAD))}
    assert set(ids(resolver.by_content(copy, **hint))) == set(names[:2])
    assert ids(resolver.by_content(copy, max_results=1, **hint)) == names[:1]


def test_a_mark_in_content_leads_there(tmp_path, labelled):
    sees = Plugins(carriers=(Sees(PAYLOAD),))
    seeing = StoredResolver(f"sqlite:///{tmp_path}/r.db", plugins=sees)
    name = seeing.register(labelled[0])
    strange = Asset.of_bytes(coded(photo((50, 50), seed=77)))
    assert ids(seeing.by_content(strange)) == [name]
    seeing.close()


def test_the_algorithms_are_told_as_the_api_wants(resolver, labelled):
    assert resolver.algorithms() == {"watermarks": [], "fingerprints": [{"alg": ISCC}]}
    resolver.register(labelled[0])
    assert resolver.algorithms()["watermarks"] == [{"alg": ALG}]


def test_registering_again_changes_nothing(resolver, labelled):
    assert resolver.register(labelled[1]) == resolver.register(labelled[1])
    bound = {b.alg: b.value for b in read(labelled[1]).provenance.soft_bindings}
    assert len(resolver.by_binding(ISCC, b64(bound[ISCC]))["matches"]) == 1


def test_the_label_is_told_in_short(resolver, labelled):
    name = resolver.register(labelled[0])
    told = resolver.label(name)
    assert told["ai"] == "generated"
    assert {each["schema"] for each in told["labels"]} >= {"c2pa"}
    assert resolver.label("nobody") is None


def test_nobody_else_is_kept_under_the_same_id(resolver, labelled, monkeypatch):
    from dataclasses import replace

    from aigclabel.intake import resolver as room

    name = resolver.register(labelled[0])
    other = replace(store_of(labelled[1]), label=name)
    monkeypatch.setattr(room, "store_of", lambda *_: other)
    with pytest.raises(UsageError, match="another manifest is registered"):
        resolver.register(labelled[1])
    assert resolver.manifest(name) == store_of(labelled[0]).store


def test_content_that_nothing_leads_back_to_is_refused(resolver, labelled):
    plain = stamp(Asset.of_bytes(coded(photo((40, 30)))), SAID, RULES)
    with pytest.raises(UsageError, match="--fingerprint"):
        resolver.register(plain)
    with pytest.raises(UsageError, match="stamp it first"):
        resolver.register(Asset.of_bytes(coded(photo((40, 30)))))
    data = bytearray(labelled[0].data())
    data[-40] ^= 1
    with pytest.raises(UsageError, match="stamp it first"):
        resolver.register(Asset.of_bytes(bytes(data)))


@pytest.mark.parametrize("wrong", ["!", "ä", "AAAAA", "A" * 9000, "-- ;DROP TABLE x"])
def test_a_value_that_is_no_base64_is_refused(resolver, wrong):
    with pytest.raises(UsageError, match=r"Base64|letters"):
        resolver.by_binding(ALG, wrong)


def test_either_alphabet_of_base64_with_and_without_its_end(resolver, labelled):
    name = resolver.register(labelled[0])
    value = bytes.fromhex(PAYLOAD)
    for text in (b64(value), b64(value).rstrip("="), urlsafe_b64encode(value).decode()):
        assert ids(resolver.by_binding(ALG, text)) == [name]


def test_words_of_sql_are_words(resolver, labelled):
    resolver.register(labelled[0])
    for alg in ("' OR 1=1 --", "io.iscc.v0'; DROP TABLE resolver_manifests; --", "%", ""):
        assert ids(resolver.by_binding(alg, b64(b"x"))) == []
        assert resolver.manifest(alg) is None
    assert resolver.algorithms()["watermarks"]


@pytest.mark.parametrize("count", [0, -3, "5", 2.5, None])
def test_no_results_cannot_be_asked_for(resolver, count):
    with pytest.raises(UsageError, match="maxResults"):
        resolver.by_binding(ALG, b64(b"x"), count)


def test_a_fingerprint_that_is_none_leads_nowhere(resolver, labelled):
    resolver.register(labelled[0])
    for value in (b"", b"x", bytes(40), bytes((0x21, 7)) + bytes(31)):
        assert ids(resolver.by_binding(ISCC, b64(value))) == []


def test_a_database_of_something_else_is_an_error_of_ours(tmp_path):
    (tmp_path / "x.db").write_bytes(b"no database at all, but long enough to be one " * 40)
    with pytest.raises(LedgerError):
        StoredResolver(f"sqlite:///{tmp_path}/x.db")


# -- finding what is near ---------------------------------------------------------------


@given(some.binary(min_size=32, max_size=32), some.sets(some.integers(0, 63), max_size=11))
@settings(max_examples=40)
def test_whatever_differs_in_eleven_of_the_first_bits_shares_a_band(body, flips):
    other = int.from_bytes(body, "big")
    for bit in flips:
        other ^= 1 << (255 - bit)
    one = resolver_tables._bands(Unit("image", body))
    two = resolver_tables._bands(Unit("image", other.to_bytes(32, "big")))
    near = [a ^ b in resolver_tables._MASKS for a, b in zip(one, two, strict=True)]
    assert any(near)


def test_many_are_searched_for_the_nearest(tmp_path, full):
    """Among thousands the one that is near is found, and no other."""
    resolver = StoredResolver(f"sqlite:///{tmp_path}/r.db")
    rng, count = random.Random(4), 100_000 if full else 3_000
    every = [Unit("image", rng.randbytes(32)) for _ in range(count)]
    with resolver._store.writing() as connection:
        for number, unit in enumerate(every):
            row = resolver_tables.Row(f"urn:c2pa:{number}", "image/png", 1, b"x", "{}")
            resolver_tables.insert(connection, row, (), (unit,))
    wanted = int.from_bytes(every[1234].body, "big") ^ (1 << 250) ^ (1 << 7) ^ (0b111 << 100)
    value = sequence((Unit("image", wanted.to_bytes(32, "big")),))
    assert ids(resolver.by_binding(ISCC, b64(value))) == ["urn:c2pa:1234"]
    resolver.close()
