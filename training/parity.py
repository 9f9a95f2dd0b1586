"""Do torch and the server give the same log-probs for the same token ids, with the adapter on?

Catches a wrong permutation, a wrong scale, an adapter that was silently ignored, and stale caches in one probe
(learning notes 3.7). Quantised kernels and half-precision caches differ a little: 0.04 nats on average on the starter
model without an adapter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from assistant.policy.client import PolicyClient
from training.forward import reply_logp
from training.losses import chosen
from training.rows import collate

MEAN_LIMIT = 0.10
"""Largest mean |difference| in nats a token that is accepted; upstream's 0.2 to 0.4 was fatal."""


@dataclass(frozen=True, slots=True)
class Parity:
    """Outcome of the probe.

    Attributes:
        mean: mean |log p torch - log p server| over all reply tokens, nats.
        moved: mean |log p with the adapter - without| in torch, nats; 0 means that the adapter does nothing.
    """

    mean: float
    moved: float

    @property
    def reason(self) -> str:
        """Why the probe failed; empty when it passed."""
        if self.mean > MEAN_LIMIT:
            return f"The trained and the served model disagree by {self.mean:.2f} nats a token."
        return "" if self.moved > 1e-4 else "The new version does not change the model at all."


@torch.no_grad()
def probe(model: Any, client: PolicyClient, name: str, pairs: Sequence[tuple[list[int], list[int]]]) -> Parity:
    """Compares both engines on (prompt ids, reply ids) pairs under the adapter called `name` on the server."""
    served = client.score(name, [([*prompt, *reply], len(prompt)) for prompt, reply in pairs])
    batch = collate(pairs)
    mask = batch.mask_NR.bool()
    on = chosen(reply_logp(model, batch), batch.reply_NR[mask])
    off = chosen(reply_logp(model, batch, adapter=False), batch.reply_NR[mask])
    there = torch.tensor([value for scores in served for value in scores])
    return Parity(float((on - there).abs().mean()), float((on - off).abs().mean()))
