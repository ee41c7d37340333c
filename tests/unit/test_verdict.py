"""What was signed again: whatever lies below shows as what it is."""

import struct
from dataclasses import replace

import pytest
from unit.test_signed_carrier import (
    CREATED,
    SAID,
    changed,
    content,
    flipped,
    read,
    sign,
    signer_of,
    work_of,
)

from aigclabel.asset import Asset
from aigclabel.carriers.signed import sdk, writing
from aigclabel.provenance import Trust


@pytest.fixture(scope="module")
def root(workshop):
    return workshop.authority()


@pytest.fixture(scope="module")
def signer(workshop, root):
    return signer_of(workshop.leaf(root, "Vendor"))


@pytest.fixture(scope="module")
def platforms(workshop):
    """Two platforms, each below a root of its own."""
    roots = [workshop.authority(f"Root of {name}") for name in ("one", "two")]
    return [
        signer_of(workshop.leaf(each, f"Platform {n}"), anchor=each)
        for n, each in enumerate(roots, 1)
    ]


@pytest.fixture
def tampered(signer):
    first = sign(content(), signer)
    return changed(first, flipped(first.data(), first.size - 100))


def label_of(seen):
    return next(each for each in seen.found if each.mark.schema == "cn.aigc")


def states(seen):
    return [(each.depth, each.state) for each in seen.provenance.history]


# -- laundering -------------------------------------------------------------------------


def test_a_tampered_file_signed_again_is_broken_below(tampered, platforms, root):
    one, two = platforms
    once = sign(tampered, one, ())
    twice = sign(once, two, ())
    for made, expected in ((once, [(1, "broken")]), (twice, [(1, "broken"), (2, "broken")])):
        seen = read(made, root, one.anchor, two.anchor)
        told = seen.provenance
        assert (told.intact, told.signer_trusted) == (True, True)
        assert told.ingredients.worst == "broken"
        assert states(seen)[-1] == expected[-1]
        assert "assertion.dataHash.mismatch" in told.history[-1].codes
        assert any("what this was made from is broken" in f.reason for f in seen.faults)
        assert label_of(seen).trust is Trust.BROKEN


def test_an_untrusted_file_signed_again_is_untrusted_below(signer, platforms):
    one, two = platforms
    twice = sign(sign(sign(content(), signer), one, ()), two, ())
    seen = read(twice, one.anchor, two.anchor)
    assert seen.provenance.signer_trusted
    assert states(seen) == [(1, "trusted"), (2, "untrusted")]
    assert seen.provenance.ingredients.worst == "untrusted"
    assert any("somebody who is not trusted" in f.reason for f in seen.faults)
    assert label_of(seen).trust is Trust.INTACT


def test_marks_are_never_above_what_lies_between(signer, platforms, root):
    """Whoever signed last alone says that the trusted file is the parent."""
    one, two = platforms
    twice = sign(sign(sign(content(), signer), one, ()), two, ())
    seen = read(twice, root, two.anchor)
    assert states(seen) == [(1, "untrusted"), (2, "trusted")]
    assert label_of(seen).trust is Trust.INTACT


def test_the_history_says_who_and_what(signer, platforms, root):
    one, two = platforms
    twice = sign(sign(sign(content(), signer), one, ()), two, ())
    told = read(twice, root, one.anchor, two.anchor).provenance
    assert [(e.depth, e.signer, e.relationship, e.ai, e.state) for e in told.history] == [
        (1, "Platform 1 (Platform 1 Ltd)", "parentOf", "generated", "trusted"),
        (2, "Vendor (Vendor Ltd)", "parentOf", "generated", "trusted"),
    ]
    assert {each.title for each in told.history} == {"a"}
    assert (told.ai, told.signal) == ("generated", "fullyGenAIMedia")
    assert (told.ingredients.count, told.ingredients.worst) == (1, "trusted")


