"""Batched sampling in torch, for practice.

On a CPU the served, quantised model gains nothing from batching (48 tokens a second for eight replies at once, 40 for
one), while the dense weights that the learner holds anyway do: measured six times as fast (docs/results.md). The exam
still asks the policy server, because what is served is what is examined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Sample:
    """One sampled reply.

    Attributes:
        token_ids: as sampled, the end-of-turn token included when it came.
        logprobs: log-prob of each token under the plain softmax (temperature 1), nats.
        finished: whether the end-of-turn token came within the limit.
    """

    token_ids: list[int]
    logprobs: list[float]
    finished: bool


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to sample: softmax(logits / temperature), no truncation, at most `max_tokens`."""

    temperature: float = 0.7
    max_tokens: int = 96
    seed: int = 0
    rows: int = 48

    def reseeded(self, number: int) -> Sampling:
        """The same with a seed of its own for the `number`th portion of work."""
        return replace(self, seed=self.seed * 100_003 + number)


@torch.no_grad()
def sample(
    model: Any,
    prompts: Sequence[Sequence[int]],
    end: Sequence[int],
    config: Sampling,
    *,
    adapter: bool = False,
    on_step: Callable[[], None] = lambda: None,
) -> list[Sample]:
    """One reply to each prompt, in order; repeat a prompt to get several.

    Args:
        model: a peft model.
        prompts: token ids.
        end: ids that end a reply.
        config: see `Sampling`.
        adapter: whether the adapter is on.
        on_step: called after every token of a batch; may block or raise.
    """
    generator = torch.Generator().manual_seed(config.seed)
    found: dict[int, Sample] = {}
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    with nullcontext() if adapter else model.disable_adapter():
        for start in range(0, len(order), config.rows):
            chunk = order[start : start + config.rows]
            batch = _Batch(model.get_base_model(), [prompts[i] for i in chunk], set(end), config, generator)
            found.update(zip(chunk, batch.run(on_step), strict=True))
    return [found[i] for i in range(len(prompts))]


class _Batch:
    """Rows that are decoded together; a finished row leaves the batch, so that the rest goes faster."""

    def __init__(
        self, inner: Any, prompts: list[Sequence[int]], end: set[int], config: Sampling, generator: torch.Generator
    ) -> None:
        self.inner, self.end, self.config, self.generator = inner, end, config, generator
        self.tokens: list[list[int]] = [[] for _ in prompts]
        self.logprobs: list[list[float]] = [[] for _ in prompts]
        self.live = list(range(len(prompts)))
        longest = max(map(len, prompts))
        self.input = torch.zeros(len(prompts), longest, dtype=torch.long)
        self.mask = torch.zeros(len(prompts), longest, dtype=torch.long)
        for row, prompt in enumerate(prompts):
            self.input[row, longest - len(prompt) :] = torch.tensor(list(prompt))
            self.mask[row, longest - len(prompt) :] = 1
        self.cache: Any = None

    def run(self, on_step: Callable[[], None]) -> list[Sample]:
        for _ in range(self.config.max_tokens):
            self._take(self._logits())
            if not self.live:
                break
            on_step()
        ended = [bool(ids) and ids[-1] in self.end for ids in self.tokens]
        return [Sample(t, p, e) for t, p, e in zip(self.tokens, self.logprobs, ended, strict=True)]

    def _logits(self) -> Tensor:
        positions = (self.mask.cumsum(-1) - 1).clamp(min=0)[:, -self.input.shape[1] :]
        out = self.inner.model(
            input_ids=self.input,
            attention_mask=self.mask,
            position_ids=positions,
            past_key_values=self.cache,
            use_cache=True,
        )
        self.cache = out.past_key_values
        logits: Tensor = self.inner.lm_head(out.last_hidden_state[:, -1]).float()
        return logits

    def _take(self, logits: Tensor) -> None:
        logp = torch.log_softmax(logits, dim=-1)
        weights = torch.softmax(logits / self.config.temperature, dim=-1)
        picked = torch.multinomial(weights, 1, generator=self.generator)
        values = torch.gather(logp, 1, picked).squeeze(1).tolist()
        for place, (token, value) in enumerate(zip(picked.squeeze(1).tolist(), values, strict=True)):
            self.tokens[self.live[place]].append(token)
            self.logprobs[self.live[place]].append(value)
        keep = [place for place, token in enumerate(picked.squeeze(1).tolist()) if token not in self.end]
        if len(keep) < len(self.live):
            self.live = [self.live[place] for place in keep]
            index = torch.tensor(keep, dtype=torch.long)
            self.mask, picked = self.mask[index], picked[index]
            if keep:
                self.cache.batch_select_indices(index)
        self.input = picked
        self.mask = torch.cat([self.mask, torch.ones(len(self.live), 1, dtype=torch.long)], dim=1)
