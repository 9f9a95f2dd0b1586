"""Hints: how a reply should have been, in short imperative form, with nothing in them that only the follow-up knew.

A teacher that is shown the answer teaches the student to assert what it cannot know. So names, numbers, quotes and
code that the request lacks are refused; what states a length or a count ("in 3 sentences") is a wish and stays.
Every refusal is counted with its reason. Pure. Known limit: a name in a language that capitalises all nouns (German)
is found only where two capitalised words stand together.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from assistant.judge.case import Case, Category
from assistant.judge.cues import word_list
from assistant.judge.overlap import content_stems
from assistant.memory.phrases import plain, tidy
from assistant.memory.wording import short_form

MOST_HINTS = 3
MOST_CHARS = 160
_ALIKE = 0.85

Reason = Literal[
    "empty", "too long", "no instruction", "code", "quote", "number", "name", "answer", "repeated", "too many"
]

_I = re.IGNORECASE
_UNIT = (
    r"(?:sentences?|words?|lines?|paragraphs?|characters?|letters?|syllables?|bullets?|(?:bullet )?points?|items?"
    r"|steps?|examples?"
    r"|pages?|minutes?|options?|parts?|tips?|ideas?|versions?|reasons?|columns?|rows?|sätzen?|satz|wort|worten?"
    r"|wörtern?|zeilen?"
    r"|absätzen?|zeichen|punkten?|schritten?|beispielen?|seiten?|phrases?|mots?|lignes?|paragraphes?|caractères"
    r"|étapes?|exemples?"
    r"|idées|options|frases?|palabras?|líneas?|párrafos?|caracteres|puntos?|pasos?|ejemplos?|ideas)"
)
_ADJECTIVES = (
    r"(?:(?:very|short|simple|single|plain|full|brief|long|kurzen?|einfachen?|courtes?|cortas?|breves?) ){0,2}"
)
_COUNT = re.compile(rf"\b\d+(?:\s*(?:-|to|or|bis|oder|à|ou|a|o)\s*\d+)?\s*(?:-\s*)?{_ADJECTIVES}{_UNIT}\b", _I)
_LIMIT = re.compile(
    r"\b(?:under|below|at most|no more than|up to|max(?:imum)?|within|fewer than|less than|about|around|höchstens"
    r"|maximal|unter|max"
    r"|au plus|moins de|maximum|como máximo|menos de|hasta) \d+\b",
    _I,
)
_CLOCK = re.compile(r"\b(?:12|24)[- ]?(?:hour|stunden|heures|horas)\b", _I)
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_CODE = re.compile(
    r"`|\w\(|[{}<>]|==|=>|::|;\s*$|\b\w+_\w+\b|(?:^|\s)--?\w|\b[\w-]+\.(?:py|js|ts|txt|csv|md|json|sh|sql|ya?ml)\b"
    r"|[/\\]\w+[/\\]"
)
_QUOTE = re.compile(r"\"([^\"]{2,})\"|«\s*([^»]{2,}?)\s*»|„([^“”\"]{2,})[“”\"]|“([^”]{2,})”|(?<!\w)'([^']{2,})'(?!\w)")
_CAPITAL = re.compile(r"(?<![.!?:]\s)(?<!^)\b[^\W\d_a-zà-ÿ][\w'-]*")
_NO_ORDER = re.compile(
    r"^(?:you|your|i|i'm|it|it's|that|this|the (?:reply|answer|response|assistant|user)|they|we|he|she|there|what"
    r"|why|who|when|where|how"
    r"|is|are|was|were|does|did|du|ihr|sie|ich|das|es|warum|wieso|was|die antwort|tu|vous|je|c'est|ce|ça|il|elle"
    r"|pourquoi|la réponse"
    r"|tú|yo|eso|esto|por qué|qué|la respuesta|no[,.!]|nope|wrong|thanks|sorry)\b",
    _I,
)


@dataclass(frozen=True, slots=True)
class HintChoice:
    """The hints that may be used, best first, and how many were refused for what."""

    hints: tuple[str, ...] = ()
    refused: Counter[Reason] = field(default_factory=Counter)


def choose_hints(case: Case, proposed: Iterable[str | None], category: Category) -> HintChoice:
    """Picks from what a judge proposes, then from the user's own words where these are a wish.

    Args:
        case: what the hint is about.
        proposed: hints of the judge, best first.
        category: of the verdict; only wishes can be said in the user's own words.
    """
    kept: list[str] = []
    refused: Counter[Reason] = Counter()
    own = [short_form(case.next_state)] if category in ("style", "correction") else []
    for raw in [*(one or "" for one in proposed), *own]:
        hint = _formed(raw)
        if (reason := fault(hint, case, category) or _spare(hint, kept)) is None:
            kept.append(hint)
        else:
            refused[reason] += 1
    return HintChoice(tuple(kept), refused)


def own_words(case: Case, category: Category) -> str | None:
    """The hint in the user's own words, None where they state none that may be used."""
    return next(iter(choose_hints(case, (), category).hints), None)


