"""The live watch: what counts as a signal, when it looks, what it leaves behind."""

from __future__ import annotations

import pytest

from assistant.conversation.feedback import give_feedback, undo_feedback
from assistant.ledger.changes import forget
from assistant.ledger.taking_back import chosen_by_hand, look, note_of
from assistant.store import Store
from assistant.store.records import NewVerdict

MODEL = "model-a"
NOTE = "Version 1 was taken back: 5 of 5 replies displeased, 0 of 8 before."


@pytest.fixture
def liked(react) -> None:
    """The base model pleased eight times."""
    for _ in range(8):
        react("praise")


def verdict(turn_id: str, score: int) -> NewVerdict:
    return NewVerdict(turn_id, score, "style", "reply", None, 0.9, "rules", [score])


def test_a_version_that_displeases_takes_itself_back(store: Store, react, make_version, liked) -> None:
    version = make_version()
    outcomes = [react("dislike", version=version) for _ in range(5)]
    assert [outcome.taken_back is not None for outcome in outcomes] == [False] * 4 + [True]
    taken = outcomes[-1].taken_back
    assert (taken.version, taken.in_use, taken.model_hash, taken.note) == (version, 0, MODEL, NOTE)
    assert store.versions.active(MODEL) == 0
    run = store.versions.get(version).run_id
    assert note_of(store, run) == NOTE
    assert store.runs.events(run)[-1].data["displeased"] == 5


def test_it_is_taken_back_once(store: Store, react, make_version, liked) -> None:
    version = make_version()
    for _ in range(5):
        react("dislike", version=version)
    store.versions.use(MODEL, version)
    assert all(react("dislike", version=version).taken_back is None for _ in range(5))
    assert store.versions.active(MODEL) == version


def test_a_version_chosen_by_hand_is_not_watched(store: Store, react, make_version, liked) -> None:
    version = make_version()
    chosen_by_hand(store, version)
    assert all(react("dislike", version=version).taken_back is None for _ in range(6))


def test_the_base_model_is_never_taken_back(store: Store, react) -> None:
    assert all(react("dislike").taken_back is None for _ in range(20))
    chosen_by_hand(store, 0)


def test_verdicts_count_and_feedback_outranks_them(store: Store, make_turn, make_version) -> None:
    version = make_version()
    scored, overridden, undone, neutral, twice = (make_turn(version=version) for _ in range(5))
    for turn in (scored, overridden, undone):
        store.verdicts.add(verdict(turn.id, -1))
    give_feedback(store, overridden.id, "praise")
    undo_feedback(store, give_feedback(store, undone.id, "praise").feedback.id)
    store.verdicts.add(verdict(neutral.id, 0))
    store.verdicts.add(verdict(twice.id, -1))
    store.verdicts.add(verdict(twice.id, 1))
    assert store.signals.of_version(MODEL, version) == [-1, 1, -1, 1]


def test_every_kind_of_displeasure_counts_and_facts_do_not(store: Store, react, make_turn) -> None:
    react("dislike")
    react("correction", "Too long.")
    react("rewrite", "Eight minutes.")
    react("correction", "My name is Ada, not Anna.")
    give_feedback(store, make_turn(kind="side").id, "dislike")
    make_turn()
    assert store.signals.of_version(MODEL, 0) == [-1, -1, -1]
    assert store.signals.of_version("model-b", 0) == []


def test_a_stored_verdict_can_be_the_last_straw(store: Store, make_turn, make_version, liked) -> None:
    version = make_version()
    for _ in range(5):
        assert look(store, MODEL) is None
        store.verdicts.add(verdict(make_turn(version=version).id, -1))
    taken = look(store, MODEL)
    assert taken is not None
    assert taken.in_use == 0


def test_it_gives_way_to_the_version_before_it(store: Store, react, teach, make_version) -> None:
    one = make_version()
    for _ in range(8):
        react("praise", version=one)
    two = make_version(parent=one)
    taken = [react("dislike", version=two).taken_back for _ in range(5)][-1]
    assert (taken.version, taken.in_use) == (two, one)


def test_it_never_gives_way_to_something_forgotten(store: Store, react, teach, make_version) -> None:
    lesson = teach("Always be brief.")
    one = make_version(lesson, used=False)
    forget(store, lesson.id)
    assert store.versions.active(MODEL) == 0
    assert store.versions.get(one).forgotten == 1
    assert look(store, MODEL) is None


def test_versions_of_unknown_origin_are_left_alone(store: Store, react, liked) -> None:
    from assistant.store.records import NewVersion

    version = store.versions.add(NewVersion(MODEL, 0, None, "hash", {}, 16, 32.0)).id
    store.versions.use(MODEL, version)
    assert all(react("dislike", version=version).taken_back is None for _ in range(6))
    chosen_by_hand(store, version)
    assert note_of(store, None) == ""
