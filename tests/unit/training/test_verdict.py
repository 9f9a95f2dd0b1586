"""The verdict on arms made by hand: each way of failing is named, and only a candidate without any passes."""

from dataclasses import replace

import pytest

from training.exam import kept_length
from training.measures import Arm, Marks, Reply, sign_test
from training.verdict import Limits, follows_already, hopeless, verdict

OBEYS = Marks(gain=0.3, relevance=1.4, nats=1.4, topical=True, degenerate=False, tokens=28)
IGNORES = replace(OBEYS, gain=-0.2, tokens=56)


def arm(marks: Marks, count: int = 20, broken: Marks | None = None, times: int = 0) -> Arm:
    """`count` replies with these marks, the first `times` of them with the marks `broken`."""
    every = tuple((broken or marks) if n < times else marks for n in range(count))
    return Arm(tuple(Reply("text", (1,) * m.tokens, True) for m in every), every)


def outcome(candidate: Arm, kept: float = 1.0) -> str:
    return verdict(arm(OBEYS), arm(IGNORES), candidate, kept, Limits())


def test_a_candidate_like_the_teacher_passes() -> None:
    assert outcome(arm(OBEYS)) == ""


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        (arm(IGNORES), "better than the one in use"),
        (arm(replace(OBEYS, gain=0.0)), "40%"),
        (arm(OBEYS, broken=replace(OBEYS, topical=False), times=4), "loses the topic"),
        (arm(replace(OBEYS, relevance=0.6)), "fit any question"),
        (arm(replace(OBEYS, nats=2.1)), "read strangely"),
        (arm(OBEYS, broken=replace(OBEYS, degenerate=True), times=3), "empty or repeating"),
        (arm(replace(OBEYS, tokens=5)), "shorter or longer"),
        (arm(replace(OBEYS, tokens=56)), "shorter or longer"),
    ],
)
def test_each_fault_is_named(candidate: Arm, reason: str) -> None:
    assert reason in outcome(candidate)


def test_a_wish_of_its_own_must_not_be_overridden() -> None:
    assert "cuts replies short" in outcome(arm(OBEYS), kept=0.25)
    assert outcome(arm(OBEYS), kept=0.5) == ""


def test_without_a_hint_the_content_alone_is_judged_against_the_version_in_use() -> None:
    def judged(candidate: Arm) -> str:
        return verdict(None, arm(IGNORES), candidate, 1.0, Limits())

    assert judged(arm(IGNORES)) == ""
    assert "loses the topic" in judged(arm(IGNORES, broken=replace(IGNORES, topical=False), times=5))
    assert "read strangely" in judged(arm(replace(IGNORES, nats=2.5)))


def test_the_margins_themselves_still_pass() -> None:
    assert outcome(arm(OBEYS, broken=replace(OBEYS, topical=False), times=3)) == ""
    assert outcome(arm(OBEYS, broken=replace(OBEYS, degenerate=True), times=2)) == ""


def test_a_rise_on_few_prompts_may_be_luck() -> None:
    mixed = arm(replace(OBEYS, gain=-0.3), broken=replace(OBEYS, gain=1.5), times=12)
    assert mixed.mean("gain") > OBEYS.gain
    assert "better than the one in use" in outcome(mixed)


def test_a_model_that_does_not_follow_the_hint_even_when_told_is_hopeless() -> None:
    assert "Even when told" in hopeless(arm(IGNORES), arm(IGNORES), Limits())
    assert "loses the content" in hopeless(arm(replace(OBEYS, topical=False)), arm(IGNORES), Limits())
    assert hopeless(arm(OBEYS), arm(IGNORES), Limits()) == ""


def test_a_version_that_has_most_of_what_telling_adds_needs_no_more() -> None:
    nearly = arm(replace(OBEYS, gain=0.26))
    assert follows_already(arm(OBEYS), nearly, arm(IGNORES), Limits())
    assert not follows_already(arm(OBEYS), arm(replace(OBEYS, gain=0.2)), arm(IGNORES), Limits())


def test_a_hint_that_adds_nothing_is_not_followed_already() -> None:
    assert not follows_already(arm(IGNORES), arm(IGNORES), arm(IGNORES), Limits())


def test_sign_test_against_the_binomial_by_hand() -> None:
    assert sign_test(5, 0) == pytest.approx(1 / 32)
    assert sign_test(3, 1) == pytest.approx((4 + 1) / 16)
    assert sign_test(0, 0) == 1.0


def test_a_wish_of_its_own_is_kept_when_half_the_length_is() -> None:
    def reply(tokens: int) -> Reply:
        return Reply("", (1,) * tokens, True)

    assert kept_length([reply(40), reply(40)], [reply(20), reply(19)]) == 0.5
    assert kept_length([], []) == 1.0
