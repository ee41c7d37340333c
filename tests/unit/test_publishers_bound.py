"""Organisations that bind the certificate of their CAWG identity, and publishers suspended."""

import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st
from laws.resealed import resealed, store_of, with_store
from PIL import Image
from servers import postgres
from unit.test_identity import raw_identity, signer_of, taken_back
from unit.test_models import HOSTILE, STEERING, Pen
from unit.test_publishers import KEY, ann, held_in

from aigclabel import LOCAL, Asset, Choices, Declaration, Origin, TrustStore, policy, read, stamp
from aigclabel.carriers.signed.identity import _digest
from aigclabel.carriers.signed.jumbf import boxes, part
from aigclabel.cli import main
from aigclabel.errors import LedgerError, UsageError
from aigclabel.intake import publishers as module
from aigclabel.intake import publishers_proof
from aigclabel.intake.publishers import Publishers, Standing
from aigclabel.intake.publishers_tables import Part, _made
from aigclabel.intake.store import Store

SAID = Declaration("Example News", origin=Origin.ENHANCED)
BARE = policy("c2pa-only")
TODAY = datetime.now(UTC).date()
NAME = "Example News Unmistakable"


@pytest.fixture(scope="module")
def root(workshop):
    return workshop.authority("Press root")


@pytest.fixture(scope="module")
def news(workshop, root):
    return workshop.leaf(root, NAME)


@pytest.fixture(scope="module")
def other(workshop, root, news):
    """Of the same length, so that one identity fits into the place of the other."""
    made = (workshop.leaf(root, NAME[::-1]) for _ in range(200))
    return next(each for each in made if len(each.der) == len(news.der))


@pytest.fixture
def store(tmp_path):
    made = Store(f"sqlite:///{tmp_path}/intake.db")
    yield made
    made.close()


@pytest.fixture
def register(store):
    return Publishers(store, KEY, platform="Video")


@pytest.fixture
def publisher(register):
    return register.keep(fresh("org-1"))


def fresh(subject):
    return ann(subject, verified=datetime.now(UTC), until=TODAY + timedelta(900))


def answered(picture, issued, **how):
    """The challenge as the organisation signs it."""
    content = Asset.of_bytes(picture, "image/png", "challenge.png")
    return stamp(content, SAID, BARE, LOCAL.with_identity(signer_of(issued)), **how)


def bind(register, publisher, issued, **how):
    proof = answered(register.challenge(publisher, issued.pem), issued)
    return register.bind(publisher, issued.pem, proof, **how)


def finger(issued):
    return issued.cert.fingerprint(SHA256()).hex()


# -- what holds -------------------------------------------------------------------------


def test_a_certificate_is_bound_by_its_challenge(register, publisher, news, root):
    before = register.tie(finger(news), publisher)
    bound = bind(register, publisher, news, trust=TrustStore((root.pem,)))
    assert before == "nobody"
    assert (bound.fingerprint, bound.anchored) == (finger(news), True)
    assert bound.until == news.cert.not_valid_after_utc.date()
    assert register.bound(publisher) == (bound,)
    assert register.tie(finger(news), publisher) == "publisher"
    assert register.tie(finger(news).upper(), "p-somebody") == "other"
    assert register.tie(finger(news), publisher, bound.until + timedelta(1)) == "ended"
    assert register.tie(finger(news), publisher, TODAY - timedelta(2)) == "nobody"
    assert register.standing(publisher).level == "id-card"  # binding is no check of identity


def test_a_proof_beside_the_picture_serves_too(register, publisher, news):
    picture = register.challenge(publisher, news.pem)
    proof = answered(picture, news, choices=Choices(signature="sidecar"))
    assert proof.sidecar
    assert not register.bind(publisher, news.pem, proof).anchored


def test_a_binding_ends_when_it_was_said(register, publisher, news):
    last = TODAY + timedelta(3)
    assert bind(register, publisher, news, until=last).until == last
    assert bind(register, publisher, news, until=date(2999, 1, 1)).until < date(2999, 1, 1)
    with pytest.raises(UsageError, match="before today"):
        bind(register, publisher, news, until=TODAY - timedelta(1))


