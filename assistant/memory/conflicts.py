"""Whether two wishes contradict each other: "Keep replies short." and "Write longer replies.". Pure text in, text out.

A wish is read as stances: a matter (length, language, emoji) and a side. Two wishes contradict each other where they
take different sides in one matter. English only; what is not recognised contradicts nothing, because dropping a wish
that still stands is worse than practising two that pull apart, which the exam then finds out.
"""

from __future__ import annotations

import re

from assistant.memory.phrases import plain

_UNIT = r"(?P<unit>sentence|word|line|paragraph|bullet|step)s?\b"
_NUMBERS = {"a": "1", "one": "1", "single": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
_NUMBER = re.compile(rf"\b(?P<number>\d+|{'|'.join(_NUMBERS)}) (?:\w+ ){{0,2}}?{_UNIT}")
_LANGUAGE = re.compile(
    r"\bin (?P<language>english|german|french|spanish|italian|portuguese|dutch|polish|latin|russian|turkish"
    r"|japanese|chinese)\b"
)
_SIDES: dict[str, dict[str, re.Pattern[str]]] = {
    "length": {
        "short": re.compile(
            r"\b(?:short|brief|concis|ters|succinct|crisp|fewer (?:words|detail)|less (?:text|detail))"
        ),
        "long": re.compile(r"\b(?:long|detailed|in depth|elaborate|more (?:words|details?|text|depth)\b)"),
    },
    "tone": {
        "formal": re.compile(r"\b(?:formal|polite|professional)"),
        "casual": re.compile(r"\b(?:informal|casual|colloquial|relaxed|chatty|slang)"),
    },
    "form": {
        "list": re.compile(r"\b(?:bullet|lists?\b|numbered|table)"),
        "prose": re.compile(r"\b(?:prose|paragraphs? only|running text)"),
    },
}
_NOT = re.compile(r"\b(?:do not|don't|never|no|not|without|stop|avoid|fewer|less|leave out|skip|drop)\b")
_FILLER = frozenset(
    plain(
        """a an and any all always answer be bit by every from give i in include it keep like make me more much my of
        on only or please put reply response so some that the them they this to too use using want with write you your
        again"""
    ).split()
)


def contradict(one: str, other: str) -> bool:
    """Whether nobody can follow both wishes."""
    first, second = stances(one), stances(other)
    return any(second.get(matter, side) != side for matter, side in first.items())


def stances(wish: str) -> dict[str, str]:
    """Each matter that a wish speaks of, and the side it takes."""
    said = plain(wish)
    against = bool(_NOT.search(said))
    found: dict[str, str] = {}
    for matter, sides in _SIDES.items():
        taken = [side for side, pattern in sides.items() if pattern.search(said)]
        if len(taken) == 1:
            found[matter] = _turned(taken[0], list(sides)) if _denied(said, sides[taken[0]]) else taken[0]
    if language := _LANGUAGE.search(said):
        found["language"] = f"not {language['language']}" if against else language["language"]
    if count := _NUMBER.search(said):
        found[f"number of {count['unit']}s"] = _NUMBERS.get(count["number"], count["number"])
        found.setdefault("length", "short")
    if rest := _content(said):
        found[rest] = "no" if against else "yes"
    return found


def _denied(said: str, pattern: re.Pattern[str]) -> bool:
    """Whether a negation comes before the side ("do not use bullet points"); "fewer details" is a side itself."""
    found = pattern.search(said)
    denial = _NOT.search(said)
    return bool(found and denial and denial.end() <= found.start())


def _turned(side: str, sides: list[str]) -> str:
    return sides[1 - sides.index(side)]


def _content(said: str) -> str:
    """What a wish is about, whatever it says of it: its words in order of the alphabet, endings cut."""
    words = re.findall(r"[a-z]+", _NOT.sub(" ", said.replace("n't", " not")))
    return " ".join(sorted({_stem(word) for word in words if _stem(word) not in _FILLER and word not in _FILLER}))


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word
