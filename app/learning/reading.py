"""Reads what the learning page shows. Free of Qt; runs on the store's thread."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.judge.line import judge_line
from assistant.judge.signs import OBSERVED
from assistant.judge.silence import Silence, silence
from assistant.store import Store
from assistant.store.records import Run

_RUNS = 20


@dataclass(frozen=True, slots=True)
class LearningView:
    """How many lessons wait, the last runs, newest first, who reads reactions and why, the alarm, and how many
    replies are still to be looked at with what was said after them.
    """

    pending: int
    runs: tuple[Run, ...]
    judge_line: str
    silence: Silence | None = None
    unread: int = 0


def learning_view(store: Store) -> LearningView:
    """What the page shows now."""
    runs = tuple(store.runs.list(_RUNS))
    return LearningView(
        len(store.lessons.pending()), runs, judge_line(store), silence(store), store.verdicts.never_read(OBSERVED)
    )
