"""Tasks that no preference should change, and how far a version moved on them, teacher-forced (learning notes 5.5 A).

The tasks ship with the program: word problems with a worked solution, plain knowledge, tool calls, requests that an
over-cautious model refuses, and passages of many kinds. Their texts are read, not written, so this costs two passes
over a dozen short texts. Fixed texts show harm that marks on replies hide (arXiv 2606.27634).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any, Literal

import torch

import resources
from training.forward import reply_logp
from training.losses import chosen, forward_kl
from training.rows import collate

if TYPE_CHECKING:
    from torch import Tensor

    from assistant.policy.client import PolicyClient

TaskKind = Literal["arithmetic", "fact", "tool", "no tool", "answerable", "text"]
READ_TOGETHER = 6
PICKED: dict[TaskKind, int] = {"arithmetic": 4, "fact": 4, "tool": 2, "answerable": 1, "text": 1}
"""Tasks of each kind that one exam reads."""


@dataclass(frozen=True, slots=True)
class ReferenceTask:
    """One task.

    Attributes:
        target: a good reply.
        answer: what a right reply names: a number, key words with alternatives between |, or a function.
        topic: word stems that a reply on the topic names.
        tools: function schemas in OpenAI's form.
    """

    id: str
    kind: TaskKind
    prompt: str
    target: str
    answer: str = ""
    topic: tuple[str, ...] = ()
    tools: tuple[dict[str, Any], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a version has moved from the base on the targets; means over tokens.

    Attributes:
        kl: KL(base || version), nats.
        agreement: share of tokens at which both find the same one likeliest.
        nll_rise: -log p of the target, version over base, minus 1.
        entropy_rise: entropy of the distribution, version over base, minus 1.
        end_rise: probability of ending the turn where the target ends, version over base, minus 1.
    """

    kl: float
    agreement: float
    nll_rise: float
    entropy_rise: float
    end_rise: float

    def figures(self) -> dict[str, float]:
        """Rounded for the record."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


@cache
def reference_tasks() -> tuple[ReferenceTask, ...]:
    """All tasks that ship, in the order of the file."""
    lines = resources.path("exam/reference.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(_task(json.loads(line)) for line in lines)


def _task(line: dict[str, Any]) -> ReferenceTask:
    fields = {**line, "topic": tuple(line["topic"]), "tools": tuple(line.get("tools") or ())}
    return ReferenceTask(**fields)


def picked(seed: int, sizes: dict[TaskKind, int] | None = None) -> list[ReferenceTask]:
    """Tasks for one exam, of each kind as many as asked for."""
    found: list[ReferenceTask] = []
    for kind, size in (sizes or PICKED).items():
        tasks = [task for task in reference_tasks() if task.kind == kind]
        found += Random(seed).sample(tasks, min(size, len(tasks)))
    return found


def prompt_ids(client: PolicyClient, task: ReferenceTask) -> list[int]:
    """The task as the model reads it."""
    return client.tokenize([{"role": "user", "content": task.prompt}], tools=list(task.tools) or None)


@torch.no_grad()
def shift(
    model: Any, client: PolicyClient, tasks: Sequence[ReferenceTask], on_step: Callable[[], None] = lambda: None
) -> Shift:
    """Reads the targets with the adapter on and off."""
    end = client.end_of_turn()
    pairs = [(prompt_ids(client, task), [*client.tokenize_text(task.target), *end]) for task in tasks]
    pairs.sort(key=lambda pair: len(pair[0]) + len(pair[1]))
    sums: list[Tensor] = []
    for start in range(0, len(pairs), READ_TOGETHER):
        on_step()
        batch = collate(pairs[start : start + READ_TOGETHER])
        now, base = reply_logp(model, batch), reply_logp(model, batch, adapter=False)
        sums.append(_sums(base, now, batch.reply_NR[batch.mask_NR.bool()].to(now.device), end))
    return _shift(torch.stack(sums).sum(0))


def _sums(base: Tensor, now: Tensor, target: Tensor, end: Sequence[int]) -> Tensor:
    """Over K tokens: how many, KL, agreement, -log p and entropy of both, and p of the end where it stands."""
    ends = torch.isin(target, torch.tensor(list(end), device=target.device))
    values = [
        torch.ones_like(target, dtype=torch.float),
        forward_kl(base, now),
        (base.argmax(-1) == now.argmax(-1)).float(),
        *(-chosen(logp, target) for logp in (base, now)),
        *(-(logp.exp() * logp).sum(-1) for logp in (base, now)),
        *(chosen(logp, target).exp() * ends for logp in (base, now)),
    ]
    return torch.stack([value.sum() for value in values])


def _shift(sums: Tensor) -> Shift:
    count, kl, same, nll_base, nll, entropy_base, entropy, end_base, end = sums.tolist()
    return Shift(kl / count, same / count, _rise(nll, nll_base), _rise(entropy, entropy_base), _rise(end, end_base))


def _rise(now: float, base: float) -> float:
    return now / base - 1.0 if base else 0.0
