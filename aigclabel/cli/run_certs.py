"""`aigclabel certs`: the local development identity, requests for certificates, and their check."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from aigclabel.cli import as_json
from aigclabel.cli.arguments import moment
from aigclabel.errors import UsageError
from aigclabel.files import put
from aigclabel.report import clean
from aigclabel.signing import Signer
from aigclabel.signing.checks import Examination, examined
from aigclabel.signing.keys import fingerprint
from aigclabel.signing.local import home
from aigclabel.signing.options import content
from aigclabel.signing.pem import key_block
from aigclabel.signing.requests import Subject, new_key, of_key, of_signer
from aigclabel.signing.signer import knows, untested


def run(arguments: Namespace) -> int:
    """One of `dev`, `csr` and `check`."""
    return {"dev": _dev, "csr": _csr, "check": _check}[arguments.what](arguments)


def _dev(arguments: Namespace) -> int:
    """Make the identity on first use, and say where it is."""
    signer = Signer.local()
    told = {
        "uri": signer.uri,
        "algorithm": signer.algorithm,
        "fingerprint": signer.fingerprint,
        "self_issued": signer.self_issued,
        "anchor": str(home() / "root.pem"),
    }
    if arguments.json:
        print(as_json(told))
        return 0
    print(f"local development identity, self-issued: {told['fingerprint']}")
    print(f"sign with it:   --signer '{told['uri']}' (the default)")
    print(f"believe it:     --trust {told['anchor']}")
    print("it proves that a file is unchanged, not who you are: get a certificate for that")
    return 0


# -- csr --------------------------------------------------------------------------------


def _csr(arguments: Namespace) -> int:
    """Make a key where none is, and a request; a key that is there is never replaced."""
    if bool(arguments.signer) == bool(arguments.key):
        raise UsageError(
            "certs csr needs either --key FILE (a key is made where none is) or --signer URI"
        )
    subject = Subject(arguments.country, arguments.organization, arguments.name)
    target = None if arguments.output == "-" else Path(arguments.output)
    if target is not None and target.exists() and not arguments.force:
        raise UsageError(f"{target} exists: name another file, or add --force")
    usages = tuple(dict.fromkeys(arguments.usage)) or ("email",)
    made = False
    if arguments.key:
        key = Path(arguments.key)
        if target is not None and target.absolute() == key.absolute():
            raise UsageError("the request would replace the key: name another file")
        made = not key.exists()
        if made:
            new_key(key, arguments.algorithm)
        text = of_key(key, subject, usages)
    else:
        text = of_signer(arguments.signer, subject, usages)
    if target is not None:
        put(target, lambda out: out.write(text))
    _tell_request(arguments, text, made=made)
    return 0


def _tell_request(arguments: Namespace, text: bytes, *, made: bool) -> None:
    if arguments.json:
        print(as_json({"key": arguments.key, "key_made": made, "csr": text.decode()}))
        return
    if arguments.output == "-":
        print(text.decode(), end="")
    out = sys.stderr if arguments.output == "-" else sys.stdout
    if made:
        print(f"made the key {arguments.key}, readable by you only: keep it, tell nobody", file=out)
    print("send the request to a certificate authority; check what comes back:", file=out)
    signer = f"file:{arguments.key}?chain=CHAIN.pem" if arguments.key else arguments.signer
    print(f"  aigclabel certs check '{signer.partition('?')[0]}?chain=CHAIN.pem'", file=out)


# -- check ------------------------------------------------------------------------------


def _check(arguments: Namespace) -> int:
    """Every rule with its outcome; 1 when one is broken."""
    signer, keyed = _examinee(arguments.signer, arguments.key)
    result = examined(signer, moment(arguments.at), keyed=keyed)
    ok = result.failed is None
    print(as_json(_told(signer, result)) if arguments.json else _page(signer, result))
    return 0 if ok else 1


def _examinee(named: str, key: str | None) -> tuple[Signer, bool]:
    scheme, colon, _ = named.partition(":")
    if colon and knows(scheme) and not Path(named).exists():
        if key:
            raise UsageError("a signer's URI names its key: leave --key out")
        return untested(named), True
    text = content(Path(named))
    held = content(Path(key)) if key else key_block(text)
    return Signer(named, chain=text, key=held), bool(key or held)


def _told(signer: Signer, result: Examination) -> dict[str, object]:
    return {
        "signer": signer.uri,
        "ok": result.failed is None,
        "algorithm": result.algorithm or None,
        "fingerprint": fingerprint(result.chain) or None,
        "days": result.days,
        "findings": [
            {
                "rule": each.rule,
                "outcome": each.outcome,
                "message": each.message,
                "clause": each.clause,
            }
            for each in result.findings
        ],
    }


def _page(signer: Signer, result: Examination) -> str:
    lines = []
    for each in result.findings:
        mark = "FAIL" if each.outcome == "fail" else each.outcome
        where = "" if each.outcome == "ok" else f" ({each.clause})"
        lines.append(clean(f"{mark:<5} {each.rule:<22} {each.message}{where}"))
    ends = f", {result.days} days left" if result.days is not None else ""
    serves = "serves" if result.failed is None else "does not serve"
    what = f" {result.algorithm}{ends}" if result.algorithm else ""
    lines.append(clean(f"{signer.uri}: {serves};{what}" if what else f"{signer.uri}: {serves}"))
    return "\n".join(lines)
