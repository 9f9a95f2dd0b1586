"""What a contrast prompt asks for by itself: a length, a form, a register, a language.

Owns one small check for each thing a prompt can ask for, found by the name that the data file uses. It must not know
which user is asked; a style check of a user is reused where it says the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from training.simulation import text, vocabulary

Wanted = int | str | bool

LENIENCE = 0.6
"""A number of words counts as reached from this part of it on: small models miscount, and replies have a limit."""


def _says(reply: str, stems: Wanted) -> bool:
    return all(re.search(rf"\b{re.escape(stem)}", reply, re.IGNORECASE) for stem in str(stems).split("|"))


def _language(reply: str, name: Wanted) -> bool:
    german, english = text.share(reply, vocabulary.GERMAN), text.share(reply, vocabulary.ENGLISH)
    return (german > english) if name == "german" else (english > german)


def _register(reply: str, name: Wanted) -> bool:
    relaxed = any(p.search(reply) for p in (vocabulary.CONTRACTION, vocabulary.SLANG)) or text.has_emoji(reply)
    return bool(text.words(reply)) and relaxed is (name == "casual")


def _spelling(reply: str, name: Wanted) -> bool:
    wanted, other = vocabulary.AMERICAN, vocabulary.BRITISH
    if name == "british":
        wanted, other = other, wanted
    return wanted.search(reply) is not None and other.search(reply) is None


_CHECKS: Mapping[str, Callable[[str, Any], bool]] = {
    "words": lambda reply, n: len(text.words(reply)) >= LENIENCE * n,
    "at_most_words": lambda reply, n: 0 < len(text.words(reply)) <= n,
    "lines": lambda reply, n: len(text.lines(reply)) >= n,
    "paragraphs": lambda reply, n: len(text.paragraphs(reply)) >= n,
    "items": lambda reply, n: text.list_lines(reply) >= n,
    "numbered": lambda reply, n: text.numbers_of_steps(reply)[:n] == list(range(1, n + 1)),
    "rows": lambda reply, n: text.table_rows(reply) > n,
    "headings": lambda reply, n: text.headings(reply) >= n,
    "prose": lambda reply, wanted: text.is_prose(reply) is wanted,
    "bold": lambda reply, wanted: text.has_emphasis(reply) is wanted,
    "json": lambda reply, wanted: text.is_json(reply) is wanted,
    "question": lambda reply, wanted: reply.rstrip(" \n\"'*").endswith("?") is wanted,
    "apology": lambda reply, wanted: bool(vocabulary.APOLOGY.search(reply)) is wanted,
    "imperial": lambda reply, wanted: bool(vocabulary.IMPERIAL.search(reply)) is wanted,
    "says": _says,
    "language": _language,
    "register": _register,
    "spelling": _spelling,
}

NAMES = frozenset(_CHECKS)


def does(reply: str, asks: Mapping[str, Wanted]) -> bool:
    """Whether a reply does everything that was asked.

    Args:
        reply: the reply's text.
        asks: what by how much. `words`, `lines`, `paragraphs`, `items` (of any list), `numbered`, `rows` (of a table,
            its header apart) and `headings` are lower bounds, `at_most_words` an upper one; `says` is word stems that
            must all occur, joined by `|`; `language` is german or english, `register` casual or formal, `spelling`
            american or british; the others are wanted or not.

    Raises:
        ValueError: nobody knows how to check one of them.
    """
    if unknown := asks.keys() - NAMES:
        raise ValueError(f"no check called {sorted(unknown)}")
    return bool(reply.strip()) and all(_CHECKS[name](reply, wanted) for name, wanted in asks.items())
