"""Whether the words of a notice speak of AI, where a policy names no words itself."""

from __future__ import annotations

import re

_OWN = "(?-i:AI|AIGC|KI|IA|GenAI|ИИ|ШІ|ЖИ|ΤΝ)"
"""Acronyms, in capitals and as words of their own: there is no AI in MAIL, nor in the French ai."""
_PARTS = (
    *("artificial", "artifici", "künstlich", "kunstmatig", "kunstig", "konstgjord", "sztuczn"),
    *("umělou", "umělá", "umelá", "mesterséges", "tekoäly", "yapay", "kecerdasan buatan", "umjetn"),
    *("synthetic", "synthét", "sintetic", "sintétic", "synthetisch", "deepfake", "deep fake"),
    *("trí tuệ nhân tạo", "人工智能", "人工智慧", "人工知能", "合成", "数字人", "深度伪造"),
    *("인공지능", "합성", "딥페이크", "искусственн", "нейросет", "штучн", "жасанды", "τεχνητ"),
    *("الاصطناعي", "اصطناعي", "هوش مصنوعی", "מלאכותית", "एआई", "कृत्रिम", "सिंथेटिक", "डीपफेक"),
    *("ปัญญาประดิษฐ์", "เอไอ", "短长 短短", "短长短短"),
)
"""Parts of words for AI, for what is synthetic, and the rhythm of GB 45438-2025 5.3 c)."""
_LETTER = r"A-Za-z\u00c0-\u024f\u0370-\u04ff"
_SPEAKS = re.compile(
    rf"(?<![{_LETTER}]){_OWN}(?![{_LETTER}])|{'|'.join(map(re.escape, _PARTS))}",
    re.IGNORECASE,
)


def speaks_of_ai(text: str) -> bool:
    """Whether a wording names AI or what is synthetic, in a language that is known here."""
    return _SPEAKS.search(text) is not None
