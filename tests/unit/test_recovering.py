"""Labels that copies have lost are found again, and nothing that a resolver says is believed."""

import json
import random
from collections import UserDict
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image
from unit.notices import coded, photo
from unit.test_soft_bindings import ALG, PAYLOAD, SAID, Sees, signed, watermark

from aigclabel import (
    Asset,
    Context,
    Layer,
    Limits,
    Outcome,
    Plugins,
    Signer,
    TrustStore,
    UsageError,
    policy,
    read,
    recover,
    stamp,
    verify,
)
from aigclabel.carriers.watermark.fingerprinting import fingerprint
from aigclabel.engine.recovering import store_of
from aigclabel.intake.resolver import StoredResolver
from aigclabel.report import as_html, evidence_json, recovery_json, recovery_text
from aigclabel.report.text import standing
from aigclabel.report.words import words

RULES = policy("iptc-only")
PICTURE = photo((360, 240), seed=11)
OTHER = photo((360, 240), seed=12)
SEEING = Plugins(carriers=(Sees(PAYLOAD),))


def copy_of(picture, quality=60):
    """What is left of a picture after it was sent around: half the size, JPEG, no metadata."""
    small = picture.resize((picture.width // 2, picture.height // 2))
    return Asset.of_bytes(coded(small, "JPEG", quality=quality), name="copy.jpg")


def prints(picture):
    made = stamp(Asset.of_bytes(coded(picture)), SAID, RULES, fingerprint=True)
    return tuple((b.alg, b.value.hex()) for b in read(made).provenance.soft_bindings)


@pytest.fixture(scope="module")
def plain():
    """A labelled picture with a fingerprint and no watermark."""
    return stamp(Asset.of_bytes(coded(PICTURE)), SAID, RULES, fingerprint=True)


@pytest.fixture(scope="module")
def marked():
    """A signed picture with a watermark and its fingerprint."""
    return signed(Asset.of_bytes(coded(PICTURE)), watermark(), fingerprints=prints(PICTURE))


@pytest.fixture
def resolver(tmp_path):
    made = StoredResolver(f"sqlite:///{tmp_path}/r.db")
    yield made
    made.close()


class Answers:
    """A resolver that answers what it is told to."""

    def __init__(self, matches=(), stores=None):
        self.matches, self.stores = matches, stores or {}

    def by_binding(self, *_):
        return (
            self.matches
            if not isinstance(self.matches, tuple)
            else {"matches": [{"manifestId": each} for each in self.matches]}
        )

    def by_content(self, *_, **__):
        return {"matches": []}

    def manifest(self, manifest_id, *_):
        return self.stores.get(manifest_id)

    def algorithms(self):
        return {}


def serving(*assets):
    """A resolver that names these manifests whatever it is asked."""
    kept = [store_of(each) for each in assets]
    return Answers(tuple(k.label for k in kept), {k.label: k.store for k in kept})


# -- finding ----------------------------------------------------------------------------


def test_a_copy_leads_back_to_its_label(resolver, plain):
    name = resolver.register(plain)
    found = recover(copy_of(PICTURE), resolver).best
    assert found.manifest == name
    assert found.by == ("fingerprint",)
    assert found.confidence == "medium"
    assert found.distance <= 20
    assert found.store == store_of(plain).store
    iptc = next(each for each in found.labels if each.schema == "iptc")
    assert iptc.layer == "metadata"
    assert dict(iptc.fields)["DigitalSourceType"].endswith("trainedAlgorithmicMedia")
    assert found.provenance.ai == "generated"
    assert found.provenance.intact is None
    assert set(found.changed) >= {
        "the signed manifest is gone",
        "image/png became image/jpeg",
        "360 by 240 pixels became 180 by 120",
        "the iptc label is gone",
    }


def test_the_signer_is_trusted_under_the_callers_anchors_only(resolver, plain):
    resolver.register(plain)
    asset = copy_of(PICTURE)
    assert recover(asset, resolver).best.provenance.signer_trusted is False
    trust = TrustStore((Signer.local().anchor,))
    assert recover(asset, resolver, trust).best.provenance.signer_trusted is True


def test_mark_and_fingerprint_together_are_surest(resolver, marked):
    resolver.register(marked)
    found = recover(copy_of(PICTURE), resolver, plugins=SEEING).best
    assert found.by == ("watermark", "fingerprint")
    assert found.confidence == "high"
    assert not any("watermark" in each for each in found.changed)


def test_the_very_bytes_that_were_signed_are_sure(resolver):
    asset = Asset.of_bytes(random.Random(5).randbytes(5000), "application/octet-stream")
    made = fingerprint(asset, None, Limits())
    bound = tuple((alg, value.hex()) for alg, value in made.bindings)
    resolver.register(signed(asset, fingerprints=bound))
    found = recover(asset, resolver).best
    assert found.confidence == "high"
    assert any("the bytes are those that were signed" in each for each in found.changed)


@pytest.mark.parametrize("box", [(0, 0, 300, 190), (70, 50, 360, 230)])
def test_a_piece_with_its_mark_is_found_and_its_place_told(resolver, marked, box):
    resolver.register(marked)
    piece = Asset.of_bytes(coded(PICTURE.crop(box), "JPEG", quality=70))
    found = recover(piece, resolver, plugins=SEEING).best
    assert found.by == ("watermark", "fingerprint")
    assert any(each.startswith("cut to about") for each in found.changed)
    assert recover(piece, resolver).best is None


def test_a_mirrored_piece_is_found_too(resolver, marked):
    resolver.register(marked)
    piece = PICTURE.crop((40, 20, 330, 220)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    found = recover(Asset.of_bytes(coded(piece)), resolver, plugins=SEEING).best
    assert "it was mirrored" in found.changed


def test_a_turned_copy_says_so(resolver, plain):
    resolver.register(plain)
    turned = PICTURE.transpose(Image.Transpose.ROTATE_90)
    found = recover(Asset.of_bytes(coded(turned)), resolver).best
    assert any("turned or mirrored" in each for each in found.changed)


def test_a_mark_that_the_copy_lost_is_told(resolver, marked):
    resolver.register(marked)
    found = recover(copy_of(PICTURE), resolver, plugins=Plugins(carriers=(Sees(),))).best
    assert found.confidence == "medium"
    assert f"the watermark {ALG} {PAYLOAD} is not found in it" in found.changed


def test_another_mark_in_the_copy_is_told(resolver, marked):
    resolver.register(marked)
    other = Plugins(carriers=(Sees("ff" * 8),))
    found = recover(copy_of(PICTURE), resolver, plugins=other).best
    assert any("another watermark" in each and "ff" * 8 in each for each in found.changed)


def test_a_mark_alone_is_least_sure(resolver):
    bare = signed(Asset.of_bytes(coded(PICTURE)), watermark())
    resolver.register(bare)
    found = recover(copy_of(OTHER), resolver, plugins=SEEING).best
    assert found.by == ("watermark",)
    assert found.confidence == "low"
    assert found.distance is None


def test_a_copy_of_what_has_no_fingerprint_is_found_by_its_mark(resolver):
    """That its bytes are others says nothing; that it is no longer flat does."""
    flat = Image.new("RGB", (90, 60), "tan")
    resolver.register(signed(Asset.of_bytes(coded(flat)), watermark(), fingerprints=prints(flat)))
    best = recover(copy_of(flat), resolver, plugins=SEEING).best
    assert (best.by, best.confidence) == (("watermark",), "low")
    told = recover(copy_of(OTHER), resolver, plugins=SEEING)
    assert not told.found
    assert "moved here" in told.refused[0].reason


def test_a_text_that_was_copied_by_hand_is_found(resolver):
    words = " ".join(f"Sentence {n} says that {n * 71 % 97} is a number." for n in range(60))
    made = stamp(Asset.of_text(words, "text/markdown"), SAID, policy("c2pa-only"), fingerprint=True)
    resolver.register(made)
    copied = Asset.of_text(words.replace(". ", ".\n").upper())
    found = recover(copied, resolver).best
    assert found.by == ("fingerprint",)
    assert "text/markdown became text/plain" in found.changed


def test_trusted_and_surer_come_first(resolver, plain, marked):
    for each in (plain, marked):
        resolver.register(each)
    found = recover(copy_of(PICTURE), resolver, plugins=SEEING).found
    assert [each.confidence for each in found] == ["high", "medium"]


def test_content_that_never_was_labelled_leads_nowhere(resolver, plain):
    resolver.register(plain)
    found = recover(copy_of(OTHER), resolver)
    assert (found.found, found.refused, found.best) == ((), (), None)


def test_a_source_that_is_not_there_is_an_error(resolver):
    with pytest.raises(UsageError):
        recover("/nowhere/at-all.png", resolver)


# -- read and verify --------------------------------------------------------------------


def test_a_recovered_label_meets_no_requirement(resolver, plain):
    resolver.register(plain)
    asset, context = copy_of(PICTURE), Context(origin="generated")
    without = verify(asset, RULES, context=context)
    report = verify(asset, RULES, context=context, resolver=resolver)
    assert report.outcome is without.outcome is Outcome.UNMET
    assert report.findings == without.findings
    assert report.evidence.marks == without.evidence.marks
    assert report.evidence.origin is without.evidence.origin
    assert report.evidence.recovered.best is not None


def test_content_that_is_intact_is_not_searched_for(plain):
    class Never(Answers):
        def by_binding(self, *_):
            raise AssertionError("nobody may be asked")

    assert read(plain, resolver=Never()).recovered is None


def test_what_stands_in_the_content_is_not_called_lost(resolver, plain):
    name = resolver.register(plain)
    told = recover(plain, resolver)
    assert (told.found, told.refused) == ((), ())
    assert told.notes == (f"{name} stands in the content itself, where it is intact",)
    bare = Image.open(BytesIO(plain.data()))
    other = stamp(Asset.of_bytes(coded(bare)), SAID, RULES)
    (best,) = recover(other, resolver).found
    assert best.manifest == name
    assert "it carries another manifest, which is intact" in best.changed


def test_reports_in_chinese_tell_it_in_chinese(marked):
    """Every sentence of the search: what changed, why a manifest was refused, and the notes."""
    named = {"matches": [{"manifestId": each} for each in ("urn:none", *serving(marked).stores)]}

    class Half(Answers):
        def by_binding(self, alg, *_):
            return named if alg == ALG else 1

    half = Half(stores=serving(marked).stores)
    told = recover(copy_of(PICTURE), half, plugins=SEEING)
    assert all((told.found, told.refused, told.notes))
    here = replace(read(copy_of(PICTURE)), recovered=told)
    for english, said in (
        *zip(told.best.changed, told.best.since, strict=True),
        *((each.reason, each.because) for each in told.refused),
        *zip(told.notes, told.told, strict=True),
    ):
        assert str(said) == english
        there = "\n".join(standing(here, words("zh-Hans")))
        assert english in "\n".join(standing(here, words("en")))
        assert english not in there
        assert words("zh-Hans")(said) in there


def test_reports_say_that_it_is_not_in_the_file(resolver, plain):
    resolver.register(plain)
    report = verify(copy_of(PICTURE), RULES, resolver=resolver)
    assert "recovered, NOT in this file" in str(report)
    assert "已找回，不在此文件中" in report.text("zh-Hans")
    assert "Recovered from elsewhere: not in this file" in as_html((report,))
    told = recovery_text(report.evidence.recovered, "copy.jpg")
    assert told.startswith("copy.jpg: a label was recovered, which this file itself does not carry")


# -- what lies --------------------------------------------------------------------------


def test_a_mark_moved_to_another_picture_is_found_out(marked):
    told = recover(copy_of(OTHER), serving(marked), plugins=SEEING)
    assert told.found == ()
    (refused,) = told.refused
    assert "moved here from other content" in refused.reason


def test_a_manifest_of_other_content_is_refused(plain, marked):
    elsewhere = stamp(Asset.of_bytes(coded(OTHER)), SAID, RULES, fingerprint=True)
    told = recover(copy_of(PICTURE), serving(elsewhere, plain))
    assert [each.manifest for each in told.found] == [store_of(plain).label]
    assert told.refused[0].reason == "the fingerprint that it records is not this content's"
    unbound = stamp(Asset.of_bytes(coded(OTHER)), SAID, RULES)
    (refused,) = recover(copy_of(PICTURE), serving(unbound)).refused
    assert "neither" in refused.reason


def test_a_manifest_under_another_name_is_refused(plain, marked):
    one, other = store_of(plain), store_of(marked)
    told = recover(copy_of(PICTURE), Answers((one.label,), {one.label: other.store}))
    assert told.found == ()
    assert "another manifest in its place" in told.refused[0].reason


@pytest.mark.parametrize("word", [b"trainedAlgorithmicMedia", b"io.iscc.v0", b"iptc"])
def test_a_manifest_that_was_changed_is_refused(plain, word):
    kept = store_of(plain)
    assert word in kept.store
    changed = kept.store.replace(word, word[:-1] + bytes((word[-1] ^ 1,)))
    told = recover(copy_of(PICTURE), Answers((kept.label,), {kept.label: changed}))
    assert told.found == ()
    assert "does not hold" in told.refused[0].reason


def test_a_fingerprint_written_over_is_refused(plain):
    """Whoever wants another picture's manifest here would change the value that is compared."""
    kept, mine = store_of(plain), dict(prints(OTHER))["io.iscc.v0"]
    was = dict(prints(PICTURE))["io.iscc.v0"]
    changed = kept.store.replace(bytes.fromhex(was)[:34], bytes.fromhex(mine)[:34])
    assert changed != kept.store
    told = recover(copy_of(OTHER), Answers((kept.label,), {kept.label: changed}))
    assert told.found == ()
    assert "does not hold" in told.refused[0].reason


def test_bytes_hidden_in_the_padding_of_a_signature_are_told(plain):
    kept = store_of(plain)
    at = kept.store.rfind(bytes(300))
    hidden = kept.store[: at + 100] + b"nobody signed this" + kept.store[at + 118 :]
    told = recover(COPY, Answers((kept.label,), {kept.label: hidden}))
    assert any("hidden in the padding" in each for each in told.notes)


JUNK = [b"", b"\0" * 64, b"jumb" * 90, b"\xff" * 1000, "a text", 7, None, [b"x"], {"a": 1}]


@pytest.mark.parametrize("junk", JUNK, ids=lambda each: repr(each)[:16])
def test_what_is_no_manifest_is_refused(junk):
    told = recover(copy_of(PICTURE), Answers(("urn:c2pa:1",), {"urn:c2pa:1": junk}))
    assert told.found == ()
    assert len(told.refused) == 1
    assert told.refused[0].reason


@given(some.binary(max_size=600))
@settings(max_examples=25)
def test_no_bytes_from_a_resolver_raise(data):
    told = recover(COPY, Answers(("urn:c2pa:1",), {"urn:c2pa:1": data}))
    assert told.found == ()


COPY = copy_of(PICTURE)


def test_a_manifest_cut_off_anywhere_is_refused(plain):
    kept = store_of(plain)
    for part in range(1, 12):
        cut = kept.store[: len(kept.store) * part // 12]
        told = recover(COPY, Answers((kept.label,), {kept.label: cut}))
        assert told.found == ()


@pytest.mark.parametrize(
    "answer",
    [
        None, [], "x", 7, {}, {"matches": None}, {"matches": "abc"}, {"matches": 1},
        {"matches": [None, 1, "x", [], {}, {"manifestId": 5}, {"manifestId": ""}]},
        {"matches": [{"manifestId": "a\nb"}, {"manifestId": "\x1b[2J"}, {"manifestId": "x" * 999}]},
        {"matches": [{"manifestId": "urn:c2pa:x", "endpoint": {"$ref": 1}}]},
    ],
)  # fmt: skip
def test_answers_that_are_none_lead_nowhere(answer):
    told = recover(COPY, Answers(answer))
    assert told.found == ()
    assert told.notes or isinstance(answer["matches"], list)
    assert all(each.manifest == "urn:c2pa:x" for each in told.refused)


def test_thousands_of_candidates_are_cut_off(plain):
    kept = store_of(plain)
    asked = []

    class Floods(Answers):
        def manifest(self, manifest_id, *_):
            asked.append(manifest_id)
            return kept.store

    told = recover(COPY, Floods(tuple(f"urn:c2pa:{n}" for n in range(5000))))
    assert len(asked) <= 20
    assert any("named more manifests" in each for each in told.notes)
    assert told.found == ()


def test_a_manifest_that_is_too_large_is_not_read(plain):
    name = "urn:c2pa:1"
    limits = Limits(slot=1 << 16)
    told = recover(COPY, Answers((name,), {name: bytes(1 << 17)}), limits=limits)
    assert "larger than 65,536 bytes" in told.refused[0].reason


@pytest.mark.parametrize("wrong", [OSError("no route"), RuntimeError("x" * 999), KeyError("k")])
def test_whatever_a_resolver_raises_is_a_note(plain, wrong):
    kept = store_of(plain)

    class Raises(Answers):
        def by_binding(self, *_):
            raise wrong

    class RaisesLate(Answers):
        def manifest(self, *_):
            raise wrong

    class Lazy(UserDict):
        def get(self, *_):
            raise wrong

    assert any("cannot be asked" in each for each in recover(COPY, Answers(Lazy(matches=1))).notes)
    told = recover(COPY, Raises())
    assert told.found == ()
    assert any("cannot be asked" in each and len(each) <= 300 for each in told.notes)
    told = recover(COPY, RaisesLate((kept.label,)))
    assert "cannot be asked" in told.refused[0].reason


def test_words_of_a_resolver_are_harmless_in_text_page_and_json(plain):
    bad = '"},"recovered":{"found":[]}}<script>alert(1)</script>'

    class Raises(Answers):
        def by_binding(self, *_):
            raise RuntimeError(f"{bad}\x1b[31m\u202e")

    report = verify(COPY, RULES, resolver=Raises())
    told = json.loads(json.dumps(evidence_json(report.evidence)))
    assert told["recovered"]["found"] == []
    assert "\x1b" not in str(report)
    assert "<script>" not in as_html((report,))


def test_a_claimed_watermark_does_not_stand_in_for_a_fingerprint(marked, plain):
    """Somebody signs a manifest of his own that records the mark of ours, and the picture's
    fingerprint: it is his, and says so; without his anchor nobody trusts it."""
    his = signed(
        Asset.of_bytes(coded(PICTURE)), watermark(), fingerprints=prints(PICTURE),
        signer=replace(Signer.local(), self_issued=False),
    )  # fmt: skip
    trust = TrustStore((Signer.local().anchor,))
    told = recover(COPY, serving(his, marked), trust, plugins=SEEING)
    assert all(each.provenance.signer_trusted for each in told.found)
    assert len(told.found) == 2


def test_without_the_package_the_mark_still_leads_there(marked, monkeypatch):
    import sys

    resolver = serving(marked)
    monkeypatch.setitem(sys.modules, "iscc_lib", None)
    told = recover(COPY, resolver, plugins=SEEING)
    assert told.best.confidence == "low"
    assert any("pip install 'aigclabel[watermark]'" in each for each in told.notes)


# -- JSON -------------------------------------------------------------------------------


def test_the_json_is_as_its_schema_says(resolver, plain):
    from importlib.resources import files

    import jsonschema
    from referencing import Registry, Resource

    room = files("aigclabel.report")
    loaded = [json.loads((room / f"{n}-1.schema.json").read_text()) for n in
              ("evidence", "recovery")]  # fmt: skip
    registry = Registry().with_resources(
        (each["$id"], Resource.from_contents(each)) for each in loaded
    )
    resolver.register(plain)
    asset = copy_of(PICTURE)
    told = recover(asset, resolver)
    for schema, data in (
        (loaded[1], recovery_json(told, asset.info)),
        (loaded[0], evidence_json(read(asset, resolver=resolver))),
        (loaded[0], evidence_json(read(plain))),
    ):
        jsonschema.Draft202012Validator(schema, registry=registry).validate(
            json.loads(json.dumps(data))
        )
    assert Layer.WATERMARK.value in loaded[0]["$defs"]["layer"]["enum"]
