"""The exam: what a candidate must show before it is adopted. It fails closed.

Three arms answer the same prompts, none of them trained on: the current version, the candidate, and the base model
that is told the hint (the teacher). No arm's replies are compared with any user's private taste; "obeys" means that the
hint explains the reply. Style at the price of content is the failure that the paper's own log shows (learning notes
1.9), so content is judged against the teacher's own: on topic, relevant, likely, finished, of similar length.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from assistant.policy.client import Completion, PolicyClient
from training.measures import Arm, Question, mark, sign_test
from training.plan import as_task
from training.practice import Task
from training.prompts import bank

BASE = "mentee:0"
AT_ONCE = 8
"""Requests in flight: as many as the server's side lane decodes together."""


@dataclass(frozen=True, slots=True)
class ExamConfig:
    """Sizes and limits; the limits were set on the starter model (docs/results.md).

    Attributes:
        questions: prompts for each arm.
        contrast: prompts with a wish of their own.
        max_tokens: longest reply.
        least_rise: the teacher must beat the current version by this much gain, else the hint cannot be taught.
        share_of_teacher: share of the teacher's rise in gain that the candidate must reach.
        luck: largest p-value of the paired sign test, candidate against current.
        topical_margin: how far below the teacher's the on-topic share may lie.
        nats_margin: how much stranger than the teacher's the replies may be.
        degenerate_margin: how many more degenerate replies than the better of the other two arms, as a share.
        length_band: candidate tokens over teacher tokens.
    """

    questions: int = 20
    contrast: int = 4
    max_tokens: int = 56
    temperature: float = 0.7
    least_rise: float = 0.05
    share_of_teacher: float = 0.5
    luck: float = 0.05
    topical_margin: float = 0.15
    nats_margin: float = 0.6
    degenerate_margin: float = 0.1
    length_band: tuple[float, float] = (0.5, 1.8)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The exam's outcome: `reason` is empty when passed, else one plain sentence; `figures` are kept with the run."""

    reason: str
    figures: dict[str, Any]

    @property
    def passed(self) -> bool:
        """Whether the candidate may be adopted."""
        return not self.reason


def questions(client: PolicyClient, hints: tuple[str, ...], config: ExamConfig) -> list[Question]:
    """Prompts of the shipped exam split, which practice never touches."""
    shipped = [p for p in bank("exam") if not p.contrast]
    random.Random(config.seed).shuffle(shipped)
    tasks = [as_task(p, hints) for p in shipped[: config.questions]]
    plain = [tuple(client.tokenize(t.messages)) for t in tasks]
    taught = [tuple(client.tokenize(t.taught)) for t in tasks]
    return [Question(t, plain[n], taught[n], taught[n - 1]) for n, t in enumerate(tasks)]


def answer(client: PolicyClient, prompts: Sequence[Sequence[int]], model: str, config: ExamConfig) -> list[Completion]:
    """One sampled reply to each prompt; the same seeds for every arm."""

    def one(numbered: tuple[int, Sequence[int]]) -> Completion:
        number, ids = numbered
        return client.complete(
            prompt_token_ids=list(ids),
            model=model,
            n=1,
            temperature=config.temperature,
            max_tokens=config.max_tokens,
            seed=config.seed * 1009 + number + 1,
        )[0]

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="exam") as pool:
        return list(pool.map(one, enumerate(prompts)))