def test_which_certificate_it_is_stands_nowhere_in_the_clear(tmp_path, store, news):
    pen = Pen()
    register = Publishers(store, KEY, pen)
    publisher = register.keep(fresh("org-1"))
    bind(register, publisher, news)
    register.unbind(publisher, news.pem)
    bind(register, publisher, news)
    held = held_in(store, tmp_path) + json.dumps(pen.records).encode()
    for word in (finger(news), finger(news)[:16], NAME):
        assert word.encode() not in held
    told = [(body["what"], body.get("certificate")) for _, body, _ in pen.records]
    mark = told[1][1]
    assert told == [("verified", None), ("bound", mark), ("unbound", mark), ("bound", mark)]
    assert len(mark) == 64
    assert [each.what for each in register.history(publisher)] == [what for what, _ in told]


def test_an_older_register_takes_bindings(store, news):
    store.ready(Part("publishers", (_made,)))
    register = Publishers(store, KEY)
    publisher = register.keep(fresh("org-1"))
    bind(register, publisher, news)
    assert register.tie(finger(news), publisher) == "publisher"


def test_the_challenge_says_what_signing_it_does(register, publisher, news):
    one, two = (Image.open(BytesIO(register.challenge(publisher, news.pem))) for _ in range(2))
    assert one.size == two.size
    assert one.tobytes() != two.tobytes()
    words = one.convert("L").crop((0, 0, one.width, one.height - 32))
    assert words.getextrema()[0] < 40  # dark letters
    assert words.point(lambda v: 255 * (v < 128)).getbbox()[3] < words.height - 4  # all in view
    assert one.info == {}  # nothing hidden beside the pixels


# -- certificates that vouch for nobody -------------------------------------------------


def unfit(workshop, root):
    yield "expired", workshop.leaf(root, NAME, days=(-9, -1))
    yield "valid only from", workshop.leaf(root, NAME, days=(2, 9))
    yield "extendedKeyUsage", workshop.leaf(root, NAME, ekus=(workshop.C2PA,))
    yield "extendedKeyUsage", workshop.leaf(root, NAME, ekus=(workshop.SERVER,))
    yield "authority", workshop.leaf(root, NAME, ca=True)
    yield "keyUsage", workshop.leaf(root, NAME, signs=False)
    yield "too weak", workshop.leaf(root, NAME, key=ec.generate_private_key(ec.SECP256K1()))


def test_certificates_that_cannot_vouch_are_refused(workshop, root, register, publisher):
    for why, issued in unfit(workshop, root):
        with pytest.raises(UsageError, match=why) as told:
            register.challenge(publisher, issued.pem)
        assert NAME not in str(told.value)
        with pytest.raises(UsageError, match=why):
            register.bind(publisher, issued.pem, b"no matter")


@pytest.mark.parametrize("pem", [
    b"", b"\0" * 99, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", b"x" * 70000,
])  # fmt: skip
def test_what_is_no_certificate_is_refused(register, publisher, pem):
    for call in (register.challenge, register.unbind):
        if pem or call == register.challenge:
            with pytest.raises(UsageError, match="no certificate that can be read"):
                call(publisher, pem)


@given(st.data())
def test_bytes_changed_in_a_certificate_raise_nothing_foreign(news, data):
    der = bytearray(news.der)
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    lines = (b"-----BEGIN CERTIFICATE-----", b64encode(der), b"-----END CERTIFICATE-----")
    with suppress(UsageError):
        publishers_proof.claimed(b"\n".join(lines))


@pytest.fixture(scope="module")
def made_once():
    return publishers_proof.challenge(("words",))


@given(st.data())
def test_bytes_changed_in_a_picture_raise_nothing_foreign(made_once, data):
    made, digest = made_once
    changed = bytearray(made)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(made) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(changed[: data.draw(st.integers(0, len(made)))])
    assert publishers_proof._pixels(made) == digest
    assert isinstance(publishers_proof._pixels(cut), str)


def test_a_certificate_that_expired_since_the_challenge(register, publisher, news, monkeypatch):
    proof = answered(register.challenge(publisher, news.pem), news)

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(500)

    monkeypatch.setattr(publishers_proof, "datetime", Later)
    with pytest.raises(UsageError, match="expired"):
        register.bind(publisher, news.pem, proof)


