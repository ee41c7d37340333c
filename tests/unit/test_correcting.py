"""Correcting a label: who may, what changes, what is said of it, and what is refused."""

import json
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from aigclabel import (
    LOCAL,
    Asset,
    BrokenProvenance,
    CannotLabel,
    Choices,
    ConflictingLabels,
    Context,
    Declaration,
    Layer,
    SigningError,
    TrustStore,
    UsageError,
    carry,
    correct,
    policy,
    read,
    stamp,
    update,
    verify,
)
from aigclabel.cli import main
from aigclabel.intake.ledger import Ledger
from aigclabel.intake.ledger_events import correction_recorder
from aigclabel.model import Place
from aigclabel.report import evidence_text
from aigclabel.schemas.cn_aigc import seal_code
from aigclabel.signing import Signer

GB = policy("cn.gb45438-2025")
SAID = Declaration("EXAMPLE-MODELS", system="example-image", content_id="img-1")
PLATFORM = Declaration("PLATFORM-A", propagator="PLATFORM-A")
JUDGED = replace(PLATFORM, propagate_id="p-1", content_id="c-1", judgement="suspected")
AS_PLATFORM = Context(role="platform")
TRUST = TrustStore((LOCAL.resolved().anchor,))
WHY = "the prompt was found with the picture"


def picture(kind="image/png"):
    return Asset.of_image(Image.effect_noise((160, 120), 40).convert("RGB"), kind, "a")


def suspected(kind="image/png", signer=LOCAL):
    """A platform's label 3 on what somebody uploaded."""
    return stamp(picture(kind), JUDGED, GB, signer, AS_PLATFORM)


def made(signer=LOCAL, said=SAID, kind="image/png"):
    """A producer's label 1."""
    return stamp(picture(kind), said, GB, signer)


def label(asset):
    """The one label of the metadata."""
    found = [m for m in read(asset).marks if m.mark.schema == "cn.aigc"]
    (one,) = [m for m in found if m.mark.layer is Layer.METADATA]
    return one


def corrections(asset, trust=None):
    return [each for each in read(asset, trust).marks if each.mark.schema == "correction"]


def written(text):
    """A JPEG with a label as another program may write it, under the guides' name."""
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
        'syntax-ns#"><rdf:Description rdf:about="" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/'
        f'"><TC260:AIGC>{text}</TC260:AIGC></rdf:Description></rdf:RDF></x:xmpmeta>'
    )
    image = Image.effect_noise((160, 120), 40).convert("RGB")
    out = BytesIO()
    image.save(out, "JPEG", xmp=packet.encode())
    return Asset.of_bytes(out.getvalue(), "image/jpeg", "a.jpg")


def seven(**fields):
    names = ("Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator",
             "PropagateID", "ReservedCode2")  # fmt: skip
    given = {"ContentProducer": "EXAMPLE-MODELS", "ProduceID": "img-1", **fields}
    told = {name: given.get(name, "") for name in names}
    return json.dumps({**told, **{n: t for n, t in given.items() if n not in told}})


@pytest.fixture
def other(workshop):
    """A signer with a key and an authority of its own."""
    return signer_of(workshop, workshop.authority("Other root"))


def signer_of(workshop, authority, name="Signer"):
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    leaf = workshop.leaf(authority, name)
    return Signer.from_callable(
        lambda data: leaf.key.sign(data, ec.ECDSA(SHA256())), leaf.pem + authority.pem
    )


# -- what changes ----------------------------------------------------------------------------


def test_a_platform_raises_its_own_suspicion_step_by_step():
    first = suspected()
    second = correct(first, "2", WHY, PLATFORM)
    third = correct(second, "1", WHY, PLATFORM)
    before = dict(label(first).mark.fields)
    for asset, value in ((first, "3"), (second, "2"), (third, "1")):
        assert dict(label(asset).mark.fields) == {**before, "Label": value}
        assert (label(asset).place, label(asset).deviations) == (Place.NORMATIVE, ())
    told = corrections(third)
    assert [(e.mark.get("from"), e.mark.get("to"), e.place) for e in told] == [
        ("3", "2", Place.INFORMATIVE),
        ("2", "1", Place.NORMATIVE),
    ]
    assert [each.where for each in told] == [
        "c2pa:parent:org.aigclabel.correction",
        "c2pa:org.aigclabel.correction",
    ]
    said = read(third, TRUST).provenance
    assert (said.intact, said.signer_trusted, said.ingredients.worst) == (True, True, "trusted")
    assert max(each.depth for each in said.history) == 3


