"""The sentence that says which judge is used and why: `choice` keeps it, the learning page shows it. Nothing heavy."""

from __future__ import annotations

from assistant.store import Store

_KEY = "judge.line"
NOT_CHOSEN = "What you say after a reply has not been read for learning yet."


def judge_line(store: Store) -> str:
    """A plain sentence: which judge was chosen last, and why."""
    return store.state.get(_KEY) or NOT_CHOSEN


def keep_judge_line(store: Store, line: str) -> None:
    """Remembers the sentence."""
    store.state.set(_KEY, line)
