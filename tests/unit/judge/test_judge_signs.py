"""Weak signs, what satisfaction makes of all evidence, where a lesson comes from, and the alarm."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.conversation.feedback import give_feedback, undo_feedback
from assistant.judge.hindsight import HindsightJudge
from assistant.judge.origin import certainty_of, origin_of
from assistant.judge.reading import read_turns
from assistant.judge.rules import RulesJudge
from assistant.judge.satisfaction import Satisfaction, satisfaction
from assistant.judge.signs import latest_sign, note_sign, note_variant
from assistant.judge.silence import EVENT, LEAST_TURNS, silence
from assistant.store import Store
from assistant.store.records import NewTurn, Turn

MakeTurn = Callable[..., Turn]
SHORTER = "Too long, one short sentence please."


def signs(store: Store, turn: Turn) -> list[tuple[str, int, float]]:
    kept = [one for one in store.verdicts.of_turn(turn.id) if one.backend == "observed"]
    return [(one.category, one.score, one.confidence) for one in kept]


def variant(store: Store, turn: Turn, text: str = "Six minutes.") -> Turn:
    """Another reply beside that of a turn."""
    parent = store.messages.get(turn.message_id).parent_id
    message = store.messages.add(turn.conversation_id, parent, "assistant", text)
    return store.turns.add(NewTurn(message.id, turn.conversation_id, "main", [1], [2], [-0.1], {}, "m", "t", 0, "stop"))


def test_a_sign_is_kept_once_and_makes_no_lesson(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn()
    for _ in range(2):
        for sign in ("regenerated", "copied", "continued"):
            note_sign(store, turn.message_id, sign)  # type: ignore[arg-type]
    assert signs(store, turn) == [("regenerated", -1, 0.2), ("copied", 1, 0.1), ("continued", 1, 0.1)]
    assert latest_sign(store, turn.id) == "continued"
    assert store.lessons.list() == []


def test_a_reply_that_broke_off_or_left_no_turn_gives_no_sign(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn()
    store.messages.update(turn.message_id, "It takes", "stopped")
    assert note_sign(store, turn.message_id, "regenerated") is None
    asked = store.messages.get(turn.message_id).parent_id
    bare = store.messages.add(turn.conversation_id, asked, "assistant", "Hm.")
    assert note_sign(store, bare.id, "copied") is None
    assert note_sign(store, make_turn(kind="side").message_id, "copied") is None


def test_the_older_variant_that_is_left_on_show_is_a_sign(store: Store, make_turn: MakeTurn) -> None:
    first = make_turn()
    second = variant(store, first)
    third = variant(store, first)
    note_variant(store, second.message_id)
    note_variant(store, first.message_id)
    assert signs(store, first) == [("older variant chosen", 1, 0.2)]
    assert signs(store, second) == []
    note_variant(store, third.message_id)
    assert [signs(store, one) for one in (first, second, third)] == [[], [], []]


def test_walking_between_own_messages_is_no_sign(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn()
    note_variant(store, store.messages.get(turn.message_id).parent_id or "")
    assert signs(store, turn) == []


def test_a_sign_does_not_keep_a_turn_from_being_read(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn(SHORTER)
    note_sign(store, turn.message_id, "copied")
    assert read_turns(store, RulesJudge(), 10).lessons == 1


def test_satisfaction_takes_the_best_evidence(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn(SHORTER)
    assert satisfaction(store, turn) is None
    note_sign(store, turn.message_id, "copied")
    note_sign(store, turn.message_id, "regenerated")
    assert satisfaction(store, turn) == Satisfaction(pytest.approx(-0.1), "signs")
    read_turns(store, HindsightJudge(), 10)
    assert satisfaction(store, turn) == Satisfaction(pytest.approx(-0.1), "signs")
    read_turns(store, RulesJudge(), 10)
    assert satisfaction(store, turn) == Satisfaction(pytest.approx(-0.75), "verdict")
    given = give_feedback(store, turn.id, "praise")
    assert satisfaction(store, turn) == Satisfaction(1.0, "feedback")
    undo_feedback(store, given.feedback.id)
    assert satisfaction(store, turn) == Satisfaction(pytest.approx(-0.75), "verdict")


def test_a_verdict_of_zero_leaves_it_to_the_signs(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn("By the way, something else: what is rain?")
    read_turns(store, RulesJudge(), 10)
    assert satisfaction(store, turn) == Satisfaction(0.0, "verdict")
    note_sign(store, turn.message_id, "copied")
    assert satisfaction(store, turn) == Satisfaction(pytest.approx(0.1), "signs")


def test_where_a_lesson_comes_from(store: Store, make_turn: MakeTurn) -> None:
    make_turn(SHORTER)
    make_turn("exit code 0", role="tool")
    read_turns(store, RulesJudge(), 10)
    corrected = give_feedback(store, make_turn().id, "correction", "Never use emoji.").lesson
    said, tool = sorted((origin_of(store, one) for one in store.lessons.list() if one.verdict_id), key=lambda o: o.kind)
    assert (said.kind, said.said, said.certainty) == ("said next", SHORTER, "likely")
    assert (tool.kind, tool.said, tool.certainty) == ("tool result", "exit code 0", "sure")
    assert corrected is not None
    own = origin_of(store, corrected)
    assert (own.kind, own.said, own.certainty) == ("correction", "Never use emoji.", "")


@pytest.mark.parametrize(("confidence", "word"), [(0.8, "sure"), (0.79, "likely"), (0.6, "likely"), (0.59, "unsure")])
def test_confidence_in_words(confidence: float, word: str) -> None:
    assert certainty_of(confidence) == word


def ended_run(store: Store, **counts: int) -> None:
    run = store.runs.start(0, "user")
    if counts:
        store.runs.event(run.id, EVENT, counts)
    store.runs.finish(run.id, "skipped", "There is nothing new to learn.")


def test_silence_needs_enough_turns_and_a_run(store: Store, make_turn: MakeTurn) -> None:
    for _ in range(LEAST_TURNS - 1):
        make_turn("Where is Chur?")
    read_turns(store, RulesJudge(), 100)
    ended_run(store, read=9, lessons=0)
    assert silence(store) is None
    make_turn("Where is Chur?")
    assert silence(store) is None, "no run has seen the tenth"
    read_turns(store, RulesJudge(), 100)
    ended_run(store, read=1, lessons=0)
    found = silence(store)
    assert found is not None
    assert (found.turns, found.reason) == (LEAST_TURNS, "other things")


@pytest.mark.parametrize(
    ("said", "judge", "reason"),
    [("ok", RulesJudge(), "went on"), ("ok", HindsightJudge(), "no judge"), ("ok", None, "not read")],
)
def test_silence_says_why(store: Store, make_turn: MakeTurn, said: str, judge, reason: str) -> None:
    for _ in range(LEAST_TURNS):
        make_turn(said)
    if judge is not None:
        read_turns(store, judge, 100)
    ended_run(store)
    found = silence(store)
    assert found is not None
    assert found.reason == reason


def test_one_lesson_or_one_thumb_ends_the_silence(store: Store, make_turn: MakeTurn) -> None:
    turns = [make_turn("ok") for _ in range(LEAST_TURNS)]
    read_turns(store, RulesJudge(), 100)
    ended_run(store)
    assert silence(store) is not None
    give_feedback(store, turns[0].id, "praise")
    assert silence(store) is None


def test_a_lesson_in_one_of_the_last_three_runs_ends_the_silence(store: Store, make_turn: MakeTurn) -> None:
    for _ in range(LEAST_TURNS):
        make_turn("ok")
    for lessons in (1, 0, 0):
        ended_run(store, lessons=lessons)
    assert silence(store) is None
    ended_run(store, lessons=0)
    assert silence(store) is not None
