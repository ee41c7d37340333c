"""Files on disk: whole or not at all, never the source, never more memory than need be."""

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zlib
from hashlib import sha256
from pathlib import Path

import pytest
from laws.rules import GB, rules
from laws.samples import ONE_PER_FORMAT, asset, chunk, sample

from aigclabel import Asset, AssetChanged, AssetError, Plugins, UsageError, read, stamp, verify
from aigclabel.cli import main
from aigclabel.testing import SAID

SAYS = ["--policy", GB, "--producer", "X", "--producer-code", "EXAMPLE", "--content-id", "1"]
MB = 1 << 20


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "in.png"
    path.write_bytes(sample("png-grey").data)
    return path


def names(folder):
    return sorted(each.name for each in folder.iterdir())


# -- whole or not at all ------------------------------------------------------------------

SAVING = """
import signal, sys
from aigclabel import Asset
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
one, two, target = sys.argv[1:]
turns = [Asset.open(one), Asset.open(two)]
print("ready", flush=True)
while True:
    for each in turns:
        each.save(target, force=True)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_process_that_dies_leaves_the_old_file_or_the_new_one(tmp_path, how, full):
    one, two = (tmp_path / name for name in ("one.bin", "two.bin"))
    one.write_bytes(b"1" * (3 * MB))
    two.write_bytes(b"2" * (2 * MB))
    whole = {one.read_bytes(), two.read_bytes()}
    folder = tmp_path / "out"
    folder.mkdir()
    dice = random.Random(3)
    for _ in range(40 if full else 3):
        target = folder / "target.bin"
        with subprocess.Popen(
            [sys.executable, "-c", SAVING, one, two, target],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdout.readline() == b"ready\n"
            time.sleep(dice.random() * 0.08)
            process.send_signal(how)
        if target.exists():
            assert target.read_bytes() in whole
        if how is not signal.SIGKILL:
            assert names(folder) in ([], ["target.bin"]), "nothing is left beside it"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_stopped_leaves_nothing_half_written(source, tmp_path, how, full):
    before = source.read_bytes()
    folder = tmp_path / "out"
    folder.mkdir()
    start = time.monotonic()
    command = [sys.executable, "-m", "aigclabel", "stamp", source, *SAYS, "--force", "-o"]
    subprocess.run([*command, folder / "first.png"], check=True, capture_output=True)
    length = time.monotonic() - start
    whole = (folder / "first.png").stat().st_size
    dice = random.Random(5)
    for turn in range(30 if full else 2):
        target = folder / f"{turn}.png"
        with subprocess.Popen(
            [*command, target], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(length * (0.4 + 0.7 * dice.random()))
            process.send_signal(how)
        if target.exists():
            assert abs(target.stat().st_size - whole) < 200
            target.unlink()
        assert names(folder) == ["first.png"]
    assert source.read_bytes() == before


STOPPED = """
import os, signal, sys, time
from aigclabel.cli import main
number = int(sys.argv.pop(1))
def stop(_):
    os.kill(os.getpid(), number)
    time.sleep(5)
os.fsync = stop
sys.exit(main())
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_stopped_while_it_writes_clears_up(source, tmp_path, how):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            STOPPED,
            str(int(how)),
            "stamp",
            source,
            *SAYS,
            "-o",
            tmp_path / "out.png",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 128 + how
    assert done.stderr.count("\n") == 1
    assert names(tmp_path) == ["in.png"]


@pytest.mark.parametrize("step", ["open", "fsync", "fchmod", "replace"])
@pytest.mark.parametrize("name", ["png-grey", "text-plain"])
def test_when_the_system_fails_the_old_files_stay(step, name, tmp_path, monkeypatch):
    made = stamp(asset(name), SAID, rules(GB))
    target = tmp_path / "target"
    olds = {target: b"the old one", tmp_path / "target.c2pa": b"its sidecar"}
    for path, data in olds.items():
        path.write_bytes(data)
    real = os.open

    def fails(*arguments, **_):
        if step == "open" and not arguments[1] & os.O_CREAT:
            return real(*arguments)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path if step == "replace" else os, step, fails)
    with pytest.raises(AssetError) as wrong:
        made.save(target, force=True)
    assert "\n" not in str(wrong.value)
    assert "No space left" in str(wrong.value)
    for path, data in olds.items():
        assert path.read_bytes() == data
    assert names(tmp_path) == ["target", "target.c2pa"]


