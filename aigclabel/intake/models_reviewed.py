"""Checking an app's label material (`models_material`) with nothing but its folder."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigclabel.errors import UsageError
from aigclabel.files import clear_errors
from aigclabel.intake.models_material import FILES, ITEMS, LEDGER, NAME, SCHEMA
from aigclabel.intake.models_signed import Vouched, parsed, vouched

if TYPE_CHECKING:
    from aigclabel.signing import TrustStore

_LARGEST = 64 << 20


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a reviewer may rely on: `problem` is empty where signature, every file and every
    record are as they were signed. `items` are pairs of name and state (`given`, `told`,
    `missing`); `vouched` says whether to believe who signed."""

    app: str
    made: str
    items: tuple[tuple[str, str], ...]
    vouched: Vouched
    problem: str

    @property
    def ok(self) -> bool:
        """Whether nothing was altered and its signer is believed."""
        return not self.problem and bool(self.vouched.trusted)


def reviewed(folder: Path, trust: TrustStore | None = None) -> Reviewed:
    """The material in a folder, checked: signature, files by hash, and the ledger's records with
    their proofs under a checkpoint. Raises UsageError for a folder that is none."""
    path = folder / NAME
    with clear_errors(path), path.open("rb") as stream:
        data = stream.read(_LARGEST + 1)
    try:
        held = parsed(SCHEMA, data)
        told = held["material"]
        found = vouched(held, "material", trust)
        items = tuple((str(each["name"]), str(each["state"])) for each in told["items"])
        files = list(_files(told))
        problem = "" if found.intact else found.why
        problem = problem or _altered(folder, files) or _disproved(folder, told["ledger"])
        app, made = str(told["app"]), str(told["made"])
    except (
        KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, OverflowError,
    ):  # fmt: skip
        raise UsageError(f"{path} is no label material: ask for it anew") from None
    if [name for name, _ in items] != [each.name for each in ITEMS]:
        problem = problem or "the items are not the seven"
    return Reviewed(app, made, items, found, problem)


def _files(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [*told["samples"], *(one for each in told["items"] for one in each["files"])]


def _altered(folder: Path, files: list[dict[str, Any]]) -> str:
    for each in files:
        name = str(each["name"])
        if Path(name).name != name:
            return "a file has a name that leads elsewhere"
        try:
            with (folder / FILES / name).open("rb") as stream:
                data = stream.read(_LARGEST + 1)
        except OSError:
            return f"the file {name} is not there"
        if sha256(data).hexdigest() != each["sha256"]:
            return f"the file {name} was altered"
    return ""


def _disproved(folder: Path, told: dict[str, Any] | None) -> str:
    """What is wrong with the records: each must be proven, and be one of those that were signed."""
    if not told or not told["filings"]:
        return ""
    from aigclabel.intake.ledger_witness import evidence_checked

    verdict = evidence_checked(folder / LEDGER)
    if verdict.problem:
        return f"the ledger's evidence does not hold: {verdict.problem.message}"
    if verdict.root.hex() != told["root"] or verdict.count < len(told["filings"]):
        return "the ledger's evidence is not that which was signed"
    return ""
