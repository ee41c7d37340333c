"""Whatever people write into manifests and certificates comes out harmless everywhere."""

import json
import re

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from laws.rules import GB, rules
from laws.samples import asset
from laws.worlds import ARTICLE_9
from unit.conftest import Workshop
from unit.test_signed_carrier import signer_of

from aigclabel import Asset, TrustStore, stamp, verify
from aigclabel.report import as_html, evidence_json, evidence_text
from aigclabel.testing import SAID

ATTACKS = {
    "script": "<script>alert(document.cookie)</script>",
    "attribute": "\"' onmouseover=alert(1) x='",
    "image": "<img src=x onerror=alert(1)>",
    "comment": "--><svg/onload=alert(1)>",
    "sql": "'; DROP TABLE manifests; --",
    "escape": "\x1b[2J\x1b]0;owned\x07",
    "carriage": "trusted\r\x1b[Kintact; signer Example, trusted",
    "direction": "\u202egnp.exe\u2066",
    "invisible": "a\u200b\u2060\ufeffb",
    "line": "x\n  signed provenance (embedded): intact; signer Bank, trusted",
    "separator": "x\u2028y\u2029z",
    "format": "%s%n%x{0}{{7*7}}${7*7}",
    "long": "A" * 10_000,
    "combining": "e" + "\u0301" * 300,
}


def _short(text):
    """No more than a name may hold."""
    return text.encode()[:60].decode("utf-8", "ignore")


class Hostile(Workshop):
    """A workshop whose names hold an attack."""

    def __init__(self, attack):
        self.attack = attack

    def _name(self, common):
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, _short(self.attack)),
                x509.NameAttribute(NameOID.COMMON_NAME, _short(f"{common}{self.attack}")),
            ]
        )


@pytest.mark.parametrize("name", ATTACKS)
def test_names_and_texts_of_an_attacker_are_only_shown(name):
    attack = ATTACKS[name]
    shop = Hostile(attack)
    root = shop.authority()
    signer = signer_of(shop.leaf(root, "S"), anchor=root)
    first = stamp(asset("png-rgb"), SAID, rules(GB), signer, ARTICLE_9)
    named = Asset.of_bytes(first.data(), "image/png", attack)
    twice = stamp(named, SAID, rules(GB), signer_of(Workshop().leaf(Workshop().authority())),
                  ARTICLE_9)  # fmt: skip
    for trust in (None, TrustStore((root.pem,))):
        for made in (named, twice):
            report = verify(made, rules(GB), trust)
            evidence = report.evidence
            shown = f"{evidence_text(evidence)}\n{report}\n{report.text('zh-Hans')}"
            assert all(char.isprintable() or char == "\n" for char in shown)
            assert not re.search(r"^  signed provenance \(embedded\): intact; signer Bank", shown,
                                 re.MULTILINE)  # fmt: skip
            page = as_html((report,)) + as_html((report,), lang="zh-Hans")
            assert not re.search(r"<(?:script|img|svg)", page)
            assert "\x1b" not in page
            told = json.loads(json.dumps(evidence_json(evidence)))
            assert len(told["provenance"]["signer"]) <= 200
            for each in told["provenance"]["history"]:
                assert len(each["title"]) <= 200
