"""Is the task still done? Figures over replies that say nothing of anybody's taste.

Owns pure functions from prompts and replies to shares; subject and degeneracy are told as in the exam.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from training.prompts import Prompt
from training.signals import on_topic
from training.simulation.problems import Problem, answer_right
from training.simulation.text import is_broken, words


@dataclass(frozen=True, slots=True)
class Band:
    """Sensible numbers of words of a reply, both ends included."""

    least: int = 2
    most: int = 400


BAND = Band()


def keeps_task(prompt: Prompt, reply: str, band: Band = BAND) -> bool:
    """On topic, not degenerate, with letters (a bare number is none), of a sensible length."""
    sound = any(c.isalpha() for c in reply) and not is_broken(reply)
    return sound and band.least <= len(words(reply)) <= band.most and on_topic(reply, prompt.topic, prompt.text)


def task_kept(prompts: Sequence[Prompt], replies: Sequence[str], band: Band = BAND) -> float:
    """Share of the replies that keep the task; 0 without any.

    Raises:
        ValueError: not as many replies as prompts.
    """
    kept = [keeps_task(prompt, reply, band) for prompt, reply in zip(prompts, replies, strict=True)]
    return fmean(kept) if kept else 0.0


def arithmetic_right(problems: Sequence[Problem], replies: Sequence[str]) -> float:
    """Share of the problems whose reply ends on the right number; 0 without any.

    Raises:
        ValueError: not as many replies as problems.
    """
    right = [answer_right(reply, problem.answer) for problem, reply in zip(problems, replies, strict=True)]
    return fmean(right) if right else 0.0
