"""What a user's own thumbs change in the classifier: a bounded shift of its logits.

A thumb on a reply that a message followed says what that message was worth. The shift is made from the feedback
that counts *now*, each time a judge is made, and kept nowhere: undone or deleted feedback leaves no trace.

Gradient steps on log P(score | case) over bias and hashed weights, plain descent, few, with the length of the change
projected to a ball whose radius grows with the number n of thumbs as n / (n + 5); the shift of any logit is
cut at `MOST_SHIFT`. So one wrong thumb moves little, and none of any number of them overturns a clear reading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.judge.case import SCORES, Case, Category, Score
from assistant.judge.features import Features, features
from assistant.judge.turns import case_of_turn
from assistant.store import Store

MOST_SHIFT = 1.0
"""Nats."""
MOST_PAIRS = 200
_ROUNDS = 4
_STEP = 0.3
_RADIUS = 1.5

Chances = Callable[[Case, Features], Mapping[Category, float]]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class UserDelta:
    """A change of the classifier.

    Attributes:
        bias: float32 [C].
        weights: rows of changed hashed weights, float32 [C] each.
    """

    bias: Floats
    weights: Mapping[int, Floats]

    def shift(self, seen: Features) -> Floats:
        """What it adds to the logits of a case."""
        total = self.bias.copy()
        for at, value in zip(seen.at.tolist(), seen.value.tolist(), strict=True):
            if (row := self.weights.get(at)) is not None:
                total += value * row
        return np.clip(total, -MOST_SHIFT, MOST_SHIFT)


def learn_delta(classes: Sequence[str], chances: Chances, pairs: Sequence[tuple[Case, Score]]) -> UserDelta | None:
    """The change that these (case, score) pairs make; None for no pairs.

    Args:
        classes: the categories, in the order of the classifier's columns.
        chances: the unchanged classifier.
        pairs: what the user said himself; the last `MOST_PAIRS` count.
    """
    used = [(case, score) for case, score in pairs[-MOST_PAIRS:] if case.role == "user"]
    if not used:
        return None
    seen = [features(case) for case, _ in used]
    base = [_column(classes, chances(case, one)) for (case, _), one in zip(used, seen, strict=True)]
    worth = np.array([SCORES[one] for one in classes])  # type: ignore[index]
    bias = np.zeros(len(classes), dtype=np.float32)
    weights: dict[int, Floats] = {}
    for _ in range(_ROUNDS):
        for (_, score), one, start in zip(used, seen, base, strict=True):
            delta = UserDelta(bias, weights)
            pull = _gradient(start, delta.shift(one), worth == score) * (_STEP / len(used) ** 0.5)
            bias += 0.2 * pull
            for at, value in zip(one.at.tolist(), one.value.tolist(), strict=True):
                weights[at] = weights.get(at, np.zeros(len(classes), dtype=np.float32)) + value * pull
    return _bounded(bias, weights, _RADIUS * len(used) / (len(used) + 5))


def delta_of(store: Store, classes: Sequence[str], chances: Chances) -> UserDelta | None:
    """The change that the thumbs in the store make."""
    return learn_delta(classes, chances, thumbs(store))


def thumbs(store: Store) -> list[tuple[Case, Score]]:
    """Cases whose reply has feedback that counts, oldest first."""
    pairs: list[tuple[Case, Score]] = []
    for turn in reversed(store.turns.recent(MOST_PAIRS * 5)):
        given = store.feedback.effective(turn.id)
        if given is not None and (case := case_of_turn(store, turn.id)) is not None:
            pairs.append((case, 1 if given.kind == "praise" else -1))
    return pairs[-MOST_PAIRS:]


def _column(classes: Sequence[str], chances: Mapping[Category, float]) -> Floats:
    return np.array([chances.get(one, 0.0) for one in classes], dtype=np.float32)  # type: ignore[call-overload]


def _gradient(start: Floats, shift: Floats, wanted: NDArray[np.bool_]) -> Floats:
    """d log sum of P over the wanted classes / d logits."""
    chances = start * np.exp(shift)
    chances = chances / chances.sum()
    inside = float(chances[wanted].sum())
    pull: Floats = np.where(wanted, chances / max(inside, 1e-6), 0.0) - chances
    return pull.astype(np.float32)


def _bounded(bias: Floats, weights: Mapping[int, Floats], radius: float) -> UserDelta:
    length = float(np.sqrt((bias**2).sum() + sum((row**2).sum() for row in weights.values())))
    shrink = np.float32(min(1.0, radius / length) if length else 0.0)
    return UserDelta(bias * shrink, {at: row * shrink for at, row in weights.items()})
