"""Reads what the ledger page shows. Free of Qt; runs on the store's thread."""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.judge.origin import Origin, origin_of
from assistant.store import Store
from assistant.store.records import Lesson

_MOST_CHARS = 160


@dataclass(frozen=True, slots=True)
class LessonItem:
    """A lesson with where it came from: the evidence, the question, the reply."""

    lesson: Lesson
    conversation_id: str
    asked: str
    replied: str
    origin: Origin


def ledger_view(store: Store) -> list[LessonItem]:
    """The ledger, newest first."""
    return [_item(store, lesson) for lesson in store.lessons.list()]


def _item(store: Store, lesson: Lesson) -> LessonItem:
    turn = store.turns.get(lesson.turn_id)
    reply = store.messages.get(turn.message_id)
    asked = store.messages.get(reply.parent_id).content if reply.parent_id else ""
    origin = origin_of(store, lesson)
    shown = replace(origin, said=_short(origin.said))
    return LessonItem(lesson, turn.conversation_id, _short(asked), _short(reply.content), shown)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _MOST_CHARS else flat[: _MOST_CHARS - 1] + "…"
