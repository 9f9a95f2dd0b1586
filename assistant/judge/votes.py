"""From several votes on one case to one verdict. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from assistant.judge.case import SCORES, UNREAD, Category, Score, Verdict, Votes
from assistant.store.records import Scope

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Vote:
    """One readable answer to "what does the next state say of the reply?"."""

    category: Category
    scope: Scope = "reply"
    hint: str | None = None

    @property
    def score(self) -> Score:
        """The score of the category; a score that the voter states himself is never taken."""
        return SCORES[self.category]


def aggregate(votes: Iterable[Vote | None], backend: str) -> Verdict:
    """The verdict of a majority.

    The score with most of the readable votes wins. A tie for the first place gives 0 and is seen in the counts, as
    does having no readable vote. Category, scope and hint come from the winning side: the most frequent,
    the first named where several are.

    Args:
        votes: None for each that could not be read.
        backend: its name in the verdict.
    """
    cast = list(votes)
    readable = [one for one in cast if one is not None]
    counts = Counter(one.score for one in readable)
    tally = Votes(counts[1], counts[0], counts[-1], len(cast) - len(readable))
    ranked = counts.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return Verdict(0, UNREAD, backend=backend, confidence=0.0, votes=tally)
    score = ranked[0][0]
    won = [one for one in readable if one.score == score]
    # Laplace's rule over three scores: one vote of one is not certainty.
    confidence = (len(won) + 1) / (len(readable) + 3)
    category = _most_frequent([one.category for one in won])
    return Verdict(
        score, category, _most_frequent([one.scope for one in won]), _hint(won, category, score), confidence,
        backend, tally,
    )  # fmt: skip


def _hint(won: Sequence[Vote], category: Category, score: Score) -> str | None:
    if score != -1:
        return None
    hints = [one.hint for one in won if one.hint]
    first = [one.hint for one in won if one.hint and one.category == category]
    return next(iter(first or hints), None)


def _most_frequent(values: Sequence[_T]) -> _T:
    return Counter(values).most_common(1)[0][0]
