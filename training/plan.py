"""From the ledger to the work of one run: which lessons, which hints, which prompts.

Routing follows the learning notes: durable behaviour is practised everywhere, a correction of one reply stays with
that reply, facts are never trained. Knows the store; knows no model.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.conversation.prompting import build_prompt
from assistant.ledger.conflicts import overruled
from assistant.settings import Settings
from assistant.store import Store
from assistant.store.records import Lesson, Turn
from training.practice import Task
from training.prompts import Prompt, drawn

PRACTICE_PROMPTS = 40
"""Prompts to which the hinted teacher writes for a new durable hint (measured in docs/decisions/0006)."""
OWN_REPLIES = 24
"""Further prompts, to which the version in training then writes itself."""
REPLAY_SHARE = 0.15
"""Replay rows per practice row; the learning notes ask for at least a tenth."""
USER_PROMPTS = 16
"""At most this many of the user's own recent requests take the place of shipped prompts."""
LONGEST_OWN = 600
"""Characters; longer requests carry material of their own, and practice on them costs as much as on ten others."""
LONGEST_REWRITE = 1500
"""Characters; of a longer reply of the user's own making the beginning is practised: its targets, a whole vocabulary a
token, are kept in memory, and the teacher has to read it all."""
HINTS_AT_ONCE = 3
"""More instructions in one prompt than this are no longer followed by small models."""


ANCHORS = 16
"""At most this many praised turns are held on to, the newest first."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A praised turn, and what the student reads for it."""

    lesson: Lesson
    turn: Turn
    messages: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do.

    Attributes:
        lessons: every lesson taken.
        new_hints: durable hints to be learned now, oldest first.
        kept_hints: durable hints that the current version already learned.
        asked: the user's recent requests, as message lists without instructions.
        replies: lessons that stay with their own turn, as tasks.
        anchors: praised turns.
        unusable: lessons left pending: nothing to learn from (a bare dislike), or too many at once.
        overruled: lessons left pending because the user said otherwise since.
    """

    lessons: tuple[Lesson, ...]
    new_hints: tuple[str, ...]
    kept_hints: tuple[str, ...]
    asked: tuple[list[dict[str, Any]], ...]
    replies: tuple[Task, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    unusable: tuple[Lesson, ...] = field(default=())
    overruled: tuple[Lesson, ...] = field(default=())

    def teaching(self, hints: Collection[str]) -> Plan:
        """The same without the other new hints, whose lessons stay pending."""
        left = {_plain(h) for h in self.new_hints if h not in hints}
        gone = [x for x in self.lessons if x.scope == "durable" and x.polarity < 0 and _plain(x.hint or "") in left]
        return replace(
            self,
            lessons=tuple(x for x in self.lessons if x not in gone),
            new_hints=tuple(h for h in self.new_hints if h in hints),
            unusable=(*self.unusable, *gone),
        )

    @property
    def empty(self) -> bool:
        """Whether there is nothing that could change the model."""
        return not self.new_hints and not self.replies


def make_plan(
    store: Store, settings: Settings, model_hash: str, base_version: int, only: Container[str] | None = None
) -> Plan:
    """Sorts the pending lessons of turns made with this model.

    Args:
        store: open in this thread.
        settings: the user's.
        model_hash: of the served model.
        base_version: what the run grows from.
        only: ids of the lessons that may be taken; None for all. A run that learns again what a forgotten lesson took
            with it takes the rest of the version that was replaced, from its ancestor (docs/decisions/0008).
    """
    waiting = [x for x in store.lessons.pending() if store.turns.get(x.turn_id).model_hash == model_hash]
    later = overruled(store)
    pending = [x for x in waiting if x.id not in later and (only is None or x.id in only)]
    durable = _wanted([x for x in pending if x.scope == "durable" and x.hint and x.polarity < 0])
    single = [x for x in pending if x.polarity < 0 and (x.rewrite or (x.scope == "reply" and x.hint))]
    # The user's own praise weighs more than what was read into his words, and is held on to first.
    praised = sorted((x for x in pending if x.polarity > 0), key=lambda x: x.weight)[-ANCHORS:]
    known = {x.id for x in (*durable, *single, *praised)}
    return Plan(
        lessons=tuple(x for x in pending if x.id in known),
        new_hints=_distinct([x.hint or "" for x in durable]),
        kept_hints=_learned_hints(store, base_version, durable, later),
        asked=tuple(_asked(store, settings)),
        replies=tuple(_reply_task(store, settings, x) for x in single),
        anchors=tuple(_anchor(store, settings, x) for x in praised),
        unusable=tuple(x for x in pending if x.id not in known),
        overruled=tuple(x for x in waiting if x.id in later),
    )


def _plain(hint: str) -> str:
    return " ".join(hint.lower().split()).strip(" .")


def _wanted(durable: Sequence[Lesson]) -> list[Lesson]:
    """The lessons of as many different hints as can be taught at once, what the user asked for himself first, then
    the oldest; the others wait.
    """
    ranked = sorted(durable, key=lambda x: -x.weight)
    taken = list(dict.fromkeys(_plain(x.hint or "") for x in ranked))[:HINTS_AT_ONCE]
    return [x for x in durable if _plain(x.hint or "") in taken]


def _distinct(hints: Sequence[str]) -> tuple[str, ...]:
    """Each hint once, in its last wording."""
    return tuple({_plain(h): h for h in hints}.values())


def _learned_hints(store: Store, version: int, new: Sequence[Lesson], overruled: Container[str]) -> tuple[str, ...]:
    """Durable hints of the version's lessons that are still wanted and not said again now."""
    if version == 0:
        return ()
    again = {_plain(x.hint or "") for x in new}
    lessons = [store.lessons.get(i) for i in store.versions.get(version).lesson_ids]
    standing = [x for x in lessons if x.state == "learned" and x.id not in overruled]
    wanted = [x for x in standing if x.scope == "durable" and x.hint]
    room = max(0, HINTS_AT_ONCE - len(again))
    kept = _distinct([x.hint or "" for x in wanted if _plain(x.hint or "") not in again])
    return kept[-room:] if room else ()


