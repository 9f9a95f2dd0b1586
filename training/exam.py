"""The exam: what a candidate must show before it is adopted.

Three arms answer the same prompts, none of them trained on: the current version, the candidate, and the base model
that is told the hint (the teacher). No arm's replies are compared with any user's private taste; "obeys" means that the
hint explains the reply. Style at the price of content is the failure that the paper's own log shows (learning notes
1.9), so content is judged against the teacher's own: on topic, relevant, likely, finished, of similar length.

All arms are written in torch, those with the same weights in one batch: pairs differ in the weights and in nothing
else, it takes a third of the time, and the server stays free for the user. That what will be served is what was
examined is shown by the parity probe, with the adapter, before the exam (docs/decisions/0010).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from assistant.policy.client import PolicyClient
from training.keeping import Keeping, KeepingLimits, lost_something
from training.measures import Arm, Question, Reply, mark
from training.plan import as_task
from training.prompts import drawn
from training.sampler import Sampling, sample
from training.verdict import Limits, follows_already, hopeless, verdict

STEPS = 5
"""Steps that the exam reports."""


@dataclass(frozen=True, slots=True)
class ExamConfig:
    """Sizes of an exam.

    Attributes:
        questions: prompts for each arm.
        contrast: prompts with a wish of their own.
        max_tokens: longest reply.
        temperature: of the replies.
        seed: picks the prompts and the draws.
        grown: the current version is not the base, which then answers as well.
        limits: what must be reached.
        keeping: what must not be lost.
    """

    questions: int = 20
    contrast: int = 4
    max_tokens: int = 56
    temperature: float = 0.7
    seed: int = 0
    grown: bool = False
    limits: Limits = field(default_factory=Limits)
    keeping: KeepingLimits = field(default_factory=KeepingLimits)


class Reporting(Protocol):
    """Told how far the exam is; both may block or raise to stop (`training.control.Progress`)."""

    def border(self, done: int, total: int) -> None:
        """So many steps are done."""

    def rest(self) -> None:
        """A place to pause or stop, between two tokens."""


@dataclass(frozen=True, slots=True)
class Report:
    """The exam's outcome: `reason` is empty when passed, else one plain sentence; `figures` are kept with the run."""

    reason: str
    figures: dict[str, Any]


def questions(client: PolicyClient, hints: tuple[str, ...], config: ExamConfig) -> list[Question]:
    """Prompts of the shipped exam split, which practice never touches."""
    tasks = [as_task(p, hints) for p in drawn("exam", config.seed)[: config.questions]]
    plain = [tuple(client.tokenize(t.messages)) for t in tasks]
    taught = [tuple(client.tokenize(t.taught)) for t in tasks]
    return [Question(t, plain[n], taught[n], taught[n - 1]) for n, t in enumerate(tasks)]


def contrast_prompts(client: PolicyClient, config: ExamConfig) -> list[tuple[int, ...]]:
    """Exam prompts that ask for a length or form of their own."""
    shipped = drawn("exam", config.seed, contrast=True)[: config.contrast]
    return [tuple(client.tokenize(as_task(p, ()).messages)) for p in shipped]


