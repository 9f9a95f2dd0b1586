"""What follows from explicit feedback."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.conversation.feedback import WEIGHTS, give_feedback, undo_feedback
from assistant.errors import BadInput, NotFound
from assistant.store import Store
from assistant.store.records import Turn

MakeTurn = Callable[..., Turn]


def instructions(store: Store) -> list[str]:
    return [item.text for item in store.memory.list(states=["active"]) if item.kind == "instruction"]


def test_a_durable_correction_becomes_an_instruction_and_a_pending_lesson(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn()
    outcome = give_feedback(store, turn.id, "correction", "Too long, one short sentence please.")
    assert outcome.note_code == "noted_durable"
    assert outcome.feedback.scope == "durable"
    assert outcome.memory_item is not None
    assert outcome.memory_item.text == "Reply in one short sentence only."
    assert outcome.memory_item.source_text == "Too long, one short sentence please."
    assert outcome.memory_item.source_turn_id == turn.id
    lesson = outcome.lesson
    assert lesson is not None
    assert (lesson.polarity, lesson.hint, lesson.state) == (
        -1,
        "Reply in one short sentence only.",
        "pending",
    )
    assert lesson.feedback_id == outcome.feedback.id


def test_a_correction_of_one_reply_leaves_memory_alone(store: Store, make_turn: MakeTurn) -> None:
    outcome = give_feedback(store, make_turn().id, "correction", "no, it was 1989")
    assert outcome.note_code == "noted_reply"
    assert outcome.memory_item is None
    assert outcome.lesson is not None
    assert outcome.lesson.scope == "reply"
    assert store.memory.list() == []


def test_a_fact_goes_to_memory_and_is_never_a_lesson(store: Store, make_turn: MakeTurn) -> None:
    outcome = give_feedback(store, make_turn().id, "correction", "remember that I live in Vienna")
    assert outcome.lesson is None
    assert outcome.memory_item is not None
    assert (outcome.memory_item.kind, outcome.memory_item.text) == ("fact", "I live in Vienna.")
    assert store.lessons.list() == []


@pytest.mark.parametrize(("kind", "polarity"), [("praise", 1), ("dislike", -1)])
def test_thumbs_are_lessons_without_a_hint(store: Store, make_turn: MakeTurn, kind: str, polarity: int) -> None:
    lesson = give_feedback(store, make_turn().id, kind).lesson  # type: ignore[arg-type]
    assert lesson is not None
    assert (lesson.polarity, lesson.hint, lesson.weight) == (polarity, None, WEIGHTS[kind])


def test_praise_counts_at_most_half_and_a_wordless_dislike_little() -> None:
    assert WEIGHTS["dislike"] < WEIGHTS["praise"] <= WEIGHTS["durable"] / 2


def test_a_rewrite_is_kept_as_the_better_reply(store: Store, make_turn: MakeTurn) -> None:
    outcome = give_feedback(store, make_turn().id, "rewrite", "Eight minutes.")
    assert outcome.lesson is not None
    assert (outcome.lesson.rewrite, outcome.lesson.hint) == ("Eight minutes.", None)


def test_a_correction_may_bring_a_rewrite(store: Store, make_turn: MakeTurn) -> None:
    outcome = give_feedback(store, make_turn().id, "correction", "be brief", rewrite="Eight minutes.")
    assert outcome.lesson is not None
    assert (outcome.lesson.rewrite, outcome.lesson.hint) == ("Eight minutes.", "Be brief.")


def test_last_is_the_latest_turn(store: Store, make_turn: MakeTurn) -> None:
    make_turn()
    turn = make_turn()
    assert give_feedback(store, "last", "praise").feedback.turn_id == turn.id


@pytest.mark.parametrize("kind", ["correction", "rewrite"])
def test_words_are_needed_and_nothing_is_kept_without_them(store: Store, make_turn: MakeTurn, kind: str) -> None:
    turn = make_turn()
    with pytest.raises(BadInput):
        give_feedback(store, turn.id, kind, "  ")  # type: ignore[arg-type]
    assert store.feedback.history(turn.id) == []


def test_an_unknown_turn_is_refused(store: Store) -> None:
    with pytest.raises(NotFound):
        give_feedback(store, "nothing", "praise")


def test_the_latest_feedback_counts_and_both_are_kept(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn()
    first = give_feedback(store, turn.id, "correction", "one short sentence please")
    second = give_feedback(store, turn.id, "correction", "no bullet points")
    assert len(store.feedback.history(turn.id)) == 2
    assert instructions(store) == ["No bullet points."]
    assert [lesson.id for lesson in store.lessons.pending()] == [second.lesson.id]  # type: ignore[union-attr]
    assert store.lessons.get(first.lesson.id).state == "excluded"  # type: ignore[union-attr]


def test_undo_takes_the_instruction_and_the_lesson_back(store: Store, make_turn: MakeTurn) -> None:
    outcome = give_feedback(store, make_turn().id, "correction", "one short sentence please")
    undo_feedback(store, outcome.feedback.id)
    assert instructions(store) == []
    assert store.lessons.pending() == []
    undo_feedback(store, outcome.feedback.id)
    with pytest.raises(NotFound):
        undo_feedback(store, "nothing")


def test_undoing_the_later_feedback_brings_the_earlier_back(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn()
    first = give_feedback(store, turn.id, "correction", "one short sentence please")
    second = give_feedback(store, turn.id, "praise")
    assert instructions(store) == []
    undo_feedback(store, second.feedback.id)
    assert instructions(store) == ["Reply in one short sentence only."]
    assert [lesson.id for lesson in store.lessons.pending()] == [first.lesson.id]  # type: ignore[union-attr]


def test_the_same_wish_on_another_turn_is_not_noted_twice(store: Store, make_turn: MakeTurn) -> None:
    first = give_feedback(store, make_turn().id, "correction", "No bullet points!")
    second = give_feedback(store, make_turn().id, "correction", "no bullet points")
    assert second.note_code == "already_known"
    assert second.memory_item == first.memory_item
    assert len(store.lessons.pending()) == 2
    undo_feedback(store, second.feedback.id)
    assert instructions(store) == ["No bullet points."]


def test_a_wish_that_a_version_no_longer_obeys_is_told_again(store: Store, make_turn: MakeTurn) -> None:
    item = give_feedback(store, make_turn().id, "correction", "be brief").memory_item
    assert item is not None
    store.memory.set_state(item.id, "consolidated", 0)
    assert instructions(store) == []
    assert give_feedback(store, make_turn().id, "correction", "be brief.").note_code == "noted_durable"
    assert instructions(store) == ["Be brief."]
    assert len(store.memory.list()) == 1


def test_a_failure_in_the_middle_leaves_nothing_behind(
    store: Store, make_turn: MakeTurn, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = make_turn()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(store.memory, "add", broken)
    with pytest.raises(RuntimeError):
        give_feedback(store, turn.id, "correction", "be brief")
    assert store.feedback.history(turn.id) == []
    assert store.lessons.list() == []
