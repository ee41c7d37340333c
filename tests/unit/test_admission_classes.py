"""What an upload is, as a table written from the Measures, Art. 6(1) to (3) and Annex E c).

Every answer of the publisher × every label × every manifest × traces × a notice, once as evidence
that is put together here, and once, without notices, as real files.
"""

from functools import cache
from itertools import product

import pytest
from interop.vendor_files import (
    CAMERA,
    CREATED,
    DOUBAO,
    TENCENT,
    delivered,
    fields,
    packet,
    quoted,
    signed,
)
from laws.samples import PARAMETERS, coded, itxt, picture, png_with, text_chunk

from aigclabel import Asset, Context, Plugins, Signer, policy, read
from aigclabel.intake.classify import classify
from aigclabel.intake.gate import Gate
from aigclabel.model import AssetInfo, Evidence, Found, Layer, Mark
from aigclabel.provenance import CrossCheck, Ingredients, Provenance, Trust

SCHEMAS = Plugins().vocabulary()
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
SAID = ("yes", "no", "unsaid")
LABELS = ("", "1", "2", "3", "4")
MANIFESTS = ("none", "intact", "broken", "camera")
WORDS = {"yes": True, "no": False, "unsaid": None}


def due(said, label, manifest, trace, notice):
    """The class by the clauses, in their order."""
    if label == "1" or manifest == "intact":
        return "confirmed"  # 6(1): the metadata, or an intact signature, says so
    if label == "2":
        return "declared"  # an earlier platform's judgement, which stays
    if said == "yes":
        return "declared"  # 6(2): not found, and the user declares
    if label in {"3", "4"} or manifest == "broken" or trace or notice:
        return "suspected"  # 6(3): not found, not declared, and traces
    return "none"


def info():
    return AssetInfo("a.png", "image/png", 10, lambda: "00")


def label_mark(value, **more):
    pairs = {"Label": value, "ContentProducer": DOUBAO, "ProduceID": "1"}
    return Found(Mark(Layer.METADATA, "cn.aigc", tuple(pairs.items())), "metadata", "xmp", **more)


PROVENANCE = {
    "none": Provenance(),
    "intact": Provenance(present=True, intact=True, ai="generated", signer="a"),
    "broken": Provenance(present=True, intact=False, ai="generated", signer="a"),
    "camera": Provenance(present=True, intact=True, ai="none", signer="a"),
}
TRACE = Found(Mark(Layer.METADATA, "trace", (("Generator", "ComfyUI"),)), "metadata", "png:tEXt")
NOTICE = Found(Mark(Layer.VISIBLE, "notice", (("text", "AI生成"),)), "visible", "pixels 1,2,3,4")


def evidence(label="", manifest="none", trace=False, notice=False):
    marks = [label_mark(label)] if label else []
    marks += [TRACE] * trace + [NOTICE] * notice
    return Evidence(info(), tuple(marks), PROVENANCE[manifest])


@pytest.mark.parametrize("manifest", MANIFESTS)
@pytest.mark.parametrize("label", LABELS)
def test_every_class_of_the_clauses(label, manifest):
    for said, trace, notice in product(SAID, (False, True), (False, True)):
        found = classify(evidence(label, manifest, trace, notice), said, SCHEMAS)
        row = (said, label, manifest, trace, notice)
        assert found.classification == due(*row), row
        assert found.reasons, row


# -- real files -----------------------------------------------------------------------------


@cache
def made(label, manifest, trace):
    """A PNG with these; a broken manifest is one of another picture, copied into this one."""
    text = [text_chunk(b"parameters", PARAMETERS.encode())] * trace
    body = fields(DOUBAO, label=label)
    told = f"<TC260:AIGC>{quoted(str(body).replace(chr(39), chr(34)))}</TC260:AIGC>"
    xmp = [itxt(b"XML:com.adobe.xmp", packet(told))] * bool(label)
    data = png_with(coded(picture(), "PNG"), *text, *xmp)
    if manifest == "broken":
        return data[:33] + store_of_another() + data[33:]
    history = {"none": [], "intact": [[CREATED]], "camera": [[CAMERA]]}[manifest]
    return signed(data, "image/png", *history)


@cache
def store_of_another():
    other = signed(coded(picture("L"), "PNG"), "image/png", [CREATED])
    at = other.index(b"caBX") - 4
    return other[at : at + int.from_bytes(other[at : at + 4], "big") + 12]


@cache
def gate():
    return Gate(
        policy("cn.measures-2025"),
        Signer.local(),
        propagator_code="PLATFORM-A",
        shows_notices=True,
    )


def label_of(admission):
    found = [
        dict(each.mark.fields)
        for each in admission.report.evidence.marks
        if each.mark.layer is Layer.METADATA and each.mark.schema == "cn.aigc"
    ]
    return found[0] if found else {}


WRITTEN = {"confirmed": "1", "declared": "2", "suspected": "3"}