def messages_of(store: Store, settings: Settings, turn: Turn) -> list[dict[str, Any]]:
    """What the student reads for a turn: its path without the reply and without any standing instruction."""
    conversation = store.conversations.get(turn.conversation_id)
    path = store.messages.path(turn.message_id)[:-1]
    return build_prompt(path, [], settings, system_prompt=conversation.system_prompt)


def _asked(store: Store, settings: Settings) -> list[list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for turn in store.turns.recent(USER_PROMPTS * 2, kind="main"):
        messages = messages_of(store, settings, turn)
        spoken = [m for m in messages if m["role"] == "user"]
        if len(spoken) == 1 and len(str(spoken[0]["content"])) <= LONGEST_OWN:
            found.setdefault(str(spoken[0]["content"]), messages)
    return list(found.values())[:USER_PROMPTS]


def _reply_task(store: Store, settings: Settings, lesson: Lesson) -> Task:
    messages = messages_of(store, settings, store.turns.get(lesson.turn_id))
    if lesson.rewrite:
        words, whole = _beginning(lesson.rewrite)
        hints: tuple[str, ...] = (f"Answer with exactly these words: {words}",)
        return Task(messages, hints, lesson_id=lesson.id, reference=words, reference_ends=whole, weight=lesson.weight)
    return Task(messages, (lesson.hint or "",), lesson_id=lesson.id, weight=lesson.weight)


def _beginning(rewrite: str) -> tuple[str, bool]:
    """As much of the user's own reply as is practised, and whether that is all of it."""
    if len(rewrite) <= LONGEST_REWRITE:
        return rewrite, True
    return rewrite[:LONGEST_REWRITE].rsplit(None, 1)[0], False


def _anchor(store: Store, settings: Settings, lesson: Lesson) -> Anchor:
    turn = store.turns.get(lesson.turn_id)
    return Anchor(lesson, turn, tuple(messages_of(store, settings, turn)))


def practice_tasks(plan: Plan, seed: int) -> list[Task]:
    """Prompts for the hints: the user's own first, then the shipped bank in a seeded order."""
    if not plan.new_hints:
        return []
    hints = (*plan.kept_hints, *plan.new_hints)
    tasks = [Task(messages, hints) for messages in plan.asked]
    return tasks + [as_task(p, hints) for p in drawn("practice", seed)[: PRACTICE_PROMPTS - len(tasks)]]


def own_tasks(plan: Plan, seed: int) -> list[Task]:
    """Prompts that the version in training answers itself: none of those of `practice_tasks`."""
    hints = (*plan.kept_hints, *plan.new_hints)
    return (
        [as_task(p, hints) for p in drawn("practice", seed)[PRACTICE_PROMPTS:][:OWN_REPLIES]] if plan.new_hints else []
    )


def replay_tasks(count: int, seed: int) -> list[Task]:
    """Contrast prompts without any hint: they ask for a length or form of their own, so the base's reply stands."""
    shipped = drawn("practice", seed + 1, contrast=True)
    return [as_task(p, ()) for p in shipped[: max(2, round(count * REPLAY_SHARE))]]


def as_task(prompt: Prompt, hints: tuple[str, ...]) -> Task:
    """A shipped prompt as a task."""
    return Task([{"role": "user", "content": prompt.text}], hints, prompt.topic)
