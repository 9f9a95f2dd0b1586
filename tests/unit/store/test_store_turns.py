"""Turns, feedback, verdicts and lessons."""

from collections.abc import Callable

import pytest

from assistant.errors import BadInput, InternalBug, NotFound
from assistant.store import Store
from assistant.store.records import NewVerdict, Turn

MakeTurn = Callable[..., Turn]


def test_turn_reads_back_to_the_token(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn(
        prompt_token_ids=[0, 2**31 - 1, -1],
        memory_ids=["m1"],
        tools=[{"type": "function"}],
        finish_reason="length",
    )
    found = store.turns.get(turn.id)
    assert found == turn
    assert found.prompt_token_ids == [0, 2**31 - 1, -1]
    assert (found.reply_token_ids, found.logprobs) == ([4, 49151], [-0.5, -1.25])
    assert (found.memory_ids, found.tools, found.sampler) == (
        ["m1"],
        [{"type": "function"}],
        {"temperature": 0.7, "seed": 1},
    )
    assert store.turns.of_message(turn.message_id) == turn


def test_token_ids_and_logprobs_have_a_fixed_byte_order(store: Store, make_turn: MakeTurn) -> None:
    make_turn(reply_token_ids=[1, 258], logprobs=[-1.0, -2.0])
    row = store.connection.rows("SELECT reply_token_ids, logprobs FROM turns")[0]
    assert row["reply_token_ids"] == b"\x01\0\0\0\x02\x01\0\0"
    assert row["logprobs"] == b"\0\0\x80\xbf\0\0\0\xc0"


def test_turn_without_logprobs_is_kept(make_turn: MakeTurn) -> None:
    assert make_turn(logprobs=[]).logprobs == []


@pytest.mark.parametrize(
    "changes",
    [
        {"logprobs": [-1.0]},
        {"logprobs": [float("nan"), 0.0]},
        {"logprobs": [float("-inf"), 0.0]},
        {"prompt_token_ids": [2**31]},
        {"sampler": {"temperature": float("nan")}},
        {"kind": "other"},
    ],
)
def test_broken_turn_is_refused(store: Store, make_turn: MakeTurn, changes: dict[str, object]) -> None:
    with pytest.raises(InternalBug):
        make_turn(**changes)
    assert store.turns.recent(10) == []


def test_turn_of_a_message_elsewhere_is_refused(store: Store, make_turn: MakeTurn) -> None:
    elsewhere = store.messages.add(store.conversations.create().id, None, "assistant", "Hi.")
    with pytest.raises(NotFound):
        make_turn(message_id=elsewhere.id)


def test_message_has_one_turn(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn()
    with pytest.raises(InternalBug, match="UNIQUE"):
        make_turn(message_id=turn.message_id, conversation_id=turn.conversation_id)
    assert store.turns.of_message(turn.message_id) == turn


def test_last_is_the_latest_main_turn_outside_the_trash(store: Store, make_turn: MakeTurn) -> None:
    first, second = make_turn(), make_turn()
    make_turn(kind="side")
    assert store.turns.get("last") == second
    store.conversations.trash(second.conversation_id)
    assert store.turns.get("last") == first


def test_recent_is_newest_first_of_one_kind(store: Store, make_turn: MakeTurn) -> None:
    first, second = make_turn(), make_turn()
    side = make_turn(kind="side")
    assert store.turns.recent(10) == [second, first]
    assert store.turns.recent(1) == [second]
    assert store.turns.recent(10, kind="side") == [side]


def test_next_message_is_the_first_reaction(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn()
    assert store.turns.next_message(turn.id) is None
    reaction = store.messages.add(turn.conversation_id, turn.message_id, "user", "too long")
    store.messages.add(turn.conversation_id, turn.message_id, "user", "edited later")
    assert store.turns.next_message(turn.id) == reaction


def test_of_several_tool_results_in_one_request_the_last_counts(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn()
    first = store.messages.add(turn.conversation_id, turn.message_id, "tool", "exit code 0")
    assert store.turns.next_message(turn.id) == first
    last = store.messages.add(turn.conversation_id, first.id, "tool", "exit code 1")
    assert store.turns.next_message(turn.id) == last
    reply = store.messages.add(turn.conversation_id, last.id, "assistant", "Sorry.")
    store.messages.add(turn.conversation_id, reply.id, "user", "again")
    store.messages.add(turn.conversation_id, last.id, "user", "of a later request")
    assert store.turns.next_message(turn.id) == last


def test_feedback_twice_latest_wins_and_both_are_kept(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn()
    assert store.feedback.effective(turn.id) is None
    praise = store.feedback.add(turn.id, "praise", None, "reply")
    correction = store.feedback.add(turn.id, "correction", "Too long.", "durable")
    assert store.feedback.effective(turn.id) == correction
    assert store.feedback.history(turn.id) == [praise, correction]
    assert (correction.text, correction.scope, correction.undone_at) == ("Too long.", "durable", None)


def test_latest_feedback_wins_even_if_the_clock_went_back(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn()
    early = store.feedback.add(turn.id, "praise", None, "reply")
    store.connection.write("UPDATE feedback SET created_at = created_at + 9999 WHERE id = ?", [early.id])
    late = store.feedback.add(turn.id, "dislike", None, "reply")
    assert store.feedback.effective(turn.id) == late


def test_undone_feedback_brings_back_the_one_before(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn()
    praise = store.feedback.add(turn.id, "praise", None, "reply")
    dislike = store.feedback.add(turn.id, "dislike", None, "reply")
    undone = store.feedback.undo(dislike.id)
    assert undone.undone_at is not None
    assert store.feedback.undo(dislike.id) == undone
    assert store.feedback.effective(turn.id) == praise
    assert store.feedback.history(turn.id) == [praise, undone]


@pytest.mark.parametrize("kind", ["correction", "rewrite"])
@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_wordless_correction_is_refused(store: Store, make_turn: MakeTurn, kind, text) -> None:
    turn = make_turn()
    with pytest.raises(BadInput):
        store.feedback.add(turn.id, kind, text, "reply")
    assert store.feedback.history(turn.id) == []


def test_verdicts_read_back(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn()
    reaction = store.messages.add(turn.conversation_id, turn.message_id, "user", "no!")
    new = NewVerdict(
        turn.id,
        -1,
        "style",
        "durable",
        "Be brief.",
        0.75,
        "rules",
        [-1, -1, 0],
        reaction.id,
        "v1",
        ("Be brief.", "Go."),
    )
    made = store.verdicts.add(new)
    assert store.verdicts.of_turn(turn.id) == [made]
    assert (made.fingerprint, made.hints) == ("v1", ("Be brief.", "Go."))
    assert (made.score, made.votes, made.confidence, made.next_message_id) == (
        -1,
        [-1, -1, 0],
        0.75,
        reaction.id,
    )


@pytest.mark.parametrize("changes", [{"score": 2}, {"confidence": 1.5}, {"scope": "never"}])
def test_impossible_verdict_is_refused(store: Store, make_turn: MakeTurn, changes) -> None:
    values = {
        "turn_id": make_turn().id,
        "score": 0,
        "category": "c",
        "scope": "reply",
        "hint": None,
        "confidence": 0.5,
        "backend": "rules",
        "votes": [],
    }
    with pytest.raises(InternalBug, match="CHECK"):
        store.verdicts.add(NewVerdict(**{**values, **changes}))


def test_lesson_reads_back_with_its_evidence(store: Store, make_turn: MakeTurn) -> None:
    turn = make_turn()
    said = store.feedback.add(turn.id, "rewrite", "Ten.", "reply")
    lesson = store.lessons.add(
        turn.id, polarity=-1, hint=None, rewrite="Ten.", scope="reply", weight=0.5, feedback_id=said.id
    )
    assert store.lessons.get(lesson.id) == lesson
    assert (lesson.state, lesson.rewrite, lesson.feedback_id, lesson.versions) == (
        "pending",
        "Ten.",
        said.id,
        (),
    )


def test_pending_is_oldest_first_and_leaves_the_trash_alone(store: Store, make_turn, make_lesson) -> None:
    first, second = make_lesson(), make_lesson()
    binned = make_turn()
    make_lesson(binned)
    store.conversations.trash(binned.conversation_id)
    store.lessons.set_state(make_lesson(), "excluded")
    assert [lesson.id for lesson in store.lessons.pending()] == [first, second]
    store.conversations.restore(binned.conversation_id)
    assert len(store.lessons.pending()) == 3


def test_ledger_is_newest_first_filtered_and_limited(store: Store, make_lesson) -> None:
    ids = [make_lesson() for _ in range(3)]
    store.lessons.set_state(ids[1], "excluded")
    assert [lesson.id for lesson in store.lessons.list()] == ids[::-1]
    assert [lesson.id for lesson in store.lessons.list(["excluded"])] == [ids[1]]
    assert [lesson.id for lesson in store.lessons.list(limit=1)] == [ids[2]]
    assert store.lessons.list([]) == []


def test_learned_lessons_name_their_versions(store: Store, make_lesson, make_version) -> None:
    first, second = make_lesson(), make_lesson()
    one = make_version(lesson_ids=(first,))
    store.lessons.mark_learned([first], one)
    two = make_version(parent_id=one)
    store.lessons.mark_learned([first, second], two)
    assert store.lessons.get(first).state == "learned"
    assert store.lessons.get(first).versions == (one, two)
    assert [lesson.id for lesson in store.lessons.of_version(two)] == [first, second]
    assert store.versions.get(two).lesson_ids == (first, second)
    assert store.lessons.pending() == []


def test_lesson_excluded_during_the_run_stays_excluded(store: Store, make_lesson, make_version) -> None:
    lesson = make_lesson()
    store.lessons.set_state(lesson, "excluded")
    version = make_version()
    store.lessons.mark_learned([lesson], version)
    assert (store.lessons.get(lesson).state, store.lessons.get(lesson).versions) == ("excluded", (version,))


def test_mark_learned_is_all_or_nothing(store: Store, make_lesson, make_version) -> None:
    lesson, version = make_lesson(), make_version()
    with pytest.raises(NotFound):
        store.lessons.mark_learned([lesson, "no such lesson"], version)
    assert (store.lessons.get(lesson).state, store.lessons.get(lesson).versions) == ("pending", ())
