"""Exclude, include, forget: what becomes of the lesson, of the versions, of the other lessons and of the prompt."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from assistant.errors import BadInput
from assistant.ledger import changes
from assistant.ledger.changes import exclude, forget, include
from assistant.ledger.lineage import line, to_learn_again
from assistant.store import Store
from assistant.store.records import NewVersion

MODEL = "model-a"
SHORT, QUESTION, GERMAN = "Always be brief.", "Always end with a question.", "Always answer in German."


def again(store: Store) -> list[str]:
    return [lesson.id for lesson in to_learn_again(store, MODEL)]


def test_a_lesson_that_was_never_learned_just_goes(store: Store, teach) -> None:
    lesson = teach(SHORT)
    change = forget(store, lesson.id)
    assert (change.lesson.state, change.moved, change.in_use, change.again) == ("forgotten", False, {}, 0)
    assert store.lessons.pending() == []


def test_forgetting_the_only_lesson_makes_the_base_model_answer_at_once(store: Store, teach, make_version) -> None:
    lesson = teach(SHORT)
    version = make_version(lesson)
    change = forget(store, lesson.id)
    assert (change.in_use, change.moved, change.again) == ({MODEL: 0}, True, 0)
    assert store.versions.active(MODEL) == 0
    assert store.versions.get(version).forgotten == 1
    assert again(store) == []


def test_the_rest_of_the_version_waits_to_be_learned_again(store: Store, teach, make_version) -> None:
    first, second = teach(SHORT), teach(QUESTION)
    make_version(first, second)
    change = forget(store, first.id)
    assert (store.versions.active(MODEL), change.again) == (0, 1)
    assert again(store) == [second.id]
    assert store.lessons.get(second.id).state == "pending"


def test_the_nearest_ancestor_without_the_lesson_takes_over(store: Store, teach, make_version) -> None:
    first, second, third = teach(SHORT), teach(QUESTION), teach(GERMAN)
    one = make_version(first)
    two = make_version(second, parent=one)
    three = make_version(third, parent=two)
    forget(store, second.id)
    assert store.versions.active(MODEL) == one
    assert again(store) == [third.id]
    assert store.lessons.get(first.id).state == "learned"
    assert [store.versions.get(number).forgotten for number in (one, two, three)] == [0, 1, 1]
    assert [version.id for version in line(store, three)] == [three, two, one, 0]


def test_a_second_lesson_forgotten_before_the_next_run_goes_back_further(store: Store, teach, make_version) -> None:
    first, second, third = teach(SHORT), teach(QUESTION), teach(GERMAN)
    three = make_version(third, parent=make_version(second, parent=make_version(first)))
    forget(store, second.id)
    forget(store, first.id)
    assert store.versions.active(MODEL) == 0
    assert again(store) == [third.id]
    assert store.versions.get(three).forgotten == 2
    forget(store, third.id)
    assert again(store) == []


def test_weights_that_grew_from_the_lesson_hold_it_though_they_do_not_list_it(
    store: Store, teach, make_version
) -> None:
    lesson = teach(SHORT)
    one = make_version(lesson)
    two = make_version(parent=one)
    assert store.connection.write("DELETE FROM version_lessons WHERE version_id = ?", [two]) == 1
    forget(store, lesson.id)
    assert store.versions.get(two).forgotten == 1
    assert store.versions.active(MODEL) == 0


def test_what_holds_something_forgotten_cannot_be_used(store: Store, teach, make_version) -> None:
    lesson = teach(SHORT)
    version = make_version(lesson)
    forget(store, lesson.id)
    with pytest.raises(BadInput, match="Version 1 contains something you forgot"):
        store.versions.use(MODEL, version)


def test_a_version_beside_it_stays_in_use(store: Store, teach, make_version) -> None:
    first, second = teach(SHORT), teach(QUESTION)
    make_version(first)
    other = make_version(second)
    change = forget(store, first.id)
    assert (change.moved, store.versions.active(MODEL)) == (False, other)
    assert again(store) == []
    assert store.lessons.get(second.id).state == "learned"


def test_what_another_branch_holds_is_learned_again_unless_that_branch_is_chosen(
    store: Store, teach, make_version
) -> None:
    first, second = teach(SHORT), teach(QUESTION)
    other = make_version(second)
    make_version(first, second)
    forget(store, first.id)
    assert (store.versions.active(MODEL), again(store)) == (0, [second.id])
    store.versions.use(MODEL, other)
    assert again(store) == []


def test_a_version_in_use_is_given_up_even_where_only_the_lesson_was_marked(store: Store, teach, make_version) -> None:
    lesson = teach(SHORT)
    one = make_version()
    make_version(lesson, parent=one)
    store.lessons.set_state(lesson.id, "forgotten")
    assert store.versions.active(MODEL) == one


def test_after_going_back_by_hand_forgetting_moves_nothing_and_loses_no_lesson(
    store: Store, teach, make_version
) -> None:
    first, second = teach(SHORT), teach(QUESTION)
    make_version(second, parent=make_version(first))
    store.versions.use(MODEL, 0)
    assert not forget(store, first.id).moved
    assert store.lessons.get(second.id).state == "pending", "no version that may answer holds it"


def test_the_standing_instruction_leaves_the_prompt_and_comes_back(store: Store, teach) -> None:
    lesson = teach(SHORT)
    forget(store, lesson.id)
    assert [item.state for item in store.memory.list()] == ["off"]
    include(store, lesson.id)
    assert [item.state for item in store.memory.list()] == ["active"]


def test_an_instruction_that_another_lesson_asks_for_too_stays(store: Store, teach) -> None:
    lesson, _ = teach(SHORT), teach(SHORT)
    forget(store, lesson.id)
    assert [item.state for item in store.memory.list()] == ["active"]


def test_an_instruction_of_the_users_own_hand_stays(store: Store, teach) -> None:
    item = store.memory.add("instruction", SHORT)
    forget(store, teach(SHORT).id)
    assert store.memory.get(item.id).state == "active"


def test_what_only_a_forgotten_version_obeyed_untold_is_told_again(store: Store, teach, make_version) -> None:
    first, second = teach(SHORT), teach(QUESTION)
    version = make_version(first, second)
    item = next(it for it in store.memory.list() if it.text == QUESTION)
    store.memory.set_state(item.id, "consolidated", version)
    forget(store, first.id)
    assert store.memory.get(item.id).state == "active"


def test_forgetting_is_undone_as_long_as_the_weights_are_there(store: Store, teach, make_version) -> None:
    first, second = teach(SHORT), teach(QUESTION)
    version = make_version(first, second)
    forget(store, first.id)
    change = include(store, first.id)
    assert (change.moved, store.versions.active(MODEL), again(store)) == (True, version, [])
    assert [store.lessons.get(it.id).state for it in (first, second)] == ["learned", "learned"]


def test_once_the_weights_are_gone_an_included_lesson_is_learned_anew(store: Store, teach, make_version) -> None:
    lesson = teach(SHORT)
    version = make_version(lesson)
    forget(store, lesson.id)
    store.versions.set_state(version, "deleted")
    assert not include(store, lesson.id).moved
    assert store.lessons.get(lesson.id).state == "pending"
    assert store.versions.active(MODEL) == 0


def test_undo_leaves_a_version_alone_that_was_chosen_since(store: Store, teach, make_version) -> None:
    first, second = teach(SHORT), teach(QUESTION)
    make_version(first)
    forget(store, first.id)
    other = make_version(second)
    include(store, first.id)
    assert store.versions.active(MODEL) == other


def test_twice_is_like_once(store: Store, teach, make_version) -> None:
    first, second = teach(SHORT), teach(QUESTION)
    make_version(first, second)
    forget(store, first.id)
    change = forget(store, first.id)
    assert (change.in_use, change.moved, change.again) == ({MODEL: 0}, False, 1)


def test_excluding_leaves_versions_alone_and_including_again_undoes_it(store: Store, teach, make_version) -> None:
    learned, waiting = teach(SHORT), teach(QUESTION)
    version = make_version(learned)
    for lesson in (learned, waiting):
        assert exclude(store, lesson.id).lesson.state == "excluded"
    assert store.versions.active(MODEL) == version
    assert include(store, learned.id).lesson.state == "learned"
    assert include(store, waiting.id).lesson.state == "pending"


def test_what_is_forgotten_cannot_be_merely_excluded(store: Store, teach) -> None:
    lesson = teach(SHORT)
    forget(store, lesson.id)
    with pytest.raises(BadInput, match="forgotten already"):
        exclude(store, lesson.id)


def test_including_what_counts_already_changes_nothing(store: Store, teach) -> None:
    lesson = teach(SHORT)
    assert include(store, lesson.id).lesson == lesson


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9")
def test_killed_halfway_nothing_has_happened(store: Store, teach, make_version) -> None:
    lesson = teach(SHORT)
    version = make_version(lesson)
    code = (
        "import os, signal, sys; from assistant.ledger import changes; from assistant.paths import DataDir;"
        "from assistant.store import Store;"
        "changes._speak_again = lambda store: os.kill(os.getpid(), signal.SIGKILL);"
        "changes.forget(Store.open(DataDir.resolve(sys.argv[1])), sys.argv[2])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(store.data.root), lesson.id], check=False)
    assert done.returncode == -signal.SIGKILL
    assert store.lessons.get(lesson.id).state == "learned"
    assert store.versions.active(MODEL) == version
    assert store.check() == []


def test_an_error_halfway_takes_everything_back(store: Store, teach, make_version, monkeypatch) -> None:
    lesson = teach(SHORT)
    version = make_version(lesson)

    def fail(store: Store) -> None:
        raise BadInput("no")

    monkeypatch.setattr(changes, "_speak_again", fail)
    with pytest.raises(BadInput):
        forget(store, lesson.id)
    assert (store.lessons.get(lesson.id).state, store.versions.active(MODEL)) == ("learned", version)
    assert [item.state for item in store.memory.list()] == ["active"]


def test_deleting_the_conversation_for_good_gives_no_forgotten_version_back(store: Store, teach, make_version) -> None:
    lesson = teach(SHORT)
    one = make_version(lesson)
    two = make_version(parent=one)
    forget(store, lesson.id)
    store.conversations.trash(store.turns.get(lesson.turn_id).conversation_id)
    store.conversations.empty_trash()
    assert [store.versions.get(number).state for number in (one, two)] == ["deleted", "deleted"]
    assert store.versions.active(MODEL) == 0


def test_the_request_travels_with_an_export(store: Store, teach, make_version, tmp_path) -> None:
    from assistant.paths import DataDir
    from assistant.store.portable import export_json, import_json

    first, second = teach(SHORT), teach(QUESTION)
    make_version(first, second)
    forget(store, first.id)
    with Store.open(DataDir.resolve(tmp_path / "other")) as other:
        other.versions.add(NewVersion(MODEL, 0, None, "of its own", {}, 16, 32.0))
        import_json(other, export_json(store))
        assert again(other) == [second.id]
        assert [other.versions.get(number).forgotten for number in (1, 2)] == [0, 1]
