"""Which whole line of a text states that AI made or changed it.

Strict on purpose: a headline that merely talks about AI生成图片 is not a notice. Only lines
that are nothing but the statement count, with at most a closing clause behind it.
"""

from __future__ import annotations

import re
import unicodedata

from aigclabel.carriers.visible.languages import DENIALS, STATEMENTS

MOST = 200
"""Characters; a longer line is prose."""
_FRAME = " \t\ufeff\u3000>*_~`#|-—–•·.。!！;；,，:：()（）[]【】〔〕「」『』《》<>\"'“”‘’।،؛"
"""What stands around a notice: quote and emphasis marks of Markdown, brackets, full stops."""

_ZH_THING = (
    "(?:全文|正文|文章|文本|文字|内容|內容|回答|回复|作品|资料|資料|信息|报告|報告|摘要|文档|页面"
    "|图文|圖文|文)"
)
_ZH_CLOSING = (
    r"(?:[,;:。 ]*(?:仅供参考|僅供參考|请注意甄别|请谨慎甄别|请仔细甄别|请注意核实"
    r"|请仔细核实|请核实|請注意甄別|不代表本平台立场|不代表平台观点|不构成任何建议))*"
)
_ZH = (
    rf"(?:(?:本|此|该|該|以上|以下|上述){_ZH_THING}?(?:的?部分内容)?)?(?:部分)?(?:{_ZH_THING})?"
    r"(?:疑似|可能|或)?(?:为|為|系|係|是|均)?(?:疑似|可能)?(?:由|使用|借助|利用|通过|通過|经|經)?"
    r"(?:AIGC|(?:生成式)?(?:AI|人工智能|人工智慧))(?:技术|技術|大?模型|工具|助手)?"
    r"(?:辅助|輔助|自动|自動)?(?:生成合成|生成或合成|生成|合成)"
)
_ZH_WHOLE = (
    rf"(?:本|此|该|該|以上|以下|上述){_ZH_THING}?(?:为|為|系|係|是|由)"
    rf"(?:AIGC|(?:生成式)?(?:AI|人工智能|人工智慧))(?:技术|技術|大?模型|工具|助手)?"
    rf"(?:生成|合成)的?{_ZH_THING}"
)
_JA = (
    r"(?:(?:この|本)(?:文章|記事|内容|テキスト|コンテンツ|回答|画像|写真|動画|映像|音声|作品)は、?)?(?:生成)?(?:AI|人工知能)"
    r"(?:技術)?(?:により|によって|を用いて|を使用して|を利用して|で|が)?(?:自動)?(?:生成|加工|編集)"
    r"(?:された(?:もの|文章|内容|コンテンツ)です|したものです|されています|されました|しました)?"
)
_EN_THING = "(?:text|content|article|answer|response|document|page|post|story|summary|report)"
_EN = (
    rf"(?:(?:this|the following|the above) {_EN_THING} (?:was|is|has been|may be) )?"
    r"(?:(?:partly|partially|fully|entirely|automatically) )?"
    r"(?:AI[- ](?:generated|created|written|modified|edited)"
    r"|(?:generated|created|written|produced|modified|edited) (?:by|with|using) (?:an? )?"
    r"(?:AI|artificial intelligence)(?: (?:model|system|tool|assistant))?)"
)
_EN_CLOSING = r"(?:[,;:. ]*for reference only)?"
_BOTH = rf"(?:{_ZH}) ?[/|,;·]? ?(?:{_EN})|(?:{_EN}) ?[/|,;·]? ?(?:{_ZH})"
"""The same in Chinese and in English, one behind the other."""
_STATEMENT = re.compile(
    rf"(?:(?:{_ZH_WHOLE}|{_ZH}){_ZH_CLOSING}|{_JA}|{_EN}{_EN_CLOSING}|{_BOTH}|{STATEMENTS})",
    re.IGNORECASE,
)
_JA_NOT = (
    "(?:AI|人工知能)(?:技術)?(?:を|は|が|で|により|によって|による)?(?:一切)?(?:生成|使用|利用|作成)?"
    "(?:画像|文章|物|されたもの|したもの)?(?:あり|され|さ|し)?(?:では|は)?(?:あり)?"
    "(?:ておらず|てい?ません|てい?ない|ません|ない|せず|なし|不使用|未使用)"
)
_BY = "(?:由|经|經|使用|用|采用|採用|利用|借助|通过|通過)?(?:任何)?"
_DENIAL = re.compile(
    rf"(?:非|不是|不含|未|没|沒|没有|沒有|无|無|不){_BY}(?:AI|人工智能|人工智慧)"
    r"|(?:AI|人工智能|人工智慧)(?:未|不|没有|沒有)(?:参与|參與)?(?:生成|合成)"
    r"|\b(?:not|no|non|never|without|isn.t|wasn.t)[ -]+"
    r"(?:(?:made|created|generated|produced|written|drawn|by|with|using|any|an?) )*"
    r"(?:AI|artificial intelligence)(?![a-z])|\bAI[- ]free"
    rf"|{_JA_NOT}|{DENIALS}",
    re.IGNORECASE,
)
"""Wordings that hold an AI element and a generation element and say the contrary."""
_UNSEEN = re.compile(r"<[a-z!/?]|~~|!\[|\[\s*\]\(|^\s*\[[^\]]*\]:", re.IGNORECASE)
"""What Markdown does not show, or strikes out: tags and comments, pictures, links without a
text, definitions of links (CommonMark 0.31, 4.6, 4.7, 6.3, 6.4, 6.6)."""
_LOOSE = re.compile("(?<=[\u2e80-\uffff]) | (?=[\u2e80-\uffff])")
"""Blanks beside ideographs, which some writers set and others do not."""


_MARKS = re.compile("[\u0640\u064b-\u0652\u0670]")
"""Vowel marks and the stretching stroke of Arabic, which writers set or not."""
_FOLDS = str.maketrans("أإآٱىёЁ", "اااايеЕ")
"""Letters that are also written without their marks."""


def bare(line: str) -> str:
    """A line without what stands around a notice, in one width (NFKC), blanks joined."""
    text = unicodedata.normalize("NFKC", line.strip(_FRAME))
    return " ".join(text.strip(_FRAME).split())


def _folded(text: str) -> str:
    """A wording with what is spelled in two ways spelled in one."""
    return _MARKS.sub("", _LOOSE.sub("", bare(text))).translate(_FOLDS)


def denies(text: str) -> bool:
    """Whether a wording says that AI did not make the content."""
    return _DENIAL.search(_folded(text)) is not None


def seen(line: str, *, markdown: bool) -> bool:
    """Whether a reader of the text sees a line as it stands. One with control or direction
    characters may look like anything."""
    odd = any(unicodedata.category(sign) in {"Cc", "Cf"} for sign in line.strip(_FRAME))
    return not (odd or (markdown and _UNSEEN.search(line)))


def states(line: str) -> bool:
    """Whether a line is a statement that AI made or changed the text, and nothing else."""
    if len(line) > MOST:
        return False
    return _STATEMENT.fullmatch(_folded(line)) is not None