def test_what_a_correction_says():
    by = Declaration("x", propagator="Example Video", propagator_code="PLATFORM-A")
    (told,) = corrections(correct(suspected(), "1", f" {WHY}\n", by), TRUST)
    assert (told.mark.layer, told.carrier, told.trust.value) == (Layer.SIGNED, "signed", "trusted")
    assert told.mark.fields == (
        ("schema", "cn.aigc"),
        ("field", "Label"),
        ("from", "3"),
        ("to", "1"),
        ("reason", WHY),
        ("by", "propagator"),
        ("name", "Example Video"),
        ("code", "PLATFORM-A"),
        ("ground", "stronger"),
    )


def test_who_is_not_named_in_the_label_is_told():
    told = correct(suspected(), "2", WHY, Declaration("B", propagator="PLATFORM-B"))
    assert label(told).mark.get("ContentPropagator") == "PLATFORM-A"
    assert any("the label still names PLATFORM-A" in each for each in told.notes)
    assert not any("propagator" in each for each in correct(suspected(), "2", WHY, PLATFORM).notes)


def test_correcting_twice_the_same_is_once():
    once = correct(suspected(), "2", WHY, PLATFORM)
    events = []
    again = correct(once, "2", "another reason", PLATFORM, on_event=events.append)
    assert again.data() == once.data()
    assert not events
    assert "the label says 2 already: nothing was changed" in again.notes


@pytest.mark.parametrize("signed", [LOCAL, None])
def test_a_manifest_is_always_added(signed):
    """An unsigned file becomes the parent as it is."""
    done = correct(suspected(signer=signed), "1", WHY, PLATFORM)
    said = read(done).provenance
    assert (said.present, said.intact) == (True, True)
    assert said.history[0].state == ("untrusted" if signed else "none")


def test_a_sidecar_stays_a_sidecar():
    words = Asset.of_text("# Words\n", "text/markdown", "a")
    beside = stamp(words, SAID, GB, choices=Choices(signature="sidecar"))
    done = correct(beside, "2", WHY, SAID)
    assert beside.sidecar
    assert done.sidecar
    assert (read(done).provenance.mode, label(done).mark.get("Label")) == ("sidecar", "2")


# -- who may ---------------------------------------------------------------------------------

LADDER = [(was, to) for was in "123" for to in "123" if was != to]


@pytest.mark.parametrize(("was", "to"), LADDER)
@pytest.mark.parametrize("who", ["propagator", "named producer", "producer"])
def test_only_the_producer_who_is_shown_makes_a_label_say_less(was, to, who, other):
    there = made()
    there = there if was == "1" else correct(there, was, WHY, SAID)
    said = PLATFORM if who == "propagator" else SAID
    signer = LOCAL if who == "producer" else other
    if who == "producer" or to < was:
        done = correct(there, to, WHY, said, signer)
        assert label(done).mark.get("Label") == to
        ground = corrections(done)[-1].mark.get("ground")
        assert ground == ("same-key" if who == "producer" else "stronger")
        return
    match = "only its producer" if who == "propagator" else "nothing shows that you wrote"
    with pytest.raises(CannotLabel, match=match):
        correct(there, to, WHY, said, signer)


def test_another_producer_is_refused():
    with pytest.raises(CannotLabel, match="names 'EXAMPLE-MODELS' as its producer"):
        correct(made(), "2", WHY, Declaration("SOMEBODY-ELSE"))


def test_the_producers_word_counts_through_a_relay(other):
    relayed = stamp(made(), replace(PLATFORM, propagate_id="p-1"), GB, other, AS_PLATFORM)
    done = correct(relayed, "2", WHY, SAID)
    assert label(done).mark.get("ContentPropagator") == "PLATFORM-A"
    assert corrections(done)[-1].mark.get("ground") == "same-key"
    with pytest.raises(CannotLabel, match="nothing shows"):
        correct(relayed, "2", WHY, SAID, other)


def test_what_was_altered_before_a_relay_shows_nobody(other):
    """The producer's manifest does not hold any more, whoever signed what came after."""
    data = made(kind="image/jpeg").data().replace(b'"Label":"1"', b'"Label":"2"')
    altered = Asset.of_bytes(data, "image/jpeg", "a")
    relayed = stamp(altered, replace(PLATFORM, propagate_id="p-1"), GB, other, AS_PLATFORM)
    assert read(relayed).provenance.intact
    assert label(relayed).mark.get("Label") == "2"
    with pytest.raises(CannotLabel, match="nothing shows"):
        correct(relayed, "3", WHY, SAID)
    assert label(correct(relayed, "1", WHY, SAID)).mark.get("Label") == "1"


