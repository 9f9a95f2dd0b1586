"""The arms that run in this process: base, hinted base, memory, and the papers' methods.

An arm talks with the person between two checkpoints and learns from it at the checkpoint. What it has of a reaction is
what the program has: words and a verdict, never the check behind them. The real program is `program.Ours`.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from typing import Any, Protocol

from training.objectives import ObjectiveName, objective
from training.rows import Row
from training.simulation.users import Changing, User
from training.turn_trainer import TurnConfig, TurnTrainer
from training.turns import TurnSample

from .bench import Bench
from .conversations import Interaction, as_sample, asked, happened, lasting_wish
from .footprint import forget_peak, peak_mb
from .options import Options

MOST_WISHES = 3
"""Standing instructions kept, the newest; small models no longer follow more (training.plan.HINTS_AT_ONCE)."""


class Arm(Protocol):
    """What the season asks of an arm."""

    told: tuple[str, ...]
    """Standing instructions in every prompt of the evaluation."""
    adapter: bool
    """Whether the evaluation runs with the adapter that is in the bench."""

    def converse(self, numbers: range) -> list[Interaction]:
        """Has the interactions with these numbers."""

    def learn(self, turns: Sequence[Interaction]) -> dict[str, Any]:
        """Learns from the interactions since the last checkpoint; returns figures, `seconds` and `peak_mb` among
        them where something was trained."""

    def state(self) -> Hashable:
        """Equal to an earlier one if and only if replies would be drawn from the same distribution."""


class Fixed:
    """The base, with or without the person's plainest correction as an instruction from the start."""

    adapter = False

    def __init__(self, bench: Bench, person: User | Changing, seed: int, options: Options, told: Sequence[str]) -> None:
        self.bench, self.person, self.seed = bench, person, seed
        self.limit = options.tokens_for(person.name)
        self.prompts = asked(person, seed, options.checkpoints[-1])
        self.told = tuple(told)

    def converse(self, numbers: range) -> list[Interaction]:
        """All in one batch: what is read does not change between two checkpoints."""
        prompts = [self.bench.tokens(self.prompts[n].text, self.told) for n in numbers]
        seed = self.seed * 100_003 + numbers.start
        answers = self.bench.answers(prompts, seed, self.limit, adapter=self.adapter)
        return [
            happened(self.person, n, self.prompts[n], answer, self.seed)
            for n, answer in zip(numbers, answers, strict=True)
        ]

    def learn(self, turns: Sequence[Interaction]) -> dict[str, Any]:
        """Nothing."""
        return {}

    def state(self) -> Hashable:
        """What is in the prompt."""
        return self.told


class Remembering(Fixed):
    """Memory only: a lasting correction is a standing instruction from the next request on; no weights."""

    def converse(self, numbers: range) -> list[Interaction]:
        """In one batch up to each change of the instructions; what was written beyond it is written anew."""
        found: list[Interaction] = []
        left = numbers
        while left:
            before = self.told
            for one in super().converse(left):
                found.append(one)
                self._remember(lasting_wish(one.reaction))
                if self.told != before:
                    break
            left = range(numbers.start + len(found), numbers.stop)
        return found

    def _remember(self, wish: str) -> None:
        if wish:
            self.told = (*(one for one in self.told if one != wish), wish)[-MOST_WISHES:]


class Paper(Fixed):
    """One of the papers' methods: one pass over the turns since the last checkpoint, nothing in the prompt."""

    adapter = True

    def __init__(self, bench: Bench, person: User | Changing, seed: int, options: Options, name: ObjectiveName) -> None:
        super().__init__(bench, person, seed, options, ())
        self.loss = objective(name)
        self.rate, self.steps = options.learning_rate, options.steps
        self.taken = 0
        self.replay: list[Row] = []
        bench.fresh(seed)

    def learn(self, turns: Sequence[Interaction]) -> dict[str, Any]:
        """One training pass."""
        hindsight = self.loss.name == "hindsight"
        samples = [one for turn in turns if (one := as_sample(self.bench, turn, hindsight=hindsight))]
        forget_peak()
        began = time.monotonic()
        report = self._pass(samples)
        self.taken += len(report["losses"])
        return {**report, "seconds": round(time.monotonic() - began, 1), "peak_mb": peak_mb()}

    def _pass(self, samples: Sequence[TurnSample]) -> dict[str, Any]:
        self.replay = self.replay or self.bench.replay(self.seed)
        config = TurnConfig(
            learning_rate=self.rate, objective=self.loss, steps_per_batch=self.steps, seed=self.seed + self.taken
        )
        report = TurnTrainer(self.bench.model, config, lambda done, total: None).train(samples, self.replay)
        return {
            "samples": report.samples, "effective": report.effective, "drift_stopped": report.stopped_by_drift,
            "losses": [round(x, 4) for x in report.losses], "drift": [round(x, 4) for x in report.drift],
        }  # fmt: skip

    def state(self) -> Hashable:
        """Steps taken."""
        return self.taken
