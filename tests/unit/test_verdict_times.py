"""The moment that counts: a trusted time stamp, else the moment asked for, else now."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from unit.test_signed_carrier import changed, content, flipped, sign, signer_of, view_of
from unit.test_tokens import Clock

from aigclabel.carriers.signed import SignedCarrier
from aigclabel.provenance import Trust

NOW = datetime.now(UTC)
LATER, EARLIER = NOW + timedelta(days=400), NOW - timedelta(days=30)


@pytest.fixture(scope="module")
def root(workshop):
    return workshop.authority()


@pytest.fixture(scope="module")
def signer(workshop, root):
    """One whose certificate is valid from yesterday on for a year."""
    return signer_of(workshop.leaf(root, "Vendor"))


@pytest.fixture(scope="module")
def clock(openssl, workshop, tmp_path_factory):
    """A time-stamp authority that answers on this machine; `url` is where."""
    authority = Clock(openssl, tmp_path_factory.mktemp("clock"), workshop)
    authority.answer()  # writes its configuration

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            query = self.rfile.read(int(self.headers["Content-Length"]))
            (authority.folder / "asked").write_bytes(query)
            words = ("-config", "clock.cnf", "-queryfile", "asked", "-out", "answer")
            authority.run("ts", "-reply", *words)
            body = (authority.folder / "answer").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    authority.url = f"http://127.0.0.1:{server.server_port}/"
    yield authority
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def moment(signer, clock):
    """What was signed with a time stamp, and the moments before and after."""
    before = datetime.now(UTC).replace(microsecond=0)  # the stamp has whole seconds
    return sign(content(), replace(signer, tsa=clock.url)), before, datetime.now(UTC)


@pytest.fixture(scope="module")
def stamped(moment):
    return moment[0]


def read(asset, *anchors, **more):
    return SignedCarrier().read(view_of(asset, *anchors, **more)).provenance


# -- without a time stamp ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "validity", "code"),
    [
        (None, "valid", None),
        (NOW, "valid", None),
        (LATER, "expired", "signingCredential.expired"),
        (EARLIER, "not-yet-valid", "claimSignature.outsideValidity"),
    ],
)
def test_the_moment_asked_for_decides_over_the_signer_not_over_the_content(
    signer, root, at, validity, code
):
    told = read(sign(content(), signer), root, at=at)
    assert told.intact
    assert told.validity == validity
    assert told.signer_trusted is (code is None)
    assert told.trust is (Trust.INTACT if code else Trust.TRUSTED)
    assert told.codes == ((code,) if code else ())
    assert (told.timestamped, told.signed_at, told.time_authority) == (False, None, None)


def test_dates_do_not_make_a_stranger_known(signer, workshop):
    stranger = workshop.authority("Stranger")
    told = read(sign(content(), signer), stranger, at=LATER)
    assert told.codes == ("signingCredential.expired", "signingCredential.untrusted")
    assert (told.intact, told.validity) == (True, "expired")


def test_a_certificate_that_expired_meanwhile_is_trusted_as_of_a_day_when_it_was_valid(
    workshop, root
):
    import time

    second = 1 / 86400
    brief = signer_of(workshop.leaf(root, "Brief", days=(-1, 3 * second)))
    signed = sign(content(), brief)
    expires = datetime.now(UTC) + timedelta(seconds=3)
    while datetime.now(UTC) <= expires + timedelta(seconds=1):
        time.sleep(0.2)
    now = read(signed, root)
    assert (now.intact, now.signer_trusted, now.validity) == (True, False, "expired")
    assert now.codes == ("signingCredential.expired",)
    then = read(signed, root, at=NOW - timedelta(minutes=1))
    assert (then.intact, then.signer_trusted, then.validity) == (True, True, "valid")
    assert then.codes == ()


def test_an_authority_that_expired_takes_the_signer_along(workshop, root):
    """The leaf outlives what issued it."""
    long = signer_of(workshop.leaf(root, "Long", days=(-1, 900)))
    told = read(sign(content(), long), root, at=NOW + timedelta(days=800))
    assert (told.signer_trusted, told.validity) == (True, "valid")


# -- with one ---------------------------------------------------------------------------


def test_a_trusted_time_stamp_decides_whatever_moment_is_asked(moment, root, clock):
    stamped, before, after = moment
    for at in (None, LATER, EARLIER):
        told = read(stamped, root, times=clock.anchors, at=at)
        assert (told.intact, told.signer_trusted, told.timestamped) == (True, True, True)
        assert told.validity == "valid"
        assert told.time_authority == "Clock"
        assert before <= told.signed_at <= after
        assert "timeStamp.trusted" in told.codes
        assert not {c for c in told.codes if c.startswith("signingCredential.")}


@pytest.mark.parametrize("anchors", ["none", "others"])
def test_without_a_time_anchor_nobody_is_believed_about_time(
    stamped, root, clock, workshop, anchors
):
    times = () if anchors == "none" else (workshop.authority("Other clock").pem,)
    told = read(stamped, root, times=times)
    assert (told.intact, told.signer_trusted, told.timestamped) == (True, True, False)
    assert (told.signed_at, told.time_authority) == (None, None)
    assert "timeStamp.untrusted" in told.codes
    assert "timeStamp.trusted" not in told.codes
    late = read(stamped, root, times=times, at=LATER)
    assert (late.intact, late.signer_trusted, late.validity) == (True, False, "expired")


def test_anchors_never_change_roles(stamped, root, clock):
    """A claim anchor vouches for no time, a time anchor for no claim."""
    both = read(stamped, root, clock.root, at=LATER)
    assert (both.timestamped, both.signer_trusted, both.validity) == (False, False, "expired")
    swapped = read(stamped, clock.root, times=(root.pem,))
    assert (swapped.intact, swapped.timestamped, swapped.signer_trusted) == (True, False, False)


def test_a_time_stamp_of_another_signature_says_nothing(signer, root, clock, stamped):
    """The token moved to another file; nobody signs the place where it stands."""
    from aigclabel.carriers.signed import sdk
    from aigclabel.carriers.signed.jumbf import manifests

    other = sign(content(seed=2), replace(signer, tsa=clock.url))

    def token(asset):
        (signed,) = manifests(sdk.look(asset).store).values()
        return signed.stamps[0][0]

    mine, theirs = token(stamped), token(other)
    while len(theirs) != len(mine):  # ECDSA signatures differ in length
        other = sign(content(seed=2), replace(signer, tsa=clock.url))
        theirs = token(other)
    forged = changed(stamped, stamped.data().replace(mine, theirs))
    told = read(forged, root, times=clock.anchors, at=LATER)
    assert (told.intact, told.timestamped) == (True, False)
    assert (told.signer_trusted, told.validity) == (False, "expired")


def test_a_damaged_time_stamp_says_nothing(stamped, root, clock):
    from aigclabel.carriers.signed import sdk
    from aigclabel.carriers.signed.jumbf import manifests

    (signed,) = manifests(sdk.look(stamped).store).values()
    token = signed.stamps[0][0]
    data = stamped.data()
    start = data.index(token)
    for at in range(start, start + len(token), 61):
        told = read(changed(stamped, flipped(data, at)), root, times=clock.anchors, at=LATER)
        assert not told.signer_trusted or told.timestamped, at
        assert told.intact, at
    last = read(changed(stamped, flipped(data, start + len(token) - 1)), root, times=clock.anchors)
    assert (last.timestamped, last.signed_at, last.signer_trusted) == (False, None, True)


def test_parents_have_times_of_their_own(stamped, signer, root, clock, workshop):
    other_root = workshop.authority("Platform root")
    other = signer_of(workshop.leaf(other_root, "Platform", days=(-1, 3000)))
    both = sign(stamped, other, ())
    told = read(both, root, other_root, times=clock.anchors, at=LATER)
    assert (told.signer_trusted, told.timestamped, told.ingredients.worst) == (
        True,
        False,
        "trusted",
    )
    plain = sign(sign(content(), signer), other, ())
    late = read(plain, root, other_root, times=clock.anchors, at=LATER)
    assert (late.intact, late.signer_trusted, late.ingredients.worst) == (True, True, "untrusted")
