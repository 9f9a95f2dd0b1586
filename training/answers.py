"""What an answer says, as far as that can be checked without a judge: its last number, key words, a refusal. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

_SPACE = "\u00a0\u202f\u2009'\u2019"
_GROUPED = rf"\d{{1,3}}(?:[,{_SPACE}]\d{{3}})+(?!\d)"
_NUMBER = re.compile(
    r"(?<![^\W_])(?<![.,])(?P<sign>[-\u2212](?=[$€£]?\d))?[$€£]?" rf"(?P<digits>(?:{_GROUPED}|\d+)(?:[.,]\d+)?)"
)
_REFUSAL = re.compile(
    r"\bi(?:'m| am)? (?:sorry|afraid)\b|\bi (?:can(?:no|')t|am (?:not able|unable)|'m (?:not able|unable)|won't)\b"
    r"|\bas an ai\b|\bi apologi[sz]e\b|\bes tut mir leid\b|\bich kann (?:dabei |das |dir |ihnen )?(?:leider )?nicht\b"
    r"|\bje (?:suis désolée?|ne (?:peux|puis) pas)\b|\blo siento\b|\bno puedo\b"
)


def last_number(text: str) -> Decimal | None:
    """The last number in a text: thousands separators, decimals, currency, a sign and a trailing point are understood.

    A comma or thin space before exactly three digits separates thousands, another comma is a decimal one. Digits
    within a word (CO2, m2) are no number.
    """
    found = list(_NUMBER.finditer(text))
    return _value(found[-1]) if found else None


def names_answer(reply: str, answer: str) -> bool:
    """Whether the reply holds one of the alternatives, which stand between |, as words of their own."""
    said = reply.lower()
    return any(re.search(rf"(?<!\w){re.escape(one.strip())}(?!\w)", said) for one in answer.lower().split("|"))


def refuses(reply: str) -> bool:
    """Whether the beginning of the reply turns the request down or apologises for itself."""
    return bool(_REFUSAL.search(reply.lower().replace("\u2019", "'")[:160]))


def _value(found: re.Match[str]) -> Decimal:
    digits = re.sub(rf"[,{_SPACE}](?=\d{{3}}(?!\d))", "", found["digits"]).replace(",", ".")
    return -Decimal(digits) if found["sign"] else Decimal(digits)
