"""What an app store asks for of an app that generates content: seven items in one signed folder.

Article 7 of the Measures for Labeling (in force since 2025-09-01) has app distribution platforms
ask whether an app generates content, and check its label material. Which material, a public design
note of 2026-07-23 lists after the template of three stores (Xiaomi, Huawei, OPPO): `ITEMS`. It was
read second-hand, and each store has a form of its own.

| file | holds |
|---|---|
| `material.json` | the items, models, samples and hashes of all files, signed (`models_signed`) |
| `report.html` | the same on one page for people, which proves nothing |
| `files/` | the documents and samples that were given |
| `ledger/` | records of the models' filings as evidence (`ledger_evidence`), if there are any |

What neither register nor samples nor the caller say is `missing`, and never made up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from aigclabel.errors import AssetError, UsageError
from aigclabel.files import clear_errors, put_all
from aigclabel.intake.models_export import row_of
from aigclabel.intake.models_signed import signed
from aigclabel.intake.models_values import GIVEN, Model
from aigclabel.intake.texts import line, now
from aigclabel.model import Layer

if TYPE_CHECKING:
    from aigclabel.intake.ledger import Ledger
    from aigclabel.model import Evidence
    from aigclabel.signing import Signer

SCHEMA = "aigclabel.app-material/1"
RULES = "cn.gb45438-2025"
"""The policy that samples are held against."""
NAME, PAGE, FILES, LEDGER = "material.json", "report.html", "files", "ledger"
_LARGEST = 64 << 20
"""Bytes of one document."""
_MOST = 50
"""Documents and samples."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a store asks for: its name here, as the stores call it, and in English."""

    name: str
    chinese: str
    english: str


ITEMS = (
    Item("explicit-scheme", "显式标识方案", "How the label that people see is given"),
    Item("explicit-places", "显式标识位置示例图", "Pictures of where it stands"),
    Item("implicit-scheme", "隐式标识技术说明", "How the label in the file's metadata is made"),
    Item("implicit-content", "隐式标识内容截图", "A picture of that metadata"),
    Item("filing-proof", "备案凭证", "Proof that the models are filed"),
    Item("self-assessment", "安全自评估报告", "The assessment of the service's own safety"),
    Item("commitment", "承诺函（盖章）", "The letter of commitment, sealed"),
)
NAMES = tuple(each.name for each in ITEMS)
_PROOF = "filing-proof"
_TITLES = tuple((each.chinese, each.english) for each in ITEMS)


@dataclass(frozen=True, slots=True)
class Material:
    """What the caller brings: the app's name, documents by item (`NAMES`), labelled files as
    samples, and the day on which filings count."""

    app: str
    documents: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    samples: tuple[Path, ...] = ()
    on: date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "app", line("the app's name", self.app))
        for name in self.documents:
            if name not in NAMES:
                raise UsageError(f"no item is {name[:40]!r}: choose from {', '.join(NAMES)}")
        if len(self.samples) + sum(map(len, self.documents.values())) > _MOST:
            raise UsageError(f"at most {_MOST} documents and samples: leave some out")


def export(
    models: tuple[Model, ...],
    material: Material,
    ledger: Ledger | None,
    signer: Signer,
    folder: Path,
    *,
    force: bool = False,
) -> dict[str, Any]:
    """Writes the folder, whole or not at all, and gives what was signed. The records of the
    models' filings come with it where a `ledger` (with the same signer) has them.

    Raises UsageError for a folder that is there (`force` replaces one that this wrote), a document
    that cannot be read, and no model; SigningError, LedgerError.
    """
    if not models:
        raise UsageError("no model is named, and none is in the register: add one first")
    _free(folder, force=force)
    with clear_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        told = _written(models, material, ledger, signer, made)
        with clear_errors(folder):
            _moved(made, folder)
    finally:
        _removed(made)
    return told


def _written(
    models: tuple[Model, ...],
    material: Material,
    ledger: Ledger | None,
    signer: Signer,
    folder: Path,
) -> dict[str, Any]:
    from aigclabel.intake.models_page import page

    day = material.on or now().date()
    models = tuple(each.on(day) for each in models)
    kept: dict[str, bytes] = {}
    samples = [_sample(each, _taken(each, "sample", kept), kept) for each in material.samples]
    documents = {
        name: [_described(_taken(each, name, kept), kept) for each in material.documents[name]]
        for name in NAMES
        if name in material.documents
    }
    records = _records(models, ledger, folder / LEDGER)
    facts = _facts(models, samples, records)
    known = {name: bool(facts[name]) for name in NAMES}
    known[_PROOF] = all(each.state in GIVEN for each in models)  # each of them has to be
    told = {
        "made": now().isoformat(),
        "on": day.isoformat(),
        "app": material.app,
        "models": [row_of(each) for each in models],
        "samples": samples,
        "items": [
            _item(each, documents.get(each.name, []), facts[each.name], told=known[each.name])
            for each in ITEMS
        ],
        "ledger": records,
    }
    sealed = json.dumps(signed(SCHEMA, "material", told, signer), ensure_ascii=False, indent=1)
    (folder / FILES).mkdir()
    put_all(
        (
            *((folder / FILES / name, _writer(data)) for name, data in kept.items()),
            (folder / NAME, _writer(sealed.encode("utf-8"))),
            (folder / PAGE, _writer(page(told, kept, _TITLES))),
        )
    )
    return told