def test_a_platform_that_labelled_an_upload_wrote_that_label(other):
    raised = correct(suspected(), "1", WHY, PLATFORM)
    mine = Declaration("PLATFORM-A")
    assert label(correct(raised, "3", WHY, mine)).mark.get("Label") == "3"
    with pytest.raises(CannotLabel, match="nothing shows"):
        correct(raised, "3", WHY, mine, other)


def test_nobody_writes_a_label_by_signing_what_they_find(other):
    """Over an unsigned label with a producer's name: by a correction, a stamp, a relay or a
    carry, and then by saying that one is that producer."""
    found = made(signer=None)
    ways = [
        found,
        stamp(found, SAID, GB, other),
        stamp(found, SAID, policy("c2pa-only"), other),
        stamp(found, replace(PLATFORM, propagate_id="p"), GB, other, AS_PLATFORM),
        carry(found, picture(), other),
        update(stamp(found, SAID, GB, other), {"com.example.x": {"a": "b"}}, other),
    ]
    for there in ways:
        with pytest.raises(CannotLabel, match="nothing shows"):
            correct(there, "3", WHY, SAID, other)


def test_a_correction_of_an_unsigned_label_makes_nobody_its_producer(other):
    found = written(seven(Label="3"))
    raised = correct(found, "2", WHY, SAID, other)
    assert corrections(raised)[-1].mark.get("ground") == "stronger"
    with pytest.raises(CannotLabel, match="nothing shows"):
        correct(raised, "3", WHY, SAID, other)


@pytest.mark.parametrize("believed", ["both", "neither", "only the old", "another subject"])
def test_a_renewed_certificate_takes_trust(workshop, believed):
    old, new = workshop.authority("Old root"), workshop.authority("New root")
    there = made(signer_of(workshop, old))
    renewed = signer_of(workshop, new, "Else" if believed == "another subject" else "Signer")
    anchors = (old.pem,) if believed == "only the old" else (old.pem, new.pem)
    trust = None if believed == "neither" else TrustStore(anchors)
    if believed == "both":
        done = correct(there, "2", WHY, SAID, renewed, trust=trust)
        assert corrections(done)[-1].mark.get("ground") == "same-subject"
        return
    with pytest.raises(CannotLabel, match=r"nothing shows|not trusted"):
        correct(there, "2", WHY, SAID, renewed, trust=trust)


def test_a_label_of_other_software_is_its_signers_where_nobody_came_after(other):
    """One manifest that created the content and covers the whole file, and records no labels."""
    from aigclabel.carriers.signed import sdk

    trained = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    actions = [{"action": "c2pa.created", "digitalSourceType": trained}]
    data = {"allActionsIncluded": True, "actions": actions}
    job = {
        "claim_generator_info": [{"name": "theirs", "specVersion": "2.4.0"}],
        "assertions": [{"label": "c2pa.actions.v2", "created": True, "data": data}],
    }
    found = written(seven(Label="1"))
    signed = found.renewed(
        lambda out: sdk.sign_into(sdk.Job(job, other.resolved()), found, out), found.size
    )
    with pytest.raises(CannotLabel, match="nothing shows"):
        correct(signed, "2", WHY, SAID)
    assert label(correct(signed, "2", WHY, SAID, other)).mark.get("Label") == "2"


# -- labels with a security code -------------------------------------------------------------


@pytest.fixture
def key():
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def code(key, value=""):
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return seal_code(SAID, lambda data: key.sign(data, ec.ECDSA(SHA256())), public, value)


def test_who_relays_cannot_break_a_security_code(key):
    there = correct(made(said=replace(SAID, security_code=code(key))), "3", WHY,
                    replace(SAID, security_code=code(key, "3")))  # fmt: skip
    assert label(there).deviations == ()
    with pytest.raises(CannotLabel, match="ReservedCode1 protects the label"):
        correct(there, "1", WHY, PLATFORM)
    with pytest.raises(CannotLabel, match="security_code is its producer's"):
        correct(there, "1", WHY, replace(PLATFORM, security_code=code(key, "1")))