@pytest.mark.parametrize("trace", [False, True])
@pytest.mark.parametrize("manifest", MANIFESTS)
@pytest.mark.parametrize("label", ["", "1", "2", "3"])
def test_real_files_and_what_is_written(label, manifest, trace):
    """Label stays what it was; where none was, it says no more than what was found."""
    for said in SAID if (label, trace) in {("", False), ("3", True)} else ("unsaid",):
        upload = Asset.of_bytes(made(label, manifest, trace), "image/png", "a.png")
        done = gate().admit(upload, declared=WORDS[said])
        expected = due(said, label, manifest, trace, notice=False)
        assert done.classification == expected
        if expected == "none":
            assert done.decision == "accept"
            assert done.asset.sha256 == upload.sha256
            continue
        assert done.decision == "label", done.reasons
        assert done.report.ok, done.report
        now = label_of(done)
        assert now["Label"] == (label or WRITTEN[expected])
        assert now["ContentPropagator"] == "PLATFORM-A"
        assert (now["ContentProducer"] == DOUBAO) == bool(label)
        assert done.report.evidence.provenance.intact
        again = gate().admit(done.asset, declared=WORDS[said])
        assert (again.classification, again.decision) == (expected, "accept"), again.reasons
        assert again.asset.sha256 == done.asset.sha256


# -- earlier judgements, and sources that do not agree ----------------------------------------


def test_a_suspicion_is_not_signed_as_a_fact():
    """What one platform suspects, the next one reads as a suspicion, not as a confirmation."""
    first = gate().admit(delivered("automatic1111").data)
    assert first.classification == "suspected"
    assert first.report.evidence.provenance.ai == "unknown"
    other = Gate(policy("cn.measures-2025"), Signer.local(), propagator_code="PLATFORM-B")
    second = other.admit(first.asset)
    assert second.classification == "suspected"
    assert label_of(second)["Label"] == "3"
    assert label_of(second)["ContentPropagator"] == "PLATFORM-B"
    assert label_of(second)["ContentProducer"] == "PLATFORM-A"


def test_a_declaration_is_not_signed_as_a_fact():
    first = gate().admit(delivered("camera").data, declared=True)
    assert label_of(first)["Label"] == "2"
    assert first.report.evidence.provenance.ai == "unknown"
    assert gate().admit(first.asset, declared=False).classification == "declared"


@pytest.mark.parametrize(("name", "value"), [("possible", "2"), ("suspected", "3")])
def test_an_earlier_judgement_is_never_raised(name, value):
    it = delivered(name)
    for upload in (it.data, signed(it.data, it.media_type, [CREATED])):
        for declared in (True, False, None):
            done = gate().admit(upload, declared=declared)
            assert label_of(done)["Label"] == value
            assert label_of(done)["ContentProducer"] == TENCENT


@pytest.mark.parametrize("name", ["camera", "automatic1111", "possible"])
def test_no_chain_of_platforms_makes_a_fact_of_it(name):
    """Whatever is declared at one platform after another: the first judgement stays in the label,
    and nobody reads it as confirmed."""
    it = delivered(name)
    start = Asset.of_bytes(it.data, it.media_type, it.name)
    for answers in product((True, False, None), repeat=2):
        at, value = start, ""
        for code, declared in zip(("PLATFORM-A", "PLATFORM-B"), answers, strict=True):
            used = Gate(policy("cn.measures-2025"), Signer.local(), propagator_code=code)
            done = used.admit(at, declared=declared)
            assert done.classification != "confirmed", (answers, done.reasons)
            at, now = done.asset, label_of(done).get("Label", "")
            assert not value or now == value, (answers, code)
            value = now
        assert read(at).provenance.ai in {None, "unknown"}, answers


def test_reasons_name_every_source_and_which_one_counts():
    told = classify(evidence("1", "camera", notice=True), "no", SCHEMAS).reasons
    for words in ("cn.aigc label", "AI生成", "did not make it", "come before", "names no model"):
        assert any(words in each for each in told), (words, told)


def test_layers_that_differ_are_told():
    check = CrossCheck("cn.aigc Label", (("manifest", "1"), ("metadata", "2")), agrees=False)
    told = classify(Evidence(info(), (label_mark("2"),), checks=(check,)), "unsaid", SCHEMAS)
    assert any("manifest says 1, metadata says 2" in each for each in told.reasons)


def test_a_label_counts_although_its_security_code_fails():
    """No rule lets a platform drop a label (Measures Art. 6(1), 10)."""
    bad = label_mark("1", deviations=("cn.aigc.seal-fails",), trust=Trust.BROKEN)
    found = classify(Evidence(info(), (bad,)), "unsaid", SCHEMAS)
    assert found.classification == "confirmed"
    assert any("security code does not hold" in each for each in found.reasons)


def test_what_only_an_altered_parent_says_is_a_suspicion():
    said = Provenance(
        present=True, intact=True, ai="generated", ingredients=Ingredients(1, "broken")
    )
    assert classify(Evidence(info(), (), said), "unsaid", SCHEMAS).classification == "suspected"
    own = Found(Mark(Layer.SIGNED, "c2pa", (("digitalSourceType", TRAINED),)), "signed", "c2pa:x",
                trust=Trust.INTACT)  # fmt: skip
    assert classify(Evidence(info(), (own,), said), "unsaid", SCHEMAS).classification == "confirmed"


