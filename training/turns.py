"""Recorded turns as samples: what the user's verdict on a reply was worth, and which turns go into a batch together.

Owns the rules on weights and company of samples; knows no loss and no model. The rules, with their reasons:

- praise counts at most half: training on polarity alone is harmful where positives are plain luck (arXiv 2507.23158);
- a dislike that says nothing of what was wanted (*bare*) counts a tenth and never makes up a batch by itself: pure
  push-down makes replies collapse;
- a turn without any signal is no sample: it would only thin out the mean of its batch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch

HINTS = 3
"""Candidates for the teacher's hint, as in OpenClaw-RL v2 (learning notes 1.2)."""
PRAISE_WEIGHT = 0.5
BARE_WEIGHT = 0.1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TurnSample:
    """One reply that a user reacted to, as token ids.

    Attributes:
        prompt: what was read.
        reply: what was written, end-of-turn token included where it was sampled.
        verdict: -1 disliked, +1 praised, 0 neither.
        hints: the prompt with one candidate hint each, at most `HINTS`, shortest first.
        follow_up: the prompt with the user's next message in it, for hindsight; None where there was none.
        weight: how much the turn counts besides its verdict's rule, 0 to 1.

    Raises:
        ValueError: something is empty or out of range.
    """

    prompt: tuple[int, ...]
    reply: tuple[int, ...]
    verdict: int
    hints: tuple[tuple[int, ...], ...] = ()
    follow_up: tuple[int, ...] | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        read = [self.prompt, *self.hints] + ([] if self.follow_up is None else [self.follow_up])
        if not all(read) or not self.reply:
            raise ValueError("a turn needs at least one token in its reply and in each prompt")
        if self.verdict not in (-1, 0, 1) or len(self.hints) > HINTS or not 0.0 <= self.weight <= 1.0:
            raise ValueError("verdict, number of hints or weight out of range")

    @property
    def length(self) -> int:
        """Tokens of the longest sequence that is read for it."""
        return max(map(len, (self.prompt, *self.hints, self.follow_up or ()))) + len(self.reply)

    @property
    def bare(self) -> bool:
        """Disliked without a word that says what was wanted."""
        return self.verdict < 0 and not self.hints and self.follow_up is None

    @property
    def influence(self) -> float:
        """Its weight in the loss, after the rules of this module."""
        if self.bare:
            return min(self.weight, BARE_WEIGHT)
        return min(self.weight, PRAISE_WEIGHT) if self.verdict > 0 else self.weight


def in_company(samples: Sequence[TurnSample]) -> list[TurnSample]:
    """The samples, or none where all are bare dislikes."""
    return list(samples) if any(not one.bare for one in samples) else []


def in_batches(samples: Sequence[TurnSample], rows: int, seed: int) -> list[list[TurnSample]]:
    """Samples in a seeded random order, in batches of about `rows`; each has a sample that is not bare.

    Bare dislikes are spread evenly over the others, and left out where there are no others.
    """
    generator = torch.Generator().manual_seed(seed)
    leading = _shuffled([one for one in samples if not one.bare], generator)
    bare = _shuffled([one for one in samples if one.bare], generator)
    count = min(len(leading), math.ceil(len(samples) / rows))
    return [leading[n::count] + bare[n::count] for n in range(count)]


def _shuffled(group: list[T], generator: torch.Generator) -> list[T]:
    return [group[i] for i in torch.randperm(len(group), generator=generator).tolist()]
