"""The training loop: distil rows into the adapter, step by step, with a drift budget and a pause at every border.

Our own loop, because the transformers Trainer refuses models whose weights came from GGUF (learning notes 3.3). It
knows rows, losses and limits; it does not know lessons, prompts, the store or the server.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from training.checkpoint import TrainReport, restore, save
from training.forward import reply_logp, target_logp
from training.losses import forward_kl, row_means, sharpened, spread, weighted_mean
from training.rows import KEEPING, Row, collate, fitting
from training.stepping import StepConfig, Stepper

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class TrainConfig(StepConfig):
    """Settings of one run besides those of every training, measured on the starter model (docs/results.md).

    Attributes:
        reply_share: share of the target that is the kept reply itself, see `training.losses.sharpened`.
        batch_rows: rows per batch.
        steps_per_batch: optimiser steps on each batch, teacher computed once.
        micro_rows: rows per forward pass.
        micro_tokens: tokens per forward pass, padding included; whichever of the two is reached first.
        seed: order of the batches.
    """

    reply_share: float = 0.5
    batch_rows: int = 8
    steps_per_batch: int = 2
    micro_rows: int = 8
    micro_tokens: int = 1024
    seed: int = 0


def row_kl(model: Any, rows: Sequence[Row], target: Tensor) -> Tensor:
    """Mean over the reply tokens of KL(target || version in training) of each row, nats; with a gradient."""
    batch = collate([(row.student_prompt, row.reply) for row in rows])
    per_token = forward_kl(target, reply_logp(model, batch))
    return row_means(spread(per_token, batch.mask_NR), batch.mask_NR)


@torch.no_grad()
def base_target(model: Any, rows: Sequence[Row]) -> Tensor:
    """Log-probs of the base reading the teacher's prompts, K x V."""
    return reply_logp(model, collate([(row.teacher_prompt, row.reply) for row in rows]), adapter=False)


class Trainer:
    """Distils rows into the adapter of a peft model.

    Args:
        model: from `training.lora.attach`; the base is the teacher when the adapter is off.
        config: limits and rates.
        on_border: called between micro-batches with (steps done, steps in all); may block (pause) or raise (stop).
        anchored: targets of anchor rows, filled by the first training and read by the later ones of a run.
        teacher: hidden states of the teacher (R x H) for rows that it has read already, see `training.practice`.
    """

    def __init__(
        self,
        model: Any,
        config: TrainConfig,
        on_border: Callable[[int, int], None],
        anchored: dict[Row, Tensor] | None = None,
        teacher: Mapping[Row, Tensor] | None = None,
    ) -> None:
        self.model = model
        self.config = config
        self.on_border = on_border
        self.report = TrainReport()
        self._steps = Stepper(model, config, self.report)
        self._anchored = {} if anchored is None else anchored
        self._read = teacher or {}

    def batches(self, rows: Sequence[Row]) -> list[list[Row]]:
        """Rows in a seeded random order, cut into batches; replay and anchor rows are spread evenly."""
        generator = torch.Generator().manual_seed(self.config.seed)
        keeping = [row for row in rows if row.kind in KEEPING]
        learning = [row for row in rows if row.kind not in KEEPING]
        count = max(1, math.ceil(len(rows) / self.config.batch_rows))
        batches: list[list[Row]] = [[] for _ in range(count)]
        for group in (learning, keeping):
            order = torch.randperm(len(group), generator=generator).tolist()
            for place, index in enumerate(order):
                batches[place % count].append(group[index])
        return [batch for batch in batches if batch]

    def train(self, rows: Sequence[Row], checkpoint: Path | None = None) -> TrainReport:
        """One pass over the rows.

        Raises:
            NotANumber: a loss or gradient was not finite; the adapter is as before that step.
        """
        self._remember([row for row in rows if row.kind == "anchor"])
        batches = self.batches(rows)
        total = len(batches) * self.config.steps_per_batch
        first = restore(checkpoint, self.model, self._steps.optimizer, self.report) if checkpoint else 0
        self._steps.done = first * self.config.steps_per_batch
        for number, batch in enumerate(batches[first:], start=first):
            # Before the batch: a run that was killed right after its drift limit must not train on past it.
            if self._steps.drifted():
                break
            self._train_batch(batch, total)
            if checkpoint:
                save(checkpoint, self.model, self._steps.optimizer, self.report, number + 1)
        self.report.stopped_by_drift = self._steps.drifted()
        return self.report

    def _train_batch(self, batch: list[Row], total: int) -> None:
        micros = fitting(batch, self.config.micro_rows, self.config.micro_tokens)
        targets = [self._teacher(micro, total) for micro in micros]
        for _ in range(self.config.steps_per_batch):
            self._step(micros, targets, len(batch), total)

    @torch.no_grad()
    def _teacher(self, rows: list[Row], total: int) -> Tensor:
        """Targets: the base with the adapter off reading the teacher's prompt, anchors apart."""
        self.on_border(self._steps.done, total)
        unread = [row for row in rows if row not in self._anchored and row not in self._read]
        made: dict[Row, Tensor] = {}
        if unread:
            target = base_target(self.model, unread)
            made = dict(zip(unread, torch.split(target, [len(row.reply) for row in unread]), strict=True))
        return torch.cat([self._target(row, made) for row in rows])

    def _target(self, row: Row, made: Mapping[Row, Tensor]) -> Tensor:
        if row in self._anchored:
            return self._anchored[row].float()
        teacher = made[row] if row in made else target_logp(self.model, self._read[row])
        if row.kind in KEEPING:
            return teacher
        return sharpened(teacher, torch.tensor(row.reply, device=teacher.device), self.config.reply_share)

    @torch.no_grad()
    def _remember(self, anchors: list[Row]) -> None:
        """Targets of anchor rows come from the version the run starts from, so they are taken before the first step.

        Kept in bfloat16: 6 MB for a reply of 60 tokens and a vocabulary of 49k.
        """
        for row in (a for a in anchors if a not in self._anchored):
            batch = collate([(row.teacher_prompt, row.reply)])
            self._anchored[row] = reply_logp(self.model, batch).bfloat16()

    def _step(self, micros: list[list[Row]], targets: list[Tensor], count: int, total: int) -> None:
        self._steps.clear()
        loss_sum, drift = 0.0, []
        for rows, target in zip(micros, targets, strict=True):
            self.on_border(self._steps.done, total)
            per_row = row_kl(self.model, rows, target)
            weight = torch.tensor([row.weight for row in rows])
            loss = weighted_mean(per_row, weight) * (len(rows) / count)
            loss.backward()  # type: ignore[no-untyped-call]
            loss_sum += loss.item()
            drift += [v for v, row in zip(per_row.tolist(), rows, strict=True) if row.kind == "replay"]
        self._steps.apply(loss_sum, drift, total)
