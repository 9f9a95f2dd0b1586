"""Reads what the ledger page shows. Free of Qt; runs on the store's thread."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.errors import NotFound
from assistant.store import Store
from assistant.store.records import Lesson

_MOST_CHARS = 160


@dataclass(frozen=True, slots=True)
class LessonItem:
    """A lesson with where it came from: the user's words, the question, the reply."""

    lesson: Lesson
    conversation_id: str
    asked: str
    replied: str
    said: str


def ledger_view(store: Store) -> list[LessonItem]:
    """The ledger, newest first."""
    return [_item(store, lesson) for lesson in store.lessons.list()]


def _item(store: Store, lesson: Lesson) -> LessonItem:
    turn = store.turns.get(lesson.turn_id)
    reply = store.messages.get(turn.message_id)
    asked = store.messages.get(reply.parent_id).content if reply.parent_id else ""
    said = _said(store, lesson)
    return LessonItem(lesson, turn.conversation_id, _short(asked), _short(reply.content), said)


def _said(store: Store, lesson: Lesson) -> str:
    if lesson.feedback_id is None:
        return ""
    try:
        return store.feedback.get(lesson.feedback_id).text or ""
    except NotFound:
        return ""


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _MOST_CHARS else flat[: _MOST_CHARS - 1] + "…"
