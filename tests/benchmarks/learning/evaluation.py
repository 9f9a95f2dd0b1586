"""What an arm has learned and what it has lost, told on held-out prompts in torch, the same way for every arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import torch

from training.forward import reply_logp
from training.losses import reverse_kl
from training.prompts import Prompt
from training.rows import collate
from training.signals import on_topic
from training.simulation.problems import Problem, load_problems, problems
from training.simulation.tasks import arithmetic_right, task_kept
from training.simulation.users import User

from .bench import Answer, Bench
from .options import Options

EVALUATION_SEED = 7919
ROWS = 4
"""Replies read together for the KL: two distributions over the vocabulary for each of their tokens are in memory."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What everybody is asked: a user's held-out questions, their contrast prompts, word problems."""

    questions: tuple[Prompt, ...]
    contrasts: tuple[Prompt, ...]
    problems: tuple[Problem, ...]

    @property
    def prompts(self) -> list[Prompt]:
        """All, in this order."""
        return [*self.questions, *self.contrasts, *(one.prompt for one in self.problems)]


def sheet(user: User, options: Options) -> Sheet:
    """The sheet of a user."""
    sums = load_problems(options.dataset) if options.dataset else problems("heldout")
    questions = user.asks("heldout")[: options.questions]
    return Sheet(tuple(questions), tuple(one.prompt for one in user.contrasts), tuple(sums[: options.problems]))


def evaluate(
    bench: Bench, user: User, sheet: Sheet, told: Sequence[str], *, adapter: bool, seed: int, limit: int
) -> dict[str, Any]:
    """Figures of whoever answers with these standing instructions and, where `adapter`, the adapter in the bench."""
    prompts = [bench.tokens(one.text, told) for one in sheet.prompts]
    answers = bench.answers(prompts, EVALUATION_SEED * (seed + 1), limit, adapter=adapter)
    asked, held, sums = len(sheet.questions), len(sheet.contrasts), len(sheet.problems)
    own, contrary, counted = answers[:asked], answers[asked : asked + held], answers[asked + held :][:sums]
    kept = [user.satisfied(p, a.text) for p, a in zip(sheet.contrasts, contrary, strict=True)]
    texts = [one.text for one in own]
    return {
        **_marks(user, sheet.questions, texts),
        "contrast": fmean(kept) if kept else 0.0,
        "task": task_kept(sheet.questions, texts),
        "arithmetic": arithmetic_right(sheet.problems, [one.text for one in counted]),
        "kl": kl_to_base(bench, [bench.tokens(one.text) for one in sheet.questions], prompts, own, adapter=adapter),
        "tokens": fmean(len(one.token_ids) for one in own),
        "examples": texts[:3],
    }


def _marks(user: User, prompts: Sequence[Prompt], replies: Sequence[str]) -> dict[str, float]:
    pairs = list(zip(prompts, replies, strict=True))
    return {
        "style": fmean(user.likes(prompt, text) for prompt, text in pairs),
        "content": fmean(on_topic(text, prompt.topic, prompt.text) for prompt, text in pairs),
        "both": fmean(user.satisfied(prompt, text) for prompt, text in pairs),
    }


def against(figures: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """The figures with what has changed from the base's."""
    changes = {f"{name}_change": figures[name] - base[name] for name in ("task", "arithmetic")}
    return {**figures, **changes}


@torch.no_grad()
def kl_to_base(
    bench: Bench, plain: Sequence[Sequence[int]], read: Sequence[Sequence[int]], answers: Sequence[Answer],
    *, adapter: bool,
) -> float:  # fmt: skip
    """Mean over the tokens of the replies of KL(who wrote them || base that reads the plain prompt), nats.

    Over the whole vocabulary; who wrote them reads what it read, standing instructions included.
    """
    rows = [(x, y, one.token_ids) for x, y, one in zip(plain, read, answers, strict=False) if one.token_ids]
    rows.sort(key=lambda row: len(row[1]) + len(row[2]))
    total, count = 0.0, 0
    for start in range(0, len(rows), ROWS):
        some = rows[start : start + ROWS]
        student = reply_logp(bench.model, collate([(y, reply) for _, y, reply in some]), adapter=adapter)
        base = reply_logp(bench.model, collate([(x, reply) for x, _, reply in some]), adapter=False)
        per_token = reverse_kl(base, student)
        total, count = total + float(per_token.sum()), count + per_token.numel()
    return total / count if count else 0.0
