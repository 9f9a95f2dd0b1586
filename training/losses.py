"""The losses, one pure function each, over the full vocabulary.

Notation: N rows, R reply positions, K reply tokens of all rows (no padding), V vocabulary. `logp_*` are log-softmax
over V, natural log, float32. `mask` is 1 on reply tokens, 0 on padding. All log-probs come from torch, never from the
server: mixing engines broke the reference implementation (learning notes 1.6). Means are taken over the tokens of a
row, then over rows, so that long replies do not outweigh short ones.

Why full-vocabulary and not sampled tokens (OpenClaw-RL, arXiv 2603.10165, section 3.2 uses the student's top 4): both
engines are local, so the teacher's whole distribution costs nothing extra, and it was measured better on the starter
model (docs/results.md).
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

Logp = Float[Tensor, "*K V"]
PerToken = Float[Tensor, "*K"]
PerPosition = Float[Tensor, "N R"]
PerRow = Float[Tensor, " N"]


def forward_kl(logp_teacher: Logp, logp_student: Logp) -> PerToken:
    """KL(teacher || student) = sum_v p_T(v) (log p_T(v) - log p_S(v)), nats per position; >= 0.

    The mode-covering direction: the student is pulled wherever the teacher has mass.
    """
    return (logp_teacher.exp() * (logp_teacher - logp_student)).sum(-1)


def reverse_kl(logp_teacher: Logp, logp_student: Logp) -> PerToken:
    """KL(student || teacher) = sum_v p_S(v) (log p_S(v) - log p_T(v)), nats per position; >= 0."""
    return (logp_student.exp() * (logp_student - logp_teacher)).sum(-1)


def k3(logp_reference: PerToken, logp: PerToken) -> PerToken:
    """Schulman's k3 estimate of KL(policy || reference) on sampled tokens: exp(d) - d - 1, d = log ref - log p.

    Unbiased for samples of the policy while |d| < 10, never negative; d is clamped to +-10 (OpenClaw-RL, section 1.4 of
    the learning notes; http://joschu.net/blog/kl-approx.html).
    """
    d = (logp_reference - logp).clamp(-10.0, 10.0)
    return d.exp() - d - 1.0


def spread(per_token: Float[Tensor, " K"], mask: PerPosition) -> PerPosition:
    """Values of the K reply tokens, row after row, put back at their positions; 0 on padding."""
    return torch.zeros_like(mask).masked_scatter(mask.bool(), per_token)


def row_means(per_token: PerPosition, mask: PerPosition) -> PerRow:
    """Mean over the reply tokens of each row; a row without reply tokens gives 0."""
    return (per_token * mask).sum(-1) / mask.sum(-1).clamp(min=1.0)


def weighted_mean(per_row: PerRow, weight: PerRow) -> Float[Tensor, ""]:
    """Sum of weight times value over rows, divided by the number of rows (not by the weights' sum).

    A small weight therefore really makes a row count less, also when it stands alone.
    """
    return (per_row * weight).sum() / max(1, per_row.shape[0])


def chosen(logp: Logp, tokens: Tensor) -> PerToken:
    """Log-probs of given tokens: `*K` from `*K x V` and integer tokens `*K`."""
    return torch.gather(logp, -1, tokens.unsqueeze(-1)).squeeze(-1)


def sharpened(logp_teacher: Float[Tensor, "K V"], tokens: Tensor, share: float) -> Float[Tensor, "K V"]:
    """The target (1 - share) * teacher + share * (the token that was written), as log-probs, K x V.

    KL to the teacher alone teaches the teacher's distribution wherever the kept replies lead; that only the better
    replies were kept is lost. With the written token in the target it is not: the student is pulled to the filtered
    teacher, which is better than the teacher (docs/decisions/0006: 0.63 -> 0.75 for style and content).

    Args:
        logp_teacher: log-softmax of the teacher at K reply tokens.
        tokens: the K tokens that were written.
        share: 0 to below 1; 0 gives the teacher back.
    """
    if not share:
        return logp_teacher
    index = tokens.unsqueeze(-1)
    mixed = logp_teacher + math.log1p(-share)
    written = torch.logaddexp(torch.gather(mixed, -1, index), mixed.new_tensor(math.log(share)))
    return mixed.scatter(-1, index, written)
