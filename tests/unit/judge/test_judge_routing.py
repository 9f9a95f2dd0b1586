"""Which lesson a verdict makes: every category with every scope."""

from __future__ import annotations

import itertools

import pytest

from assistant.conversation.feedback import WEIGHTS
from assistant.judge.case import CATEGORIES, SCORES, Case, Verdict, verdict_of
from assistant.judge.routing import LessonPlan, lesson_of, sound

HINT = "Be brief."
DURABLE, REPLY, BARE = (-1, HINT, "durable", 0.4), (-1, HINT, "reply", 0.2), (-1, None, "reply", 0.05)
ANCHOR = (1, None, "reply", 0.2)

# Confidence 0.8. Category: (durable, reply), with a hint and without one. Scope "fact" never makes a lesson.
TABLE = {
    "rephrase": ((DURABLE, REPLY), (BARE, BARE)),
    "correction": ((DURABLE, REPLY), (BARE, BARE)),
    "complaint": ((DURABLE, REPLY), (BARE, BARE)),
    "style": ((DURABLE, REPLY), (BARE, BARE)),
    "factual": ((REPLY, REPLY), (None, None)),
    "tool error": ((BARE, BARE), (BARE, BARE)),
    "praise": ((ANCHOR, ANCHOR), (ANCHOR, ANCHOR)),
    "tool success": ((ANCHOR, ANCHOR), (ANCHOR, ANCHOR)),
    "moves on": ((None, None), (None, None)),
    "topic change": ((None, None), (None, None)),
    "new information": ((None, None), (None, None)),
    "unread": ((None, None), (None, None)),
}


def test_the_table_knows_every_category() -> None:
    assert set(TABLE) == set(SCORES) == {*CATEGORIES, "unread"}


@pytest.mark.parametrize(
    ("category", "scope", "hint"), list(itertools.product(TABLE, ("durable", "reply", "fact"), (HINT, None)))
)
def test_every_category_with_every_scope(category, scope, hint) -> None:
    made = lesson_of(verdict_of(category, "classifier", 0.8, scope=scope, hint=hint))
    expected = None if scope == "fact" else TABLE[category][hint is None][scope == "reply"]
    assert made == (None if expected is None else LessonPlan(*expected[:3], pytest.approx(expected[3])))


def test_what_is_read_into_words_weighs_less_than_what_is_pressed() -> None:
    certain = {
        scope: lesson_of(verdict_of("style", "c", 1.0, scope=scope, hint=HINT)) for scope in ("durable", "reply")
    }
    assert certain["durable"].weight < WEIGHTS["durable"]
    assert certain["reply"].weight < WEIGHTS["reply"]
    assert lesson_of(verdict_of("praise", "c", 1.0)).weight < WEIGHTS["praise"]
    assert lesson_of(verdict_of("complaint", "c", 1.0)).weight < WEIGHTS["dislike"]


def test_a_judge_without_an_opinion_teaches_nothing() -> None:
    assert lesson_of(Verdict(-1, "style", "durable", HINT, 1.0, "hindsight")) is None


@pytest.mark.parametrize(
    ("role", "verdict"),
    [
        ("user", Verdict(1, "style")),
        ("user", Verdict(-1, "praise")),
        ("user", Verdict(1, "great")),  # type: ignore[arg-type]
        ("user", Verdict(1, "praise", confidence=1.5)),
        ("user", Verdict(1, "praise", confidence=float("nan"))),
        ("user", verdict_of("tool success", "b", 1.0)),
        ("tool", verdict_of("style", "b", 1.0, scope="durable", hint=HINT)),
        ("tool", verdict_of("praise", "b", 1.0)),
    ],
)
def test_a_verdict_that_cannot_be_is_unread(role, verdict) -> None:
    read = sound(Case("a", "b", "c", role), verdict)
    assert (read.score, read.category, read.votes.unparsable) == (0, "unread", 1)


def test_a_verdict_that_can_be_stays() -> None:
    for role, category in (("user", "style"), ("tool", "tool error"), ("tool", "new information")):
        verdict = verdict_of(category, "b", 0.5)  # type: ignore[arg-type]
        assert sound(Case("a", "b", "c", role), verdict) is verdict  # type: ignore[arg-type]
