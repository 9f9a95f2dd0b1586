"""Forward passes that compute logits for reply positions only, and the prompt prefix that rows share only once.

Logits for every position of a 49k-150k vocabulary cost 0.3 GB per 512 tokens; gathering the hidden states first
keeps a batch at a few tens of megabytes. Chat templates begin every prompt alike (25 of about 70 tokens on the starter
model), so the shared prefix is run with one row and its keys and values are repeated; gradients flow through it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from training.losses import chosen
from training.prefill import LEAST_PREFIX, positions, prefill

if TYPE_CHECKING:
    from torch import Tensor

    from training.prefill import Prefill
    from training.rows import Batch

SCORED_TOGETHER = 16
"""Replies of similar length that are scored in one pass."""


def reply_logp(model: Any, batch: Batch, *, adapter: bool = True) -> Tensor:
    """Log-softmax over the vocabulary at each reply token of all rows, row after row, float32, K x V.

    Padding has no line: the head and the softmax cost as much as half the body, so only K = sum(mask) lines are made.

    Args:
        model: a peft model whose base is a causal language model with `.model` and `.lm_head`.
        batch: from `training.rows.collate`.
        adapter: False runs the base model (the teacher) by switching the adapter off.
    """
    device = next(model.parameters()).device
    with nullcontext() if adapter else model.disable_adapter():
        inner = model.get_base_model()
        hidden, start = _hidden(inner, batch.tokens_NT.to(device), batch.attention_NT.to(device), _prefix(batch))
        row, place = batch.mask_NR.to(device).nonzero(as_tuple=True)
        logits = inner.lm_head(hidden[row, batch.positions_NR.to(device)[row, place] - start])
    return torch.log_softmax(logits.float(), dim=-1)


def _prefix(batch: Batch) -> int:
    """Tokens that all rows begin with, leaving the position that predicts the first reply token to each row."""
    tokens = batch.tokens_NT
    same = (tokens == tokens[:1]).all(dim=0).long().cumprod(0).sum()
    first_predicting = batch.positions_NR[:, 0].min()
    return int(torch.minimum(same, first_predicting))


def _hidden(inner: Any, tokens: Tensor, attention: Tensor, prefix: int) -> tuple[Tensor, int]:
    """Hidden states of the positions from the returned index on."""
    if tokens.shape[0] == 1 or prefix < LEAST_PREFIX:
        return inner.model(input_ids=tokens, attention_mask=attention, use_cache=False).last_hidden_state, 0
    cache = inner.model(input_ids=tokens[:1, :prefix], use_cache=True).past_key_values
    cache.batch_repeat_interleave(tokens.shape[0])
    rest = inner.model(
        input_ids=tokens[:, prefix:], attention_mask=attention, past_key_values=cache, use_cache=True
    ).last_hidden_state
    return rest, prefix


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a model makes of one reply: log-probs of its tokens, nats, and the hidden state before each (R x H)."""

    logprobs: list[float]
    hidden_RH: Tensor


def score(
    model: Any,
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]],
    *,
    adapter: bool = False,
    on_step: Callable[[], None] = lambda: None,
) -> list[list[float]]:
    """The log-probs of `read` alone."""
    return [one.logprobs for one in read(model, pairs, adapter=adapter, on_step=on_step)]


@torch.no_grad()
def read(
    model: Any,
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]],
    *,
    adapter: bool = False,
    rows: int = 64,
    on_step: Callable[[], None] = lambda: None,
) -> list[Reading]:
    """Reads replies after their prompts, in the order of the (prompt, reply) pairs.

    Args:
        model: as in `reply_logp`.
        pairs: non-empty prompts and replies; a prompt that comes several times is read once.
        adapter: whether the adapter is on.
        rows: pairs whose prompts are read together, sorted by length first.
        on_step: called between passes; may block or raise.

    Raises:
        ValueError: a prompt or a reply is empty.
    """
    if any(not prompt or not reply for prompt, reply in pairs):
        raise ValueError("a pair needs at least one prompt token and one reply token")
    found: dict[int, Reading] = {}
    order = sorted(range(len(pairs)), key=lambda i: (len(pairs[i][0]), tuple(pairs[i][0])))
    with nullcontext() if adapter else model.disable_adapter():
        for start in range(0, len(order), rows):
            for group, readings in _read_chunk(model.get_base_model(), pairs, order[start : start + rows]):
                on_step()
                found.update(zip(group, readings, strict=True))
    return [found[i] for i in range(len(pairs))]


def _read_chunk(
    inner: Any, pairs: Sequence[tuple[Sequence[int], Sequence[int]]], chunk: list[int]
) -> Iterator[tuple[list[int], list[Reading]]]:
    """Yields (indices of pairs, their readings) group by group."""
    distinct = list(dict.fromkeys(tuple(pairs[i][0]) for i in chunk))
    place = {prompt: n for n, prompt in enumerate(distinct)}
    prompts = prefill(inner, distinct)
    by_reply = sorted(chunk, key=lambda i: len(pairs[i][1]))
    for start in range(0, len(by_reply), SCORED_TOGETHER):
        some = by_reply[start : start + SCORED_TOGETHER]
        part = prompts.rows([place[tuple(pairs[i][0])] for i in some])
        yield some, _readings(inner, part, [pairs[i][1] for i in some])


def _readings(inner: Any, read: Prefill, replies: Sequence[Sequence[int]]) -> list[Reading]:
    longest = max(map(len, replies))
    tokens = torch.zeros(len(replies), longest, dtype=torch.long, device=read.mask_PT.device)
    for row, reply in enumerate(replies):
        tokens[row, : len(reply)] = torch.tensor(list(reply))
    hidden = read.last_PH.unsqueeze(1)
    if longest > 1:
        mask = torch.cat([read.mask_PT, torch.ones_like(tokens[:, :-1])], dim=1)
        out = inner.model(
            input_ids=tokens[:, :-1],
            attention_mask=mask,
            position_ids=positions(mask)[:, read.mask_PT.shape[1] :],
            past_key_values=read.cache,
            use_cache=True,
        )
        hidden = torch.cat([hidden, out.last_hidden_state], dim=1)
    logits = inner.lm_head(hidden).float()
    values = chosen(logits, tokens) - logits.logsumexp(-1)
    return [
        Reading(line[: len(reply)].tolist(), states[: len(reply)].clone())
        for line, states, reply in zip(values, hidden, replies, strict=True)
    ]


@torch.no_grad()
def target_logp(model: Any, hidden_KH: Tensor) -> Tensor:
    """Log-softmax over the vocabulary, float32, K x V, from hidden states kept by `read` or the sampler."""
    return torch.log_softmax(model.get_base_model().lm_head(hidden_KH).float(), dim=-1)
