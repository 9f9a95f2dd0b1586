"""Practice: replies from which one correction becomes dozens of rows.

For each prompt x a few replies y are written: by the base model reading the hint h as well (kind "practice"), or by the
version in training reading x alone (kind "own"). Kept is the one with the largest

- gain: mean over tokens of log p(y | x, h) - log p(y | x): the hint explains it;

among those that are finished, not degenerate, and answer *this* prompt: they name its topic where it is known (shipped
prompts), else they have a positive

- relevance: mean over tokens of log p(y | x, h) - log p(y | x', h) with x' another prompt.

All log-probs are the base's, so no judge and no oracle is needed. Gain alone (learning notes, second table of the
spikes) prefers short replies that would fit any prompt; with relevance the share of kept replies that have style and
content rose from 0.62 to 0.77 (docs/decisions/0005).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.conversation.prompting import with_instructions
from assistant.policy.client import PolicyClient
from training.forward import Reading, read
from training.prompts import bank
from training.rows import Row, RowKind
from training.sampler import Sample, Sampling, sample
from training.selection import Scored, choose, is_usable
from training.signals import mean_gain

if TYPE_CHECKING:
    from torch import Tensor

CHUNK_TASKS = 48
"""Tasks sampled together; a stopped run loses at most these."""
LONGEST_PROMPT = 1024
"""Tokens; a longer prompt (a pasted document) gets no rows: memory grows with it for every row beside it."""


@dataclass(frozen=True, slots=True)
class Task:
    """A prompt to practise on.

    Attributes:
        messages: what the student reads, in OpenAI's shape, without any standing instruction.
        hints: what the teacher is told besides; empty for replay.
        topic: word stems that an on-topic reply names; empty when unknown.
        lesson_id: the lesson it serves.
        reference: a reply of the user's own making; then nothing is sampled.
        reference_ends: whether the reply ends with it, and it is not just the beginning of a longer one.
        weight: how much its rows count, 0 to 1.
    """

    messages: list[dict[str, Any]]
    hints: tuple[str, ...]
    topic: tuple[str, ...] = ()
    lesson_id: str | None = None
    reference: str | None = None
    reference_ends: bool = True
    weight: float = 1.0

    @property
    def key(self) -> str:
        """Names the task across runs, whatever its place in the list."""
        what = json.dumps([self.messages, self.hints, self.reference], sort_keys=True)
        return hashlib.sha256(what.encode()).hexdigest()[:16]

    @property
    def taught(self) -> list[dict[str, Any]]:
        """What the teacher reads: the hint stands exactly where a standing instruction would."""
        return with_instructions(self.messages, list(self.hints))


@dataclass(frozen=True, slots=True)
class PracticeConfig:
    """`candidates` replies a prompt, the best `keep` of them kept."""

    sampling: Sampling
    candidates: int = 2
    keep: int = 1


Kept = tuple[list[int], "Tensor | None"]
"""Token ids of a reply, and the teacher's hidden states before them where it has read them."""


def _known(written: Sequence[tuple[int, Sample, str]]) -> list[Reading]:
    """What the sampler saw, which was the teacher's own."""
    return [Reading(one.logprobs, one.hidden_RH) for _, one, _ in written if one.hidden_RH is not None]