def fault(hint: str, case: Case, category: Category) -> Reason | None:
    """Why a hint may not be used; None for one that may."""
    if not hint:
        return "empty"
    if len(hint) > MOST_CHARS:
        return "too long"
    if hint.endswith("?") or _NO_ORDER.match(hint):
        return "no instruction"
    return leak(hint, _asked(case), case, category)


def leak(hint: str, known: str, case: Case, category: Category) -> Reason | None:
    """What a hint would give away that `known`, the text of the request, does not hold."""
    if any(found.group().strip() not in known for found in _CODE.finditer(hint)):
        return "code"
    quoted = [next(filter(None, found.groups())) for found in _QUOTE.finditer(hint)]
    if any(plain(one) not in plain(known) for one in quoted):
        return "quote"
    bare = _CLOCK.sub(" ", _LIMIT.sub(" ", _COUNT.sub(" ", hint)))
    if any(one not in _NUMBER.findall(known) for one in _NUMBER.findall(bare)):
        return "number"
    if _names(hint) - {word.lower() for word in re.findall(r"[\w'-]+", known)}:
        return "name"
    if category == "factual":
        told = content_stems(case.next_state) - content_stems(known) - content_stems(case.reply)
        if told & content_stems(hint):
            return "answer"
    return None


def _formed(raw: str) -> str:
    """On one line, with a capital and a full stop; of several sentences the first two."""
    text = tidy(raw).strip(' -*"')
    if len(text) > MOST_CHARS:
        text = " ".join(re.split(r"(?<=[.!?])\s+", text)[:2])
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def _asked(case: Case) -> str:
    """What the assistant could know: the request, and what the user had asked before it."""
    return "\n".join([*(one.text for one in case.earlier if one.role == "user"), case.request])


def _names(hint: str) -> set[str]:
    """Capitalised words inside the sentence that are no common name of a language or a format."""
    known = word_list("common_names")
    found = [one for one in _CAPITAL.findall(hint) if one.lower() not in known]
    if not _looks_german(hint):
        return {one.lower() for one in found}
    pairs = re.findall(r"(?<![.!?]\s)(?<!^)\b([A-ZÄÖÜ][\wäöüß]+) ([A-ZÄÖÜ][\wäöüß]+)\b", hint)
    return {one.lower() for pair in pairs for one in pair}


def _looks_german(text: str) -> bool:
    german = re.findall(
        r"\b(?:und|nicht|bitte|der|die|das|ein|eine|einen|einem|einer|keine?n?|mit|ohne|auf|antworte|schreib\w*|nur"
        r"|immer|zu|in)\b|[äöüß]",
        text,
        _I,
    )
    english = re.findall(r"\b(?:the|a|an|with|without|and|not|reply|write|use|keep|only|no|to)\b", text, _I)
    return len(german) > len(english)


def _spare(hint: str, kept: list[str]) -> Reason | None:
    if any(_same(hint, one) for one in kept):
        return "repeated"
    return "too many" if len(kept) >= MOST_HINTS else None


def _same(one: str, other: str) -> bool:
    """Equal but for case and punctuation, or nearly so; another number is another wish."""
    first, second = (re.sub(r"[^\w ]+", "", plain(text)) for text in (one, other))
    if re.findall(r"\d+", first) != re.findall(r"\d+", second):
        return False
    return first == second or difflib.SequenceMatcher(None, first, second, autojunk=False).ratio() >= _ALIKE
