"""Forward passes that compute logits for reply positions only, and the prompt prefix that rows share only once.

Logits for every position of a 49k-150k vocabulary cost 0.3 GB per 512 tokens; gathering the hidden states first
keeps a batch at a few tens of megabytes. Chat templates begin every prompt alike (25 of about 70 tokens on the starter
model), so the shared prefix is run with one row and its keys and values are repeated; gradients flow through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import torch

from training.losses import chosen
from training.rows import collate

if TYPE_CHECKING:
    from torch import Tensor

    from training.rows import Batch

LEAST_PREFIX = 8
"""A shorter shared prefix is not worth a pass of its own."""


def reply_logp(model: Any, batch: Batch, *, adapter: bool = True) -> Tensor:
    """Log-softmax over the vocabulary at each reply position, float32, N x R x V.

    Args:
        model: a peft model whose base is a causal language model with `.model` and `.lm_head`.
        batch: from `training.rows.collate`.
        adapter: False runs the base model (the teacher) by switching the adapter off.
    """
    device = next(model.parameters()).device
    with nullcontext() if adapter else model.disable_adapter():
        inner = model.get_base_model()
        hidden, start = _hidden(inner, batch.tokens_NT.to(device), batch.attention_NT.to(device), _prefix(batch))
        index = (batch.positions_NR.to(device) - start).clamp(min=0).unsqueeze(-1).expand(-1, -1, hidden.shape[-1])
        logits = inner.lm_head(torch.gather(hidden, 1, index))
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


@torch.no_grad()
def score(
    model: Any, pairs: Sequence[tuple[Sequence[int], Sequence[int]]], *, adapter: bool = False, rows: int = 16
) -> list[list[float]]:
    """Log-probs of each reply's tokens given its prompt, in the order of the (prompt, reply) pairs.

    Args:
        model: as in `reply_logp`.
        pairs: non-empty prompts and replies.
        adapter: whether the adapter is on.
        rows: pairs per forward pass; they are sorted by length first.
    """
    found: list[list[float]] = [[] for _ in pairs]
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
    for start in range(0, len(order), rows):
        chunk = order[start : start + rows]
        batch = collate([pairs[i] for i in chunk])
        logp = chosen(reply_logp(model, batch, adapter=adapter), batch.reply_NR).tolist()
        for i, values in zip(chunk, logp, strict=True):
            found[i] = values[: len(pairs[i][1])]
    return found
