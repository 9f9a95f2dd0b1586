"""Prompts read once, however many replies are written to them or scored after them.

Practice asks for several replies to one prompt, and scores each; the exam reads the same prompts for every arm. What is
common to all prompts (chat templates begin alike) is read with one row. Layout of a row: shared beginning, padding,
rest of the prompt, reply; padding is masked and takes no position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch import Tensor

LEAST_PREFIX = 8
"""A shorter shared beginning is not worth a pass of its own."""


@dataclass(slots=True)
class Prefill:
    """State after P prompts.

    Attributes:
        cache: keys and values, a transformers `DynamicCache`.
        mask_PT: 1 on real tokens, 0 on padding.
        last_PH: hidden state of each prompt's last token; it predicts the first reply token.
    """

    cache: Any
    mask_PT: Tensor
    last_PH: Tensor

    def rows(self, index: Sequence[int]) -> Prefill:
        """A copy with the given prompts as rows, each as often as it is named."""
        from training.kv_cache import growing

        chosen = torch.tensor(list(index), dtype=torch.long, device=self.mask_PT.device)
        return Prefill(growing(self.cache, chosen), self.mask_PT[chosen], self.last_PH[chosen])


def shared_length(prompts: Sequence[Sequence[int]]) -> int:
    """Tokens that all prompts begin with, leaving at least one token to each."""
    ordered = sorted(map(tuple, prompts))
    first, last = ordered[0], ordered[-1]
    limit = min(map(len, prompts)) - 1
    return next((n for n in range(limit) if first[n] != last[n]), limit)


def positions(mask: Tensor) -> Tensor:
    """Position of each token when padding takes none."""
    return (mask.cumsum(-1) - 1).clamp(min=0)


@torch.no_grad()
def prefill(inner: Any, prompts: Sequence[Sequence[int]]) -> Prefill:
    """Reads the prompts.

    Args:
        inner: a causal language model with `.model`, its adapter on or off as the caller wants it.
        prompts: token ids, none empty.
    """
    shared = shared_length(prompts) if len(prompts) > 1 else 0
    shared = shared if shared >= LEAST_PREFIX else 0
    width = max(map(len, prompts)) - shared
    device = next(inner.parameters()).device
    tokens = torch.zeros(len(prompts), width, dtype=torch.long, device=device)
    mask = torch.ones(len(prompts), shared + width, dtype=torch.long, device=device)
    for row, prompt in enumerate(prompts):
        padding = width - (len(prompt) - shared)
        tokens[row, padding:] = torch.tensor(list(prompt[shared:]))
        mask[row, shared : shared + padding] = 0
    cache = None
    if shared:
        beginning = torch.tensor([list(prompts[0][:shared])], device=device)
        cache = inner.model(input_ids=beginning, use_cache=True).past_key_values
        cache.batch_repeat_interleave(len(prompts))
    out = inner.model(
        input_ids=tokens,
        attention_mask=mask,
        position_ids=positions(mask)[:, shared:],
        past_key_values=cache,
        use_cache=True,
    )
    return Prefill(out.past_key_values, mask, out.last_hidden_state[:, -1])