class Exam:
    """Asks teacher and current version at once, so that a hopeless hint is found out before anything is trained.

    Args:
        client: a running policy server.
        model: the torch model with the current version's adapter; its base scores the answers.
        hints: the durable hints the candidate is to obey; none where only single replies were corrected, then the
            content is examined alone.
        config: sizes and limits.
        report: told between steps and between tokens.
        file: where the base's answers to fixed tasks are kept from run to run.
    """

    def __init__(
        self,
        client: PolicyClient,
        model: Any,
        hints: tuple[str, ...],
        config: ExamConfig,
        report: Reporting,
        file: Path,
    ) -> None:
        self.client, self.model, self.config, self.report = client, model, config, report
        self.questions = questions(client, hints, config)
        self.wishes = contrast_prompts(client, config)
        self.keeping = Keeping(model, client, config.seed, file, report.rest)
        current, taught, plain = self._write(bool(hints))
        report.border(1, STEPS)
        count = len(self.questions)
        self.wished = current[count:]
        arms = [arm for arm in (current[:count], taught, plain) if arm]
        self.current, *others = mark(model, self.questions, arms, report.rest)
        self.teacher = others[0] if hints else None
        self.untaught = others[-1] if plain else self.current
        report.border(2, STEPS)

    def follows_already(self) -> bool:
        """Whether the current version obeys as well as being told does, so that nothing is left to learn."""
        return self.teacher is not None and follows_already(
            self.teacher, self.current, self.untaught, self.config.limits
        )

    def hopeless(self) -> str:
        """Why the hint cannot be taught; empty when it can."""
        return hopeless(self.teacher, self.current, self.config.limits) if self.teacher else ""

    def figures(self) -> dict[str, Any]:
        """Mean marks of the arms that are known before anything is trained."""
        arms = {"teacher": self.teacher, "current": self.current}
        return {name: arm.figures() for name, arm in arms.items() if arm}

    def examine(self) -> Report:
        """Lets the version that the torch model now holds answer, and compares."""
        count = len(self.questions)
        tasks = self.keeping.prompts()
        prompts = [*(q.plain for q in self.questions), *self.wishes, *tasks]
        replies = self._written(prompts, 3, adapter=True, greedy=len(tasks))
        self.report.border(3, STEPS)
        arm = mark(self.model, self.questions, [replies[:count]], self.report.rest)[0]
        kept = kept_length(self.wished, replies[count : len(prompts) - len(tasks)])
        self.report.border(4, STEPS)
        moved = self.keeping.moved()
        done = self.keeping.compare([reply.text for reply in replies[len(prompts) - len(tasks) :]])
        self.report.border(5, STEPS)
        figures = {
            "questions": len(self.questions),
            **self.figures(),
            "candidate": arm.figures(),
            "contrast_kept": round(kept, 3),
            "moved": moved.figures(),
            "tasks": asdict(done),
            "examples": self._examples(arm),
        }
        reason = verdict(self.teacher, self.current, arm, kept, self.config.limits)
        return Report(reason or lost_something(moved, done, self.config.keeping), figures)

    def _write(self, told: bool) -> tuple[list[Reply], list[Reply], list[Reply]]:
        """Replies of the current version (wishes included), of the told base and of the base left alone.

        What the same weights write goes into one batch: 44 rows took 14 seconds, in two batches 25.
        """
        plain = [q.plain for q in self.questions]
        asked = [*plain, *self.wishes]
        taught = [q.taught for q in self.questions] if told else []
        untaught = plain if told and self.config.grown else []
        tasks = self.keeping.asked()
        own = [] if self.config.grown else asked
        base = self._written([*taught, *untaught, *own, *tasks], 1, adapter=False, greedy=len(tasks))
        current = self._written(asked, 2, adapter=True) if self.config.grown else base[len(taught) :][: len(asked)]
        self.keeping.base.add([reply.text for reply in base[len(base) - len(tasks) :]])
        return current, base[: len(taught)], base[len(taught) :][: len(untaught)]

    def _written(self, prompts: Sequence[Sequence[int]], number: int, *, adapter: bool, greedy: int = 0) -> list[Reply]:
        """Replies in torch; the last `greedy` of them take the likeliest token each time."""
        config, end = self.config, self.client.end_of_turn()
        sampling = Sampling(
            config.temperature, max_tokens=config.max_tokens, seed=config.seed,
            greedy=range(len(prompts) - greedy, len(prompts)),
        ).reseeded(number)  # fmt: skip
        samples = sample(self.model, prompts, end, sampling, adapter=adapter, on_step=self.report.rest)
        text = [self.client.detokenize([t for t in s.token_ids if t not in end]) for s in samples]
        by_base = not adapter
        return [
            Reply(t, tuple(s.token_ids), s.finished, tuple(x) * by_base, tuple(s.logprobs) * by_base)
            for t, s, x in zip(text, samples, prompts, strict=True)
        ]

    def _examples(self, arm: Arm) -> list[dict[str, str]]:
        rows = zip(self.questions, self.current.replies, arm.replies, strict=True)
        return [{"prompt": q.text, "before": a.text, "after": b.text} for q, a, b in list(rows)[:3]]


def kept_length(then: Sequence[Reply], now: Sequence[Reply]) -> float:
    """Share of prompts with a wish of their own on which the candidate still writes at least half as much."""
    kept = [len(b.token_ids) >= 0.5 * len(a.token_ids) for a, b in zip(then, now, strict=True)]
    return sum(kept) / len(kept) if kept else 1.0
