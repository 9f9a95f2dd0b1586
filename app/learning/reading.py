"""Reads what the learning page shows. Free of Qt; runs on the store's thread."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.store import Store
from assistant.store.records import Run

_RUNS = 20


@dataclass(frozen=True, slots=True)
class LearningView:
    """How many lessons wait, and the last runs, newest first."""

    pending: int
    runs: tuple[Run, ...]


def learning_view(store: Store) -> LearningView:
    """What the page shows now."""
    return LearningView(len(store.lessons.pending()), tuple(store.runs.list(_RUNS)))
