"""Text that means harm, in every field that a stranger fills: harmless wherever it is shown.

The kinds are those of public lists for C2PA viewers: script in markup, terminal sequences,
direction marks, other encodings, very long values, queries, format strings, paths.
"""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from laws.rules import rules
from laws.samples import asset as sample
from unit.conftest import Workshop

from aigclabel import Asset, Choices, Signer, TrustStore, UsageError, read, stamp, verify
from aigclabel.report import as_html, evidence_json, evidence_text, report_json
from aigclabel.report.words import LANGUAGES
from aigclabel.testing import SAID

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "</pre></table><iframe src='javascript:alert(1)'>",
    "{{7*7}}${7*7}<%= 7*7 %>#{7*7}",
    "javascript:alert(document.domain)",
    "' OR '1'='1'; DROP TABLE labels;--",
    "\x1b[2J\x1b[1;31mMET\x1b[0m",
    "\x1b]0;owned\x07\x1b]8;;http://e.example\x07click\x1b]8;;\x07",
    "a\rMET under every law",
    "a\nMET under every law",
    "a\u2028MET\u2029MET\x85MET",
    "\u202etem si gnihtyreve\u202c",
    "\u2066\u200b\u200f\ufeffinvisible",
    "\U000e0041\U000e0042 tags",
    "x" * 10_000,
    "%s%n%x%d" * 20,
    "../../../../etc/passwd",
    "file:///etc/passwd",
    "$(touch owned) `touch owned` | touch owned",
    '=HYPERLINK("http://e.example")',
    "Z\u0351\u0300\u036b\u0343\u036a\u0302\u036b" * 30,
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16") * 50,
    "&lt;script&gt;&#x3c;script&#x3e;",
    "]]><!--<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
)
LAW = rules("signed-only")
NOTICE = rules("free-wording")
ALLOWED = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "tr",
           "th", "td", "pre", "section", "ul", "li", "dl", "dt", "dd", "strong",
           "tbody", "thead"}  # fmt: skip


class Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = set()
        self.attributes = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


def harmless(asset, trust=None):
    evidence, report = read(asset, trust), verify(asset, LAW, trust)
    for shown in (evidence_text(evidence), *(report.text(lang) for lang in LANGUAGES)):
        odd = [c for c in shown if not (c.isprintable() or c == "\n")]
        assert not odd, [hex(ord(each)) for each in odd[:5]]
        assert all(len(line) < 2000 for line in shown.splitlines())
        assert not any(line.lstrip().startswith("MET under") for line in shown.splitlines())
    for told in (evidence_json(evidence), report_json(report)):
        assert json.loads(json.dumps(told)) == told
    for lang in LANGUAGES:
        page = Elements()
        page.feed(as_html((report,), lang=lang))
        assert page.seen <= ALLOWED, page.seen - ALLOWED
        assert not {each for each in page.attributes if each.startswith("on")}
        assert not page.attributes & {"src", "href", "srcdoc"}
    return evidence


def shape(attack):
    return attack.encode("utf-8", "ignore").decode()


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_in_what_a_maker_states(attack):
    said = replace(SAID, system=shape(attack), version=shape(attack)[:200])
    asset = replace(sample("jpeg-baseline"), name=shape(attack).replace("/", "-")[:100])
    once = stamp(asset, said, LAW)
    harmless(once)
    again = stamp(replace(once, report=None, name=asset.name), replace(said, content_id="n"), LAW,
                  Signer.local())  # fmt: skip
    harmless(again)


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_in_the_name_of_a_signer(attack):
    name = shape(attack)[:60]
    shop = Workshop()
    try:
        root = shop.authority(name)
        leaf = shop.leaf(root, name)
    except ValueError:
        pytest.skip("no certificate can hold this name")
    signer = Signer("test:", "es256", leaf.pem + root.pem, leaf.key_pem, anchor=root.pem)
    made = stamp(sample("png-rgb"), SAID, LAW, signer)
    evidence = harmless(made, TrustStore((root.pem,)))
    assert evidence.provenance.signer_trusted


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_in_metadata_and_notices(attack):
    text = shape(attack).replace("\x00", "")
    harmless(
        Asset.of_text(f"---\nAIGC:\n  Label: {json.dumps(text)}\n---\n{text}", "text/markdown")
    )
    harmless(Asset.of_text(f"<html><head><title>{text}</title></head><body>{text}", "text/html"))
    page = Asset.of_text("A story.\n", name="a.txt")
    reason = ""
    try:
        harmless(stamp(page, SAID, NOTICE, choices=Choices(notice=f"AI生成 {text}")))
    except UsageError as wrong:
        reason = str(wrong)
    assert "\n" not in reason
