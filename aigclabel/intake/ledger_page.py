"""Evidence from a ledger on one page, for people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from aigclabel.intake.ledger_entries import Entry
from aigclabel.report import clean

if TYPE_CHECKING:
    from aigclabel.intake.ledger_notes import Checkpoint

_SHOWN = 200
"""Records that are printed; `records.jsonl` has all."""
_LONGEST = 300
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}code{overflow-wrap:anywhere}"
    ".records{table-layout:fixed}.records th:nth-child(1){width:4.5rem}"
    ".records th:nth-child(2){width:9rem}.records th:nth-child(3){width:6rem}"
    ".records th:nth-child(4){width:9rem}"
)


@dataclass
class Seen:
    """What went into an export: the first records, and how many of each kind."""

    first: list[Entry] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    emptied: int = 0
    since: str = ""
    until: str = ""

    def add(self, each: Entry) -> None:
        """Takes one record."""
        self.kinds[each.kind] += 1
        self.emptied += each.pruned is not None
        self.since = self.since or each.time
        self.until = each.time
        if len(self.first) < _SHOWN:
            self.first.append(each)


def page(point: Checkpoint, seen: Seen, *, whole: bool) -> bytes:
    """The page (HTML, UTF-8). Whatever records say stands there as text."""
    count = seen.kinds.total()
    what = "every record" if whole else "a choice of records: others are not in it"
    facts = (
        ("Ledger", point.origin),
        ("Records in this folder", f"{count} ({what})"),
        ("Of these emptied: what they said was deleted", str(seen.emptied)),
        ("From, to (UTC)", f"{seen.since} to {seen.until}"),
        ("Kinds", ", ".join(f"{kind}: {many}" for kind, many in sorted(seen.kinds.items()))),
        ("Records in the ledger", str(point.size)),
        ("Root hash (RFC 6962)", point.root.hex()),
        ("Signed at, as the signer says", point.time),
        ("Signer's key (SHA-256)", point.fingerprint),
        ("Time stamp of an authority", _stamp(point)),
    )
    rows = "".join(_row(("th", name), ("td", told)) for name, told in facts)
    records = "".join(_record(each) for each in seen.first)
    left = f"<p>{count - _SHOWN} more stand in <code>records.jsonl</code>.</p>"
    more = left if count > _SHOWN else ""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width">'
        f"<title>Ledger evidence</title><style>{_STYLE}</style></head><body>"
        "<h1>Records of AI-generated content, as evidence</h1>"
        "<p>This page repeats what the files beside it hold, and proves nothing itself. To check "
        "them: <code>aigclabel ledger verify FOLDER --trust SIGNER.pem</code>, with the signer's "
        "certificate or key from a source that you believe.</p>"
        f"<table>{rows}</table><h2>Records</h2><table class=records>"
        f"<tr><th>number</th><th>time</th><th>kind</th><th>about</th><th>says</th></tr>{records}</table>{more}</body></html>\n"
    ).encode()


def _record(each: Entry) -> str:
    said = "; ".join(f"{name}: {told}" for name, told in each.body.items())
    if each.pruned is not None:
        said = f"(emptied; record {each.pruned} says why)"
    cells = (str(each.index), each.time, each.kind, each.subject, said)
    return _row(*(("td", cell) for cell in cells))


def _row(*cells: tuple[str, str]) -> str:
    told = "".join(f"<{tag}>{escape(clean(text, _LONGEST))}</{tag}>" for tag, text in cells)
    return f"<tr>{told}</tr>"


def _stamp(point: Checkpoint) -> str:
    at = point.stamped_at()
    return f"{at.isoformat()} (whose, is for you to believe)" if at else "none"
