"""Provider codes of TC260-PG-20252A: 27 characters that name who offers a service."""

from __future__ import annotations

import re
from dataclasses import dataclass

LENGTH = 27
_SHAPE = re.compile(r"00([0-9A-Z])([0-9A-Z])([0-9A-Z]{18})([0-9A-Z])([0-9A-Z]{4})")
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100: no I, O, S, V, Z."""
_BASE = len(_ALPHABET)
_SERVICES = {"0": "none", "1": "generation", "2": "propagation"}
_SUBJECTS = {"1": "organisation"}
_CREDIT_CODE = "1"
"""The binding of a subject by its unified social credit code."""


@dataclass(frozen=True, slots=True)
class ProviderCode:
    """The parts of a code. `subject` is `organisation` or `unknown` (how individuals are
    coded is not published); `credit_code` is the unified social credit code, or empty where
    the subject is bound otherwise; `service` is `generation`, `propagation`, `none` or
    `unknown`; `model` is the provider's own number for a model or app."""

    subject: str
    credit_code: str
    service: str
    model: str


def parse(code: str) -> ProviderCode | None:
    """The parts of a code; None for what does not have its shape."""
    found = _SHAPE.fullmatch(code)
    if found is None:
        return None
    subject, binding, body, service, model = found.groups()
    return ProviderCode(
        _SUBJECTS.get(subject, "unknown"),
        body if binding == _CREDIT_CODE else "",
        _SERVICES.get(service, "unknown"),
        model,
    )


def looks_like_one(value: str) -> bool:
    """Whether a value is meant as such a code rather than as a name."""
    return len(value) == LENGTH and value.startswith("00")


def check(code: str) -> tuple[str, ...]:
    """What is wrong with a code, as deviations of `cn.aigc`; nothing for a good one."""
    parts = parse(code)
    if parts is None:
        return ("cn.aigc.code-format",)
    wrong = []
    if parts.credit_code and not is_credit_code(parts.credit_code):
        wrong.append("cn.aigc.code-check-digit")
    if parts.service == "unknown":
        wrong.append("cn.aigc.code-service")
    return tuple(wrong)


def is_credit_code(text: str) -> bool:
    """Whether 18 characters are a unified social credit code with the check digit of
    GB 32100 (weights 3^i modulo 31)."""
    if any(sign not in _ALPHABET for sign in text):
        return False
    *body, last = (_ALPHABET.index(sign) for sign in text)
    total = sum(value * pow(3, at, _BASE) for at, value in enumerate(body))
    return (total + last) % _BASE == 0