def missing(told: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the items that nobody and nothing says anything of."""
    return tuple(each["name"] for each in told["items"] if each["state"] == "missing")


def _item(
    item: Item, files: list[dict[str, Any]], facts: list[str], *, told: bool
) -> dict[str, Any]:
    state = "given" if files else "told" if told else "missing"
    return {"name": item.name, "state": state, "files": files, "facts": facts}


def _facts(
    models: tuple[Model, ...], samples: list[dict[str, Any]], records: dict[str, Any] | None
) -> dict[str, list[str]]:
    """What register, samples and ledger say of each item."""
    notices = [f"{s['name']}: {n['text']} ({n['where']})" for s in samples for n in s["notices"]]
    labels = [s for s in samples if s["label"]]
    return {
        "explicit-scheme": notices,
        "explicit-places": [f"{s['name']} shows it" for s in samples if s["notices"]],
        "implicit-scheme": [f"{s['name']}: {s['where']}" for s in labels],
        "implicit-content": [
            f"{s['name']}: " + ", ".join(f"{name} {text}" for name, text in s["label"].items())
            for s in labels
        ],
        _PROOF: [*_filings(models), *_recorded(records)],
        "self-assessment": [],
        "commitment": [],
    }


def _filings(models: tuple[Model, ...]) -> Iterator[str]:
    for each in models:
        named = f"{each.name} {each.version}"
        if each.state not in GIVEN:
            yield f"{named}: {each.state} in the register, so it has no number"
        for one in each.numbers:
            papers = (
                f"; its documents have SHA-256 {', '.join(one.documents)}" if one.documents else ""
            )
            yield f"{named}: {one.state} on {one.day}, {one.kind} number {one.number}{papers}"


def _recorded(records: dict[str, Any] | None) -> Iterator[str]:
    if records and records["filings"]:
        yield (
            f"the ledger {records['origin']} holds {len(records['filings'])} records of it, "
            f"proven in the folder {LEDGER}"
        )


# -- what comes with it -----------------------------------------------------------------


def _sample(path: Path, name: str, kept: Mapping[str, bytes]) -> dict[str, Any]:
    """A labelled file: what people see of its label, what machines read, and what it lacks."""
    from aigclabel.engine import verify
    from aigclabel.model import Context, Origin
    from aigclabel.plugins import policy

    report = verify(path, policy(RULES), None, Context(origin=Origin.GENERATED))
    notices, label, where = _labels(report.evidence)
    return {
        **_described(name, kept),
        "media_type": report.evidence.asset.media_type,
        "notices": notices,
        "label": label,
        "where": where,
        "policy": f"{report.policy.id} {report.policy.version}",
        "outcome": report.outcome.value,
        "lacks": [
            f"{each.requirement}: {each.reason}"
            for each in report.findings
            if each.outcome.value in {"unmet", "unknown"}
        ],
    }


def _labels(evidence: Evidence) -> tuple[list[dict[str, str]], dict[str, str], str]:
    seen = [each for each in evidence.marks if each.mark.layer is Layer.VISIBLE]
    notices = [{"text": each.mark.get("text"), "where": each.where} for each in seen]
    for each in evidence.marks:
        if each.mark.layer is Layer.METADATA and each.mark.schema == "cn.aigc":
            return notices, {name: text for name, text in each.mark.fields if text}, each.where
    return notices, {}, ""


def _taken(path: Path, what: str, kept: dict[str, bytes]) -> str:
    """Reads a document, under a name that any system can keep."""
    with clear_errors(path), path.open("rb") as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise UsageError(f"{path} is larger than {_LARGEST >> 20} MB: give a smaller one")
    plain = re.sub(r"[^A-Za-z0-9.\u4e00-\u9fff-]+", "_", path.name)[-80:].lstrip(".")
    name = f"{what}-{len(kept) + 1}-{plain}"
    kept[name] = data
    return name


def _described(name: str, kept: Mapping[str, bytes]) -> dict[str, Any]:
    data = kept[name]
    return {"name": name, "sha256": sha256(data).hexdigest(), "size": len(data)}


def _records(
    models: tuple[Model, ...], ledger: Ledger | None, folder: Path
) -> dict[str, Any] | None:
    """The ledger's records of these models' filings, as evidence beside the material."""
    if ledger is None:
        return None
    from aigclabel.intake.ledger_evidence import export as evidence

    about = [each for model in models for each in ledger.entries(subject=model.id)]
    filings = [each for each in about if each.kind == "filing"]
    stamps = sum(each.kind in {"stamp", "export-without-notice"} for each in about)
    told: dict[str, Any] = {"origin": ledger.origin, "filings": [], "stamps": stamps}
    if filings:
        point = evidence(ledger, folder, numbers=frozenset(each.index for each in filings))
        told |= {"size": point.size, "root": point.root.hex()}
        told["filings"] = [_record(each) for each in filings]
    return told


def _record(each: Any) -> dict[str, Any]:
    return {"index": each.index, "time": each.time, "subject": each.subject, "hash": each.hash}


# -- the folder -------------------------------------------------------------------------


def _writer(data: bytes) -> Any:
    return lambda out: out.write(data)


def _free(folder: Path, *, force: bool) -> None:
    if not folder.exists():
        return
    if not force:
        raise UsageError(f"{folder} exists: name another folder, or use --force")
    if not (folder / NAME).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} holds something else: name another folder")


def _moved(made: Path, folder: Path) -> None:
    """The new folder in the place of the old, which is put back when that fails."""
    made.chmod(0o755)
    if not folder.exists():
        made.replace(folder)
        return
    old = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    folder.replace(old)
    try:
        made.replace(folder)
    except OSError as wrong:
        old.replace(folder)
        raise AssetError(f"{folder} cannot be written: {wrong.strerror or wrong}") from None
    _removed(old)


def _removed(folder: Path) -> None:
    from shutil import rmtree

    rmtree(folder, ignore_errors=True)
