"""Whatever the bytes are, `read` and `verify` give evidence and raise nothing.

Coverage-guided, for `.ci/long`: `python tests/fuzz/atheris_read.py -max_total_time=600`, with
the package `atheris` installed; further arguments are those of libFuzzer.
"""

import sys
from pathlib import Path


def main():
    try:
        import atheris
    except ImportError:
        print("needs atheris: pip install atheris", file=sys.stderr)  # noqa: T201  a script's own output
        return 0
    sys.path.insert(0, str(Path(__file__).parents[1]))
    with atheris.instrument_imports(include=["aigclabel"]):
        from aigclabel import Asset, policy
        from aigclabel.testing import check_reading
    rules = policy("cn.gb45438-2025")
    kinds = (None, "text/markdown", "text/plain")

    def one(data):
        hint = kinds[data[0] % len(kinds)] if data else None
        check_reading(Asset.of_bytes(data[1:], hint), rules)

    atheris.Setup([*sys.argv, str(_seeds())], one)
    atheris.Fuzz()
    return 0


def _seeds():
    """The samples of the laws, as a corpus to begin with."""
    import tempfile

    from laws.samples import NAMES, sample

    folder = Path(tempfile.mkdtemp(prefix="aigclabel-seeds-"))
    for name in NAMES:
        it = sample(name)
        first = b"\1" if it.media_type == "text/markdown" else b"\0"
        (folder / name).write_bytes(first + it.data[:40_000])
    return folder


if __name__ == "__main__":
    sys.exit(main())
