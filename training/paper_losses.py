"""The losses of OpenClaw-RL (arXiv 2603.10165) and of judge-free hindsight (arXiv 2603.12273), as the papers have them.

One pure function each, to check against the papers. Owns the formulas, their clamps and signs; knows no model, row,
hint text or optimiser. KL, k3 and means over rows come from `training.losses`. Sections are the learning notes'.

Notation as in `training.losses`, and S for the tokens of a subset of V, M for the hints proposed for a row. `logp` is
the policy in training, the only argument with a gradient; `old` the same policy before the round, `teacher` the one
that also read the hint (2.1: the follow-up), `reference` the base. All come from torch and are normalised over all
of V. A positive advantage means "more of this token"; a loss is minimised, so that it is minus advantage times
ratio. Advantages are detached.

Without a hint every distillation advantage must be 0. That holds where `teacher` is the policy of `old`; a base with
the adapter off already differs from a policy that has been trained, hint or no hint.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from training.losses import Logp, PerPosition, PerRow, PerToken, chosen, forward_kl, k3, reverse_kl, row_means

CLIP_LOW, CLIP_HIGH = 0.2, 0.28
"""The ratio is clipped to 0.8..1.28 (1.4, 1.6): a round may raise a token a little further than lower it."""
LOG_RATIO_LIMIT = 20.0
"""Nats, for a log-ratio (1.6); keeps exp() finite."""
LEAST_TAIL = 1e-6
"""Least probability of the tail; below it 1 - sum over S is rounding noise of float32."""

Tokens = Int[Tensor, "*K S"]


def clipped(logp: PerToken, old: PerToken, advantage: PerToken) -> PerToken:
    """PPO surrogate of a token, as a loss: -min(rho A, clip(rho, 0.8, 1.28) A), rho = exp(logp - old) (1.4).

    No gradient for A > 0 beyond rho = 1.28, nor for A < 0 below 0.8; moves the wrong way are not clipped. The
    log-ratio is clamped to +-20, without a gradient beyond: the notes say so for v2 (1.6) only, chosen for v1 too.
    """
    ratio = (logp - old.detach()).clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT).exp()
    advantage = advantage.detach()
    return -torch.minimum(ratio * advantage, ratio.clamp(1.0 - CLIP_LOW, 1.0 + CLIP_HIGH) * advantage)


def policy_loss(
    logp: PerPosition,
    old: PerPosition,
    advantage: PerPosition,
    reference: PerPosition,
    mask: PerPosition,
    kl_weight: float = 0.02,
) -> PerRow:
    """Mean over the reply tokens of a row of clipped(logp, old, A) + kl_weight * k3(reference, logp) (1.4).

    The mean over rows is the caller's (`weighted_mean`). What stands on padding is never read, not even NaN.
    `kl_weight` is beta: 0.02 in the README, 0.0 in the personal scripts; chosen: the README's, as in 5.2.
    """
    logp, old, advantage, reference = (x.masked_fill(mask == 0, 0.0) for x in (logp, old, advantage, reference))
    return row_means(clipped(logp, old, advantage) + kl_weight * k3(reference, logp), mask)


def binary_advantage(verdict: PerRow, mask: PerPosition) -> PerPosition:
    """A_t = r at every reply token of the row, 0 on padding; r is -1, 0 or +1 (1.4).

    Neither divided by the length nor normalised over the batch: groups have one row each.
    """
    return verdict.detach().unsqueeze(-1) * mask


def opd_advantage(teacher: PerToken, old: PerToken, limit: float = math.inf) -> PerToken:
    """A_t = log p_T(a_t | s, hint) - log p_old(a_t | s) of the written token a_t, nats (1.5).

    Negative where the hint speaks against the token. Clamped to +-limit; v1 has no such clamp, hence infinity.
    """
    return (teacher - old).clamp(-limit, limit).detach()


def combined_advantage(opd: PerToken, binary: PerToken, opd_weight: float = 1.0, rl_weight: float = 1.0) -> PerToken:
    """OpenClaw-RL v1: A = w_opd (log p_T - log p_old) + w_rl r, for `clipped` (1.6).

    A row without a hint has opd = 0 (teacher := old), a row without a verdict binary = 0.
    """
    return opd_weight * opd + rl_weight * binary


def top_tokens(old: Logp, k: int) -> Tokens:
    """S_i: the k most probable tokens of the policy before the round, most probable first (1.6); k at most V."""
    return old.topk(k, dim=-1).indices


def overlap(tokens: Tokens, others: Tokens) -> PerToken:
    """O = size of the intersection of two subsets of the same position, 0 to k tokens (1.6)."""
    return (tokens.unsqueeze(-1) == others.unsqueeze(-2)).sum((-1, -2)).float()


def choose_hint(overlaps: Float[Tensor, "M N R"], mask: PerPosition) -> Int[Tensor, " N"]:
    """h* = argmax_h of the sum over reply positions of O[h, i], one hint for the whole row ("sequence-optimal", 1.6).

    The notes leave ties open; chosen: the first one, which is the shortest hint where hints are sorted as in v2 (1.2).
    """
    total = (overlaps * mask).sum(-1)
    return (total < total.amax(0)).long().cumprod(0).sum(0)


def with_tail(logp: Logp, tokens: Tokens) -> Float[Tensor, "*K S_and_tail"]:
    """Log-probs of the tokens of S and, last, of all others together: log(1 - exp(logsumexp over S)) (1.5).

    The tail's probability is clamped to `LEAST_TAIL`, without a gradient below it, so that S = V stays finite.
    """
    picked = torch.gather(logp, -1, tokens)
    inside = torch.logsumexp(picked, -1, keepdim=True).clamp(max=math.log1p(-LEAST_TAIL))
    return torch.cat([picked, torch.log(-torch.expm1(inside))], -1)


def topk_opd_loss(
    logp: Logp, old: Logp, teacher: Logp, tokens: Tokens, limit: float = 1.0, tail: bool = False
) -> PerToken:
    """OpenClaw-RL v2: the sum over v in S of clipped(log p(v), log p_old(v), w_v D_v) (1.6).

    D_v = clamp(log p_T(v) - log p_old(v), +-limit); w_v = p_old(v) / (sum of p_old over S). With S = V, no limit and
    logp = old its gradient is that of KL(student || teacher). Ratios stay normalised over V, so that mass moved off S
    does not pay.

    Args:
        limit: C, nats; 1 for a personal assistant, 2 for verifiable rewards.
        tail: the paper gives what lies outside S no term (False); chosen as an option: the tail as one token more, by
            which w_v becomes p_old(v).
    """
    logp, old, teacher = (with_tail(x, tokens) if tail else x.gather(-1, tokens) for x in (logp, old, teacher))
    advantage = (teacher - old).clamp(-limit, limit) * torch.softmax(old, -1)
    return clipped(logp, old, advantage).sum(-1)


@dataclass(frozen=True, slots=True)
class Hybrid:
    """Settings of `hybrid_loss`, the paper's for a personal assistant: size of S; see `topk_opd_loss`; w_OPD, w_RL."""

    k: int = 4
    limit: float = 1.0
    tail: bool = False
    opd_weight: float = 1.0
    rl_weight: float = 1.0


