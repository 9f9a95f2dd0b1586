"""Practice: replies of the hinted teacher, from which one correction becomes dozens of rows.

For each prompt x the base model, reading the hint h, writes a few replies y. Kept is the one with the largest sum of

- gain: mean over tokens of log p(y | x, h) - log p(y | x): the hint explains it;
- relevance: mean over tokens of log p(y | x, h) - log p(y | x', h) with x' another prompt: it answers *this* prompt.

All from the base, so no judge and no oracle is needed. Gain alone (learning notes, second table of the spikes) prefers
short replies that would fit any prompt; with relevance the share of kept replies that have style and content rose from
0.62 to 0.77 (docs/results.md). Replies come from the policy server: the very engine that serves.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from assistant.policy.client import Completion, PolicyClient

from assistant.conversation.prompting import with_instructions
from training.rows import Row, RowKind
from training.signals import is_degenerate, mean_gain, on_topic

BASE = "mentee:0"
AT_ONCE = 8
"""Requests in flight: as many as the server's side lane decodes together."""


@dataclass(frozen=True, slots=True)
class Task:
    """A prompt to practise on.

    Attributes:
        messages: what the student reads, in OpenAI's shape, without any standing instruction.
        hints: what the teacher is told besides; empty for replay.
        topic: word stems that an on-topic reply names; empty when unknown.
        lesson_id: the lesson it serves.
        reference: a reply of the user's own making; then nothing is sampled.
    """

    messages: list[dict[str, Any]]
    hints: tuple[str, ...]
    topic: tuple[str, ...] = ()
    lesson_id: str | None = None
    reference: str | None = None

    @property
    def taught(self) -> list[dict[str, Any]]:
        """What the teacher reads: the hint stands exactly where a standing instruction would."""
        return with_instructions(self.messages, list(self.hints))


@dataclass(frozen=True, slots=True)
class SamplingConfig:
    """How practice is sampled: `candidates` replies a prompt, at most `max_tokens` each, the best `keep` kept."""

    candidates: int = 4
    keep: int = 1
    max_tokens: int = 96
    temperature: float = 0.7
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate reply, how well the hint explains it and how well it fits its own prompt, nats per token."""

    completion: Completion
    gain: float
    relevance: float


def choose(candidates: Sequence[Scored], topic: Sequence[str] = (), keep: int = 1) -> list[Scored]:
    """The `keep` best by gain plus relevance among replies that are finished, not degenerate and on topic.

    A reply with negative gain or relevance is never kept: the hint or the prompt speaks against it.
    """
    usable = [
        c
        for c in candidates
        if c.completion.finish_reason == "stop"
        and not is_degenerate(c.completion.text)
        and (not topic or on_topic(c.completion.text, topic))
        and c.gain > 0
        and c.relevance > 0
    ]
    return sorted(usable, key=lambda c: c.gain + c.relevance, reverse=True)[:keep]


def make_rows(
    client: PolicyClient, tasks: Sequence[Task], config: SamplingConfig, kind: RowKind, skip: Container[int] = ()
) -> Iterator[tuple[int, list[Row]]]:
    """Yields (task number, its rows) in the order of the tasks; no rows where the teacher gave no usable reply.

    Args:
        client: a running policy server.
        tasks: prompts with their hints; `kind` "replay" takes the first reply unfiltered.
        config: sampling.
        kind: what the rows are for.
        skip: numbers of tasks that are done already.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="practice") as pool:
        prompts = list(pool.map(lambda task: _prompts(client, task), tasks))
        waiting = {
            n: pool.submit(_rows, client, task, (*prompts[n], prompts[n - 1][1]), config, kind, n)
            for n, task in enumerate(tasks)
            if n not in skip
        }
        try:
            for number, future in waiting.items():
                yield number, future.result()
        finally:
            for future in waiting.values():
                future.cancel()


def _prompts(client: PolicyClient, task: Task) -> tuple[list[int], list[int]]:
    student = client.tokenize(task.messages)
    return student, (client.tokenize(task.taught) if task.hints else student)


def _rows(
    client: PolicyClient,
    task: Task,
    prompts: tuple[list[int], list[int], list[int]],
    config: SamplingConfig,
    kind: RowKind,
    number: int,
) -> list[Row]:
    student, teacher, foreign = prompts
    if task.reference is not None:
        replies = [[*client.tokenize_text(task.reference), *client.end_of_turn()]]
    else:
        found = client.complete(
            prompt_token_ids=teacher,
            model=BASE,
            n=1 if kind == "replay" else config.candidates,
            temperature=config.temperature,
            max_tokens=config.max_tokens,
            seed=config.seed * 100_003 + number,
        )
        if kind != "replay":
            scored = score_candidates(client, student, foreign, found)
            found = [c.completion for c in choose(scored, task.topic, config.keep)]
        replies = [c.token_ids for c in found if c.token_ids]
    return [Row(kind, tuple(student), tuple(teacher), tuple(r), 1.0, task.lesson_id) for r in replies]


def score_candidates(
    client: PolicyClient, student: list[int], foreign: list[int], candidates: Sequence[Completion]
) -> list[Scored]:
    """Gain and relevance of each non-empty candidate.

    Args:
        client: a running policy server.
        student: the prompt without the hint.
        foreign: another task's prompt with the hint.
        candidates: sampled from the base reading the hint, so their own log-probs are those with the hint.
    """
    real = [c for c in candidates if c.token_ids]
    if not real:
        return []
    asked = [([*prompt, *c.token_ids], len(prompt)) for prompt in (student, foreign) for c in real]
    scores = client.score(BASE, asked)
    plain, other = scores[: len(real)], scores[len(real) :]
    return [
        Scored(c, mean_gain(c.logprobs, p), mean_gain(c.logprobs, o))
        for c, p, o in zip(real, plain, other, strict=True)
    ]
