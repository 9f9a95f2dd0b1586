"""The `classifier` back end: a small linear reader of reactions, trained on the labelled set (tools/train_judge.py).

P(category) = softmax(logits / temperature) over the categories that fit the role; P(score) sums over the categories
of a score. -1 is given only above a threshold, because a wrong -1 teaches the assistant to be worse at what the
user liked; +1 only where it is the likeliest. Tool results are read by rules, and by the classifier only where
these say nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from assistant.judge.adaptation import UserDelta
from assistant.judge.case import SCORES, Case, Category, Score, Verdict, verdict_of
from assistant.judge.features import Features, features
from assistant.judge.hints import own_words
from assistant.judge.orders import without_orders
from assistant.judge.tools import judge_tool_result
from assistant.judge.weights import Weights, shipped
from assistant.memory.scope import guess_scope
from assistant.store.records import Scope

BACKEND = "classifier"

# A result that no rule knows and that the classifier is less sure of than this says nothing.
_TOOL_CERTAIN = 0.75
_SCOPES: Mapping[Category, tuple[Scope, ...]] = {
    "style": ("durable", "reply"), "correction": ("durable", "reply"), "complaint": ("durable", "reply"),
    "factual": ("fact", "reply"), "new information": ("fact", "reply"), "moves on": ("fact", "reply"),
}  # fmt: skip


class ClassifierJudge:
    """Reads with the weights that ship, and what a user's own thumbs made of them.

    Attributes:
        fingerprint: what its verdicts depend on, without the user's share.
    """

    backend = BACKEND

    def __init__(self, weights: Weights | None = None, delta: UserDelta | None = None) -> None:
        self._weights = weights or shipped()
        self._delta = delta
        self.fingerprint = self._weights.sha256

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """A verdict for each case."""
        return [self._judge(case) for case in cases]

    def _judge(self, case: Case) -> Verdict:
        if case.role == "tool":
            return judge_tool_result(case.next_state, BACKEND) or self._tool(case)
        if not without_orders(case.next_state).strip():
            return verdict_of("new information", BACKEND, 0.5)
        seen = features(case)
        chances = self.chances(case, seen)
        score, confidence = decide(chances, self._weights.threshold)
        category = max((one for one in chances if SCORES[one] == score), key=chances.__getitem__)
        hint = own_words(case, category)
        return verdict_of(category, BACKEND, confidence, scope=self._scope(case, category, seen), hint=hint)

    def _tool(self, case: Case) -> Verdict:
        chances = self.chances(case, features(case))
        category = max(chances, key=chances.__getitem__)
        if chances[category] < _TOOL_CERTAIN:
            return verdict_of("new information", BACKEND, 0.5)
        return verdict_of(category, BACKEND, chances[category])

    def chances(self, case: Case, seen: Features) -> dict[Category, float]:
        """The probability of each category that fits the role."""
        layer = self._weights.category
        logits = layer.logits(seen) / self._weights.temperature
        if self._delta is not None:
            logits = logits + self._delta.shift(seen)
        fitting = [at for at, one in enumerate(layer.classes) if one.startswith("tool") == (case.role == "tool")]
        powers = np.exp(logits[fitting] - logits[fitting].max())
        shares = powers / powers.sum()
        return {cast(Category, layer.classes[at]): float(one) for at, one in zip(fitting, shares, strict=True)}

    def _scope(self, case: Case, category: Category, seen: Features) -> Scope:
        allowed = _SCOPES.get(category, ("reply",))
        layer = self._weights.scope
        logits = layer.logits(seen)
        chosen = max(allowed, key=lambda one: logits[layer.classes.index(one)])
        rule = guess_scope(case.next_state).rule
        if rule == "only now":
            return "reply"
        # a wish about style reaches as far here as where it is given as explicit feedback
        return "durable" if category == "style" and rule in ("style", "for good") else chosen


def decide(chances: Mapping[Category, float], threshold: float) -> tuple[Score, float]:
    """The score of these probabilities, and its own probability.

    Where -1 is the likeliest but below the threshold the score is 0: calling a probable dislike praise would teach what
    the user did not like.
    """
    sums: dict[Score, float] = {1: 0.0, 0: 0.0, -1: 0.0}
    for category, chance in chances.items():
        sums[SCORES[category]] += chance
    if sums[-1] >= threshold:
        return -1, sums[-1]
    score: Score = 1 if sums[1] > max(sums[0], sums[-1]) else 0
    return score, sums[score]
