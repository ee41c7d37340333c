"""Coverage-guided: each container over bytes that atheris makes of the test suite's own files.

`python tests/fuzz/atheris_read.py [--seconds N] [MEDIA_TYPE …]`, with the package `atheris`
installed (https://github.com/google/atheris). The law is that of `test_fuzz.py`: a layout inside
the file or MalformedAsset, a splice of nothing is the same file, a value that is taken is found
again, and `read` gives evidence. Exit 1 names the input that broke it; such an input becomes a
test of its own in `test_fuzz_findings.py`.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]
SEED = 40_000
"""Bytes of the largest file to begin with."""


def main():
    given = argparse.ArgumentParser()
    given.add_argument("media_types", nargs="*")
    given.add_argument("--seconds", type=int, default=2, help="for each container")
    given.add_argument("--folder", help="fuzz the media types in this process, with its files")
    said = given.parse_args()
    if said.folder:
        fuzz(said.media_types, said.folder, said.seconds)
    with tempfile.TemporaryDirectory(prefix="aigclabel-seeds-") as folder:
        families = [kinds for kinds in by_container(folder) if wanted(kinds, said.media_types)]
        broken = [kinds for kinds in families if not ran(kinds, folder, said.seconds)]
    print(f"{len(families) - len(broken)} of {len(families)} containers held")  # noqa: T201
    return 1 if broken or not families else 0


def wanted(kinds, names):
    return not names or bool(set(kinds) & set(names))


def by_container(folder):
    """The media types that each container has files for; the files themselves go into a
    folder for each, behind a byte that says which of these types they are."""
    from forms import every_form
    from laws.samples import NAMES, sample

    from aigclabel import Plugins

    files = [(sample(name).media_type, sample(name).data) for name in NAMES]
    files += [each for each in every_form().values() if len(each[1]) <= SEED]
    found = defaultdict(set)
    for kind, _ in files:
        found[type(Plugins().container(kind)).__module__].add(kind)
    families = [sorted(kinds) for kinds in found.values()]
    for kinds in families:
        seeds = home(folder, kinds)
        seeds.mkdir()
        for number, (kind, data) in enumerate(files):
            if kind in kinds:
                (seeds / str(number)).write_bytes(bytes([kinds.index(kind)]) + data)
    return families


def home(folder, kinds):
    return Path(folder) / kinds[0].replace("/", "-")


def ran(kinds, folder, seconds):
    """Whether a process of its own found nothing: libFuzzer ends its process."""
    options = ["--seconds", str(seconds), "--folder", str(home(folder, kinds))]
    command = [sys.executable, __file__, *options, *kinds]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    rows = done.stdout.decode(errors="replace").splitlines()
    runs = next((row for row in reversed(rows) if "number_of_executed_units" in row), "")
    told = f"exit {done.returncode}, {runs.rpartition(' ')[2] or 'no'} runs"
    print(f"{told}: {', '.join(kinds)}", flush=True)  # noqa: T201
    if done.returncode:
        print("\n".join(rows[-30:]), flush=True)  # noqa: T201
    return done.returncode == 0


def fuzz(kinds, folder, seconds):
    import atheris

    with atheris.instrument_imports(include=["aigclabel"]):
        from fuzz.test_fuzz import holds

        from aigclabel import Asset
        from aigclabel.testing import check_reading

    def one(data):
        if data:
            kind = kinds[data[0] % len(kinds)]
            holds(data[1:], kind)
            check_reading(Asset.of_bytes(data[1:], kind))

    found = f"-artifact_prefix={tempfile.gettempdir()}/aigclabel-"
    limits = ["-timeout=10", "-rss_limit_mb=2048", f"-max_len={SEED}", "-print_final_stats=1"]
    atheris.Setup(["fuzz", f"-max_total_time={seconds}", *limits, found, folder], one)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
