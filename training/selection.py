"""Which of the replies written in practice are kept. Pure; `training.practice` says by which marks and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from training.sampler import Sample
from training.signals import is_degenerate, on_topic

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate reply with its text, gain and relevance (None where the topic is known), nats per token.

    `teacher_RH`: the teacher's hidden states before its tokens.
    """

    sample: Sample
    text: str
    gain: float
    relevance: float | None
    teacher_RH: Tensor | None = field(default=None, compare=False, repr=False)


def choose(candidates: Sequence[Scored], topic: Sequence[str] = (), keep: int = 1) -> list[Scored]:
    """The `keep` best by gain among usable replies; none where the hint or the prompt speaks against all."""
    fitting = [c for c in candidates if c.gain > 0 and (topic or (c.relevance or 0.0) > 0)]
    usable = [c for c in fitting if is_usable(c.sample, c.text, topic)]
    return sorted(usable, key=lambda c: c.gain, reverse=True)[:keep]


def is_usable(one: Sample, text: str, topic: Sequence[str]) -> bool:
    """What can be told without reading the candidate again; an empty `topic` is an unknown one."""
    return one.finished and not is_degenerate(text) and (not topic or on_topic(text, topic))
