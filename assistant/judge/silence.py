"""The alarm: replies were followed by something, runs came and went, and nothing to learn was found. Codes only.

Looks at what is in the store: the last `WINDOW` main-line turns that something followed and that the newest ended run
could have read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from assistant.judge.case import UNREAD
from assistant.judge.hindsight import BACKEND as HINDSIGHT
from assistant.judge.signs import OBSERVED
from assistant.store import Store
from assistant.store.records import Run

WINDOW = 30
LEAST_TURNS = 10
RUNS = 3
EVENT = "judged"
"""Kind of the run event with the counts of a reading."""

Reason = Literal["not read", "no judge", "unreadable", "went on", "other things", "nothing usable"]


@dataclass(frozen=True, slots=True)
class Silence:
    """So many replies gave no lesson, most of them for this reason."""

    turns: int
    reason: Reason


def silence(store: Store) -> Silence | None:
    """The alarm, None where there is no cause for it."""
    ended = [run for run in store.runs.list(RUNS + 1) if run.outcome is not None][:RUNS]
    if not ended or any(_made_lessons(store, run) for run in ended):
        return None
    turns = store.verdicts.followed(WINDOW, before=ended[0].started_at)
    if len(turns) < LEAST_TURNS or any(store.lessons.of_turn(turn_id) for turn_id in turns):
        return None
    reasons = Counter(_reason(store, turn_id) for turn_id in turns)
    return Silence(len(turns), reasons.most_common(1)[0][0])


def _made_lessons(store: Store, run: Run) -> bool:
    return any(event.kind == EVENT and event.data.get("lessons") for event in store.runs.events(run.id))


def _reason(store: Store, turn_id: str) -> Reason:
    """Why one turn gave no lesson, by its last verdict."""
    read = [one for one in store.verdicts.of_turn(turn_id) if one.backend != OBSERVED]
    if not read:
        return "not read"
    last = read[-1]
    if last.backend == HINDSIGHT:
        return "no judge"
    if last.category == UNREAD:
        return "unreadable"
    if last.score == 0:
        return "other things"
    return "went on" if last.category == "moves on" else "nothing usable"
