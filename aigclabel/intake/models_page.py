"""An app's label material on one page, for the reviewer of a store."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from aigclabel.report import clean

_LONGEST = 1000
_SIDE = 420
"""Pixels of the longer side of a picture on the page."""
_PIXELS = 64_000_000
"""Of a picture that is shown; others are linked only."""
_STATES = {
    "given": "given 已提供",
    "told": "stated from the register or a sample 据登记或样例",
    "missing": "MISSING 缺",
}
_STYLE = (
    "body{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;max-width:60rem;margin:2rem auto;"
    "padding:0 1rem;color:#111;background:#fff}h1{font-size:1.5rem}h2{font-size:1.1rem;"
    "margin:1.6rem 0 .4rem}table{border-collapse:collapse;width:100%;table-layout:fixed}"
    "td,th{border-bottom:1px solid #999;padding:.35rem .5rem;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}.items th:nth-child(1){width:2rem}.items th:nth-child(2){width:28%}"
    ".items th:nth-child(3){width:18%}.facts th{width:24%}"
    ".missing{font-weight:700;color:#8a0000}img{max-width:100%;border:1px solid #999}"
    "figure{display:inline-block;margin:.4rem .8rem .4rem 0;vertical-align:top;max-width:420px}"
    "figcaption{font-size:.85rem}p.small{font-size:.85rem;color:#333}ul{margin:0;padding-left:1.1rem}"
    "@page{size:A4;margin:16mm}@media print{body{margin:0;max-width:none;font-size:9pt}"
    "tr,figure{break-inside:avoid}h2{break-after:avoid}}"
)


def page(
    told: Mapping[str, Any], kept: Mapping[str, bytes], titles: Sequence[tuple[str, str]]
) -> bytes:
    """The page (HTML, UTF-8) of what was signed; `kept` are the files by name, `titles` the items
    in Chinese and English. Whatever they say stands there as text, and nothing on it is fetched."""
    lacking = [each for each in told["items"] if each["state"] == "missing"]
    verdict = (
        f"{len(lacking)} of {len(titles)} items are missing 缺 {len(lacking)} 项"
        if lacking
        else "none of the seven items is missing 七项齐全"
    )
    items = "".join(
        _row_of_item(n, chinese, english, each)
        for n, ((chinese, english), each) in enumerate(zip(titles, told["items"], strict=True), 1)
    )
    body = (
        f"<h1>{_text(told['app'])}: label material for an app store 标识材料</h1>"
        f"<table class='facts'>{_about(told)}</table>"
        f"<h2>{_text(verdict)}</h2>"
        f"<table class='items'><tr><th>#</th><th>item</th><th>state</th><th>what there is</th></tr>"
        f"{items}</table>{_models(told)}{_samples(told, kept)}{_CLOSING}"
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
        '<meta name="viewport" content="width=device-width">'
        f"<title>{_text(told['app'])}: label material</title><style>{_STYLE}</style></head>"
        f"<body>{body}</body></html>\n"
    ).encode()


_CLOSING = (
    "<p class='small'>Measures for Labeling of AI-generated Content, Article 7 (in force since "
    "2025-09-01): app distribution platforms ask whether an app generates content, and check its "
    "label material. The seven items are those of a template that several stores use, known "
    "second-hand; a store's own form decides. This page repeats what <code>material.json</code> "
    "holds, and proves nothing itself. To check signature, files and records: <code>aigclabel "
    "models verify FOLDER --trust SIGNER.pem</code>, with the signer's certificate from a source "
    "that you believe. A statement from a sample is what aigclabel read in that file; a document "
    "that was given was not read by it.</p>"
)


def _about(told: Mapping[str, Any]) -> str:
    ledger = told["ledger"]
    rows = [
        ("App 应用", told["app"]),
        ("Made at (UTC) 制作时间", told["made"]),
        ("Filings as of 备案截至", told["on"]),
    ]
    if ledger:
        many = f"{len(ledger['filings'])} of filings (proven), {ledger['stamps']} of stamps"
        rows.append(("Records in the ledger 台账记录", f"{many}; ledger {ledger['origin']}"))
    return "".join(f"<tr><th>{_text(a)}</th><td>{_text(b)}</td></tr>" for a, b in rows)


def _row_of_item(n: int, chinese: str, english: str, each: Mapping[str, Any]) -> str:
    mark = " class='missing'" if each["state"] == "missing" else ""
    files = "".join(f"<li>{_link(one)}</li>" for one in each["files"])
    facts = "".join(f"<li>{_text(one)}</li>" for one in each["facts"])
    there = f"<ul>{files}{facts}</ul>" if files or facts else "nobody gave it"
    return (
        f"<tr><td>{n}</td><th>{_text(chinese)}<br>{_text(english)}</th>"
        f"<td{mark}>{_text(_STATES[each['state']])}</td><td>{there}</td></tr>"
    )


def _models(told: Mapping[str, Any]) -> str:
    names = ("name", "version", "provider", "code", "state", "launch")
    head = "".join(f"<th>{name}</th>" for name in (*names, "numbers"))
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{_text(each[name] or '')}</td>" for name in names)
        + f"<td>{_text(', '.join(each['numbers']))}</td></tr>"
        for each in told["models"]
    )
    return f"<h2>Models 模型</h2><table><tr>{head}</tr>{rows}</table>"


def _samples(told: Mapping[str, Any], kept: Mapping[str, bytes]) -> str:
    if not told["samples"]:
        return ""
    return "<h2>Samples 样例</h2>" + "".join(
        _sample(each, kept[each["name"]]) for each in told["samples"]
    )


def _sample(each: Mapping[str, Any], data: bytes) -> str:
    shown = _thumbnail(data)
    picture = f'<figure><img alt="" src="{shown}"></figure>' if shown else ""
    label = "".join(
        f"<tr><th>{_text(name)}</th><td>{_text(said)}</td></tr>"
        for name, said in each["label"].items()
    )
    rows = [
        ("File 文件", _link(each)),
        ("Seen label 显式标识", _listed([f"{n['text']} ({n['where']})" for n in each["notices"]])),
        ("Metadata label 隐式标识", f"<table class='facts'>{label}</table>" if label else "none"),
        ("Where it stands 位置", _text(each["where"] or "nowhere")),
        (f"Under {_text(each['policy'])}", _text(each["outcome"])),
        ("Lacks 缺少", _listed(each["lacks"])),
    ]
    told = "".join(f"<tr><th>{_text(a)}</th><td>{b}</td></tr>" for a, b in rows)
    return f"{picture}<table class='facts'>{told}</table>"


def _listed(lines: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{_text(one)}</li>' for one in lines)}</ul>" if lines else "none"


def _link(each: Mapping[str, Any]) -> str:
    name = each["name"]
    told = f"{each['size']:,} bytes, SHA-256 {each['sha256']}"
    return f'<a href="files/{quote(name)}">{_text(name)}</a> ({_text(told)})'


def _text(told: str) -> str:
    return escape(clean(str(told), _LONGEST))


def _thumbnail(data: bytes) -> str:
    """A picture that Pillow reads, small, as a data URL; empty for anything else."""
    from io import BytesIO

    from PIL import Image

    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP", "GIF")) as picture:
            if picture.width * picture.height > _PIXELS:
                return ""
            small = picture.convert("RGB")
            small.thumbnail((_SIDE, _SIDE))
            out = BytesIO()
            small.save(out, "PNG")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
    return f"data:image/png;base64,{b64encode(out.getvalue()).decode('ascii')}"