def test_a_broken_manifest_that_never_spoke_of_ai_is_no_suspicion():
    said = Provenance(present=True, intact=False, ai="unknown")
    found = classify(Evidence(info(), (), said), "unsaid", SCHEMAS)
    assert found.classification == "none"
    assert any("does not hold" in each for each in found.reasons)


def test_hostile_words_are_harmless_in_reasons():
    mark = Found(
        Mark(Layer.VISIBLE, "notice", (("text", "\x1b[31mAI\u202e" * 400),)), "v", "\x07" * 900
    )
    for each in classify(Evidence(info(), (mark,)), "unsaid", SCHEMAS).reasons:
        assert each.isprintable()
        assert len(each) < 400


def test_thousands_of_traces_are_told_in_a_few_words():
    marks = tuple(
        Found(Mark(Layer.METADATA, "trace", (("Generator", "x"),)), "m", f"png:{n}")
        for n in range(5000)
    )
    found = classify(Evidence(info(), marks), "unsaid", SCHEMAS)
    assert len(found.reasons) < 20
    assert "and 4990 more like this" in found.reasons


CONFIRMED = ("doubao", "picwish", "jimeng", "user_comment", "comment_segment", "numeric_label",
             "stepfun", "midjourney", "google", "google_edited", "firefly", "openai", "two_deep",
             "generative_fill", "markdown_two_heads")  # fmt: skip
NOTHING = ("signed_camera", "camera", "talks_of_aigc", "captured", "enhanced", "saved_again",
           "plain_text", "own_front_matter", "unknown_chunks")  # fmt: skip


@pytest.mark.parametrize("name", CONFIRMED)
def test_what_vendors_deliver_is_confirmed(name):
    it = delivered(name)
    done = gate().admit(Asset.of_bytes(it.data, it.media_type, it.name), declared=False)
    assert (done.classification, done.decision) == ("confirmed", "label"), done.reasons
    assert done.report.ok


@pytest.mark.parametrize("name", NOTHING)
def test_what_people_made_is_let_through_untouched(name):
    it = delivered(name)
    done = gate().admit(Asset.of_bytes(it.data, it.media_type, it.name))
    assert (done.classification, done.decision) == ("none", "accept"), done.reasons
    assert done.asset.data() == it.data


@pytest.mark.parametrize("name", ["automatic1111", "comfyui"])
def test_traces_are_a_suspicion(name):
    assert gate().admit(delivered(name).data).classification == "suspected"


def test_labels_that_contradict_each_other_are_held():
    done = gate().admit(delivered("contradicting").data)
    assert (done.classification, done.decision) == ("confirmed", "hold")
    assert any("contradict" in each for each in done.reasons)


def test_a_notice_alone_is_a_suspicion(tmp_path):
    """In a text, where a reader finds it without a record."""
    text = "The path climbs through beech trees.\n\nAI-generated\n"
    done = gate().admit(Asset.of_text(text, "text/markdown", "a.md"))
    assert (done.classification, done.notice) == ("suspected", "本内容疑似为AI生成合成内容")


def test_a_record_of_a_notice_that_is_gone_is_a_suspicion():
    """Whoever cut it off, or left it out under Article 9, left the record."""
    for text in ("AI生成", ""):
        mark = Found(Mark(Layer.METADATA, "notice", (("text", text),)), "metadata", "xmp")
        found = classify(Evidence(info(), (mark,)), "unsaid", SCHEMAS)
        assert found.classification == "suspected"


def test_a_manifest_that_nobody_fetched_is_told(corpus):
    done = gate().admit(corpus / "media" / "libpng-test_with_url.png")
    assert (done.classification, done.decision) == ("none", "accept")
    assert any("nobody fetched" in each for each in done.reasons)


def test_the_day_before_the_measures_nothing_is_shown():
    early = Gate(policy("cn.measures-2025"), context=Context(role="platform", on="2025-08-31"))
    done = early.admit(delivered("doubao").data)
    assert (done.decision, done.notice, done.classification) == ("accept", "", "confirmed")


# -- the public corpus ------------------------------------------------------------------------


def test_the_corpus_holds_no_statement_on_ai(corpus):
    """Signed and broken pictures of which none says AI: nothing is suspected of them."""
    for path in sorted((corpus / "c2pa").glob("*.jpg")):
        done = gate().admit(path)
        assert (done.classification, done.decision) == ("none", "accept"), (path.name, done.reasons)


def test_the_corpus_can_be_labelled_when_it_is_declared(corpus):
    """Intact and broken parents alike, and every kind of media."""
    files = [*sorted((corpus / "c2pa").glob("*.jpg")), *sorted((corpus / "media").iterdir())]
    for path in files:
        if path.name.startswith("out-"):
            continue
        done = gate().admit(path, declared=True)
        assert done.classification in {"declared", "confirmed"}, path.name
        if done.decision == "label":
            assert done.report.evidence.provenance.intact, path.name
        else:
            assert done.decision == "hold", (path.name, done.reasons)