def test_a_revoked_certificate_is_refused(register, publisher, news, root):
    trust = TrustStore((root.pem,), revocations=(taken_back(news, root),))
    proof = answered(register.challenge(publisher, news.pem), news)
    with pytest.raises(UsageError, match="was revoked"):
        register.bind(publisher, news.pem, proof, trust)
    assert register.bound(publisher) == ()


def test_a_certificate_of_no_anchor_is_refused_where_anchors_are_given(
    workshop, register, publisher, news
):
    strangers = TrustStore((workshop.authority("Others").pem,))
    with pytest.raises(UsageError, match="none of the anchors"):
        bind(register, publisher, news, trust=strangers)
    self_made = workshop.leaf(None, NAME)
    with pytest.raises(UsageError, match="none of the anchors"):
        bind(register, publisher, self_made, trust=strangers)
    assert not bind(register, publisher, self_made).anchored  # it says so, and no more


# -- proofs that are none ---------------------------------------------------------------


def refused(register, publisher, issued, proof, why):
    with pytest.raises(UsageError, match=why) as told:
        register.bind(publisher, issued.pem, proof)
    assert "\n" not in str(told.value)
    assert register.bound(publisher) == ()


def test_a_proof_that_nobody_signed(register, publisher, news, other):
    picture = register.challenge(publisher, news.pem)
    content = Asset.of_bytes(picture, "image/png", "c.png")
    refused(register, publisher, news, picture, "not signed")
    refused(register, publisher, news, stamp(content, SAID, BARE, LOCAL), "nobody vouches")
    refused(register, publisher, news, answered(picture, other), "another certificate")
    refused(register, publisher, news, b"", "not signed")
    refused(register, publisher, news, bytes(2000), "not signed")


def test_a_proof_that_was_changed(register, publisher, news):
    proof = answered(register.challenge(publisher, news.pem), news).data()
    refused(register, publisher, news, proof + b"more", "changed since")
    at = proof.index(b"IDAT") + 30
    flipped = proof[:at] + bytes([proof[at] ^ 1]) + proof[at + 1 :]
    refused(register, publisher, news, flipped, "changed since")


def test_a_public_file_is_no_proof(register, publisher, news):
    register.challenge(publisher, news.pem)
    noise = Image.effect_noise((560, 240), 40)
    for picture in (noise.convert("RGB"), noise, noise.convert("RGB").resize((100, 100))):
        out = BytesIO()
        picture.save(out, "PNG")
        refused(register, publisher, news, answered(out.getvalue(), news), "no open challenge")
    jpeg = Asset.of_image(noise.convert("RGB"), "image/jpeg", "a.jpg")
    public = stamp(jpeg, SAID, BARE, LOCAL.with_identity(signer_of(news)))
    refused(register, publisher, news, public, "no open challenge")


def grafted(mine, public):
    """The file with the identity of another one in its manifest, and claim and signature made
    anew around it by somebody who has no key of that identity."""
    own, public = raw_identity(mine), raw_identity(public)
    assert len(own) == len(public), "the test needs certificates of one length"
    store = store_of(mine)
    (label,) = boxes(store)
    digests = []
    for each in (store, store.replace(own, public)):
        group = part(boxes(each)[label], b"c2as")
        box = next(box for box in group.inside if box.label == "cawg.identity")
        digests.append(_digest(box, "sha256"))
    old, new = digests
    assert store.count(old) == 1
    changed = with_store(mine, store.replace(own, public).replace(old, new))
    return resealed(changed, LOCAL.resolved())


def test_an_identity_taken_from_a_public_file_is_no_proof(register, publisher, news, other):
    out = BytesIO()
    Image.effect_noise((560, 240), 40).convert("RGB").save(out, "PNG")
    mine = answered(register.challenge(publisher, news.pem), other)
    proof = grafted(mine, answered(out.getvalue(), news))
    said = read(proof).provenance
    assert (said.intact, said.identities[0].fingerprint) == (True, finger(news))
    refused(register, publisher, news, proof, "does not hold")


def test_a_proof_that_is_signed_in_part_only(register, publisher, news, monkeypatch):
    proof = answered(register.challenge(publisher, news.pem), news)
    said = read(proof)
    said = replace(said, provenance=replace(said.provenance, loose=((900, 4),)))
    monkeypatch.setattr("aigclabel.engine.read", lambda *_: said)
    refused(register, publisher, news, proof, "in part only")


