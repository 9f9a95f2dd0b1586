"""What is measured: users, seeds, checkpoints, arms, sizes. Owns the command line and nothing else."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from training.objectives import ObjectiveName
from training.simulation.users import PEOPLE

PAPERS: tuple[ObjectiveName, ...] = get_args(ObjectiveName)
"""Arms that train on the turns themselves."""
ARMS = ("base", "hinted base", "memory", *PAPERS, "ours")
DEFAULT_ARMS = ("base", "hinted base", "memory", "binary", "opd", "combined", "hybrid", "ours")
QUICK_ARMS = ("base", "hinted base", "memory", "ours", "hybrid", "binary")
QUICK_S = 520.0
"""Leaves a checkpoint that was begun in time room to end within ten minutes."""
PATIENT = ("long", "changing mind")
"""Users who want replies that do not fit into the usual limit."""


@dataclass(frozen=True, slots=True)
class Options:
    """One measurement.

    Attributes:
        users: names of simulated people.
        seeds: of the draws; each is a whole repetition.
        checkpoints: interactions after which is trained and evaluated, rising.
        arms: names from `ARMS`, in the order of the table.
        questions: held-out questions.
        problems: held-out word problems.
        tokens: longest reply; twice as many for `PATIENT` users.
        learning_rate: of the arms of the papers.
        steps: their optimiser steps on a batch.
        dataset: word problems of one's own, None for the shipped ones.
        model: GGUF file, None for the starter model.
        out: where to write everything as JSON.
        plot: where to write the curves as SVG.
        ends_at: no checkpoint is begun after this moment (`time.monotonic()`), None for no limit.
    """

    users: tuple[str, ...] = ("short",)
    seeds: tuple[int, ...] = (0, 1, 2)
    checkpoints: tuple[int, ...] = (1, 4, 8, 16, 32, 64)
    arms: tuple[str, ...] = DEFAULT_ARMS
    questions: int = 32
    problems: int = 20
    tokens: int = 96
    learning_rate: float = 2e-4
    steps: int = 2
    dataset: Path | None = None
    model: Path | None = None
    out: Path | None = None
    plot: Path | None = None
    ends_at: float | None = None

    def tokens_for(self, user: str) -> int:
        """Longest reply to this user."""
        return self.tokens * (2 if user in PATIENT else 1)

    @property
    def left_s(self) -> float:
        """Seconds until the end of the measurement."""
        return float("inf") if self.ends_at is None else self.ends_at - time.monotonic()


def parse(argv: list[str]) -> Options:
    """Options from the command line; ends the program with a message where they make no sense."""
    parser = _parser()
    given = parser.parse_args(argv)
    options = Options(
        users=_names(given.users), seeds=tuple(range(given.first_seed, given.first_seed + given.seeds)),
        checkpoints=tuple(int(one) for one in _names(given.checkpoints)), arms=_names(given.arms),
        questions=given.questions, problems=given.problems, tokens=given.tokens, learning_rate=given.learning_rate,
        steps=given.steps, dataset=given.dataset, model=given.model, out=given.out, plot=given.plot,
    )  # fmt: skip
    if given.interactions:
        options = replace(options, checkpoints=tuple(sorted({1, given.interactions})))
    if given.quick:
        options = replace(
            options, users=("short",), seeds=(given.first_seed,), checkpoints=(1, 4, 8), arms=QUICK_ARMS,
            questions=min(given.questions, 12), problems=min(given.problems, 4), tokens=min(given.tokens, 72),
            ends_at=time.monotonic() + QUICK_S,
        )  # fmt: skip
    if problem := _problem(options):
        parser.error(problem)
    return options


def _problem(options: Options) -> str:
    unknown = set(options.arms) - set(ARMS) | set(options.users) - {person.name for person in PEOPLE}
    if unknown:
        return f"unknown: {', '.join(sorted(unknown))}"
    rising = list(options.checkpoints) == sorted(set(options.checkpoints)) and options.checkpoints[:1] > (0,)
    return "" if rising and options.seeds else "checkpoints must be rising numbers from 1 on, and seeds at least 1"


def _names(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.learning",
        description="Simulated users teach the base, a memory, the papers' methods and this program; what is learned?",
    )
    default = Options()
    add = parser.add_argument
    add("--users", default=",".join(default.users), help=", ".join(person.name for person in PEOPLE))
    add("--arms", default=",".join(default.arms), help=", ".join(ARMS))
    add("--checkpoints", default=",".join(map(str, default.checkpoints)), help="interactions, rising")
    add("--interactions", type=int, help="short for --checkpoints 1,N")
    add("--seeds", type=int, default=len(default.seeds))
    add("--first-seed", type=int, default=0)
    add("--questions", type=int, default=default.questions, help="held-out questions, at most 32")
    add("--problems", type=int, default=default.problems, help="held-out word problems")
    add("--tokens", type=int, default=default.tokens, help="longest reply")
    add("--learning-rate", type=float, default=default.learning_rate, help="of the papers' arms")
    add("--steps", type=int, default=default.steps, help="optimiser steps on a batch of the papers' arms")
    add("--quick", action="store_true", help="user short, one seed, checkpoints 1,4,8, six arms, fewer questions")
    add("--dataset", type=Path, help="word problems in GSM8K's format")
    add("--model", type=Path, help="another GGUF model")
    add("--out", type=Path, help="JSON of everything")
    add("--plot", type=Path, help="SVG of the curves")
    return parser
