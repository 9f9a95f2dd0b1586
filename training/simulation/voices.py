"""What simulated people say: their corrections, praises, wrong moments, and the remarks that anybody makes.

Owns reading `voices.jsonl`, a line an utterance with `user`, `kind` and `text`, and `"lasting": true` where a
correction says in words that it holds for good. Nothing here knows how the program reads these texts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ANYONE = "anyone"
KINDS = ("correction", "praise", "contradiction", "off-topic", "missed")


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody writes when the form of a reply displeases them; `lasting` when they say that it is for good."""

    text: str
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """The words of one person.

    Attributes:
        corrections: all ask for the same thing; the first is the plainest.
        praises: what they say when a reply pleases them.
        contradictions: wrong corrections, against their own preference; rare moments.
    """

    corrections: tuple[Correction, ...]
    praises: tuple[str, ...]
    contradictions: tuple[str, ...]


def voice(user: str) -> Voice:
    """The words of one user."""
    corrections = tuple(Correction(text, lasting) for text, lasting in _said(user, "correction"))
    return Voice(corrections, _texts(user, "praise"), _texts(user, "contradiction"))


def off_topic() -> tuple[str, ...]:
    """Remarks that say nothing about the reply before them."""
    return _texts(ANYONE, "off-topic")


def missed() -> tuple[str, ...]:
    """Complaints of anybody whose question was not answered, whatever the form of the reply."""
    return _texts(ANYONE, "missed")


def _texts(user: str, kind: str) -> tuple[str, ...]:
    return tuple(text for text, _ in _said(user, kind))


def _said(user: str, kind: str) -> tuple[tuple[str, bool], ...]:
    return tuple((text, lasting) for who, what, text, lasting in _lines() if (who, what) == (user, kind))


@cache
def _lines() -> tuple[tuple[str, str, str, bool], ...]:
    text = files(__package__).joinpath("voices.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    return tuple((row["user"], row["kind"], row["text"], bool(row.get("lasting"))) for row in rows)
