"""Whatever the bytes are: evidence, one-line errors, no harm, no hang."""

import hashlib
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.hostile import NAMES, hostile
from laws.rules import GB, rules
from laws.samples import NAMES as SAMPLES
from laws.samples import ONE_PER_FORMAT, sample
from laws.worlds import TRUST

from aigclabel import (
    AigcLabelError,
    Asset,
    Context,
    Layer,
    Outcome,
    UsageError,
    read,
    stamp,
    verify,
)
from aigclabel.cli import main
from aigclabel.testing import SAID, check_reading, damaged

SECONDS = 12
"""No file here may take longer, on a machine that does other things too."""


@pytest.fixture
def files(tmp_path):
    def put(name):
        path = tmp_path / name
        path.write_bytes(hostile(name))
        return path

    return put


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_file_gives_evidence_and_is_never_met(name, files):
    path = files(name)
    start = time.monotonic()
    evidence = check_reading(path, rules(GB), TRUST)
    report = verify(path, rules(GB), TRUST, Context(origin="generated"))
    assert time.monotonic() - start < SECONDS
    assert report.outcome is not Outcome.MET
    assert evidence.asset.sha256 == hashlib.sha256(hostile(name)).hexdigest()


FAULTY = {
    "empty.png", "one-byte.jpg", "only-magic.png", "only-soi.jpg", "only-riff.webp", "cut.png",
    "cut.jpg", "cut.webp", "huge-length.png", "lying.webp", "lying.jpg",
    "entities.png", "entities.jpg", "entities.webp", "outside-entity.png", "deep.png", "bomb.png",
    "two-manifests.png", "two-manifests.webp", "two-manifests.jpg", "huge.png",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FAULTY))
def test_damage_is_named_as_a_fault_or_breaks_the_signature(name, files):
    evidence = read(files(name))
    assert evidence.faults or evidence.provenance.intact is False


@pytest.mark.parametrize("name", NAMES)
def test_a_stamp_on_a_hostile_file_is_whole_or_refused_in_one_line(name, files, tmp_path, capsys):
    path = files(name)
    before = path.read_bytes()
    out = tmp_path / f"out-{name}"
    start = time.monotonic()
    status = main(_stamping(path, out))
    assert time.monotonic() - start < SECONDS
    said = capsys.readouterr()
    assert path.read_bytes() == before
    if status == 0:
        assert out.exists()
        report = verify(out, rules(GB), TRUST, Context(origin="generated"))
        assert report.outcome is Outcome.MET
    else:
        assert status == 2
        assert not out.exists()
        assert said.err.startswith("aigclabel: ")
        assert said.err.count("\n") == 1
        assert "Traceback" not in said.err
    assert {each.name for each in tmp_path.iterdir()} <= {
        name, out.name, f"{out.name}.c2pa", f"{out.name}.quoted.c2pa"
    }  # fmt: skip


def _stamping(path, out):
    return [
        "stamp", str(path), "-o", str(out), "--policy", GB, "--producer", "X",
        "--producer-code", "EXAMPLE", "--content-id", "1",
    ]  # fmt: skip


