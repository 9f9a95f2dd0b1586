"""Deleting for good: what goes, what stays, and that nothing can be read from the files afterwards."""

from pathlib import Path

from assistant.paths import DataDir
from assistant.store import Store
from assistant.store.backup import copy_before
from assistant.store.records import NewVerdict

MARKER = "zebraquartz7731"


def files_with(data: DataDir, marker: bytes) -> list[Path]:
    files = [file for file in data.root.rglob("*") if file.is_file()]
    assert data.database in files
    return [file for file in files if marker in file.read_bytes().lower()]


def fill(store: Store, make_turn, make_version) -> str:
    """A conversation whose marker reaches every table that can hold words."""
    turn = make_turn(f"ask {MARKER}", f"answer {MARKER}", sampler={"stop": [MARKER]}, tools=[{"name": MARKER}])
    conversation_id = turn.conversation_id
    store.conversations.rename(conversation_id, f"title {MARKER}")
    store.conversations.set_system_prompt(conversation_id, MARKER)
    said = store.feedback.add(turn.id, "correction", f"correct {MARKER}", "durable")
    reaction = store.messages.add(conversation_id, turn.message_id, "user", f"no {MARKER}")
    verdict = store.verdicts.add(NewVerdict(turn.id, -1, "style", "durable", MARKER, 0.5, "rules", [-1], reaction.id))
    lesson = store.lessons.add(
        turn.id,
        polarity=-1,
        hint=f"hint {MARKER}",
        rewrite=f"rewrite {MARKER}",
        scope="durable",
        weight=1.0,
        feedback_id=said.id,
        verdict_id=verdict.id,
    )
    store.memory.add("instruction", f"do {MARKER}", source_text=f"said {MARKER}", source_turn_id=turn.id)
    store.memory.add("instruction", f"only {MARKER}", scope="conversation", scope_ref=conversation_id)
    run = store.runs.start(0, "user")
    card = {"card": {"prompt": f"ask {MARKER}", "style": 0.5}}
    store.runs.event(run.id, "practice", {"prompts": [f"ask {MARKER}", "other"]})
    version = make_version(lesson_ids=(lesson.id,), exam=card, run_id=run.id)
    store.runs.finish(run.id, "adopted", "better", version_id=version, exam=card)
    return conversation_id


def test_purge_leaves_no_byte_of_the_text(data: DataDir, store: Store, make_turn, make_version) -> None:
    kept = make_turn("keep me", "kept")
    conversation_id = fill(store, make_turn, make_version)
    for number in range(300):
        make_turn(f"filler {number} so that the index has several segments", f"reply {number}")
    copy_before(store.connection.raw, data, "test")
    store.conversations.trash(conversation_id)
    store.connection.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert len(files_with(data, MARKER.encode())) == 2
    store.conversations.purge(conversation_id)
    assert store.check() == []
    assert store.search(MARKER) == []
    assert [hit.message_id for hit in store.search("kept")] == [kept.message_id]
    store.close()
    assert files_with(data, MARKER.encode()) == []
    # FTS5 stores a word without the beginning it shares with the one before.
    assert files_with(data, MARKER[3:].encode()) == []


def test_purge_leaves_the_text_in_no_file_while_open(data, store: Store, make_turn, make_version) -> None:
    conversation_id = fill(store, make_turn, make_version)
    store.conversations.purge(conversation_id)
    assert files_with(data, MARKER.encode()) == []


def test_figures_of_runs_and_versions_stay(store: Store, make_turn, make_version) -> None:
    conversation_id = fill(store, make_turn, make_version)
    store.conversations.purge(conversation_id)
    (run,) = store.runs.list()
    assert run.exam == {"card": {"prompt": "", "style": 0.5}}
    assert store.versions.get(1).exam == run.exam
    assert [event.data for event in store.runs.events(run.id)] == [{"prompts": ["", "other"]}]


def test_short_words_do_not_blank_other_records(store: Store, make_turn) -> None:
    turn = make_turn("ok", "ok")
    run = store.runs.start(0, "user")
    store.runs.event(run.id, "note", {"text": "a token"})
    store.conversations.purge(turn.conversation_id)
    assert [event.data for event in store.runs.events(run.id)] == [{"text": "a token"}]


def test_purge_takes_what_was_made_from_it_and_nothing_else(store: Store, make_turn, make_lesson) -> None:
    gone, kept = make_turn(), make_turn()
    gone_lesson, kept_lesson = make_lesson(gone), make_lesson(kept)
    store.feedback.add(gone.id, "praise", None, "reply")
    said = store.feedback.add(kept.id, "praise", None, "reply")
    store.memory.add("fact", "gone", source_turn_id=gone.id)
    item = store.memory.add("fact", "kept", source_turn_id=kept.id)
    store.conversations.purge(gone.conversation_id)
    assert [found.id for found in store.conversations.list()] == [kept.conversation_id]
    assert store.turns.recent(10) == [kept]
    assert [lesson.id for lesson in store.lessons.list()] == [kept_lesson]
    assert gone_lesson != kept_lesson
    assert store.feedback.history(gone.id) == []
    assert store.feedback.history(kept.id) == [said]
    assert store.memory.list() == [item]


def test_versions_trained_on_it_are_marked_with_all_that_grew_from_them(
    store: Store, make_turn, make_lesson, make_version
) -> None:
    turn, other = make_turn(), make_turn()
    first, second, third = make_lesson(turn), make_lesson(turn), make_lesson(other)
    clean = make_version(lesson_ids=(third,))
    parent = make_version(lesson_ids=(first, third))
    child = make_version(parent_id=parent, lesson_ids=(first, second))
    grandchild = make_version(parent_id=child)
    store.conversations.purge(turn.conversation_id)
    marked = [store.versions.get(version).lessons_deleted for version in (clean, parent, child, grandchild)]
    assert marked == [0, 1, 2, 2]
    assert store.versions.get(parent).lesson_ids == (third,)
    assert store.versions.get(make_version(parent_id=child)).lessons_deleted == 2


def test_empty_trash_deletes_only_what_is_in_it(store: Store, make_turn) -> None:
    gone = [make_turn(), make_turn()]
    kept = make_turn()
    for turn in gone:
        store.conversations.trash(turn.conversation_id)
    assert store.conversations.empty_trash() == 2
    assert store.conversations.empty_trash() == 0
    assert store.conversations.list(trashed=True) == []
    assert [found.id for found in store.conversations.list()] == [kept.conversation_id]


def test_further_hints_of_a_verdict_are_erased_where_they_are_quoted(store: Store, make_turn) -> None:
    turn = make_turn()
    hints = ("Be brief please.", "Use very few words.")
    store.verdicts.add(NewVerdict(turn.id, -1, "style", "durable", hints[0], 0.5, "rules", [], None, "1", hints))
    run = store.runs.start(0, "user")
    store.runs.event(run.id, "practice", {"hints": [*hints, "Something else."]})
    store.conversations.purge(turn.conversation_id)
    assert [event.data for event in store.runs.events(run.id)] == [{"hints": ["", "", "Something else."]}]
