"""What one arm of the exam did: its replies, and figures over them that need no oracle."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from training.forward import score
from training.practice import Task
from training.signals import is_degenerate, mean_gain, on_topic

SCORED_TOKENS = 32
"""Gain, relevance and nats are taken over the beginning of a reply."""


@dataclass(frozen=True, slots=True)
class Question:
    """An exam prompt, tokenised: without the hint, with it, and another question's prompt with it."""

    task: Task
    plain: tuple[int, ...]
    taught: tuple[int, ...]
    foreign: tuple[int, ...]

    @property
    def text(self) -> str:
        """The user's words."""
        return str(next(m["content"] for m in reversed(self.task.messages) if m["role"] == "user"))


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as text and token ids; `finished` unless the token limit cut it.

    `after` and `logprobs`: where the base itself wrote it, the prompt it read and what it saw, which need not be
    computed again.
    """

    text: str
    token_ids: tuple[int, ...]
    finished: bool
    after: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()

    def unread(self, question: Question) -> list[tuple[int, ...]]:
        """The prompts after which it must be read for its marks."""
        prompts = (question.taught, question.plain, question.foreign)
        return [prompt for prompt in prompts if prompt != self.after] if self.token_ids else []


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks of one reply.

    Attributes:
        gain: mean log p(y|x,h) - log p(y|x) under the base, nats a token: does it look as if the hint was followed.
        relevance: mean log p(y|x,h) - log p(y|x',h): does it answer this prompt.
        nats: mean -log p(y|x,h): how strange it is to the hinted base.
        topical: names the topic.
        degenerate: empty or looping.
        tokens: length.
    """

    gain: float
    relevance: float
    nats: float
    topical: bool
    degenerate: bool
    tokens: int


@dataclass(frozen=True, slots=True)
class Arm:
    """All replies of one arm, in the order of the questions, and their marks."""

    replies: tuple[Reply, ...]
    marks: tuple[Marks, ...]

    def mean(self, name: str) -> float:
        """Mean of one mark over the replies."""
        return fmean(float(getattr(m, name)) for m in self.marks)

    def figures(self) -> dict[str, float]:
        """Means of all marks, rounded for the record."""
        names = ("gain", "relevance", "nats", "topical", "degenerate", "tokens")
        return {name: round(self.mean(name), 3) for name in names}


def mark(
    model: Any,
    questions: Sequence[Question],
    arms: Sequence[Sequence[Reply]],
    on_step: Callable[[], None] = lambda: None,
) -> list[Arm]:
    """Scores the replies of each arm under the base (torch), read after the hinted, the plain and a foreign prompt."""
    pairs = [
        (prompt, reply.token_ids[:SCORED_TOKENS])
        for replies in arms
        for question, reply in zip(questions, replies, strict=True)
        for prompt in reply.unread(question)
    ]
    scores = iter(score(model, pairs, on_step=on_step))
    return [
        Arm(tuple(replies), tuple(_marks(q, r, scores) for q, r in zip(questions, replies, strict=True)))
        for replies in arms
    ]


def _marks(question: Question, reply: Reply, scores: Iterator[list[float]]) -> Marks:
    if not reply.token_ids:
        return Marks(0.0, 0.0, 0.0, False, True, 0)
    taught, plain, foreign = (
        list(reply.logprobs[:SCORED_TOKENS]) if prompt == reply.after else next(scores)
        for prompt in (question.taught, question.plain, question.foreign)
    )
    return Marks(
        gain=mean_gain(taught, plain),
        relevance=mean_gain(taught, foreign),
        nats=-fmean(taught),
        topical=on_topic(reply.text, question.task.topic, question.text),
        degenerate=is_degenerate(reply.text, finished=reply.finished),
        tokens=len(reply.token_ids),
    )


def sign_test(better: int, worse: int) -> float:
    """One-sided p-value that `better` wins of `better + worse` discordant pairs are luck (ties are left out)."""
    n = better + worse
    return sum(math.comb(n, k) for k in range(better, n + 1)) / 2**n if n else 1.0