REFUSED = {
    "empty.png", "one-byte.jpg", "noise.jpg", "only-magic.png", "only-soi.jpg", "only-riff.webp",
    "cut.png", "cut.jpg", "cut.webp", "huge.png", "huge-length.png", "lying.webp", "lying.jpg",
    "two-manifests.png", "two-manifests.webp", "two-manifests.jpg",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_damaged_is_not_stamped(name, files):
    with pytest.raises(AigcLabelError) as refusal:
        stamp(files(name), SAID, rules(GB))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", NAMES)
def test_verify_exits_as_the_contract_says(name, files, capsys):
    """Unknown, empty or damaged content is evidence with a fault, never exit 2."""
    path = files(name)
    status = main(["verify", str(path), "--policy", GB, "--origin", "generated"])
    assert status in {1, 3}
    assert main(["read", str(path)]) == 0
    assert not capsys.readouterr().err


def test_unknown_content_is_unknown_not_another_medium(files):
    for name in ("empty.png", "noise.jpg", "one-byte.jpg"):
        report = verify(files(name), rules(GB))
        assert report.outcome is Outcome.UNKNOWN
        assert not report.ok


def test_structure_decides_and_the_name_is_a_fault_only_as_a_hint(files):
    assert read(files("wrong-name.jpg")).asset.media_type == "image/png"
    assert read(files("wrong-name.txt")).asset.media_type == "image/jpeg"
    lied = Asset.of_bytes(sample("png-rgb").data, "image/jpeg", "a.jpg")
    evidence = read(lied)
    assert evidence.asset.media_type == "image/png"
    assert any("image/jpeg" in fault.reason for fault in evidence.faults)


GROWTH = """
import resource, sys
from aigclabel import policy, verify
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
small, large = sys.argv[1:]
verify(small, policy("cn.gb45438-2025"))
start = peak()
verify(large, policy("cn.gb45438-2025"))
print(peak() - start)
"""


@pytest.mark.parametrize("name", ["entities.png", "bomb.png", "huge.png", "deep.png", "chunks.png"])
def test_hostile_files_cost_little_memory(name, files):
    out = subprocess.run(
        [sys.executable, "-c", GROWTH, files("only-magic.png"), files(name)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(out.stdout) < 200 << 10, "kilobytes"


def test_a_fifo_a_folder_and_a_missing_file_are_usage_errors(tmp_path, capsys):
    import os

    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "none.png"):
        for verb in (read, lambda p: verify(p, rules(GB)), lambda p: stamp(p, SAID, rules(GB))):
            with pytest.raises(UsageError):
                verb(path)
        assert main(["verify", str(path), "--policy", GB]) == 2
        assert main(["read", str(path)]) == 2
        assert main(_stamping(path, tmp_path / "out.png")) == 2
        err = capsys.readouterr().err
        assert err.count("\n") == 3
        assert all(line.startswith("aigclabel: ") for line in err.splitlines())
    assert sorted(each.name for each in tmp_path.iterdir()) == ["pipe"]


# -- whatever the bytes are ---------------------------------------------------------------

HEADS = tuple(sample(name).data[:64] for name in ONE_PER_FORMAT)


@given(st.binary(max_size=400), st.sampled_from((b"", *HEADS)))
def test_random_bytes(tail, head):
    check_reading(head + tail, rules(GB))


@given(
    st.binary(max_size=300), st.sampled_from(("text/plain", "text/markdown", "image/png", "a/b"))
)
def test_random_bytes_with_a_hint(data, hint):
    check_reading(Asset.of_bytes(data, hint, "x"), rules(GB))


@given(st.text(max_size=300))
def test_random_front_matter(text):
    check_reading(Asset.of_text(f"---\nAIGC: {text}\n---\n{text}", "text/markdown"), rules(GB))


@given(st.text(max_size=200))
def test_random_xmp(text):
    packet = XMP_START + text.encode("utf-8", "replace") + XMP_END
    data = sample("webp-lossy").data
    from laws.samples import riff_chunk, webp_with

    check_reading(webp_with(data, riff_chunk(b"XMP ", packet)), rules(GB))


XMP_START = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"><TC260:AIGC>'
)
XMP_END = b"</TC260:AIGC></rdf:Description></rdf:RDF></x:xmpmeta>"


@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_samples(name, full):
    it = sample(name)
    for data in damaged(it.data, 300 if full else 5):
        check_reading(Asset.of_bytes(data, it.media_type, it.name), rules(GB))


@pytest.mark.parametrize("name", ONE_PER_FORMAT)
def test_damage_to_a_labelled_file_breaks_it_or_changes_nothing_that_it_says(name, full):
    it = sample(name)
    made = stamp(Asset.of_bytes(it.data, it.media_type, it.name), SAID, rules(GB))
    sound = read(made, TRUST)
    for data in damaged(made.data(), 500 if full else 12, seed=7):
        hurt = Asset.of_bytes(data, it.media_type, it.name)
        hurt = replace(hurt, sidecar=made.sidecar, sidecar_name=made.sidecar_name)
        evidence = check_reading(hurt, rules(GB), TRUST)
        if evidence.provenance.intact and evidence.faults == sound.faults:
            assert evidence.marks == sound.marks
            assert evidence.provenance == sound.provenance


@pytest.mark.parametrize("name", ONE_PER_FORMAT)
def test_every_beginning_of_a_file(name, full):
    it = sample(name)
    step = 97 if full else max(1, len(it.data) // 12)
    for end in range(0, len(it.data), step):
        check_reading(Asset.of_bytes(it.data[:end], it.media_type, it.name), rules(GB))


def test_a_limit_of_the_callers_own_is_kept():
    from aigclabel import Limits

    tight = Limits(slot=100, parts=5, pixels=1000)
    evidence = read(Asset.of_bytes(sample("png-rich").data), limits=tight)
    assert Layer.METADATA in evidence.unread
    assert evidence.faults
    with pytest.raises(AigcLabelError):
        stamp(Asset.of_bytes(sample("png-rgb").data), SAID, rules(GB), limits=tight)