class Practice:
    """Makes rows out of tasks.

    Args:
        model: the peft model; the base is the teacher, the adapter the version in training.
        client: a running policy server, for tokens and texts.
        config: how much and how to sample.
        on_step: called between tokens; may block or raise to stop.

    Attributes:
        teacher: hidden states of the teacher (R x H) for the rows made so far, so that the trainer need not run it
            again.
    """

    def __init__(
        self, model: Any, client: PolicyClient, config: PracticeConfig, on_step: Callable[[], None] = lambda: None
    ) -> None:
        self.model, self.client, self.config, self.on_step = model, client, config, on_step
        self.end = client.end_of_turn()
        self.teacher: dict[Row, Tensor] = {}

    def rows(self, tasks: Sequence[Task], kind: RowKind, skip: Container[str] = ()) -> Iterator[tuple[str, list[Row]]]:
        """Yields (task key, its rows) in order; no rows where the teacher gave no usable reply.

        Args:
            tasks: prompts with their hints.
            kind: what the rows are for; "replay" takes the first reply unfiltered, "own" lets the student write.
            skip: keys of tasks that are done already.
        """
        left = [n for n, task in enumerate(tasks) if task.key not in skip]
        for start in range(0, len(left), CHUNK_TASKS):
            chunk = [tasks[n] for n in left[start : start + CHUNK_TASKS]]
            yield from zip((task.key for task in chunk), self._chunk(chunk, kind, left[start]), strict=True)

    def _chunk(self, tasks: list[Task], kind: RowKind, number: int) -> list[list[Row]]:
        students = [self.client.tokenize(task.messages) for task in tasks]
        teachers = [
            self.client.tokenize(task.taught) if task.hints else plain
            for task, plain in zip(tasks, students, strict=True)
        ]
        replies = self._replies(tasks, students, teachers, kind, number)
        return [
            [self._row(kind, task, (x, h), reply) for reply in kept if reply[0]]
            for task, x, h, kept in zip(tasks, students, teachers, replies, strict=True)
        ]

    def _row(self, kind: RowKind, task: Task, prompts: tuple[list[int], list[int]], reply: Kept) -> Row:
        student, teacher = prompts
        row = Row(kind, tuple(student), tuple(teacher), tuple(reply[0]), task.weight, task.lesson_id)
        if reply[1] is not None:
            self.teacher[row] = reply[1]
        return row

    def _replies(
        self, tasks: list[Task], students: list[list[int]], teachers: list[list[int]], kind: RowKind, number: int
    ) -> list[list[Kept]]:
        each = 1 if kind == "replay" else self.config.candidates
        own = [n for n, task in enumerate(tasks) if task.reference is None and len(teachers[n]) <= LONGEST_PROMPT]
        sampling = self.config.sampling.reseeded(number)
        reads = students if kind == "own" else teachers
        asked = [reads[n] for n in own for _ in range(each)]
        samples = sample(self.model, asked, self.end, sampling, adapter=kind == "own", on_step=self.on_step)
        found: list[list[Kept]] = [
            self._reference(task) if len(teachers[n]) <= LONGEST_PROMPT else [] for n, task in enumerate(tasks)
        ]
        if kind == "replay":
            for n, one in zip(own, samples, strict=True):
                found[n] = [(one.token_ids, one.hidden_RH)]
            return found
        written = [
            (n, one, self._text(one)) for n, one in zip([n for n in own for _ in range(each)], samples, strict=True)
        ]
        worth = [(n, one, text) for n, one, text in written if is_usable(one, text, tasks[n].topic)]
        scored = self._score(worth, tasks, students, teachers, known=kind != "own")
        for n in own:
            kept = choose(scored.get(n, []), tasks[n].topic, self.config.keep)
            found[n] = [(c.sample.token_ids, c.teacher_RH) for c in kept]
        return found

    def _reference(self, task: Task) -> list[Kept]:
        if task.reference is None:
            return []
        end = self.end if task.reference_ends else []
        return [([*self.client.tokenize_text(task.reference), *end], None)]

    def _text(self, one: Sample) -> str:
        return self.client.detokenize([t for t in one.token_ids if t not in self.end])

    def _score(
        self, written: list[tuple[int, Sample, str]], tasks: list[Task], students: list[list[int]],
        teachers: list[list[int]], *, known: bool,
    ) -> dict[int, list[Scored]]:  # fmt: skip
        """Gains and relevance; with `known` the samples are the hinted base's, and so are their log-probs."""
        ids = [one.token_ids for _, one, _ in written]
        plain = self._read([students[n] for n, _, _ in written], ids)
        taught = _known(written) if known else self._read([teachers[n] for n, _, _ in written], ids)
        unknown = [i for i, (n, _, _) in enumerate(written) if not tasks[n].topic]
        others = [self._foreign(written[i][0], tasks, teachers) for i in unknown]
        foreign = self._read(others, [ids[i] for i in unknown])
        relevance = {i: mean_gain(taught[i].logprobs, f.logprobs) for i, f in zip(unknown, foreign, strict=True)}
        found: dict[int, list[Scored]] = {n: [] for n, _, _ in written}
        for i, (n, one, text) in enumerate(written):
            gain = mean_gain(taught[i].logprobs, plain[i].logprobs)
            found[n].append(Scored(one, text, gain, relevance.get(i), taught[i].hidden_RH))
        return found

    def _read(self, prompts: Sequence[Sequence[int]], replies: Sequence[Sequence[int]]) -> list[Reading]:
        return read(self.model, list(zip(prompts, replies, strict=True)), on_step=self.on_step)

    def _foreign(self, number: int, tasks: list[Task], teachers: list[list[int]]) -> list[int]:
        """Another prompt with the same hints: a neighbour's, else a shipped one."""
        for other in (number - 1, number - 2)[: len(tasks) - 1]:
            if tasks[other].hints == tasks[number].hints and tasks[other].messages != tasks[number].messages:
                return teachers[other]
        said = next(p.text for p in bank("practice") if p.text != tasks[number].messages[-1]["content"])
        return self.client.tokenize(Task([{"role": "user", "content": said}], tasks[number].hints).taught)
