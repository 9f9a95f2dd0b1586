"""Optimiser steps with their guards: warm-up, clipped gradients, no step on a loss that is no number, a drift budget.

Every training shares them, whatever its loss. Knows the adapter's weights and rates; knows neither rows nor losses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from training import lora
from training.checkpoint import TrainReport

RECENT_STEPS = 4
"""Drift is judged by its mean over this many steps."""


class NotANumber(FloatingPointError):
    """The loss became NaN or infinite; the step was undone."""


@dataclass(frozen=True, slots=True)
class StepConfig:
    """Rates and limits of the optimiser.

    Attributes:
        learning_rate: AdamW; falls in a straight line after `warmup_steps`.
        last_share: share of `learning_rate` that is left at the last step.
        warmup_steps: steps until the whole rate is reached.
        grad_norm: gradients are clipped to this norm.
        drift_limit: hard stop when the mean KL(base || candidate) over replay rows exceeds it, nats per token.
    """

    learning_rate: float = 5e-4
    last_share: float = 1.0
    warmup_steps: int = 2
    grad_norm: float = 1.0
    drift_limit: float = 0.35


class Stepper:
    """AdamW on the adapter of a peft model.

    Args:
        model: from `training.lora.attach`.
        config: rates and limits.
        report: filled step by step.

    Attributes:
        done: steps taken so far, which decides the rate of the next one.
    """

    def __init__(self, model: Any, config: StepConfig, report: TrainReport) -> None:
        self.model, self.config, self.report = model, config, report
        self.done = 0
        self.optimizer = torch.optim.AdamW(
            lora.parameters(model), lr=config.learning_rate, betas=(0.9, 0.999), weight_decay=0.0
        )

    def clear(self) -> None:
        """Forgets the gradients of the step before."""
        self.optimizer.zero_grad(set_to_none=True)

    def apply(self, loss: float, drift: Sequence[float], total: int) -> None:
        """Takes the step whose gradients were gathered, and writes it down.

        Args:
            loss: of the whole batch.
            drift: KL(base || candidate) of each replay row of the batch, nats a token.
            total: steps in all.

        Raises:
            NotANumber: loss or gradient is not finite; the adapter is as before.
        """
        norm = torch.nn.utils.clip_grad_norm_(lora.parameters(self.model), self.config.grad_norm)
        if not (math.isfinite(loss) and bool(torch.isfinite(norm))):
            self.clear()
            raise NotANumber(f"the loss was {loss}, the gradient norm {norm.item()}")
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate(total)
        self.optimizer.step()
        self.done += 1
        self.report.losses.append(loss)
        self.report.drift.append(sum(drift) / len(drift) if drift else math.nan)

    def rate(self, total: int) -> float:
        """Learning rate of the step about to be taken."""
        config = self.config
        warm = min(1.0, (self.done + 1) / max(1, config.warmup_steps))
        left = 1.0 - (self.done / total) * (1.0 - config.last_share)
        return config.learning_rate * min(warm, left)

    def drifted(self) -> bool:
        """Whether the last steps left the drift budget; steps without replay rows say nothing."""
        recent = [value for value in self.report.drift[-RECENT_STEPS:] if not math.isnan(value)]
        return bool(recent) and sum(recent) / len(recent) > self.config.drift_limit