def test_the_producers_new_code_stands_in_the_label(key, other):
    there = made(said=replace(SAID, security_code=code(key)))
    with pytest.raises(CannotLabel, match="ReservedCode1 protects the label"):
        correct(there, "3", WHY, SAID)
    with pytest.raises(CannotLabel, match="would not hold"):
        correct(there, "3", WHY, replace(SAID, security_code=code(key, "2")))
    done = correct(there, "3", WHY, replace(SAID, security_code=code(key, "3")))
    assert (label(done).seal_key, label(done).deviations) == (label(there).seal_key, ())
    back = correct(done, "1", WHY, replace(SAID, security_code=code(key, "1")), other)
    assert corrections(back)[-1].mark.get("ground") == "security-code"


def test_a_code_out_of_an_older_copy_makes_nothing_say_less(key, other):
    """Whoever kept the code of Label 3 can show it, and has not the producer's key."""
    there = made(said=replace(SAID, security_code=code(key)), signer=None)
    with pytest.raises(CannotLabel, match="nothing shows"):
        correct(there, "3", WHY, replace(SAID, security_code=code(key, "3")), other)


# -- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 1001, "a\u202eb", "a\0b"])
def test_a_reason_has_to_be_given(reason):
    with pytest.raises(UsageError, match="say why"):
        correct(suspected(), "1", reason, PLATFORM)


@pytest.mark.parametrize("value", ["", "0", "4", "01", "１"])
def test_there_are_three_labels(value):
    with pytest.raises(CannotLabel, match="write 1, 2 or 3"):
        correct(suspected(), value, WHY, PLATFORM)


def test_there_must_be_a_label():
    with pytest.raises(UsageError, match=r"no cn\.aigc label to correct"):
        correct(picture(), "1", WHY, PLATFORM)


def test_a_label_that_the_standard_does_not_know_is_not_moved_by_others():
    with pytest.raises(CannotLabel, match="'9' does not become '1'"):
        correct(written(seven(Label="9")), "1", WHY, PLATFORM)


@pytest.mark.parametrize("text", ["{", seven(Label="2", Extra="x"), "[1]"])
def test_a_label_that_cannot_be_kept_whole_is_left_alone(text):
    with pytest.raises((ConflictingLabels, CannotLabel)):
        correct(written(text), "1", WHY, PLATFORM)


def test_labels_that_differ_are_left_alone():
    image = Image.effect_noise((160, 120), 40).convert("RGB")
    both = written(seven(Label="3"))
    exif = image.getexif()
    wrapped = '{"AIGC": ' + seven(Label="1") + "}"
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + wrapped.encode()
    out = BytesIO()
    Image.open(BytesIO(both.data())).save(
        out, "JPEG", exif=exif, xmp=Image.open(BytesIO(both.data())).info["xmp"]
    )
    there = Asset.of_bytes(out.getvalue(), "image/jpeg", "a.jpg")
    assert len([m for m in read(there).marks if m.mark.schema == "cn.aigc"]) == 2
    with pytest.raises(ConflictingLabels):
        correct(there, "1", WHY, PLATFORM)


def test_content_that_was_changed_since_it_was_signed_is_refused():
    data = made().data().replace(b'"Label":"1"', b'"Label":"3"', 1)
    changed = Asset.of_bytes(data, "image/png", "a")
    assert read(changed).provenance.intact is False
    for said in (SAID, PLATFORM):
        with pytest.raises(BrokenProvenance, match="nobody can say what its label was"):
            correct(changed, "1", WHY, said)


def test_a_signer_whose_key_is_another_gets_nothing(workshop):
    """The certificate of the first signer is no proof without its key."""
    authority = workshop.authority()
    mine = signer_of(workshop, authority)
    there = made(mine)
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    stolen = ec.generate_private_key(ec.SECP256R1())
    thief = replace(mine, sign=lambda data: stolen.sign(data, ec.ECDSA(SHA256())))
    with pytest.raises(SigningError):
        correct(there, "3", WHY, SAID, thief)


# -- where it is seen ------------------------------------------------------------------------


