"""The latest word counts, and it is known which lesson it overrules."""

from __future__ import annotations

import pytest

from assistant.conversation.feedback import give_feedback
from assistant.ledger.changes import exclude
from assistant.ledger.conflicts import overruled
from assistant.store import Store

SHORT, LONG = "Always keep replies short.", "Always write longer replies."


def test_a_later_wish_overrules_the_one_it_contradicts(store: Store, teach) -> None:
    earlier, later = teach(SHORT), teach(LONG)
    assert {key: it.id for key, it in overruled(store).items()} == {earlier.id: later.id}


def test_the_earlier_one_counts_again_when_the_later_is_excluded_or_in_the_trash(store: Store, teach) -> None:
    teach(SHORT)
    later = teach(LONG)
    exclude(store, later.id)
    assert overruled(store) == {}
    third = teach(LONG, asked="What is rain?")
    assert overruled(store) != {}
    store.conversations.trash(store.turns.get(third.turn_id).conversation_id)
    assert overruled(store) == {}


def test_wishes_that_go_together_stand(store: Store, teach) -> None:
    for wish in (SHORT, SHORT, "Always end with a question.", "Never use emoji."):
        teach(wish)
    assert overruled(store) == {}


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        (("rewrite", "Eight minutes."), ("rewrite", "Nine minutes."), True),
        (("rewrite", "Eight minutes."), ("rewrite", "eight  minutes."), False),
        (("praise", None), ("rewrite", "Nine minutes."), True),
        (("rewrite", "Nine minutes."), ("praise", None), True),
        (("praise", None), ("dislike", None), True),  # of the very same words
        (("praise", None), ("praise", None), False),
        (("dislike", None), ("dislike", None), False),
    ],
)
def test_on_one_prompt(store: Store, react, first, second, clash: bool) -> None:
    earlier, _ = react(*first), react(*second)
    assert list(overruled(store)) == ([earlier.lesson.id] if clash else [])


def test_praise_of_one_reply_and_dislike_of_another_agree(store: Store, react) -> None:
    react("praise", said="Ten minutes.")
    react("dislike", said="I do not know.")
    assert overruled(store) == {}


def test_other_prompts_are_other_matters(store: Store, react) -> None:
    react("rewrite", "Eight minutes.", asked="How do I boil an egg?")
    react("rewrite", "Water from clouds.", asked="What is rain?")
    assert overruled(store) == {}


def test_on_the_very_same_reply_the_latest_feedback_counts_alone(store: Store, make_turn) -> None:
    turn = make_turn()
    first = give_feedback(store, turn.id, "praise").lesson
    second = give_feedback(store, turn.id, "correction", "Too long, one short sentence please.").lesson
    assert [store.lessons.get(it.id).state for it in (first, second)] == ["excluded", "pending"]
    assert overruled(store) == {}