def test_a_challenge_serves_one_publisher_one_certificate_and_once(
    register, publisher, news, other
):
    second = register.keep(fresh("org-2"))
    mine = answered(register.challenge(publisher, news.pem), news)
    refused(register, second, news, mine, "no open challenge")
    both = answered(register.challenge(publisher, news.pem), other)
    refused(register, publisher, other, both, "no open challenge")
    register.bind(publisher, news.pem, mine)
    register.unbind(publisher)
    refused(register, publisher, news, mine, "no open challenge")


def test_a_challenge_of_another_platform_is_none(store, register, publisher, news):
    elsewhere = Publishers(store, KEY, platform="Music")
    there = elsewhere.keep(fresh("org-1"))
    proof = answered(elsewhere.challenge(there, news.pem), news)
    refused(register, publisher, news, proof, "no open challenge")
    elsewhere.bind(there, news.pem, proof)
    assert register.tie(finger(news), publisher) == "nobody"
    bind(register, publisher, news)  # two registers, of which none knows of the other
    assert len(register.bound(publisher)) == len(elsewhere.bound(there)) == 1
    marks = {
        one.history(each)[-1].proof for one, each in ((register, publisher), (elsewhere, there))
    }
    assert len(marks) == 2


def test_a_challenge_is_too_old_after_a_week(register, publisher, news, monkeypatch):
    proof = answered(register.challenge(publisher, news.pem), news)
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(8)
    monkeypatch.setattr(module, "now", lambda: later)
    refused(register, publisher, news, proof, "no open challenge")
    again = register.challenge(publisher, news.pem)
    with register._store.reading() as connection:  # the old one is gone
        count = connection.exec_driver_sql("SELECT COUNT(*) FROM publisher_challenges").scalar()
    assert (count, bool(again)) == (1, True)


def test_only_who_is_verified_binds(register, publisher, news):
    gone = register.keep(ann("old", verified=datetime(2026, 1, 2, tzinfo=UTC)))
    for each in (gone, "p-nobody", "'; --"):
        with pytest.raises(UsageError, match="verified today"):
            register.challenge(each, news.pem)
    proof = answered(register.challenge(publisher, news.pem), news)
    register.suspend(publisher)
    refused(register, publisher, news, proof, "verified today")
    register.resume(publisher)
    register.bind(publisher, news.pem, proof)


def test_who_is_forgotten_while_the_proof_is_read_binds_nothing(
    register, publisher, news, monkeypatch
):
    proof = answered(register.challenge(publisher, news.pem), news)
    reading = publishers_proof.shown

    def slow(*told):
        register.forget(publisher)
        return reading(*told)

    monkeypatch.setattr(publishers_proof, "shown", slow)
    refused(register, publisher, news, proof, "verified today")


# -- two organisations, and none --------------------------------------------------------


def test_a_certificate_has_one_publisher(register, publisher, news, other):
    second = register.keep(fresh("org-2"))
    bind(register, publisher, news)
    with pytest.raises(UsageError, match="another publisher") as told:
        bind(register, second, news)
    assert publisher not in str(told.value)
    bind(register, publisher, news)  # anew
    bind(register, publisher, other)  # and a second one
    assert len(register.bound(publisher)) == 2
    with pytest.raises(UsageError, match="no such certificate"):
        register.unbind(second, news.pem)
    assert register.unbind(publisher, news.pem) == 1
    assert register.tie(finger(news), publisher) == "ended"
    assert register.tie(finger(other), publisher) == "publisher"
    bind(register, second, news)
    assert register.tie(finger(news), publisher) == "other"


def test_of_two_at_the_same_moment_one_binds(register, publisher, news):
    second = register.keep(fresh("org-2"))
    proofs = {
        each: answered(register.challenge(each, news.pem), news) for each in (publisher, second)
    }

    def attempt(who):
        try:
            return register.bind(who, news.pem, proofs[who]).fingerprint
        except UsageError as wrong:
            return str(wrong)

    with ThreadPoolExecutor(2) as pool:
        told = set(pool.map(attempt, proofs))
    assert finger(news) in told
    assert any("another publisher" in each for each in told)


