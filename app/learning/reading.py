"""Reads what the learning page shows. Free of Qt; runs on the store's thread."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.judge.line import judge_line
from assistant.store import Store
from assistant.store.records import Run

_RUNS = 20


@dataclass(frozen=True, slots=True)
class LearningView:
    """How many lessons wait, the last runs, newest first, and who reads reactions and why."""

    pending: int
    runs: tuple[Run, ...]
    judge_line: str


def learning_view(store: Store) -> LearningView:
    """What the page shows now."""
    return LearningView(len(store.lessons.pending()), tuple(store.runs.list(_RUNS)), judge_line(store))
