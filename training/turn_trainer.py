"""Trains the adapter on recorded turns with the losses of the papers (OpenClaw-RL arXiv 2603.10165, 2603.12273).

The rival of practice (`training.practice`, `training.trainer`): the turns themselves are the data, one sample each.
Batch by batch old policy, teacher and base are read once; then come one or more optimiser steps, with ratios against
the stored old policy. Replay rows hold the model to the base and measure its drift. Knows token ids and losses; not
whose turns they are.

Unlike the papers: praise is weighed down, bare dislikes never train alone (`training.turns`), KL to the base and replay
are always on, a drift budget stops the run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from training.checkpoint import TrainReport
from training.forward import reply_logp
from training.losses import row_means, spread, weighted_mean
from training.objectives import SILENT, Objective, Targets, objective, signal, token_loss
from training.rows import Row, collate, fitting
from training.stepping import StepConfig, Stepper
from training.trainer import base_target, row_kl
from training.turn_targets import read_targets
from training.turns import TurnSample, in_batches, in_company

if TYPE_CHECKING:
    from torch import Tensor

LEAST_REPLAY = 0.1
"""Share of replay rows below which skills are lost (learning notes 2.4)."""

HYBRID = objective("hybrid")

Read = tuple[list[TurnSample], Targets]
Held = tuple[list[Row], "Tensor"]


@dataclass(frozen=True, slots=True)
class TurnConfig(StepConfig):
    """Settings of one pass over turns.

    Attributes:
        objective: the loss.
        batch_rows: turns per batch.
        steps_per_batch: optimiser steps on each batch; with one the ratios are 1 and nothing is clipped.
        replay_share: share of replay rows in a batch, at least `LEAST_REPLAY`.
        micro_rows: rows per forward pass.
        micro_tokens: tokens per forward pass, padding included.
        seed: order of the batches.

    Raises:
        ValueError: too little replay.
    """

    learning_rate: float = 2e-4
    objective: Objective = HYBRID
    batch_rows: int = 8
    steps_per_batch: int = 2
    replay_share: float = 0.25
    micro_rows: int = 8
    micro_tokens: int = 1024
    seed: int = 0

    def __post_init__(self) -> None:
        if not LEAST_REPLAY <= self.replay_share < 1.0:
            raise ValueError(f"the share of replay rows is {self.replay_share}, not {LEAST_REPLAY} to 1")


@dataclass(slots=True)
class TurnReport(TrainReport):
    """What happened, and how many of the given turns had a signal and were trained on."""

    samples: int = 0
    effective: int = 0


class TurnTrainer:
    """Makes passes over recorded turns.

    Args:
        model: from `training.lora.attach`.
        config: see `TurnConfig`.
        on_border: called between forward passes with (steps done, steps in all); may block or raise.
    """

    def __init__(self, model: Any, config: TurnConfig, on_border: Callable[[int, int], None]) -> None:
        self.model, self.config, self.on_border = model, config, on_border
        self.report = TurnReport()
        self._steps = Stepper(model, config, self.report)

    def train(self, samples: Sequence[TurnSample], replay: Sequence[Row]) -> TurnReport:
        """One pass over the turns.

        Args:
            samples: turns; those without a signal are counted and left out.
            replay: rows of kind "replay", taken in turn; they may be fewer or more than are needed.

        Raises:
            ValueError: no replay rows.
            NotANumber: a loss or gradient was not finite; the adapter is as before that step.
        """
        if not replay:
            raise ValueError("training on turns needs replay rows")
        config = self.config
        self.report.samples += len(samples)
        batches = in_batches([one for one in samples if speaks(one, config.objective)], config.batch_rows, config.seed)
        total, place = len(batches) * config.steps_per_batch, 0
        for batch in batches:
            if self._steps.drifted():
                break
            count = math.ceil(config.replay_share / (1.0 - config.replay_share) * len(batch))
            held = [replay[(place + n) % len(replay)] for n in range(count)]
            place += count
            self._train_batch(batch, held, total)
        self.report.stopped_by_drift = self._steps.drifted()
        return self.report

    def _train_batch(self, batch: list[TurnSample], held: list[Row], total: int) -> None:
        turns = [self._read(micro, total) for micro in self._fitting(batch)]
        taken = [one for samples, _ in turns for one in samples]
        if not in_company(taken):
            return
        self.report.effective += len(taken)
        turns = [(samples, targets) for samples, targets in turns if samples]
        rows = [(micro, base_target(self.model, micro)) for micro in self._fitting(held)]
        for _ in range(self.config.steps_per_batch):
            self._step(turns, rows, len(taken) + len(held), total)

    def _fitting(self, rows: Sequence[Any]) -> list[list[Any]]:
        return fitting(rows, self.config.micro_rows, self.config.micro_tokens)

    def _read(self, samples: list[TurnSample], total: int) -> Read:
        """The samples that turn out to have a signal, and their targets."""
        self.on_border(self._steps.done, total)
        targets = read_targets(self.model, samples, self.config.objective)
        kept = [n for n, size in enumerate(signal(self.config.objective, targets).tolist()) if size > SILENT]
        return [samples[n] for n in kept], targets.rows(kept)

    def _step(self, turns: list[Read], held: list[Held], count: int, total: int) -> None:
        self._steps.clear()
        loss_sum, drift = 0.0, []
        for samples, targets in turns:
            self.on_border(self._steps.done, total)
            per_row = turn_loss(self.model, samples, targets, self.config.objective)
            loss_sum += _backward(per_row, [one.influence for one in samples], count)
        for rows, target in held:
            self.on_border(self._steps.done, total)
            per_row = row_kl(self.model, rows, target)
            loss_sum += _backward(per_row, [row.weight for row in rows], count)
            drift += per_row.tolist()
        self._steps.apply(loss_sum, drift, total)


def speaks(sample: TurnSample, objective: Objective) -> bool:
    """Whether a turn can have a signal at all, as far as can be told without a model."""
    if objective.name == "hindsight":
        return sample.follow_up is not None
    return bool(objective.hinted and sample.hints) or bool(objective.rated and sample.verdict)


def turn_loss(model: Any, samples: Sequence[TurnSample], targets: Targets, objective: Objective) -> Tensor:
    """Mean loss over the reply tokens of each turn, N, unweighted, with a gradient."""
    logp = reply_logp(model, collate([(one.prompt, one.reply) for one in samples]))
    return row_means(spread(token_loss(objective, logp, targets), targets.mask_NR), targets.mask_NR)


def _backward(per_row: Tensor, weights: list[float], count: int) -> float:
    """Adds the gradients of these rows' share in a batch of `count`; returns that share of the loss."""
    loss = weighted_mean(per_row, torch.tensor(weights)) * (len(weights) / count)
    loss.backward()  # type: ignore[no-untyped-call]
    return loss.item()
