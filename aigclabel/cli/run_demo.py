"""`aigclabel demo`: the whole on real files, with no key, server or network to set up."""

from __future__ import annotations

import shutil
import tempfile
from argparse import Namespace
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from aigclabel.cli import as_json
from aigclabel.cli.scenes import make_originals
from aigclabel.cli.tampering import moved_labels, one_field, one_pixel, saved_again, small_jpeg
from aigclabel.engine import stamp, verify
from aigclabel.engine.choices import Choices
from aigclabel.errors import UsageError
from aigclabel.files import clear_errors
from aigclabel.keys import Search
from aigclabel.model import Declaration, Layer
from aigclabel.plugins import policy
from aigclabel.report import Report, report_json
from aigclabel.signing import Signer, TrustStore

_POLICY = "cn.gb45438-2025"
_CODE = "EXAMPLE-MODELS"
_SAID = Declaration(
    producer="Example Models Ltd", producer_code=_CODE, system="example-model", version="3.1"
)
Row = tuple[str, Path, Report]


def run(arguments: Namespace) -> int:
    """Label, verify, tamper, verify again; exit 0 when everything came out as it must."""
    say = (lambda *_: None) if arguments.json else print
    folder = _folder(arguments.folder)
    originals = _taken(folder, arguments.picture) or make_originals(folder)
    trust = TrustStore((Signer.local().anchor,))
    rows = [*_labelled(originals, folder, trust, say), *_tampered(folder, trust, say)]
    rows += _watermarked(folder, trust, say)
    if arguments.json:
        told = [
            {"step": step, "file": str(path), "report": report_json(r)} for step, path, r in rows
        ]
        print(as_json({"folder": str(folder), "steps": told}))
    say(f"\nThe files are in {folder}")
    say("Look at the pictures, and ask of any of them:")
    say(f"  aigclabel read {folder / 'labelled'}/*")
    return 0


def _folder(name: str | None) -> Path:
    folder = Path(name) if name else Path(tempfile.mkdtemp(prefix="aigclabel-demo-"))
    try:
        for each in (folder, folder / "labelled", folder / "tampered"):
            each.mkdir(exist_ok=True)
    except OSError as wrong:
        raise UsageError(f"{folder} cannot be made: {wrong.strerror or wrong}") from None
    return folder


def _taken(folder: Path, names: list[str]) -> tuple[Path, ...]:
    """Copies of the user's own pictures."""
    taken = []
    for name in names:
        with clear_errors(Path(name)):
            taken.append(Path(shutil.copy(name, folder)))
    return tuple(taken)


def _labelled(
    originals: tuple[Path, ...], folder: Path, trust: TrustStore, say: Callable[[str], None]
) -> list[Row]:
    rules = policy(_POLICY)
    rows: list[Row] = []
    say("1. Labelled: a notice that people see, metadata that machines read, a signature\n")
    for path in originals:
        done = stamp(path, _SAID, rules)
        out = done.save(folder / "labelled" / path.name, force=True)
        report = verify(out, rules, trust)
        rows.append(("labelled", out, report))
        say(f"{report}\n")
    return rows


def _tampered(folder: Path, trust: TrustStore, say: Callable[[str], None]) -> list[Row]:
    """Copies with one thing changed. Made from the demo's own labelled picture, so that each
    change is exactly the one named."""
    source = folder / "own"
    source.mkdir(exist_ok=True)
    noon, dusk, *_ = make_originals(source)
    labelled = source / "labelled.png"
    stamp(dusk, _SAID, policy(_POLICY), choices=_mark()).save(labelled, force=True)
    photo = source / "labelled.jpg"
    stamp(noon, _SAID, policy(_POLICY)).save(photo, force=True)
    bad = folder / "tampered"
    wrong = _CODE[:-1].encode() + b"X"
    copies = (
        ("one pixel changed", one_pixel(labelled, bad / "one-pixel.png")),
        ("one field changed", one_field(photo, _CODE.encode(), wrong, bad / "one-field.jpg")),
        ("labels moved to another picture", moved_labels(labelled, noon, bad / "moved.png")),
        ("saved again with Pillow", saved_again(labelled, bad / "saved-again.png")),
    )
    say("2. Tampered with: what verify says of copies\n")
    rows: list[Row] = []
    for step, path in copies:
        report = verify(path, policy(_POLICY), trust)
        rows.append((step, path, report))
        say(f"--- {step}\n{report}\n")
    return rows


def _mark() -> Choices:
    """A watermark where the package is there that it needs."""
    return Choices(watermark="standard" if find_spec("numpy") else "")


def _watermarked(folder: Path, trust: TrustStore, say: Callable[[str], None]) -> list[Row]:
    """A small copy of a marked picture, which lost everything but the mark."""
    say("3. Hidden in the picture: a watermark, read from a copy that lost all labels\n")
    if not _mark().watermark:
        say("left out: watermarks need a package: pip install 'aigclabel[watermark]'")
        return []
    copy = small_jpeg(folder / "own" / "labelled.png", folder / "tampered" / "small.jpg")
    report = verify(copy, policy(_POLICY), trust, search=Search("direct"))
    for found in report.evidence.marks:
        if found.mark.layer is Layer.WATERMARK:
            told = ", ".join(f"{name} {found.mark.get(name)}" for name in ("payload", "p_value"))
            say(f"{copy.name}: half as large, JPEG, no metadata, no signature. Watermark: {told}")
    return [("watermark in a small copy", copy, report)]
