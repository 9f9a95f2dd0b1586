"""The rule that takes a version back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.ledger.watch import EXCESS, LEAST, WATCHED, fisher, watch

signals = st.lists(st.sampled_from([-1, 1]), max_size=30)


def series(bad: int, count: int) -> list[int]:
    return [-1] * bad + [1] * (count - bad)


def test_the_example_of_the_decision_page() -> None:
    decision = watch(series(2, 8), series(6, 8))
    assert decision.take_back
    assert (decision.displeased, decision.replies, decision.displeased_before, decision.replies_before) == (6, 8, 2, 8)
    assert decision.luck == pytest.approx(849 / 12870)


@pytest.mark.parametrize(
    ("before", "now", "taken"),
    [
        ((2, 8), (2, 8), False),
        ((2, 8), (4, 4), False),  # too few signals
        ((0, 8), (5, 5), True),
        ((0, 0), (20, 20), False),  # nothing to compare with
        ((1, 1), (20, 20), False),  # no worse than before
        ((8, 20), (10, 20), False),
        ((4, 20), (14, 20), True),
        ((0, 20), (2, 5), False),  # hardly luck, but only two
        ((3, 6), (9, 12), False),  # three too many, but may be luck
    ],
)
def test_when_a_version_is_taken_back(before: tuple[int, int], now: tuple[int, int], taken: bool) -> None:
    assert watch(series(*before), series(*now)).take_back is taken


def test_only_the_first_replies_of_a_version_and_the_last_before_it_count() -> None:
    good_at_first = [1] * WATCHED + [-1] * 50
    assert not watch([1] * 20, good_at_first).take_back
    bad_long_ago = [-1] * 50 + [1] * WATCHED
    assert watch(bad_long_ago, series(6, 8)).take_back


@given(signals, signals)
def test_only_what_is_worse_by_the_rule_is_taken_back(before: list[int], now: list[int]) -> None:
    decision = watch(before, now)
    assert 0 <= decision.luck <= 1 + 1e-9
    if decision.take_back:
        share = decision.displeased_before / decision.replies_before
        assert decision.replies >= LEAST
        assert decision.displeased >= decision.replies * share + EXCESS


@given(signals, signals)
def test_one_more_displeased_reply_never_speaks_for_a_version(before: list[int], now: list[int]) -> None:
    now = now[:WATCHED]
    worse = [-1 if place == 0 else signal for place, signal in enumerate(sorted(now, reverse=True))]
    assert watch(before, worse).luck <= watch(before, now).luck + 1e-9


def test_fisher_agrees_with_the_textbook() -> None:
    """The tea taster: 3 of 4 cups right by chance in 17 of 70 cases."""
    assert fisher(3, 4, 1, 4) == pytest.approx(17 / 70)
    assert fisher(0, 0, 0, 0) == 1.0