FULL_DISK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
from aigclabel.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_file_that_does_not_fit_is_one_line_and_nothing(source, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, "stamp", source, "-o", tmp_path / "out.png", *SAYS],
        capture_output=True,
        text=True,
        check=False,
    )
    _refused(done)
    assert names(tmp_path) == ["in.png"]


def test_a_full_disk_is_one_line_and_nothing(source, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=40k", "none", disk], capture_output=True, check=False
    )
    if not mount or made.returncode:
        pytest.skip("only who may mount a file system can fill one")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "aigclabel", "stamp", source, "-o", disk / "out.png", *SAYS],
            capture_output=True,
            text=True,
            check=False,
        )
        _refused(done)
        assert "No space" in done.stderr
        assert names(disk) == []
    finally:
        subprocess.run(["umount", disk], check=True)


def _refused(done):
    assert done.returncode == 2
    assert done.stderr.startswith("aigclabel: ")
    assert done.stderr.count("\n") == 1
    assert not done.stdout


@pytest.fixture
def bound():
    """Runs the command as somebody whom permissions bind, also where root runs the tests."""
    bare = []
    if os.geteuid() == 0:
        drop = "-dac_override,-dac_read_search"
        bare = ["setpriv", f"--bounding-set={drop}", f"--inh-caps={drop}"]
        if not shutil.which("setpriv"):
            pytest.skip("root cannot be bound here without setpriv")

    def run(*arguments):
        command = [*bare, sys.executable, "-m", "aigclabel", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def test_a_folder_that_cannot_be_written_is_one_line(bound, source, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    done = bound("stamp", source, "-o", locked / "out.png", *SAYS)
    locked.chmod(0o755)
    _refused(done)
    assert "Permission denied" in done.stderr
    assert names(locked) == []


def test_a_file_that_cannot_be_read_is_one_line(bound, source, tmp_path):
    source.chmod(0o000)
    for arguments in (
        ("stamp", source, "-o", tmp_path / "out.png", *SAYS),
        ("read", source),
        ("verify", source, "--policy", GB),
    ):
        done = bound(*arguments)
        _refused(done)
        assert "permissions" in done.stderr
    assert names(tmp_path) == ["in.png"]


# -- the source ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ONE_PER_FORMAT)
def test_no_verb_writes_its_source(name, tmp_path):
    path = tmp_path / sample(name).name
    path.write_bytes(sample(name).data)
    path.chmod(0o444)
    before = (sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
    made = stamp(path, SAID, rules(GB))
    read(path)
    verify(path, rules(GB))
    made.save(tmp_path / f"out-{path.name}")
    assert (sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) == before


def test_the_source_is_replaced_only_where_it_is_named_as_output(source, capsys):
    mode = 0o640
    source.chmod(mode)
    old = source.read_bytes()
    assert main(["stamp", str(source), "-o", str(source), *SAYS]) == 0
    assert source.read_bytes() != old
    assert source.stat().st_mode & 0o777 == mode
    assert names(source.parent) == ["in.png"]
    capsys.readouterr()


def test_saving_over_somebody_elses_file_needs_force(tmp_path, source):
    other = tmp_path / "other.png"
    other.write_bytes(b"mine")
    made = stamp(source, SAID, rules(GB))
    with pytest.raises(UsageError, match=r"--force|exists"):
        made.save(other)
    assert other.read_bytes() == b"mine"
    made.save(source)
    made.save(other, force=True)


def test_a_file_that_changes_while_it_is_read_is_said(source):
    opened = Asset.open(source)
    with source.open("ab") as stream:
        stream.write(b"more")
    for verb in (
        read,
        lambda it: verify(it, rules(GB)),
        lambda it: stamp(it, SAID, rules(GB)),
        lambda it: it.save(source.with_name("out.png")),
    ):
        with pytest.raises(AssetChanged, match="changed"):
            verb(opened)
    assert names(source.parent) == ["in.png"]


class Meddling:
    """A container in whose hands the file changes."""

    media_types = ("image/png",)

    def __init__(self, path, turns):
        self.path, self.left, self.real = path, turns, Plugins().container("image/png")

    def __getattr__(self, name):
        return getattr(self.real, name)

    def scan(self, stream, media_type, limits):
        layout = self.real.scan(stream, media_type, limits)
        self.left -= 1
        if self.left == 0:
            self.path.write_bytes(self.path.read_bytes()[:-50])
        return layout


@pytest.mark.parametrize("turn", [1, 2])
def test_a_file_that_changes_in_the_middle_of_a_stamp_is_said(source, turn):
    plugins = Plugins(containers=(Meddling(source, turn),))
    with pytest.raises(AssetChanged):
        stamp(source, SAID, rules(GB), plugins=plugins)


def test_a_file_that_goes_away_is_one_line(source):
    opened = Asset.open(source)
    source.unlink()
    with pytest.raises((UsageError, AssetChanged)):
        read(opened)


# -- memory -------------------------------------------------------------------------------

GROWTH = """
import resource, sys
from aigclabel import LOCAL, Context, Declaration, policy, read, stamp, verify
small, big, out, signed = sys.argv[1:]
said = Declaration(producer="X", producer_code="X", content_id="1")
asked = Context(without_notice=True, agreement="A", recipient="R", origin="generated")
rules, signer = policy("cn.gb45438-2025"), LOCAL if signed == "yes" else None
def whole(path):
    made = stamp(path, said, rules, signer, asked)
    made.save(out, force=True)
    assert verify(out, rules, context=asked).ok
whole(small)
start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
whole(big)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start)
"""
SDK_GROWTH = """
import json, resource, sys
from c2pa import Builder, C2paSignerInfo, Context, Signer
from aigclabel import LOCAL
small, big, out, _ = sys.argv[1:]
who = LOCAL.resolved()
told = Context.from_dict({"builder": {"thumbnail": {"enabled": False}}})
def whole(path):
    signer = Signer.from_info(C2paSignerInfo(who.algorithm.encode(), who.chain, who.key, None))
    actions = [{"action": "c2pa.created", "digitalSourceType": "http://x.example/y"}]
    builder = Builder({"claim_generator_info": [{"name": "x"}], "assertions": [
        {"label": "c2pa.actions", "data": {"actions": actions}}]}, context=told)
    with open(path, "rb") as source, open(out, "w+b") as target:
        builder.sign(signer, "image/png", source, target)
whole(small)
start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
whole(big)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start)
"""


@pytest.fixture(scope="module")
def big(tmp_path_factory, full):
    """A PNG of 60 MB, or of 300 MB at full size, stored and not compressed."""
    side = 10_000 if full else 4_500
    path = tmp_path_factory.mktemp("big") / "big.png"
    packer = zlib.compressobj(0)
    head = side.to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    with path.open("wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head))
        for y in range(side):
            row = b"\0" + bytes([y & 255, y >> 8, 7]) * side
            out.write(chunk(b"IDAT", packer.compress(row) or b""))
        out.write(chunk(b"IDAT", packer.flush()) + chunk(b"IEND", b""))
    yield path
    path.unlink()


def grown(code, big, tmp_path, signed):
    small = tmp_path / "small.png"
    small.write_bytes(sample("png-rgb").data)
    done = subprocess.run(
        [sys.executable, "-c", code, small, big, tmp_path / "out.png", signed],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout) / 1024


def test_memory_does_not_grow_with_the_file_where_only_metadata_changes(big, tmp_path):
    assert grown(GROWTH, big, tmp_path, "no") < 64, "megabytes"


def test_with_a_signature_memory_stays_within_what_the_sdk_needs(big, tmp_path):
    own = grown(SDK_GROWTH, big, tmp_path, "")
    assert grown(GROWTH, big, tmp_path, "yes") < max(own * 1.25, own + 32)
