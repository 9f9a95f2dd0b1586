"""Reads what the ledger page shows. Free of Qt; runs on the store's thread."""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.judge.origin import Origin, origin_of
from assistant.ledger.conflicts import overruled
from assistant.store import Store
from assistant.store.records import Lesson

_MOST_CHARS = 160


@dataclass(frozen=True, slots=True)
class LessonItem:
    """A lesson with where it came from: the evidence, the question, the reply.

    Attributes:
        overruled_by: what the user said later that contradicts it, in short; empty where nothing does.
        replaced: there is later feedback on the same reply.
    """

    lesson: Lesson
    conversation_id: str
    asked: str
    replied: str
    origin: Origin
    overruled_by: str = ""
    replaced: bool = False


def ledger_view(store: Store) -> list[LessonItem]:
    """The ledger, newest first."""
    later = overruled(store)
    return [_item(store, lesson, later.get(lesson.id)) for lesson in store.lessons.list()]


def _item(store: Store, lesson: Lesson, later: Lesson | None) -> LessonItem:
    turn = store.turns.get(lesson.turn_id)
    reply = store.messages.get(turn.message_id)
    asked = store.messages.get(reply.parent_id).content if reply.parent_id else ""
    origin = origin_of(store, lesson)
    shown = replace(origin, said=_short(origin.said))
    short = (_short(asked), _short(reply.content), shown)
    return LessonItem(lesson, turn.conversation_id, *short, _words_of(store, later), _replaced(store, lesson))


def _words_of(store: Store, lesson: Lesson | None) -> str:
    if lesson is None:
        return ""
    said = origin_of(store, lesson).said if lesson.feedback_id else ""
    return _short(said or lesson.hint or lesson.rewrite or ("+1" if lesson.polarity > 0 else "-1"))


def _replaced(store: Store, lesson: Lesson) -> bool:
    """Whether feedback on the same reply took the place of what was said, or read into words, before."""
    if lesson.state != "excluded" or not (lesson.feedback_id or lesson.verdict_id):
        return False
    counting = store.feedback.effective(lesson.turn_id)
    return counting is not None and (lesson.feedback_id is None or counting.id > lesson.feedback_id)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _MOST_CHARS else flat[: _MOST_CHARS - 1] + "…"