def test_reports_tell_of_it(tmp_path):
    done = correct(suspected(), "2", "the <b>publisher</b> said so", PLATFORM)
    line = "cn.aigc Label was corrected from 3 to 2 by a propagator (PLATFORM-A): the "
    assert line in evidence_text(read(done, TRUST))
    report = verify(done, GB, TRUST, AS_PLATFORM)
    assert line in str(report)
    assert "cn.aigc 的 Label 由传播者（PLATFORM-A）从 3 更正为 2" in report.text("zh-Hans")
    done.save(tmp_path / "a.png")
    html = tmp_path / "a.html"
    main(["verify", str(tmp_path / "a.png"), "--policy", "cn.gb45438-2025", "--html", str(html)])
    text = html.read_text("utf-8")
    assert "Labels that were corrected" in text
    assert "the &lt;b&gt;publisher&lt;/b&gt; said so" in text
    assert "Labels that were corrected" not in _html(suspected(), tmp_path)


def _html(asset, folder):
    asset.save(folder / "b.png")
    main(["verify", str(folder / "b.png"), "--policy", "cn.gb45438-2025",
          "--html", str(folder / "b.html")])  # fmt: skip
    return (folder / "b.html").read_text("utf-8")


def test_a_correction_in_a_broken_manifest_is_told_as_broken():
    data = bytearray(correct(suspected(), "2", WHY, PLATFORM).data())
    at = data.rindex(b"IDAT") + 40
    data[at] ^= 1
    (told,) = corrections(Asset.of_bytes(bytes(data), "image/png", "a"))
    assert told.trust.value == "broken"


def test_the_ledger_keeps_it(tmp_path):
    from aigclabel.intake.store import Store

    pytest.importorskip("sqlalchemy", reason="sqlalchemy is not installed")
    ledger = Ledger(Store(f"sqlite:///{tmp_path / 'l.db'}"))
    there = suspected()
    record = correction_recorder(ledger, subject="post-1")
    done = correct(there, "2", WHY, PLATFORM, on_event=record)
    kept = ledger.entry(0)
    assert (kept.kind, kept.subject) == ("correction", "post-1")
    assert kept.body == {
        "source": there.sha256, "sha256": done.sha256, "media_type": "image/png",
        "size": str(done.size), "schema": "cn.aigc", "field": "Label", "from": "3", "to": "2",
        "reason": WHY, "by": "propagator", "name": "PLATFORM-A", "ground": "stronger",
    }  # fmt: skip
    with pytest.raises(CannotLabel):
        correct(done, "3", WHY, PLATFORM, on_event=record)
    assert ledger.size == 1


# -- on the command line ---------------------------------------------------------------------


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    suspected().save("in.png")

    def call(*arguments):
        try:
            status = main(["correct", *arguments])
        except SystemExit as exited:
            status = exited.code
        out = capsys.readouterr()
        return status, out.out, out.err

    return call


NAMED = ("--reason", WHY, "--propagator", "PLATFORM-A")


def test_the_command_corrects_and_records(run, tmp_path):
    ledger = f"sqlite:///{tmp_path / 'l.db'}"
    more = ("--ledger", ledger, "--subject", "post-1", "--json")
    status, out, err = run("in.png", "-o", "out.png", "--label", "2", *NAMED, *more)
    told = json.loads(out)
    assert (status, err) == (0, "")
    assert (told["schema"], told["output"]) == ("aigclabel.evidence/1", "out.png")
    assert told["correction"] == dict(corrections("out.png")[0].mark.fields)
    from aigclabel.intake.store import Store

    assert Ledger(Store(ledger)).entry(0).body["to"] == "2"
    status, out, _ = run("out.png", "-o", "again.png", "--label", "2", *NAMED)
    assert (status, "says 2 already" in out) == (0, True)
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "out.png").read_bytes()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--label", "2", *NAMED, "--signer", "none"), "needs a signer"),
        (("--label", "2", "--reason", WHY), "either --producer or --propagator"),
        (("--label", "2", *NAMED, "--producer", "x"), "either --producer or --propagator"),
        (("--label", "2", *NAMED, "--subject", "x"), "name the --ledger"),
        (("--label", "4", *NAMED), "invalid choice"),
        (("--label", "2", "--reason", " ", "--propagator", "P"), "say why"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(run, tmp_path, options, told):
    status, _, err = run("in.png", "-o", "out.png", *options)
    assert status == 2
    assert told in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out.png").exists()


def test_a_failing_ledger_keeps_the_file_back(run, tmp_path):
    (tmp_path / "l.db").write_bytes(b"no database at all, but words" * 100)
    status, _, err = run("in.png", "-o", "out.png", "--label", "2", *NAMED,
                         "--ledger", f"sqlite:///{tmp_path / 'l.db'}")  # fmt: skip
    assert (status, err.count("\n")) == (2, 1)
    assert not (tmp_path / "out.png").exists()
