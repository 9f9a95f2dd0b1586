"""Batched sampling in torch, for practice and exams.

On a CPU the served, quantised model gains nothing from batching (48 tokens a second for eight replies at once, 40 for
one), while the dense weights that the learner holds anyway do (docs/decisions/0003, 0010).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch

from training import lora
from training.prefill import positions, prefill

if TYPE_CHECKING:
    from torch import Tensor


LEAVING_SHARE = 0.15
"""Finished rows are taken out of a batch when they make up this share of it."""
TOP_K = 64
"""Tokens looked at for top-p: sorting the whole vocabulary would cost as much as the forward pass."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sampled reply.

    Attributes:
        token_ids: as sampled, the end-of-turn token included when it came.
        logprobs: log-prob of each token under the plain softmax (temperature 1), nats.
        finished: whether the end-of-turn token came within the limit.
        hidden_RH: last hidden state before each token, from which its distribution follows without another pass.
    """

    token_ids: list[int]
    logprobs: list[float]
    finished: bool
    hidden_RH: Tensor | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to sample; temperature and top-p as the policy server does, so that practice is what would be served.

    Attributes:
        temperature: logits are divided by it.
        top_p: the most likely tokens that together have this share are drawn from (at most `TOP_K` of them).
        max_tokens: longest reply.
        seed: of the draws.
        rows: replies written at the same time.
        stragglers: when no more than this share of the rows is left unfinished, they are cut off unfinished: a batch
            goes on for as long as its longest reply, and practice keeps finished ones only.
        greedy: indices of prompts that get the likeliest token each time; for the others it is drawn.
    """

    temperature: float = 0.7
    top_p: float = 0.95
    max_tokens: int = 96
    seed: int = 0
    rows: int = 96
    stragglers: float = 0.0
    greedy: Container[int] = ()

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
    with lora.merged(model) if adapter else model.disable_adapter():
        for start in range(0, len(order), config.rows):
            chunk = order[start : start + config.rows]
            batch = _Batch(model.get_base_model(), [prompts[i] for i in chunk], set(end), config, generator)
            batch.greedy = {row for row, i in enumerate(chunk) if i in config.greedy}
            found.update(zip(chunk, batch.run(on_step), strict=True))
    return [found[i] for i in range(len(prompts))]


class _Batch:
    """Rows that are decoded together; finished rows leave it now and then, so that the rest goes faster."""

    def __init__(
        self, inner: Any, prompts: list[Sequence[int]], end: set[int], config: Sampling, generator: torch.Generator
    ) -> None:
        self.inner, self.end, self.config, self.generator = inner, end, config, generator
        self.tokens: list[list[int]] = [[] for _ in prompts]
        self.logprobs: list[list[float]] = [[] for _ in prompts]
        self.hidden: list[list[Tensor]] = [[] for _ in prompts]
        self.live = list(range(len(prompts)))
        self.done: set[int] = set()
        self.greedy: set[int] = set()
        distinct = list(dict.fromkeys(map(tuple, prompts)))
        place = {prompt: n for n, prompt in enumerate(distinct)}
        read = prefill(inner, distinct).rows([place[tuple(prompt)] for prompt in prompts])
        self.cache, self.mask, self.last = read.cache, read.mask_PT, read.last_PH

    def run(self, on_step: Callable[[], None]) -> list[Sample]:
        for step in range(self.config.max_tokens):
            picked = self._pick(self.inner.lm_head(self.last).float())
            left = len(self.tokens) - len(self.done)
            if left <= self.config.stragglers * len(self.tokens) or step + 1 == self.config.max_tokens:
                break
            on_step()
            self._read(self._leave(picked))
        return [
            Sample(ids, values, row in self.done, torch.stack(hidden))
            for row, (ids, values, hidden) in enumerate(zip(self.tokens, self.logprobs, self.hidden, strict=True))
        ]

    def _pick(self, logits: Tensor) -> Tensor:
        """Draws a token for each row and keeps it where the row has not ended."""
        likely = logits.topk(min(TOP_K, logits.shape[-1]), dim=-1)
        weights = torch.softmax(likely.values / self.config.temperature, dim=-1)
        weights[weights.cumsum(-1) - weights >= self.config.top_p] = 0.0
        drawn = torch.multinomial(weights, 1, generator=self.generator)
        drawn[[place for place, row in enumerate(self.live) if row in self.greedy]] = 0
        picked = likely.indices.gather(1, drawn)
        values = likely.values.gather(1, drawn).squeeze(1) - logits.logsumexp(-1)
        tokens = picked.squeeze(1).tolist()
        for row, token, value, hidden in zip(self.live, tokens, values.tolist(), self.last, strict=True):
            if row not in self.done:
                self.tokens[row].append(token)
                self.logprobs[row].append(value)
                self.hidden[row].append(hidden)
                if token in self.end:
                    self.done.add(row)
        return picked

    def _leave(self, picked: Tensor) -> Tensor:
        """Lets finished rows go once enough of them are there to pay for moving the rest."""
        going_on = [place for place, row in enumerate(self.live) if row not in self.done]
        if len(self.live) - len(going_on) < LEAVING_SHARE * len(self.live):
            return picked
        index = torch.tensor(going_on, dtype=torch.long, device=picked.device)
        self.live = [self.live[place] for place in going_on]
        self.mask = self.mask[index]
        self.cache.batch_select_indices(index)
        return picked[index]

    def _read(self, picked: Tensor) -> None:
        self.mask = torch.cat([self.mask, torch.ones_like(picked)], dim=1)
        out = self.inner.model(
            input_ids=picked,
            attention_mask=self.mask,
            position_ids=positions(self.mask)[:, -1:],
            past_key_values=self.cache,
            use_cache=True,
        )
        self.cache, self.last = out.past_key_values, out.last_hidden_state[:, -1]