def hybrid_loss(
    logp: Logp, old: Logp, teacher: Logp, written: Int[Tensor, "*K"], verdict: PerToken, settings: Hybrid
) -> PerToken:
    """OpenClaw-RL v2: L = w_OPD L_OPD + w_RL L_RL of each token (1.6).

    L_OPD is `topk_opd_loss` on the student's top k; L_RL is `clipped` on the written token with A = r. Unlike in v1
    the two are clipped apart. A row without a hint has teacher := old, thus L_OPD = 0 without a gradient. The KL to
    the base is added apart (`k3`); means over tokens, then rows, are the caller's.

    Args:
        logp: policy in training, K x V; `old` and `teacher` alike, the teacher with the hint of `choose_hint`.
        written: the reply tokens.
        verdict: -1, 0 or +1, the row's at each of its tokens.
        settings: see `Hybrid`.
    """
    tokens = top_tokens(old, settings.k)
    opd = topk_opd_loss(logp, old, teacher, tokens, settings.limit, settings.tail)
    rl = clipped(chosen(logp, written), chosen(old, written), verdict)
    return settings.opd_weight * opd + settings.rl_weight * rl


def topk_tail_kl(teacher: Logp, logp: Logp, tokens: Tokens) -> PerToken:
    """KL(student || teacher) over S and the tail, nats; never above the full KL (1.5: v1 with top 50).

    v1 takes the teacher's top k, v2 the student's (1.6), so the subset is an argument. The other direction is
    `forward_kl` of two `with_tail`.
    """
    return reverse_kl(with_tail(teacher.detach(), tokens), with_tail(logp, tokens))


def js_divergence(teacher: Logp, logp: Logp) -> PerToken:
    """JS = KL(p_T || m) / 2 + KL(p_S || m) / 2, m = (p_T + p_S) / 2, nats; symmetric, 0 to log 2 (2.3: alpha 0.5)."""
    teacher = teacher.detach()
    middle = torch.logaddexp(teacher, logp) - math.log(2.0)
    return (forward_kl(teacher, middle) + forward_kl(logp, middle)) / 2.0


def hindsight_advantage(hindsight: PerPosition, old: PerPosition, mask: PerPosition, limit: float = 2.0) -> PerPosition:
    """A_i = D_i - mean of D over the row, D_i = clamp(log p(y_i | x, o, y<i) - log p(y_i | x, y<i), +-limit) (2.1).

    0 on padding, sum 0 in each row, hence |A| <= 2 limit; a reply of one token has no signal, nor has a follow-up that
    makes all tokens equally (un)likely. Same policy in both terms, not the base. To ignore the first tokens of a reply
    clear them in `mask`.

    Args:
        hindsight: log-probs of the written tokens, read after the prompt with the follow-up o.
        old: the same without o.
        mask: 1 where a token counts.
        limit: nats; the notes name none, chosen: 2 (`signal_clip` in lasgroup/user_interactions live_config.py),
            clamped before centring so that the mean is exactly 0.
    """
    difference = (hindsight - old).detach().masked_fill(mask == 0, 0.0).clamp(-limit, limit)
    return (difference - row_means(difference, mask).unsqueeze(-1)) * mask
