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
    given.add_argument("--one", metavar="MEDIA_TYPES", help="fuzz them in this process")
    said = given.parse_args()
    if said.one:
        fuzz(said.one.split(","), said.seconds)
    families = [kinds for kinds in by_container().values() if wanted(kinds, said.media_types)]
    broken = [kinds for kinds in families if not ran(kinds, said.seconds)]
    print(f"{len(families) - len(broken)} of {len(families)} containers held")  # noqa: T201
    return 1 if broken or not families else 0


def by_container():
    """The media types that each container has seeds for."""
    from aigclabel import Plugins

    found = defaultdict(set)
    for kind, _ in seeds():
        found[type(Plugins().container(kind)).__module__].add(kind)
    return found


def seeds():
    from forms import every_form
    from laws.samples import NAMES, sample

    files = [(sample(name).media_type, sample(name).data) for name in NAMES]
    return [each for each in files + list(every_form().values()) if len(each[1]) <= SEED]


def wanted(kinds, names):
    return not names or bool(kinds & set(names))


def ran(kinds, seconds):
    """Whether a process of its own found nothing: libFuzzer ends its process."""
    told = ",".join(sorted(kinds))
    command = [sys.executable, __file__, "--one", told, "--seconds", str(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    rows = done.stdout.decode(errors="replace").splitlines()
    runs = next((row for row in reversed(rows) if "number_of_executed_units" in row), "")
    print(f"{told}: exit {done.returncode}, {runs.rpartition(' ')[2] or 'no'} runs")  # noqa: T201
    if done.returncode:
        print("\n".join(rows[-60:]))  # noqa: T201
    return done.returncode == 0


def fuzz(kinds, seconds):
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

    folder = Path(tempfile.mkdtemp(prefix="aigclabel-seeds-"))
    for number, (kind, data) in enumerate(seeds()):
        if kind in kinds:
            (folder / str(number)).write_bytes(bytes([kinds.index(kind)]) + data)
    found = f"-artifact_prefix={tempfile.gettempdir()}/aigclabel-"
    limits = ["-timeout=10", "-rss_limit_mb=2048", f"-max_len={SEED}", "-print_final_stats=1"]
    atheris.Setup(["fuzz", f"-max_total_time={seconds}", *limits, found, str(folder)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
