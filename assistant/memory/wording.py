"""Turns the user's own words into a short standing instruction. Pure text in, text out.

The complaint is dropped and the wish kept, in the user's language and as positive or negative as it was
said. Whole sentences stay as they are apart from their wrapping ("I'd like you to ...").
"""

from __future__ import annotations

import re

from assistant.memory.complaints import complains, less, turn_round
from assistant.memory.fragments import lift
from assistant.memory.phrases import bare_clause, sentence, tidy

MAX_CHARS = 200

_I = re.IGNORECASE
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\s+-+\s+|:\s+(?=\w)")
_CLAUSE_END = re.compile(r",\s+(?:but\s+|and\s+|so\s+|aber\s+|mais\s+|pero\s+)?|\s+but\s+", _I)
_LEAD = re.compile(
    r"^(?:(?:and|so|but|just(?! the\b)|also|next time|from now on|in (?:the )?future|please"
    r"|kindly|hey|ok|no,|then|rather|instead"
    r"|(?:can|could|would|will) you(?: please)?(?: just)?|(?:i think )?you should(?: always"
    r"| just)?|i(?:'d| would)? (?:only |just |really )?(?:want|like|prefer|need"
    r"|rather have)(?: you to| to (?:see|get|have))?"
    r"|i wanted|i would have (?:liked|preferred)|i asked for|you (?:forgot|failed|need|have) to"
    r"|try to|make sure (?:to|you)|remember to|it should be|und|bitte|aber)[ ,]+)+",
    _I,
)
_TAIL = re.compile(
    r"(?:[ ,]+(?:please|thanks|thank you|instead|next time|from now on|in (?:the )?future"
    r"|ok(?:ay)?|for me|bitte|danke|s'il te plaît|por favor))+$",
    _I,
)
_DISLIKE = re.compile(
    r"^i (?:really )?(?:hate|dislike|don't (?:want|need|like)|do not (?:want|need|like)) (?:any "
    r"|to see )?(?P<what>.+)$",
    _I,
)
_ABOUT_REPLIES = re.compile(r"^(make|keep) (?:it|this|that)\b", _I)
_NOT_SO = re.compile(r"^not (?:so|that|too) (?P<what>(?:many |much )?[\w-]+)$", _I)
_SPARE = re.compile(r"^you (?:don't|do not) (?:have|need) to (?P<what>.+)$", _I)


def short_form(text: str) -> str:
    """A short imperative for a durable correction, at most `MAX_CHARS` characters; empty only for no text."""
    whole = tidy(text)
    wishes = [_complete(wish) for wish in _wishes(whole)]
    if not any(wishes):
        wishes = [turned for part in _parts(whole) if (turned := turn_round(part))]
    return _cap(" ".join(dict.fromkeys(one for one in wishes if one))) or _cap(sentence(whole))


def fact_form(text: str) -> str:
    """A fact in the user's own words, without "remember that" and the like."""
    said = tidy(text)
    bare = re.sub(
        r"^(?:please |bitte )?(?:remember|note|keep in mind|don't forget|do not forget|merk dir"
        r"|denk daran|retiens|souviens-toi|n'oublie pas"
        r"|recuerda|ten en cuenta|no olvides)(?: that|:|,? dass| que)\s+",
        "",
        said,
        flags=_I,
    )
    return _cap(sentence(bare))


def _parts(text: str) -> list[str]:
    return [
        bare
        for part in _SENTENCE_END.split(text)
        for clause in _CLAUSE_END.split(part)
        if (bare := bare_clause(clause))
    ]


def _wishes(text: str) -> list[str]:
    """The sentences without their leading complaint clauses; a sentence that only complains is left out."""
    kept = []
    for part in _SENTENCE_END.split(text):
        rest = part
        while (cut := _CLAUSE_END.search(rest)) and complains(rest[: cut.start()]):
            rest = rest[cut.end() :]
        if bare_clause(rest) and not complains(rest):
            kept.append(rest)
    return kept


def _complete(wish: str) -> str:
    """A full sentence for one wish."""
    bare = _TAIL.sub("", _LEAD.sub("", bare_clause(wish)))
    if not bare:
        return ""
    bare = _ABOUT_REPLIES.sub(r"\1 replies", bare)
    if found := _NOT_SO.match(bare):
        return less(found["what"].lower())
    if found := _SPARE.match(bare):
        return f"Do not {found['what']}."
    if found := _DISLIKE.match(bare):
        what = found["what"]
        if much := re.match(r"(?:that|so|this) (?P<amount>(?:much|many) .+)", what, _I):
            return less(much["amount"].lower())
        return f"Do not {what[7:]}." if what.lower().startswith("you to ") else f"No {what}."
    return lift(bare) or sentence(bare)


def _cap(text: str) -> str:
    if len(text) <= MAX_CHARS:
        return text
    return text[:MAX_CHARS].rsplit(" ", 1)[0].rstrip(" ,;:.") + "."
