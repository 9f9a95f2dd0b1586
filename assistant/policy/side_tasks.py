"""What the side lane works on: prompts being read, samples being written, texts being scored. Plain state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from assistant.policy.adapters_live import Adapter
from assistant.policy.context import FloatRow
from assistant.policy.generation import Generation, Request
from assistant.policy.sampling import RawLogProbs


@dataclass(slots=True)
class PromptTask:
    """One request: its prompt is read once, then up to n samples start from it.

    Attributes:
        done: tokens of the prompt in the memory.
        last: logits after the prompt, kept until all samples have started.
        sequence: where the prompt lies.
        reserved: tokens of memory set aside: the prompt and one sample, so that a task admitted can always end.
    """

    request: Request
    done: int = 0
    last: FloatRow | None = None
    sequence: int = -1
    reserved: int = 0
    started: int = 0
    live: list[Generation] = field(default_factory=list)

    @property
    def tokens(self) -> list[int]:
        """What is to be read."""
        return self.request.prompt

    @property
    def adapter(self) -> Adapter | None:
        """The adapter it must be read with."""
        return self.request.adapter

    @property
    def need(self) -> int:
        """Tokens of memory it must have."""
        return len(self.request.prompt) + self.request.max_tokens

    @property
    def exact(self) -> bool:
        """Whether it must be alone."""
        return self.request.exact

    @property
    def finished(self) -> bool:
        """Whether all samples have ended."""
        return self.started == self.request.n and not self.live

    def wants(self, position: int) -> bool:
        """Whether the logits after this token are needed."""
        return position == len(self.request.prompt) - 1

    def take(self, position: int, logits: FloatRow, probs: RawLogProbs) -> None:
        """Keeps the row after the last token."""
        del position, probs
        self.last = logits.copy()


@dataclass(slots=True)
class ScoreTask:
    """One sequence whose tokens from `first` on are scored by the model.

    Attributes:
        listen: gets the log-probabilities, or None when the request was given up.
    """

    sequence_tokens: list[int]
    first: int
    adapter: Adapter | None
    listen: Callable[[list[float] | Exception], None]
    done: int = 0
    sequence: int = -1
    reserved: int = 0
    scores: list[float] = field(default_factory=list)
    exact: bool = False

    @property
    def tokens(self) -> list[int]:
        """What is to be read: the last token's own successor is not asked for."""
        return self.sequence_tokens[:-1]

    @property
    def need(self) -> int:
        """Tokens of memory it must have."""
        return len(self.sequence_tokens)

    @property
    def finished(self) -> bool:
        """Whether everything was read."""
        return self.done >= len(self.sequence_tokens) - 1

    def wants(self, position: int) -> bool:
        """Whether the logits after this token are needed."""
        return position >= self.first - 1

    def take(self, position: int, logits: FloatRow, probs: RawLogProbs) -> None:
        """Scores the token that follows."""
        self.scores.append(probs.of(logits, self.sequence_tokens[position + 1]))


Task: TypeAlias = PromptTask | ScoreTask
