"""Which lessons a later one overrules: the user said otherwise since, and the latest word counts.

What a judge read into words never overrules the user's own feedback, whenever it was read; there the feedback counts.

Derived, never stored: when the later lesson is excluded, forgotten or undone, the earlier one counts again.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.memory.conflicts import contradict
from assistant.memory.phrases import plain
from assistant.store import Store
from assistant.store.records import Lesson


@dataclass(frozen=True, slots=True)
class Told:
    """A lesson with what the reply was an answer to, and the reply."""

    lesson: Lesson
    asked: tuple[tuple[str, str], ...] = ()
    reply: str = ""


def overruled(store: Store) -> dict[str, Lesson]:
    """Each lesson that no longer counts, by id, and the later one that overrules it.

    Lessons of conversations in the trash wait, so they overrule nothing.
    """
    waiting = {lesson.id for lesson in store.lessons.pending()}
    counting = store.lessons.list(["pending", "learned"], limit=-1)
    told = [_told(store, it) for it in reversed(counting) if it.state == "learned" or it.id in waiting]
    found: dict[str, Lesson] = {}
    for place, earlier in enumerate(told):
        for later in (it for it in told[place + 1 :] if disagree(earlier, it)):
            lost, won = (later, earlier) if _outranks(earlier.lesson, later.lesson) else (earlier, later)
            found.setdefault(lost.lesson.id, won.lesson)
    return found


def _outranks(earlier: Lesson, later: Lesson) -> bool:
    """Whether the earlier one is the user's own feedback and the later one was only read into words."""
    return later.verdict_id is not None and earlier.verdict_id is None


def disagree(earlier: Told, later: Told) -> bool:
    """Whether no reply could be right by both.

    Lasting wishes disagree wherever they were said; what was said of one reply disagrees only on the same prompt:
    two different replies written by the user, wishes that contradict, praise of one reply and the user's own wording
    or a correction for the next, praise and displeasure with the very same words.
    """
    one, other = earlier.lesson, later.lesson
    if one.scope == other.scope == "durable":
        return contradict(one.hint or "", other.hint or "")
    if not earlier.asked or earlier.asked != later.asked or "durable" in (one.scope, other.scope):
        return False
    if one.polarity != other.polarity:
        return plain(earlier.reply) == plain(later.reply) or bool(one.rewrite or other.rewrite)
    if one.rewrite and other.rewrite:
        return plain(one.rewrite) != plain(other.rewrite)
    return bool(one.hint and other.hint) and contradict(one.hint or "", other.hint or "")


def _told(store: Store, lesson: Lesson) -> Told:
    if lesson.scope == "durable":
        return Told(lesson)
    *before, reply = store.messages.path(store.turns.get(lesson.turn_id).message_id)
    return Told(lesson, tuple((message.role, message.content) for message in before), reply.content)