def test_forgetting_unbinds_and_leaves_the_proof(tmp_path, store, news, other):
    pen = Pen()
    register = Publishers(store, KEY, pen)
    publisher, second = register.keep(fresh("org-1")), register.keep(fresh("org-2"))
    bind(register, publisher, news)
    bind(register, second, other)
    with store.reading() as connection:
        sealed = connection.exec_driver_sql(
            "SELECT sealed FROM publisher_certificates WHERE id = ?", (publisher,)
        ).scalar()
    assert sealed.encode() in held_in(store, tmp_path)
    register.forget(publisher)
    register.forget(publisher)
    assert sealed.encode() not in held_in(store, tmp_path)
    assert register.tie(finger(news), publisher) == "ended"
    assert register.bound(publisher) == ()
    assert register.tie(finger(other), second) == "publisher"
    assert [each.what for each in register.history(publisher)] == [
        "verified", "bound", "unbound", "forgotten",
    ]  # fmt: skip
    assert [body["what"] for _, body, subject in pen.records if subject == publisher] == [
        "verified", "bound", "unbound", "forgotten",
    ]  # fmt: skip
    register.keep(fresh("org-1"))  # the same subject again: nothing comes back by itself
    assert register.standing(publisher).verified
    assert register.bound(publisher) == ()


def test_a_certificate_cannot_be_put_in_the_place_of_another(store, register, publisher, news):
    bind(register, publisher, news)
    second = register.keep(fresh("org-2"))
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE publisher_certificates SET sealed = "
                                   "(SELECT sealed FROM publisher_people WHERE id = ?)",
                                   (second,))  # fmt: skip
    with pytest.raises(LedgerError, match="altered"):
        register.bound(publisher)
    assert register.tie(finger(news), publisher) == "publisher"


# -- suspended --------------------------------------------------------------------------


def test_a_suspension_holds_until_its_last_day(register, publisher):
    last = TODAY + timedelta(7)
    register.suspend(publisher, last, "spam")
    assert register.standing(publisher) == Standing(False, "suspended", last)
    assert register.standing(publisher, last) == Standing(False, "suspended", last)
    assert register.standing(publisher, last + timedelta(1)).verified
    assert register.standing(publisher, TODAY - timedelta(2)) == Standing(False)  # not checked yet
    register.suspend(publisher)  # the last one counts
    assert register.standing(publisher, last + timedelta(1)) == Standing(False, "suspended")
    register.resume(publisher, "appeal")
    assert register.standing(publisher) == Standing(True, "id-card", TODAY + timedelta(900))
    told = [(each.what, each.level) for each in register.history(publisher)][1:]
    assert told == [("suspended", "spam"), ("suspended", ""), ("resumed", "appeal")]


def test_what_was_before_a_suspension_stays_as_it_was(store, monkeypatch):
    pen = Pen()
    register = Publishers(store, KEY, pen)
    publisher = register.keep(ann(until=date(2027, 1, 1)))
    for day, what in ((10, register.suspend), (20, register.resume)):
        moment = datetime(2026, 4, day, 9, tzinfo=UTC)
        monkeypatch.setattr(module, "now", lambda moment=moment: moment)
        what(publisher, reason="check")
    answers = {day: register.standing(publisher, date(2026, 4, day)) for day in (8, 10, 18, 20)}
    assert [each.verified for each in answers.values()] == [True, False, False, True]
    assert answers[18].level == "suspended"
    assert [(kind, body["what"], body.get("reason")) for kind, body, _ in pen.records] == [
        ("publisher", "verified", None), ("publisher", "suspended", "check"),
        ("publisher", "resumed", "check"),
    ]  # fmt: skip


def test_forgetting_is_no_way_out_of_a_suspension(register, publisher):
    register.suspend(publisher)
    register.forget(publisher)
    assert register.keep(fresh("org-1")) == publisher
    assert register.standing(publisher) == Standing(False, "suspended")
    assert register.person(publisher)["subject"] == "org-1"
    register.resume(publisher)
    assert register.standing(publisher).verified


