"""Reads what the learning page shows. Free of Qt; runs on the store's thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assistant.judge.line import judge_line
from assistant.judge.signs import OBSERVED
from assistant.judge.silence import Silence, silence
from assistant.ledger.taking_back import note_of
from assistant.store import Store
from assistant.store.records import Run

_RUNS = 20


@dataclass(frozen=True, slots=True)
class LearningView:
    """How many lessons wait, the last runs, newest first, who reads reactions and why, the alarm, how many replies
    are still to be looked at with what was said after them, and what became of the versions of runs, by run id.
    """

    pending: int
    runs: tuple[Run, ...]
    judge_line: str
    silence: Silence | None = None
    unread: int = 0
    notes: Mapping[str, str] = field(default_factory=dict)


def learning_view(store: Store) -> LearningView:
    """What the page shows now."""
    runs = tuple(store.runs.list(_RUNS))
    notes = {run.id: note_of(store, run.id) for run in runs if run.outcome == "adopted"}
    unread = store.verdicts.never_read(OBSERVED)
    return LearningView(len(store.lessons.pending()), runs, judge_line(store), silence(store), unread, notes)
