"""The objectives that a recorded turn can be trained with, and the settings that the papers give each.

Owns which formula of `training.paper_losses` and `training.losses` goes with which name, and when a row has no signal
at all. Knows tensors, no model. K reply tokens of all rows, row after row; V vocabulary; S subset; N rows, R positions.

| name | loss of a token |
|---|---|
| binary | clipped(log p, log p_old, r) |
| opd | the same with A = log p_T - log p_old of the written token |
| combined | the same with A = w_opd (log p_T - log p_old) + w_rl r |
| hindsight | the same with A = centred log p(y given the follow-up) - log p_old(y) |
| hybrid | w_opd (top-k distillation on the student's k) + w_rl (the loss of binary) |
| reverse_kl, forward_kl, js, topk_tail | w_opd (divergence to the teacher) |

Each has kl_weight * k3 to the base added.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import torch

from training import losses, paper_losses
from training.losses import chosen, k3, spread

if TYPE_CHECKING:
    from torch import Tensor

ObjectiveName = Literal[
    "binary", "opd", "combined", "hybrid", "hindsight", "reverse_kl", "forward_kl", "js", "topk_tail"
]
SILENT = 1e-4
"""Nats: a row whose advantages all lie below has no signal; log-probs of the same tokens differ by 1e-5 in float32."""


@dataclass(frozen=True, slots=True)
class Objective:
    """A loss and its coefficients; `objective` gives each its published ones.

    Attributes:
        name: see the module.
        k: size of S, and of the sets whose overlap chooses the hint.
        limit: clamp of log p_T - log p_old, nats (opd, combined, hybrid, hindsight).
        tail: whether hybrid counts what is outside S as one token more.
        opd_weight: w_opd; 1 where there is nothing beside it.
        rl_weight: w_rl.
        kl_weight: beta of the k3 KL to the base.
    """

    name: ObjectiveName
    k: int = 4
    limit: float = math.inf
    tail: bool = False
    opd_weight: float = 1.0
    rl_weight: float = 1.0
    kl_weight: float = 0.02

    @property
    def hinted(self) -> bool:
        """Whether a teacher reads the hint."""
        return self.name not in ("binary", "hindsight")

    @property
    def rated(self) -> bool:
        """Whether the verdict itself is in the loss."""
        return self.name in ("binary", "combined", "hybrid")

    @property
    def sampled(self) -> bool:
        """Whether the written tokens alone are looked at; the others need the whole vocabulary."""
        return self.name in ("binary", "opd", "combined", "hindsight")


_PUBLISHED: dict[ObjectiveName, dict[str, Any]] = {
    "hybrid": {"limit": 1.0},
    "hindsight": {"limit": 2.0},
    "topk_tail": {"k": 50},
}


def objective(name: ObjectiveName, **changes: Any) -> Objective:
    """The objective with the settings of its paper (learning notes 1.4 to 1.6, 2.1), and changes to them."""
    return replace(Objective(name, **_PUBLISHED.get(name, {})), **changes)


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What stays fixed while a batch is trained on, all without a gradient.

    Attributes:
        old: log-probs of the policy before the batch, K x V; K (written tokens) for sampled objectives.
        teacher: the same of the teacher; of `old` in a row that has none.
        reference_K: log-probs of the written tokens under the base.
        written_K: the reply tokens.
        verdict_K: the row's verdict at each of its tokens.
        mask_NR: 1 on reply tokens.
    """

    old: Tensor
    teacher: Tensor
    reference_K: Tensor
    written_K: Tensor
    verdict_K: Tensor
    mask_NR: Tensor

    def rows(self, keep: Sequence[int]) -> Targets:
        """Those of the given rows, in their order here."""
        index = torch.zeros(len(self.mask_NR), dtype=torch.bool)
        index[list(keep)] = True
        lines = index.unsqueeze(-1).expand_as(self.mask_NR)[self.mask_NR.bool()]
        mask = self.mask_NR[index]
        return Targets(
            self.old[lines], self.teacher[lines], self.reference_K[lines], self.written_K[lines],
            self.verdict_K[lines], mask[:, : int(mask.sum(-1).max()) if len(mask) else 0],
        )  # fmt: skip


def token_loss(objective: Objective, logp_KV: Tensor, targets: Targets) -> Tensor:
    """Loss of each reply token, K, with the KL to the base."""
    written = chosen(logp_KV, targets.written_K)
    if objective.sampled:
        loss = paper_losses.clipped(written, targets.old, advantage(objective, targets))
    else:
        loss = _distilled(objective, logp_KV, targets)
    return loss + objective.kl_weight * k3(targets.reference_K, written)


def advantage(objective: Objective, targets: Targets) -> Tensor:
    """A of each written token, K, of a sampled objective; raw, neither normalised nor divided."""
    if objective.name == "binary":
        return objective.rl_weight * targets.verdict_K
    if objective.name == "hindsight":
        hindsight, old = (spread(x, targets.mask_NR) for x in (targets.teacher, targets.old))
        centred = paper_losses.hindsight_advantage(hindsight, old, targets.mask_NR, objective.limit)
        return objective.opd_weight * centred[targets.mask_NR.bool()]
    opd = paper_losses.opd_advantage(targets.teacher, targets.old, objective.limit)
    rl_weight = objective.rl_weight if objective.rated else 0.0
    return paper_losses.combined_advantage(opd, targets.verdict_K, objective.opd_weight, rl_weight)


def _distilled(objective: Objective, logp: Tensor, targets: Targets) -> Tensor:
    if objective.name == "hybrid":
        settings = paper_losses.Hybrid(
            objective.k, objective.limit, objective.tail, objective.opd_weight, objective.rl_weight
        )
        return paper_losses.hybrid_loss(
            logp, targets.old, targets.teacher, targets.written_K, targets.verdict_K, settings
        )
    if objective.name == "topk_tail":
        # The teacher's own subset, as in v1.
        tokens = paper_losses.top_tokens(targets.teacher, objective.k)
        return objective.opd_weight * paper_losses.topk_tail_kl(targets.teacher, logp, tokens)
    divergences = {
        "reverse_kl": losses.reverse_kl, "forward_kl": losses.forward_kl, "js": paper_losses.js_divergence,
    }  # fmt: skip
    return objective.opd_weight * divergences[objective.name](targets.teacher, logp)


def signal(objective: Objective, targets: Targets) -> Tensor:
    """Largest advantage of a token in each row, N, nats; a row at `SILENT` or below teaches nothing.

    For distillation over the vocabulary: the mean of |log p_T(v) - log p_old(v)| under p_old, and the verdict.
    """
    if objective.sampled:
        size = advantage(objective, targets).abs()
    else:
        size = objective.opd_weight * (targets.old.exp() * (targets.teacher - targets.old).abs()).sum(-1)
        if objective.rated:
            size = torch.maximum(size, (objective.rl_weight * targets.verdict_K).abs())
    return spread(size, targets.mask_NR).amax(-1)