def test_a_suspension_needs_a_publisher_a_day_and_a_word(register, publisher):
    with pytest.raises(UsageError, match="no such publisher"):
        register.suspend("p-nobody")
    with pytest.raises(UsageError, match="no such publisher"):
        register.resume("p-nobody")
    with pytest.raises(UsageError, match="not suspended"):
        register.resume(publisher)
    with pytest.raises(UsageError, match="before today"):
        register.suspend(publisher, TODAY - timedelta(1))
    for reason in (*HOSTILE, *STEERING, "two words", "me@example.com", "x" * 101):
        with pytest.raises(UsageError, match="the reason") as told:
            register.suspend(publisher, reason=reason)
        assert reason not in str(told.value)
    assert len(register.history(publisher)) == 1


def test_all_of_it_on_postgresql(news):
    with postgres.served() as running:
        store = Store(running.database())
        register = Publishers(store, KEY)
        publisher, second = register.keep(fresh("org-1")), register.keep(fresh("org-2"))
        bind(register, publisher, news)
        with pytest.raises(UsageError, match="another publisher"):
            bind(register, second, news)
        register.suspend(publisher, reason="spam")
        assert register.standing(publisher).level == "suspended"
        register.forget(publisher)
        assert register.tie(finger(news), publisher) == "ended"
        bind(register, second, news)
        assert register.tie(finger(news), second) == "publisher"
        store.close()


# -- the command line -------------------------------------------------------------------


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AIGCLABEL_HOME", str(tmp_path / "home"))

    def call(*words):
        capsys.readouterr()
        try:
            status = main(["publishers", *words])
        except SystemExit as exited:
            status = exited.code
        out, err = capsys.readouterr()
        return status, out, err

    return call


def test_the_command_line_binds_and_unbinds(run, tmp_path, news, root):
    (tmp_path / "news.pem").write_bytes(news.pem)
    (tmp_path / "root.pem").write_bytes(root.pem)
    added = run("add", "--subject", "org-1", "--level", "register-extract")
    publisher = added[1].partition(":")[0]
    words = ("bind", publisher, "--certificate", "news.pem")
    assert run(*words, "-o", "challenge.png")[0] == 0
    assert run(*words, "-o", "challenge.png")[0] == 2
    assert run(*words, "-o", "challenge.png", "--force")[0] == 0
    answered((tmp_path / "challenge.png").read_bytes(), news).save(tmp_path / "signed.png")
    status, out, _ = run(*words, "--proof", "signed.png", "--trust", "root.pem", "--json")
    told = json.loads(out)
    assert (status, told["anchored"], NAME in out) == (0, True, False)
    assert finger(news) not in run("standing", publisher)[1] + run("history", publisher)[1]
    assert finger(news) in run("standing", publisher, "--person")[1]
    status, out, _ = run("history", publisher, "--json")
    assert [each["what"] for each in json.loads(out)["history"]] == ["verified", "bound"]
    assert run("unbind", publisher, "--certificate", "news.pem")[0] == 0
    assert run("unbind", publisher)[0] == 2
    for each in (("--until", "2999-01-01"), ("--trust", "root.pem"), ("--revocation", "x")):
        assert "go with --proof" in run(*words, "-o", "new.png", *each)[2]
    for wrong in (("--proof", "signed.png"), ("--proof", "no.png"), (), ("--revocation", "x")):
        status, out, err = run(*words, *wrong)
        assert (status, out) == (2, "")
        assert NAME not in err


def test_the_command_line_suspends_and_resumes(run):
    publisher = run("add", "--subject", "org-1", "--level", "seen")[1].partition(":")[0]
    status, out, _ = run("suspend", publisher, "--until", "2999-01-01", "--reason", "spam")
    assert (status, out.partition(": ")[2]) == (0, "NOT VERIFIED, suspended, until 2999-01-01\n")
    status, out, _ = run("standing", publisher, "--json")
    assert (status, json.loads(out)["level"]) == (1, "suspended")
    assert "suspended, spam, until 2999-01-01" in run("history", publisher)[1]
    assert run("resume", publisher)[0] == 0
    assert run("standing", publisher)[0] == 0
    assert run("history", "p-nobody")[:2] == (3, "not in the register\n")
    for words in (("resume", publisher), ("suspend", publisher, "--reason", "\x1b[2J"),
                  ("suspend", publisher, "--until", "soon"), ("suspend", "p-nobody")):  # fmt: skip
        status, out, err = run(*words)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert "\x1b" not in err
