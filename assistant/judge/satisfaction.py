"""How content a user was with one reply, by the best evidence there is. For charts; trains nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.judge.case import UNREAD
from assistant.judge.signs import OBSERVED
from assistant.store import Store
from assistant.store.records import Turn, Verdict


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """One reply.

    Attributes:
        value: -1 (not at all) to 1; times the judge's confidence where it is not the user's own word.
        source: what it rests on.
    """

    value: float
    source: Literal["feedback", "verdict", "signs"]


def satisfaction(store: Store, turn: Turn) -> Satisfaction | None:
    """Explicit feedback first, else what the last judge read, else the sum of weak signs; None where nothing is known.

    A verdict of 0 says nothing about the reply, so weak signs count beside it.
    """
    if (given := store.feedback.effective(turn.id)) is not None:
        return Satisfaction(1.0 if given.kind == "praise" else -1.0, "feedback")
    verdicts = store.verdicts.of_turn(turn.id)
    if (read := judged(verdicts)) is not None and read.score:
        return Satisfaction(read.score * read.confidence, "verdict")
    signs = [one.score * one.confidence for one in verdicts if one.backend == OBSERVED]
    if signs:
        return Satisfaction(max(-1.0, min(1.0, sum(signs))), "signs")
    return None if read is None else Satisfaction(0.0, "verdict")


def judged(verdicts: list[Verdict]) -> Verdict | None:
    """The last verdict in which a judge says something, of those on one turn, oldest first."""
    said = [one for one in verdicts if one.backend != OBSERVED and one.category != UNREAD]
    return said[-1] if said else None
