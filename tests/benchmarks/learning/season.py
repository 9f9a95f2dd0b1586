"""One arm's time with one person: talk, learn, be evaluated, checkpoint after checkpoint.

Owns that order and the record of it. How an arm learns and what is measured belong to others.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

from assistant.memory.wording import short_form
from training.simulation.users import Changing, User

from .arms import Arm, Fixed, Paper, Remembering
from .bench import Bench
from .conversations import Interaction, segments, until_three
from .evaluation import against, evaluate, sheet
from .options import PAPERS, Options
from .program import ours


class Examiner:
    """Evaluates the arms of one person and seed; what has not changed since the last time is not evaluated again."""

    def __init__(self, bench: Bench, person: User | Changing, seed: int, options: Options) -> None:
        self.bench, self.person, self.seed, self.options = bench, person, seed, options
        self._known: dict[Hashable, dict[str, Any]] = {}

    def figures(self, name: str, arm: Arm, at: int) -> dict[str, Any]:
        """Figures after `at` interactions, by the taste that the person has then."""
        user = self.person.at(at - 1)
        base = self._figures((user.likes, ()), user, (), adapter=False)
        if arm.adapter and arm.state():
            key: Hashable = (user.likes, name, arm.state())
            return against(self._figures(key, user, (), adapter=True), base)
        return against(self._figures((user.likes, arm.told), user, arm.told, adapter=False), base)

    def _figures(self, key: Hashable, user: User, told: tuple[str, ...], *, adapter: bool) -> dict[str, Any]:
        if key not in self._known:
            began, limit = time.monotonic(), self.options.tokens_for(user.name)
            found = evaluate(
                self.bench, user, sheet(user, self.options), told, adapter=adapter, seed=self.seed, limit=limit
            )
            self._known[key] = {**found, "evaluation_s": round(time.monotonic() - began, 1)}
        return self._known[key]


@contextmanager
def _arm(bench: Bench, person: User | Changing, seed: int, name: str, options: Options) -> Iterator[Arm]:
    if name == "ours":
        with ours(bench, person, seed, options, options.model) as program:
            yield program
    elif name in PAPERS:
        yield Paper(bench, person, seed, options, name)
    elif name == "memory":
        yield Remembering(bench, person, seed, options, ())
    else:
        told = (short_form(person.at(0).correction),) if name == "hinted base" else ()
        yield Fixed(bench, person, seed, options, told)


def season(
    bench: Bench, person: User | Changing, seed: int, name: str, options: Options, examiner: Examiner
) -> dict[str, Any]:
    """The record of one arm, ready for JSON."""
    had: list[Interaction] = []
    checkpoints = []
    with _arm(bench, person, seed, name, options) as arm:
        for numbers in segments(options.checkpoints):
            if options.left_s <= 0:
                break
            turns = arm.converse(numbers)
            had += turns
            learned = arm.learn(turns)
            figures = examiner.figures(name, arm, numbers.stop)
            checkpoints.append({"at": numbers.stop, **learned, **figures, "told": list(arm.told)})
            _say(f"{person.name}, seed {seed}, {name}, {numbers.stop} interactions: both {figures['both']:.2f}")
    return {
        "user": person.name, "seed": seed, "arm": name, "until_three": until_three([one.satisfied for one in had]),
        "interactions": len(had), "cut_off": len(checkpoints) < len(options.checkpoints),
        "checkpoints": checkpoints, "conversations": [_told(one) for one in had],
    }  # fmt: skip


def _told(one: Interaction) -> dict[str, Any]:
    return {
        "prompt": one.prompt.id, "reply": one.answer.text, "satisfied": one.satisfied,
        "reaction": one.reaction.kind, "said": one.reaction.text,
    }  # fmt: skip


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)
