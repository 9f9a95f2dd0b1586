"""What a training writes down after every batch, so that one that was killed goes on from there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from training import lora


@dataclass(slots=True)
class TrainReport:
    """What happened: loss and mean drift of each step (nats per token), and whether the drift limit ended it."""

    losses: list[float] = field(default_factory=list)
    drift: list[float] = field(default_factory=list)
    stopped_by_drift: bool = False


def save(path: Path, model: Any, optimizer: torch.optim.Optimizer, report: TrainReport, next_batch: int) -> None:
    """Replaces the checkpoint in one step: a crash leaves the old one or the new one, never half of one."""
    part = path.with_suffix(".part")
    torch.save(
        {
            "next_batch": next_batch,
            "adapter": lora.state(model),
            "optimizer": optimizer.state_dict(),
            "losses": report.losses,
            "drift": report.drift,
        },
        part,
    )
    part.replace(path)


def restore(path: Path, model: Any, optimizer: torch.optim.Optimizer, report: TrainReport) -> int:
    """Puts everything back and returns the number of the next batch; 0 where there is no checkpoint."""
    if not path.exists():
        return 0
    saved = torch.load(path, weights_only=True)
    lora.restore(model, saved["adapter"])
    optimizer.load_state_dict(saved["optimizer"])
    report.losses, report.drift = saved["losses"], saved["drift"]
    return int(saved["next_batch"])
