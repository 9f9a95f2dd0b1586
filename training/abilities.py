"""Tasks with checkable answers, done by the base and by a candidate: what must not be lost (learning notes 5.5 B).

Answers are greedy. The base's are the same in every run, so they are kept beside its decoded weights.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.policy.tool_calls import find_calls
from training.answers import last_number, names_answer, refuses
from training.measures import sign_test
from training.reference import ReferenceTask, TaskKind
from training.signals import is_degenerate, on_topic

DONE: dict[TaskKind, int] = {"arithmetic": 5, "fact": 5, "tool": 1, "no tool": 1, "answerable": 1}
"""Tasks of each kind that one exam has done."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How a candidate does beside the base on the same tasks: done by both, lost, gained, and of how many."""

    kept: int
    lost: int
    gained: int
    tasks: int

    @property
    def luck(self) -> float:
        """One-sided p-value that so many more were lost than gained by luck."""
        return sign_test(self.lost, self.gained)


def is_done(task: ReferenceTask, reply: str) -> bool:
    """Whether a reply does the task."""
    if task.kind == "arithmetic":
        return last_number(reply) == int(task.answer)
    if task.kind == "fact":
        return names_answer(reply, task.answer)
    calls = [call["function"]["name"] for call in find_calls(reply, list(task.tools))]
    if task.kind == "tool":
        return calls == [task.answer]
    if task.kind == "no tool":
        return not calls and not is_degenerate(reply)
    return not refuses(reply) and not is_degenerate(reply) and on_topic(reply, task.topic, task.prompt)


class BaseReplies:
    """The base's greedy replies to the tasks, remembered from run to run.

    Args:
        file: where they are kept.
        tasks: those that are wanted now.
    """

    def __init__(self, file: Path, tasks: Sequence[ReferenceTask]) -> None:
        self._file, self._tasks = file, tasks
        self._known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        self.missing = [task for task in tasks if task.id not in self._known]

    def add(self, replies: Sequence[str]) -> None:
        """Keeps the replies to the tasks that were missing."""
        self._known.update({task.id: text for task, text in zip(self.missing, replies, strict=True)})
        self.missing = []
        making = self._file.with_name(self._file.name + ".part")
        making.write_text(json.dumps(self._known, ensure_ascii=False), encoding="utf-8")
        # In one step: a run that is killed here must not leave half a file to all later ones.
        os.replace(making, self._file)

    @property
    def texts(self) -> list[str]:
        """In the order of the tasks."""
        return [self._known[task.id] for task in self._tasks]


def compare(tasks: Sequence[ReferenceTask], base: Sequence[str], candidate: Sequence[str]) -> Kept:
    """Which tasks both do, and which only one."""
    pairs = [(is_done(t, b), is_done(t, c)) for t, b, c in zip(tasks, base, candidate, strict=True)]
    return Kept(pairs.count((True, True)), pairs.count((True, False)), pairs.count((False, True)), len(pairs))
