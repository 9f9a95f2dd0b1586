"""What follows from explicit feedback: a lesson, and for a durable wish a standing instruction at once.

The latest feedback on a turn counts and the earlier ones are kept: what they led to is set aside, not
deleted, and comes back when the later one is undone. So does what a judge had made of the turn: what the user says
himself outranks what was read into his words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Literal

from assistant.errors import BadInput
from assistant.ledger.lineage import state_again
from assistant.ledger.taking_back import TakenBack, look
from assistant.memory.phrases import plain
from assistant.memory.scope import scope_of
from assistant.memory.wording import fact_form, short_form
from assistant.store import Store
from assistant.store.records import Feedback, FeedbackKind, Lesson, MemoryItem, Scope, Turn

NoteCode = Literal["praised", "disliked", "rewritten", "noted_durable", "noted_reply", "noted_fact", "already_known"]

# Praise counts at most half of a correction with a hint (arXiv 2507.23158); a dislike without words says only
# what not to do, and pure push-down makes replies collapse, so it counts little.
WEIGHTS: dict[str, float] = {"durable": 1.0, "reply": 0.5, "rewrite": 1.0, "praise": 0.5, "dislike": 0.2}

_ASIDE = "feedback.set_aside:"
"""Prefix of the keys, one a turn, under which the lessons are listed that feedback has set aside."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one feedback led to.

    Attributes:
        note_code: what to tell the user; the window translates it.
        taken_back: the version in use did so badly that another one answers now; a running server has to be told.
    """

    feedback: Feedback
    lesson: Lesson | None
    memory_item: MemoryItem | None
    note_code: NoteCode
    taken_back: TakenBack | None = None


def give_feedback(
    store: Store, turn_id: str, kind: FeedbackKind, text: str | None = None, *, rewrite: str | None = None
) -> Outcome:
    """Records feedback on a turn and what follows from it, all or nothing.

    Args:
        store: the store of this thread.
        turn_id: the turn, or "last".
        kind: praise, dislike, correction or rewrite.
        text: the wish (correction) or the better reply (rewrite); needed by these two.
        rewrite: the better reply where a correction comes with one.

    Raises:
        NotFound: there is no such turn.
        BadInput: a correction or rewrite without text.
    """
    said = (text or "").strip()
    if kind in ("correction", "rewrite") and not said:
        raise BadInput(f"A {kind} needs a text.")
    with store.immediate():
        turn = store.turns.get(turn_id)
        if earlier := store.feedback.effective(turn.id):
            _set_aside(store, earlier)
        _set_judged_aside(store, turn.id)
        scope: Scope = scope_of(said) if kind == "correction" else "reply"
        feedback = store.feedback.add(turn.id, kind, said or None, scope)
        outcome = (
            _correction(store, turn, feedback, (rewrite or "").strip() or None)
            if kind == "correction"
            else _plain(store, feedback)
        )
        return replace(outcome, taken_back=look(store, turn.model_hash))


def undo_feedback(store: Store, feedback_id: str) -> None:
    """Takes feedback back, with its lesson and its instruction; the one before it counts again.

    Raises:
        NotFound: there is no such feedback.
    """
    with store.immediate():
        undone = store.feedback.undo(feedback_id)
        _set_aside(store, undone, remove_memory=True)
        if effective := store.feedback.effective(undone.turn_id):
            _bring_back(store, effective)
        else:
            _bring_judged_back(store, undone.turn_id)


def _correction(store: Store, turn: Turn, feedback: Feedback, rewrite: str | None) -> Outcome:
    said = feedback.text or ""
    if feedback.scope == "fact":
        item, known = _remember(store, "fact", fact_form(said), turn, said)
        return Outcome(feedback, None, item, "already_known" if known else "noted_fact")
    hint = short_form(said)
    lesson = store.lessons.add(
        turn.id, polarity=-1, hint=hint, rewrite=rewrite, scope=feedback.scope,
        weight=WEIGHTS[feedback.scope], feedback_id=feedback.id,
    )  # fmt: skip
    if feedback.scope == "reply":
        return Outcome(feedback, lesson, None, "noted_reply")
    item, known = _remember(store, "instruction", hint, turn, said)
    return Outcome(feedback, lesson, item, "already_known" if known else "noted_durable")


def _plain(store: Store, feedback: Feedback) -> Outcome:
    """Praise, dislike, rewrite: a lesson and nothing in memory."""
    rewrite = feedback.text if feedback.kind == "rewrite" else None
    polarity = 1 if feedback.kind == "praise" else -1
    lesson = store.lessons.add(
        feedback.turn_id, polarity=polarity, hint=None, rewrite=rewrite, scope="reply",
        weight=WEIGHTS[feedback.kind], feedback_id=feedback.id,
    )  # fmt: skip
    codes: dict[str, NoteCode] = {"praise": "praised", "dislike": "disliked", "rewrite": "rewritten"}
    return Outcome(feedback, lesson, None, codes[feedback.kind])


def _remember(
    store: Store, kind: Literal["instruction", "fact"], text: str, turn: Turn, said: str
) -> tuple[MemoryItem, bool]:
    """The memory item for a text, and whether it was active before: what is said twice is kept once.

    One that had left the prompt because a version obeyed without it comes back: it is being asked for again.
    """
    for item in store.memory.list(states=["active", "consolidated"]):
        if item.kind == kind and item.scope == "everywhere" and plain(item.text) == plain(text):
            if item.state == "active":
                return item, True
            store.memory.set_state(item.id, "active")
            return store.memory.get(item.id), False
    return store.memory.add(kind, text, source_text=said, source_turn_id=turn.id), False


def _set_aside(store: Store, feedback: Feedback, *, remove_memory: bool = False) -> None:
    for lesson in _lessons_of(store, feedback):
        if lesson.state in ("pending", "learned"):
            store.lessons.set_state(lesson.id, "excluded")
    for item in _memory_of(store, feedback):
        if remove_memory:
            store.memory.remove(item.id)
        elif item.state == "active":
            store.memory.set_state(item.id, "off")


def _bring_back(store: Store, feedback: Feedback) -> None:
    for lesson in _lessons_of(store, feedback):
        if lesson.state == "excluded":
            store.lessons.set_state(lesson.id, state_again(store, lesson))
    for item in _memory_of(store, feedback):
        if item.state == "off":
            store.memory.set_state(item.id, "active")


def _set_judged_aside(store: Store, turn_id: str) -> None:
    """Excludes lessons of verdicts, remembering which: one that the user had excluded himself must not come back."""
    found = [one for one in store.lessons.of_turn(turn_id) if one.verdict_id and one.state in ("pending", "learned")]
    for lesson in found:
        store.lessons.set_state(lesson.id, "excluded")
    if found:
        store.state.set(_ASIDE + turn_id, json.dumps([lesson.id for lesson in found]))


def _bring_judged_back(store: Store, turn_id: str) -> None:
    kept = json.loads(store.state.get(_ASIDE + turn_id) or "[]")
    for lesson in store.lessons.of_turn(turn_id):
        if lesson.id in kept and lesson.state == "excluded":
            store.lessons.set_state(lesson.id, state_again(store, lesson))
    if kept:
        store.state.set(_ASIDE + turn_id, "[]")


def _lessons_of(store: Store, feedback: Feedback) -> list[Lesson]:
    return [lesson for lesson in store.lessons.list(limit=-1) if lesson.feedback_id == feedback.id]


def _memory_of(store: Store, feedback: Feedback) -> list[MemoryItem]:
    """Items born of this feedback: same turn, same words."""
    items = store.memory.list()
    return [item for item in items if (item.source_turn_id, item.source_text) == (feedback.turn_id, feedback.text)]
