"""What old policy, teacher and base make of recorded turns: read once a batch, in torch, without a gradient.

Owns who reads what and which hint is taken; knows no loss. Log-probs never come from the policy server: mixing engines
broke the reference implementation (learning notes 1.6).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from training.forward import reply_logp
from training.losses import chosen, spread
from training.objectives import Objective, Targets
from training.paper_losses import binary_advantage, choose_hint, overlap, top_tokens
from training.rows import collate

if TYPE_CHECKING:
    from torch import Tensor

    from training.turns import TurnSample


@torch.no_grad()
def read_targets(model: Any, samples: Sequence[TurnSample], objective: Objective) -> Targets:
    """Reads the samples of one micro-batch.

    - old: the policy as it is now, reading the prompt;
    - teacher: the base (adapter off) reading the prompt with the hint whose most likely tokens overlap most with the
      student's; for hindsight the policy as it is now, reading the follow-up; `old` where there is neither;
    - reference: the base reading the prompt.
    """
    batch = collate([(one.prompt, one.reply) for one in samples])
    old = reply_logp(model, batch)
    written = batch.reply_NR[batch.mask_NR.bool()].to(old.device)
    reference = chosen(reply_logp(model, batch, adapter=False), written)
    verdict = binary_advantage(torch.tensor([float(one.verdict) for one in samples]), batch.mask_NR)
    teacher = _teacher(model, samples, objective, old)
    if objective.sampled:
        old, teacher = chosen(old, written), chosen(teacher, written)
    return Targets(old, teacher, reference, written, verdict[batch.mask_NR.bool()], batch.mask_NR)


def _teacher(model: Any, samples: Sequence[TurnSample], objective: Objective, old_KV: Tensor) -> Tensor:
    if objective.hinted:
        return _hinted(model, samples, objective.k, old_KV)
    if objective.name != "hindsight":
        return old_KV
    told = [n for n, one in enumerate(samples) if one.follow_up is not None]
    prompts = [samples[n].follow_up or () for n in told]
    return _replaced(model, samples, told, prompts, old_KV, adapter=True)


def _hinted(model: Any, samples: Sequence[TurnSample], k: int, old_KV: Tensor) -> Tensor:
    """The base reading each row's best hint; candidates are read one after another, so that two are in memory."""
    mask = collate([(one.prompt, one.reply) for one in samples]).mask_NR
    tokens, overlaps = top_tokens(old_KV, k), []
    several = max(len(one.hints) for one in samples) > 1
    for number in range(max(len(one.hints) for one in samples) if several else 0):
        told = [n for n, one in enumerate(samples) if len(one.hints) > number]
        prompts = [samples[n].hints[number] for n in told]
        candidate = _replaced(model, samples, told, prompts, old_KV, adapter=False)
        shared = spread(overlap(tokens, top_tokens(candidate, k)), mask)
        absent = torch.tensor([len(one.hints) <= number for one in samples])
        overlaps.append(shared.masked_fill(absent.unsqueeze(-1), -1.0))
    best = choose_hint(torch.stack(overlaps), mask).tolist() if several else [0] * len(samples)
    told = [n for n, one in enumerate(samples) if one.hints]
    return _replaced(model, samples, told, [samples[n].hints[best[n]] for n in told], old_KV, adapter=False)


def _replaced(
    model: Any, samples: Sequence[TurnSample], rows: list[int], prompts: Sequence[Sequence[int]], old_KV: Tensor,
    *, adapter: bool,
) -> Tensor:  # fmt: skip
    """`old_KV` with the lines of the given rows read after other prompts."""
    if not rows:
        return old_KV
    pairs = [(prompt, samples[n].reply) for n, prompt in zip(rows, prompts, strict=True)]
    lengths = [len(one.reply) for one in samples]
    found = torch.split(reply_logp(model, collate(pairs), adapter=adapter), [lengths[n] for n in rows])
    parts = list(torch.split(old_KV, lengths))
    for n, part in zip(rows, found, strict=True):
        parts[n] = part
    return torch.cat(parts)
