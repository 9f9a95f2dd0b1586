"""Whether a version does so badly with its user that it should take itself back. Pure: numbers in, a decision out.

The rule: over the version's first `WATCHED` replies with a signal, against the last `WATCHED` of the version before
it, the version is taken back when it has at least `LEAST` signals, at least `EXCESS` more displeased ones than the
earlier share would give, and Fisher's exact test, one-sided, says that so large a difference comes by luck in less than
`LUCK` of cases.

The test alone would let two bad replies against eight good ones decide; the excess alone would fire on plain luck in
long series. The rule is looked at after every signal, so it gets up to 16 chances: in simulation a version that is no
worse than the one before is taken back in 6 to 13 of 100 cases, one that displeases in 70 % where it was 30 % before
in 60 to 89, mostly within ten signals (8 to 20 signals before). The user undoes a wrong one with a click. Without any
signal before there is nothing to compare with, and nothing is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

WATCHED = 20
LEAST = 5
EXCESS = 3
LUCK = 0.1


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to take the version back, and the figures that decided.

    Attributes:
        luck: p-value of the test; 1 where nothing can be compared.
    """

    take_back: bool
    displeased: int
    replies: int
    displeased_before: int
    replies_before: int
    luck: float


def watch(signals_before: Sequence[int], signals_now: Sequence[int]) -> Decision:
    """The decision; see the module for the rule.

    Args:
        signals_before: +1 or -1 for each judged reply of the version before, oldest first.
        signals_now: the same of the version being watched.
    """
    before, now = list(signals_before)[-WATCHED:], list(signals_now)[:WATCHED]
    bad_before, bad = (sum(signal < 0 for signal in signals) for signals in (before, now))
    luck = fisher(bad, len(now), bad_before, len(before))
    expected = len(now) * bad_before / len(before) if before else float(len(now))
    take_back = len(now) >= LEAST and bad - expected >= EXCESS and luck < LUCK
    return Decision(take_back, bad, len(now), bad_before, len(before), luck)


def fisher(bad: int, count: int, bad_before: int, count_before: int) -> float:
    """Fisher's exact test, one-sided: how often chance alone puts at least `bad` of all bad ones into `count`."""
    all_bad = bad + bad_before
    ways = (comb(count, k) * comb(count_before, all_bad - k) for k in range(bad, min(count, all_bad) + 1))
    return sum(ways) / comb(count + count_before, all_bad)