class Exam:
    """Runs the arms one by one, so that a hopeless hint is found out before anything is trained.

    Args:
        client: a running policy server; it answers, because what is served is what is examined.
        model: the torch model; its base scores the answers.
        hints: the durable hints the candidate is to obey.
        current: model name of the version in use.
        config: sizes and limits.
        on_border: called between arms with (done, all); may block or raise to stop.
    """

    ARMS = 4

    def __init__(
        self,
        client: PolicyClient,
        model: Any,
        hints: tuple[str, ...],
        current: str,
        config: ExamConfig,
        on_border: Callable[[int, int], None],
    ) -> None:
        self.client, self.model, self.config, self.on_border = client, model, config, on_border
        self.questions = questions(client, hints, config)
        self.teacher = self._arm(BASE, 1, told=True)
        self.current = self._arm(current, 2)

    def _arm(self, model: str, done: int, *, told: bool = False) -> Arm:
        prompts = [q.taught if told else q.plain for q in self.questions]
        arm = mark(self.model, self.questions, answer(self.client, prompts, model, self.config))
        self.on_border(done, self.ARMS)
        return arm

    def hopeless(self) -> str:
        """Why the hint cannot be taught; empty when it can: a teacher cannot teach what it cannot do."""
        rise = self.teacher.mean("gain") - self.current.mean("gain")
        if rise < self.config.least_rise:
            return "Even when told, this model does not follow the instruction, so it cannot learn it."
        if self.teacher.mean("topical") < 0.3 or self.teacher.mean("degenerate") > 0.5:
            return "When told, this model follows the instruction but loses the content, so it cannot learn it."
        return ""

    def examine(self, candidate: str, base: str = BASE) -> Report:
        """Answers with the candidate and compares."""
        arm = self._arm(candidate, 3)
        kept = self._contrast(candidate, base)
        self.on_border(4, self.ARMS)
        figures = {
            "questions": len(self.questions),
            "teacher": self.teacher.figures(),
            "current": self.current.figures(),
            "candidate": arm.figures(),
            "contrast_kept": round(kept, 3),
            "examples": self._examples(arm),
        }
        return Report(verdict(self.teacher, self.current, arm, self.config), figures)

    def _contrast(self, candidate: str, base: str) -> float:
        """Share of prompts with a wish of their own on which the candidate still writes at least half as much."""
        shipped = [p for p in bank("exam") if p.contrast]
        random.Random(self.config.seed).shuffle(shipped)
        tasks: list[Task] = [as_task(p, ()) for p in shipped[: self.config.contrast]]
        prompts = [self.client.tokenize(t.messages) for t in tasks]
        then = answer(self.client, prompts, base, self.config)
        now = answer(self.client, prompts, candidate, self.config)
        kept = [len(b.token_ids) >= 0.5 * len(a.token_ids) for a, b in zip(then, now, strict=True)]
        return sum(kept) / len(kept)

    def _examples(self, arm: Arm) -> list[dict[str, str]]:
        rows = zip(self.questions, self.current.replies, arm.replies, strict=True)
        return [{"prompt": q.text, "before": a.text, "after": b.text} for q, a, b in list(rows)[:3]]


def verdict(teacher: Arm, current: Arm, candidate: Arm, config: ExamConfig) -> str:
    """Why the candidate is refused, in one sentence; empty when it passes."""
    pairs = [(c.gain, b.gain) for c, b in zip(candidate.marks, current.marks, strict=True)]
    luck = sign_test(sum(c > b for c, b in pairs), sum(c < b for c, b in pairs))
    rise = teacher.mean("gain") - current.mean("gain")
    share = (candidate.mean("gain") - current.mean("gain")) / rise if rise > 0 else 0.0
    checks = [
        (luck > config.luck, "The new version does not follow the instruction better than the one in use."),
        (
            share < config.share_of_teacher,
            f"The new version follows the instruction only {max(0.0, share):.0%} as well as being told.",
        ),
        *_content_checks(teacher, current, candidate, config),
    ]
    return next((reason for failed, reason in checks if failed), "")


def _content_checks(teacher: Arm, current: Arm, candidate: Arm, config: ExamConfig) -> list[tuple[bool, str]]:
    low, high = config.length_band
    length = candidate.mean("tokens") / max(1.0, teacher.mean("tokens"))
    broken = min(teacher.mean("degenerate"), current.mean("degenerate")) + config.degenerate_margin
    return [
        (
            candidate.mean("topical") < teacher.mean("topical") - config.topical_margin,
            "The new version loses the topic more often than being told does.",
        ),
        (
            candidate.mean("relevance") < 0.5 * teacher.mean("relevance"),
            "The new version's replies would fit any question.",
        ),
        (
            candidate.mean("nats") > teacher.mean("nats") + config.nats_margin,
            "The new version's replies read strangely.",
        ),
        (candidate.mean("degenerate") > broken, "The new version gives empty or repeating replies."),
        (
            not low <= length <= high,
            "The new version's replies are much shorter or longer than they should be.",
        ),
    ]
