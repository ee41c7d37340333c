"""`aigclabel models export --for app-store`, and `models verify` of what it wrote."""

from __future__ import annotations

from argparse import Namespace
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from aigclabel.cli import as_json
from aigclabel.cli.arguments import day
from aigclabel.cli.registers import store_of
from aigclabel.errors import UsageError
from aigclabel.report import clean

if TYPE_CHECKING:
    from aigclabel.signing import TrustStore


def write(asked: Namespace) -> int:
    """Writes the folder; exit 0, and what is missing is told."""
    from aigclabel.intake.ledger import Ledger
    from aigclabel.intake.models import Models
    from aigclabel.intake.models_material import Material, export, missing
    from aigclabel.signing import Signer

    if asked.people or asked.output == "-":
        raise UsageError("an app store gets a folder, and no names: leave out --people, name -o")
    documents: dict[str, tuple[Path, ...]] = defaultdict(tuple)
    for each in asked.item:
        name, equals, file = each.partition("=")
        if not (name and equals and file):
            raise UsageError(f"--item {each[:80]}: write NAME=FILE")
        documents[name] += (Path(file),)
    samples = tuple(map(Path, asked.sample))
    material = Material(asked.app, documents, samples, day("--on", asked.on))
    signer, store = Signer.from_uri(asked.signer or "local:"), store_of(asked.ledger)
    try:
        ledger = Ledger(store, signer)
        register = Models(store, ledger)
        chosen = tuple(register.get(each) for each in dict.fromkeys(asked.model)) or register.all()
        folder = Path(asked.output)
        told = export(chosen, material, ledger, signer, folder, force=asked.force)
    finally:
        store.close()
    lacking = missing(told)
    if asked.json:
        states = {each["name"]: each["state"] for each in told["items"]}
        print(as_json({"output": asked.output, "items": states, "missing": list(lacking)}))
        return 0
    print(f"{clean(asked.output)}: label material of {clean(told['app'])}, signed")
    for each in told["items"]:
        print(f"  {each['name']}: {each['state']}")
    if lacking:
        print(f"still to be given: {' '.join(f'--item {each}=FILE' for each in lacking)}")
    return 0


def review(asked: Namespace, trust: TrustStore | None) -> int:
    """Exit 0 where nothing was altered and the signer is believed, 1 where not, 3 where nobody
    said whom to believe."""
    from aigclabel.intake.models_reviewed import reviewed

    if asked.name or asked.version or asked.number or asked.provider or asked.file or asked.on:
        raise UsageError("models are looked up in an export, not in label material: name its FILE")
    found = reviewed(Path(asked.export), trust)
    if asked.json:
        told = {
            "app": found.app,
            "made": found.made,
            "items": dict(found.items),
            "intact": not found.problem,
            "trusted": found.vouched.trusted,
            "signer": found.vouched.signer,
            "why": found.problem or found.vouched.why,
        }
        print(as_json(told))
    else:
        believed = {True: "trusted", False: "NOT TRUSTED", None: "trust not asked"}
        held = "NOT INTACT" if found.problem else "intact"
        print(f"label material of {clean(found.app)}, made {clean(found.made)}")
        whose = clean(found.vouched.signer) or "nobody"
        print(f"  {held}, {believed[found.vouched.trusted]}; signed by {whose}")
        print(f"  {clean(found.problem or found.vouched.why, 400)}")
        print("\n".join(f"  {clean(name)}: {clean(state)}" for name, state in found.items))
    if found.problem or found.vouched.trusted is False:
        return 1
    return 0 if found.ok else 3