def forged(signer, parent, *, store=None, lie=True):
    """A manifest beside a text that takes in `parent` with a record of the forger's choice:
    nothing wrong with it."""
    work = work_of(parent, signer)
    real = writing.parent_of(work)
    told = dict(real.ingredient)
    if lie:
        good = sdk.look(parent, parent.sidecar).report["validation_results"]
        told["validation_results"] = {"activeManifest": {**good["activeManifest"], "failure": []}}
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [told["label"]]}}
    definition = {"assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [opened]}}]}
    job = sdk.Job(definition, signer, replace(real, ingredient=told, store=store or real.store))
    beside = sdk.sign_beside(job, replace(parent, sidecar=None))
    return replace(parent, sidecar=beside)


def test_a_record_that_lies_about_the_signer_is_not_believed(signer, platforms):
    one, _ = platforms
    seen = read(forged(one, sign(content("text/plain"), signer)), one.anchor)
    assert seen.provenance.signer_trusted
    assert states(seen) == [(1, "untrusted")]
    assert all(each.trust is not Trust.TRUSTED for each in seen.found if "parent" in each.where)


def test_a_record_that_lies_about_the_signature_is_not_believed(signer, platforms, root):
    one, _ = platforms
    parent = sign(content("text/plain"), signer)
    store = parent.sidecar
    broken = flipped(store, store.rindex(b"\x58\x40") + 10)
    seen = read(forged(one, parent, store=broken), root, one.anchor)
    assert states(seen) == [(1, "broken")]
    assert "claimSignature.mismatch" in seen.provenance.history[0].codes
    assert label_of(seen).trust is Trust.BROKEN


def test_a_lie_two_deep_is_not_believed(signer, platforms, root):
    one, two = platforms
    parent = sign(content("text/plain"), signer)
    store = parent.sidecar
    broken = flipped(store, store.rindex(b"\x58\x40") + 10)
    below = forged(one, parent, store=broken)
    seen = read(forged(two, below), root, one.anchor, two.anchor)
    assert seen.provenance.ingredients.worst == "broken"
    assert label_of(seen).trust is Trust.BROKEN


# -- a store that was tampered with ------------------------------------------------------


def boxes(data):
    """The boxes of a JUMBF superbox's content, whole."""
    at = 0
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        yield data[at : at + size]
        at += size


def without_first(store):
    """The store without its first manifest, the oldest."""
    description, first, *others = boxes(store[8:])
    assert first
    body = description + b"".join(others)
    return struct.pack(">I", len(body) + 8) + b"jumb" + body


def test_a_parent_that_was_taken_out_is_broken_not_absent(signer, platforms, root):
    one, _ = platforms
    text = sign(sign(content("text/plain"), signer), one, ())
    seen = read(replace(text, sidecar=without_first(text.sidecar)), root, one.anchor)
    told = seen.provenance
    assert (told.present, told.intact, told.trust) == (True, False, Trust.BROKEN)
    assert states(seen) == [(1, "broken")]
    assert "ingredient.manifest.missing" in told.history[0].codes
    assert told.ingredients.worst == "broken"
    assert any("ingredient.manifest.missing" in each.reason for each in seen.faults)


def test_a_manifest_that_is_its_own_parent_is_broken_and_ends(signer, platforms, root):
    """The parent's label made that of the child, in the record and in the store alike."""
    one, _ = platforms
    text = sign(sign(content("text/plain"), signer), one, ())
    report = sdk.look(text, text.sidecar).report
    child = report["active_manifest"]
    (parent,) = (label for label in report["manifests"] if label != child)
    looped = text.sidecar.replace(parent.encode(), child.encode())
    seen = read(replace(text, sidecar=looped), root, one.anchor)
    assert (seen.provenance.present, seen.provenance.intact) == (True, False)
    assert seen.unread
    assert any("cyclic" in each.reason for each in seen.faults)


def test_whatever_the_sdk_raises_over_a_manifest_is_broken(signer):
    text = sign(content("text/plain"), signer)
    store = text.sidecar
    for at in range(0, len(store), 37):
        seen = read(replace(text, sidecar=flipped(store, at, 0xFF)))
        assert seen.provenance.present, at
    for size in range(0, len(store), 97):
        told = read(replace(text, sidecar=store[:size])).provenance
        assert told.present == bool(size), size
        assert not told.intact, size


# -- a manifest alone -------------------------------------------------------------------


def test_a_sidecar_without_its_content_says_so_and_not_that_it_was_tampered(signer, root):
    text = sign(content("text/plain"), signer)
    seen = read(Asset.of_bytes(text.sidecar, name="a.txt.c2pa"), root)
    told = seen.provenance
    assert (told.present, told.mode, told.intact, told.complete) == (True, "sidecar", None, None)
    assert (told.signer_trusted, told.signer) == (True, "Vendor (Vendor Ltd)")
    assert told.codes == ()
    assert told.trust is Trust.NONE
    assert seen.found == ()
    assert any("content that it is about is missing" in each.reason for each in seen.faults)


def test_a_damaged_sidecar_without_its_content_is_broken(signer, root):
    store = sign(content("text/plain"), signer).sidecar
    at = store.rindex(b"\x58\x40") + 10
    told = read(Asset.of_bytes(flipped(store, at)), root).provenance
    assert (told.present, told.intact, told.trust) == (True, False, Trust.BROKEN)
    assert told.codes[0] == "claimSignature.mismatch"
    cut = read(Asset.of_bytes(store[:-50]), root).provenance
    assert (cut.present, cut.intact) == (True, False)


# -- hostile text -----------------------------------------------------------------------

HOSTILE = "\x1b]0;owned\x07<script>alert(1)</script>\u202egnp.exe\n" + "A" * 5000


def test_titles_and_names_are_bounded_and_printable(signer, platforms, root):
    one, _ = platforms
    first = replace(sign(content(), signer), name=HOSTILE)
    told = read(sign(first, one, (), SAID), root, one.anchor).provenance
    (each,) = told.history
    assert len(each.title) <= 200
    assert each.title.isprintable()


def test_components_count_without_a_manifest(signer, root):
    """A component of unknown origin is named; it does not make the whole worse than `none`."""
    part = {"title": "logo.png", "relationship": "componentOf", "format": "image/png"}
    definition = {
        "assertions": [{"label": "c2pa.actions.v2", "data": CREATED}],
        "ingredients": [part],
    }
    picture = content("image/png")
    made = sdk.sign_beside(sdk.Job(definition, signer), picture)
    told = read(replace(picture, sidecar=made), root).provenance
    (each,) = told.history
    assert (each.title, each.relationship, each.state) == ("logo.png", "componentOf", "none")
    assert (each.signer, each.ai, told.ingredients.worst) == (None, None, "none")
