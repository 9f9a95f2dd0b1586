"""From votes to a verdict."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.judge.case import CATEGORIES, SCORES, Verdict, Votes, verdict_of
from assistant.judge.votes import Vote, aggregate

VOTES = st.lists(st.none() | st.builds(Vote, st.sampled_from(CATEGORIES)), max_size=9)


@given(VOTES)
def test_a_strict_majority_wins_and_everything_is_counted(votes: list[Vote | None]) -> None:
    verdict = aggregate(votes, "x")
    counts = Counter(one.score for one in votes if one)
    assert sum(verdict.votes.as_list()) == len(votes)
    assert verdict.votes.as_list() == [counts[1], counts[0], counts[-1], votes.count(None)]
    best = max(counts.values(), default=0)
    winners = [score for score, count in counts.items() if count == best]
    assert verdict.score == (winners[0] if len(winners) == 1 else 0)
    assert verdict.score == SCORES[verdict.category]
    assert 0 <= verdict.confidence <= 1


@given(VOTES, st.randoms())
def test_the_order_of_votes_does_not_change_the_score(votes: list[Vote | None], random: object) -> None:
    mixed = list(votes)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert aggregate(mixed, "x").score == aggregate(votes, "x").score


@pytest.mark.parametrize(
    "votes",
    [[], [None, None], [Vote("praise"), Vote("style")], [Vote("praise"), Vote("style"), Vote("topic change")]],
)
def test_ties_and_garbage_are_zero(votes: list[Vote | None]) -> None:
    assert aggregate(votes, "x").score == 0
    assert aggregate(votes, "x").category == "unread"


def test_category_scope_and_hint_come_from_the_winning_side() -> None:
    votes = [Vote("praise", hint="Never mind."), Vote("style", "durable", "Be short."), Vote("style", "durable"), None]
    verdict = aggregate(votes, "x")
    assert (verdict.category, verdict.scope, verdict.hint) == ("style", "durable", "Be short.")
    assert verdict.votes == Votes(plus=1, minus=2, unparsable=1)


def test_praise_carries_no_hint() -> None:
    assert aggregate([Vote("praise", hint="Go on.")], "x").hint is None


def test_a_verdict_in_the_forms_of_command_line_and_store() -> None:
    verdict: Verdict = verdict_of("style", "rules", 0.5, scope="durable", hint="Be short.")
    assert set(verdict.as_dict()) == {"score", "category", "scope", "hint", "backend", "confidence"}
    kept = verdict.for_turn("t", "m")
    assert (kept.turn_id, kept.score, kept.votes, kept.next_message_id) == ("t", -1, [0, 0, 1, 0], "m")
