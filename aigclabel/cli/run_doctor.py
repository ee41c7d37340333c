"""`aigclabel doctor`: does everything that the library needs work here?"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from aigclabel.asset import Asset
from aigclabel.carriers.visible.ocr import tesseract
from aigclabel.cli import as_json
from aigclabel.engine import stamp
from aigclabel.errors import AigcLabelError
from aigclabel.model import Declaration
from aigclabel.plugins import policy, policy_ids
from aigclabel.signing import Signer
from aigclabel.signing.local import home

_PACKAGES = ("aigclabel", "pillow", "piexif", "c2pa-python", "cryptography", "lxml")
_EXTRAS = (
    ("gm", "gmalg", "security codes by SM2"),
    ("hsm", "python-pkcs11", "keys in tokens"),
    ("jxl", "Brotli", "metadata of JPEG XL under Brotli"),
    ("kms", "securesystemslib", "keys in clouds and in Vault"),
    ("ledger", "SQLAlchemy", "registers and the ledger"),
    ("watermark", "numpy", "watermarks"),
    ("watermark", "iscc-lib", "fingerprints"),
)
"""Extra, the package that it brings, what it is for."""


def run(arguments: Namespace) -> int:
    """Exit 0 when every check passes, else 2."""
    checks = [_checked(name, check) for name, check in _checks()]
    if arguments.json:
        rows = [{"check": name, "ok": ok, "says": says} for name, ok, says in checks]
        print(as_json({"checks": rows}))
    else:
        for name, ok, says in checks:
            print(f"{'ok  ' if ok else 'FAIL'}  {name}: {says}")
    return 0 if all(ok for _, ok, _ in checks) else 2


def _checks() -> tuple[tuple[str, Callable[[], str]], ...]:
    packages = tuple((name, lambda name=name: version(name)) for name in _PACKAGES)
    return (
        ("python", lambda: sys.version.split()[0]),
        *packages,
        *((f"extra {each[0]}", lambda each=each: _extra(*each)) for each in _EXTRAS),
        ("program tesseract", _tesseract),
        ("policies", lambda: ", ".join(policy_ids())),
        ("local identity", _identity),
        ("a stamp, read back", _stamp),
    )


def _checked(name: str, check: Callable[[], str]) -> tuple[str, bool, str]:
    try:
        return name, True, check()
    except AigcLabelError as wrong:
        return name, False, str(wrong)
    except Exception as wrong:  # noqa: BLE001  a doctor names what fails, whatever it is
        return name, False, f"{type(wrong).__name__}: {wrong}"


def _extra(extra: str, package: str, use: str) -> str:
    """What an extra is for, and how to have it: its lack is no failure."""
    try:
        return f"{package} {version(package)}, for {use}"
    except PackageNotFoundError:
        return f"not installed; for {use}: pip install 'aigclabel[{extra}]'"


def _tesseract() -> str:
    """Whether notices of others can be read, and in which languages: its lack is no failure."""
    if not tesseract.installed():
        return f"for --look ocr: {tesseract.MISSING}"
    lacking = [each for each in tesseract.MODELS if not tesseract.model_of(each)]
    there = [each for each in tesseract.MODELS if each not in lacking]
    missing = f"; no data for {', '.join(lacking)}" if lacking else ""
    return f"for --look ocr, reads {', '.join(there) or 'nothing'}{missing}"


def _identity() -> str:
    signer = Signer.local()
    return f"{signer.fingerprint[:16]}… in {home()}"


def _stamp() -> str:
    from PIL import Image

    picture = Asset.of_image(Image.new("RGB", (512, 512), (120, 160, 200)), "image/png", "t.png")
    done = stamp(picture, Declaration(producer="DOCTOR"), policy("cn.gb45438-2025"))
    if done.report is None:
        return "no report"
    return f"{done.report.outcome.value}, {done.size:,} bytes"
