"""What a verdict teaches: one rule for every category and scope. Pure.

Weights are shares of those of explicit feedback, times the judge's confidence: what is read into somebody's words
counts less than what he presses. Facts are never trained. Nothing that a tool wrote becomes a hint: strangers write
there.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.judge.case import SCORES, Case, Verdict, unread
from assistant.judge.hindsight import BACKEND as HINDSIGHT
from assistant.store.records import Scope

DURABLE_WEIGHT = 0.5
REPLY_WEIGHT = 0.25
ANCHOR_WEIGHT = 0.25
BARE_WEIGHT = 0.05
"""Of a dislike without a usable hint; like a bare thumb down, it is never taken into a run alone."""

_ANCHORS = ("praise", "tool success")


@dataclass(frozen=True, slots=True)
class LessonPlan:
    """A lesson that is to be made; the fields are those of `store.records.Lesson`."""

    polarity: int
    hint: str | None
    scope: Scope
    weight: float


def lesson_of(verdict: Verdict) -> LessonPlan | None:
    """The lesson of a verdict whose hint has passed the leak filter; None where it teaches nothing."""
    if verdict.backend == HINDSIGHT or verdict.scope == "fact":
        return None
    if verdict.score == 1:
        anchors = verdict.category in _ANCHORS
        return LessonPlan(1, None, "reply", ANCHOR_WEIGHT * verdict.confidence) if anchors else None
    return _different(verdict) if verdict.score == -1 else None


def _different(verdict: Verdict) -> LessonPlan | None:
    """The lesson of a -1."""
    hint = None if verdict.category == "tool error" else verdict.hint
    if verdict.category == "factual":
        # Without a hint there is nothing to hold on to but the wrong answer itself.
        return None if hint is None else LessonPlan(-1, hint, "reply", REPLY_WEIGHT * verdict.confidence)
    if hint is None:
        return LessonPlan(-1, None, "reply", BARE_WEIGHT)
    if verdict.scope == "durable":
        return LessonPlan(-1, hint, "durable", DURABLE_WEIGHT * verdict.confidence)
    return LessonPlan(-1, hint, "reply", REPLY_WEIGHT * verdict.confidence)


def sound(case: Case, verdict: Verdict) -> Verdict:
    """The verdict, or an unread one where it contradicts itself or does not fit who spoke."""
    of_tool = verdict.category.startswith("tool")
    fits = verdict.score == 0 or of_tool == (case.role == "tool")
    known = SCORES.get(verdict.category)
    consistent = verdict.score == known and 0 <= verdict.confidence <= 1
    return verdict if fits and consistent else unread(verdict.backend)
