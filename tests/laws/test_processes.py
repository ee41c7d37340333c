"""One signer, stamper and trust store serve forked processes, threads and spawned workers."""

import multiprocessing
import os
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from forms import every_form
from laws.rules import rules
from laws.worlds import TRUST

from aigclabel import LOCAL, Asset, Signer, Stamper, peek, read, verify
from aigclabel.carriers.signed.sdk import settings, signing
from aigclabel.testing import SAID, trust_of

LAW = rules("signed-only")
NAMES = ("pictures/gif", "tiffs/tiff", "waves/wav", "movies/mp4", "pdfs/pdf", "texts/python")
SMALL = [every_form()[name] for name in NAMES]


def stamper():
    return Stamper(SAID, LAW, Signer.local())


def good(made):
    provenance = read(made, TRUST).provenance
    assert provenance.intact
    assert provenance.signer_trusted
    return verify(made, LAW, TRUST).ok and peek(made).present


def travelled(thing):
    """The same, as another process would have it."""
    return pickle.loads(pickle.dumps(thing))  # noqa: S301  our own bytes


def in_child(work):
    """What `work` gives in a forked child, where an exception is a failure."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            status = 0 if work() else 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize("first", [True, False], ids=["used before", "unused before"])
def test_a_forked_child_signs_and_reads_and_so_does_its_parent(first):
    one = stamper()
    media_type, data = SMALL[0]
    before = one.stamp(data) if first else None
    assert in_child(lambda: good(one.stamp(data)) and (before is None or good(before))) == 0
    # A child that ends has ended nothing of its parent's.
    assert good(one.stamp(Asset.of_bytes(data, media_type)))
    if before:
        assert good(before)


def test_many_children_of_one_parent_work_at_once():
    one, (_, data) = stamper(), SMALL[1]
    assert good(one.stamp(data))
    pids = []
    for _ in range(4):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                status = 0 if all(good(one.stamp(data)) for _ in range(5)) else 2
            finally:
                os._exit(status)
        pids.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == [0] * 4


def test_a_process_has_contexts_and_signers_of_its_own():
    job = signing.Job({}, Signer.local())
    mine = settings.context(), signing.native_signer(os.getpid(), job)

    def apart():
        theirs = settings.context(), signing.native_signer(os.getpid(), job)
        return theirs[0] is not mine[0] and theirs[1] is not mine[1]

    assert in_child(apart) == 0
    assert settings.context() is mine[0]


def test_what_is_kept_per_process_has_an_end():
    """Anchors and signers come and go in a service; what is kept of them does not grow."""
    for number in range(40):
        settings.context((TRUST.anchors[0] + b"\n" * number,))
    assert settings.context_of.cache_info().currsize <= 8
    assert signing._native.cache_info().maxsize == 8


def test_a_signer_pushed_out_while_others_sign_hurts_nobody():
    """The cache holds eight signers; a ninth must not close one that is signing."""
    from dataclasses import replace

    signer, (_, data) = Signer.local(), SMALL[0]
    many = [Stamper(SAID, LAW, replace(signer, uri=f"local:{n}")) for n in range(12)]
    with ThreadPoolExecutor(8) as pool:
        assert all(good(each) for each in pool.map(lambda one: one.stamp(data), many * 4))


def test_threads_share_a_signer_a_stamper_and_a_trust_store(full):
    one, rounds = stamper(), 40 if full else 4
    contents = [Asset.of_bytes(data, media_type) for media_type, data in SMALL] * rounds
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(one.stamp, contents))
        assert all(pool.map(good, made))
        assert all(pool.map(good, [made[0]] * 32))
    labels = [peek(each).manifest for each in made]
    assert len(set(labels)) == len(labels)


@pytest.fixture(scope="module")
def workers():
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        yield pool


def test_spawned_workers_take_a_stamper_and_give_assets(workers):
    contents = [Asset.of_bytes(data, media_type) for media_type, data in SMALL]
    made = list(workers.map(stamper().stamp, contents))
    assert [peek(each).present for each in made] == [True] * len(made)
    assert all(good(each) for each in made)
    assert all(each.report.ok for each in made)
    assert all(report.ok for report in workers.map(verify, made, [LAW] * 6, [TRUST] * 6))


def test_a_large_result_of_a_worker_outlives_it(workers, tmp_path):
    """It is in a temporary file of the worker's, which goes with the worker's own object."""
    media_type, data = every_form()["waves/wav"]
    at = data.index(b"data")
    sound = bytes(33 << 20)
    head = data[:at] + b"data" + len(sound).to_bytes(4, "little")
    whole = head[:4] + (len(head) + len(sound) - 8).to_bytes(4, "little") + head[8:] + sound
    path = tmp_path / "long.wav"
    path.write_bytes(whole)
    made = workers.submit(stamper().stamp, path).result()
    assert made.media_type == media_type
    assert made.size > len(whole)
    assert good(made)
    assert good(travelled(made))


def test_what_is_handed_around_can_be_pickled(tmp_path):
    made = stamper().stamp(SMALL[0][1])
    path = made.save(tmp_path / "a.gif")
    for thing in (LOCAL, Signer.local(), stamper(), trust_of(LOCAL), LAW, SAID, read(made),
                  verify(made, LAW), peek(made)):  # fmt: skip
        assert travelled(thing) == thing
    for asset in (made, Asset.open(path)):
        assert travelled(asset).sha256 == asset.sha256
