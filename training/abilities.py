"""Tasks with checkable answers, done by the base and by a candidate: what must not be lost (learning notes 5.5 B).

Answers are greedy. The base's are the same in every run, so they are kept beside its decoded weights.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.policy.tool_calls import find_calls
from training.answers import last_number, names_answer, refuses
from training.measures import sign_test
from training.reference import ReferenceTask, TaskKind, prompt_ids
from training.sampler import Sampling, sample
from training.signals import is_degenerate, on_topic

if TYPE_CHECKING:
    from assistant.policy.client import PolicyClient

DONE: dict[TaskKind, int] = {"arithmetic": 6, "fact": 6, "tool": 1, "no tool": 1, "answerable": 2}
"""Tasks of each kind that one exam has done."""
GREEDY = Sampling(top_p=1e-6, max_tokens=48)


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


def base_replies(
    model: Any, client: PolicyClient, tasks: Sequence[ReferenceTask], file: Path, on_step: Callable[[], None]
) -> list[str]:
    """The base's replies, those that `file` does not hold yet written now and added to it."""
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    missing = [task for task in tasks if task.id not in known]
    if missing:
        end = client.end_of_turn()
        samples = sample(model, [prompt_ids(client, task) for task in missing], end, GREEDY, on_step=on_step)
        for task, one in zip(missing, samples, strict=True):
            known[task.id] = client.detokenize([t for t in one.token_ids if t not in end])
        file.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
    return [known[task.id] for task in tasks]


def compare(tasks: Sequence[ReferenceTask], base: Sequence[str], candidate: Sequence[str]) -> Kept:
    """Which tasks both do, and which only one."""
    pairs = [(is_done(t, b), is_done(t, c)) for t, b, c in zip(tasks, base, candidate, strict=True)]
    return Kept(pairs.count((True, True)), pairs.count((True, False)), pairs.count((False, True)), len(pairs))
