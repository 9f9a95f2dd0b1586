"""Where a lesson comes from: the user's own feedback, what was said next, a tool's result. Codes, no sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.errors import NotFound
from assistant.store import Store
from assistant.store.records import Lesson

OriginKind = Literal["praise", "dislike", "correction", "rewrite", "said next", "tool result", "unknown"]
Certainty = Literal["", "sure", "likely", "unsure"]

SURE, LIKELY = 0.8, 0.6


@dataclass(frozen=True, slots=True)
class Origin:
    """The evidence of a lesson.

    Attributes:
        said: the words of it; empty where there are none, as with a thumb.
        certainty: how sure the judge was; empty where the user said it himself.
    """

    kind: OriginKind
    said: str = ""
    certainty: Certainty = ""


def origin_of(store: Store, lesson: Lesson) -> Origin:
    """Looks it up; `unknown` where the evidence has been deleted."""
    try:
        if lesson.feedback_id is not None:
            given = store.feedback.get(lesson.feedback_id)
            return Origin(given.kind, given.text or "")
        if lesson.verdict_id is not None:
            return _judged(store, lesson.verdict_id)
    except NotFound:
        pass
    return Origin("unknown")


def certainty_of(confidence: float) -> Certainty:
    """A judge's confidence in a word."""
    if confidence >= SURE:
        return "sure"
    return "likely" if confidence >= LIKELY else "unsure"


def _judged(store: Store, verdict_id: str) -> Origin:
    verdict = store.verdicts.get(verdict_id)
    kind: OriginKind = "tool result" if verdict.category.startswith("tool") else "said next"
    said = store.messages.get(verdict.next_message_id).content if verdict.next_message_id else ""
    return Origin(kind, said, certainty_of(verdict.confidence))
