"""Conversations and their trees of messages."""

import sqlite3

import pytest

from assistant.errors import DiskFull, InternalBug, NotFound
from assistant.store import Store


def test_new_conversation_reads_back(store: Store) -> None:
    made = store.conversations.create("Eggs", external_id="session-1", instructions_off=True)
    assert store.conversations.get(made.id) == made
    assert (made.title, made.external_id, made.instructions_off, made.leaf_id) == (
        "Eggs",
        "session-1",
        True,
        None,
    )


def test_changes_read_back(store: Store) -> None:
    made = store.conversations.create()
    message = store.messages.add(made.id, None, "user", "hello")
    store.conversations.rename(made.id, "new name")
    store.conversations.set_leaf(made.id, message.id)
    store.conversations.set_instructions_off(made.id, True)
    store.conversations.set_system_prompt(made.id, "Be kind.")
    found = store.conversations.get(made.id)
    assert (found.title, found.leaf_id, found.instructions_off, found.system_prompt) == (
        "new name",
        message.id,
        True,
        "Be kind.",
    )


def test_list_puts_the_latest_used_first_and_respects_the_limit(store: Store) -> None:
    first, second, third = (store.conversations.create(title) for title in "abc")
    store.messages.add(first.id, None, "user", "used again")
    assert [found.id for found in store.conversations.list()] == [first.id, third.id, second.id]
    assert [found.id for found in store.conversations.list(limit=1)] == [first.id]


def test_trash_and_back(store: Store) -> None:
    made = store.conversations.create("Eggs", external_id="s")
    store.messages.add(made.id, None, "user", "boil")
    store.conversations.trash(made.id)
    assert store.conversations.list() == []
    assert store.conversations.by_external("s") is None
    assert store.search("boil") == []
    assert [found.id for found in store.conversations.list(trashed=True)] == [made.id]
    store.conversations.restore(made.id)
    assert [found.id for found in store.conversations.list()] == [made.id]
    assert store.conversations.by_external("s") == store.conversations.get(made.id)


def test_restored_conversation_yields_its_session_to_a_newer_one(store: Store) -> None:
    old = store.conversations.create("old", external_id="s")
    store.conversations.trash(old.id)
    new = store.conversations.create("new", external_id="s")
    store.conversations.restore(old.id)
    assert store.conversations.get(old.id).external_id is None
    assert store.conversations.by_external("s") == new


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.conversations.get("x"),
        lambda store: store.conversations.rename("x", "t"),
        lambda store: store.conversations.set_leaf("x", None),
        lambda store: store.conversations.trash("x"),
        lambda store: store.conversations.restore("x"),
        lambda store: store.conversations.purge("x"),
        lambda store: store.messages.add("x", None, "user", "t"),
        lambda store: store.messages.get("x"),
        lambda store: store.messages.path("x"),
        lambda store: store.messages.update("x", "t"),
        lambda store: store.turns.get("x"),
        lambda store: store.turns.get("last"),
        lambda store: store.turns.next_message("x"),
        lambda store: store.feedback.add("x", "praise", None, "reply"),
        lambda store: store.feedback.undo("x"),
        lambda store: store.lessons.get("x"),
        lambda store: store.lessons.set_state("x", "excluded"),
        lambda store: store.lessons.mark_learned(["x"], 0),
        lambda store: store.memory.get("x"),
        lambda store: store.memory.edit("x", "t"),
        lambda store: store.memory.remove("x"),
        lambda store: store.memory.set_state("x", "off"),
        lambda store: store.memory.active_instructions("x"),
        lambda store: store.memory.add("fact", "t", source_turn_id="x"),
        lambda store: store.versions.get(7),
        lambda store: store.versions.use("m", 7),
        lambda store: store.versions.set_state(7, "deleted"),
        lambda store: store.runs.get("x"),
        lambda store: store.runs.start(7, "user"),
        lambda store: store.runs.event("x", "k", {}),
        lambda store: store.runs.finish("x", "failed", "why"),
    ],
)
def test_unknown_id_is_not_found(store: Store, call) -> None:
    with pytest.raises(NotFound):
        call(store)


def test_regenerating_and_editing_keep_every_variant(store: Store) -> None:
    conversation = store.conversations.create()
    asked = store.messages.add(conversation.id, None, "user", "first wording")
    one = store.messages.add(conversation.id, asked.id, "assistant", "reply one")
    two = store.messages.add(conversation.id, asked.id, "assistant", "reply two")
    edited = store.messages.add(conversation.id, None, "user", "second wording")
    assert store.messages.children(conversation.id, asked.id) == [one, two]
    assert store.messages.children(conversation.id, None) == [asked, edited]
    assert store.messages.path(two.id) == [asked, two]
    assert store.messages.path(edited.id) == [edited]


def test_path_is_whole_in_a_long_conversation(store: Store) -> None:
    conversation = store.conversations.create()
    ids: list[str] = []
    with store.immediate():
        for number in range(3000):
            role = "assistant" if number % 2 else "user"
            ids.append(store.messages.add(conversation.id, ids[-1] if ids else None, role, str(number)).id)
    assert [message.id for message in store.messages.path(ids[-1])] == ids


def test_tool_calls_read_back(store: Store) -> None:
    conversation = store.conversations.create()
    calls = [{"id": "c1", "function": {"name": "ls", "arguments": '{"path": "\\u00e9"}'}}]
    asked = store.messages.add(conversation.id, None, "assistant", "", tool_calls=calls)
    answered = store.messages.add(conversation.id, asked.id, "tool", "files", tool_call_id="c1")
    assert store.messages.get(asked.id).tool_calls == calls
    assert store.messages.get(answered.id).tool_call_id == "c1"


def test_parent_must_be_in_the_same_conversation(store: Store) -> None:
    here, there = store.conversations.create(), store.conversations.create()
    parent = store.messages.add(there.id, None, "user", "hello")
    with pytest.raises(NotFound):
        store.messages.add(here.id, parent.id, "assistant", "hi")
    assert store.messages.children(here.id, parent.id) == []


def test_leaf_must_be_in_the_same_conversation(store: Store) -> None:
    here, there = store.conversations.create(), store.conversations.create()
    message = store.messages.add(there.id, None, "user", "hello")
    with pytest.raises(NotFound):
        store.conversations.set_leaf(here.id, message.id)
    assert store.conversations.get(here.id).leaf_id is None


def test_a_message_never_moves(store: Store) -> None:
    conversation = store.conversations.create()
    one = store.messages.add(conversation.id, None, "user", "one")
    two = store.messages.add(conversation.id, one.id, "assistant", "two")
    with pytest.raises(InternalBug, match="never moves"):
        store.connection.write("UPDATE messages SET parent_id = ? WHERE id = ?", [two.id, one.id])


def test_streaming_reply_is_updated_in_place(store: Store) -> None:
    conversation = store.conversations.create()
    message = store.messages.add(conversation.id, None, "assistant", "", state="streaming")
    store.messages.update(message.id, "half a")
    assert (store.messages.get(message.id).content, store.messages.get(message.id).state) == (
        "half a",
        "streaming",
    )
    store.messages.update(message.id, "half a reply", "stopped")
    assert (store.messages.get(message.id).content, store.messages.get(message.id).state) == (
        "half a reply",
        "stopped",
    )


def test_only_orphaned_streams_are_marked_interrupted(store: Store) -> None:
    conversation = store.conversations.create()
    orphan = store.messages.add(conversation.id, None, "assistant", "lost", state="streaming")
    alive = store.messages.add(conversation.id, None, "assistant", "alive", state="streaming")
    done = store.messages.add(conversation.id, None, "assistant", "done")
    store.connection.write("UPDATE messages SET updated_at = updated_at - 60 WHERE id = ?", [orphan.id])
    assert store.messages.mark_interrupted(older_than_s=30) == 1
    states = [store.messages.get(message.id).state for message in (orphan, alive, done)]
    assert states == ["interrupted", "streaming", "complete"]
    assert [hit.message_id for hit in store.search("lost")] == [orphan.id]


def test_odd_text_is_kept_or_made_storable(store: Store) -> None:
    conversation = store.conversations.create()
    kept = "emoji \N{PILE OF POO}, nul \0, quote ' and \r\n"
    assert store.messages.add(conversation.id, None, "user", kept).content == kept
    assert store.messages.add(conversation.id, None, "user", "half \ud83d pair").content == "half ? pair"


def test_unknown_role_is_a_bug_of_ours(store: Store) -> None:
    conversation = store.conversations.create()
    with pytest.raises(InternalBug, match="CHECK"):
        store.messages.add(conversation.id, None, "robot", "x")


def fail_after_writing(store: Store) -> None:
    store.conversations.create("gone")
    store.conversations.get("no such conversation")


def test_immediate_is_all_or_nothing(store: Store) -> None:
    with pytest.raises(NotFound), store.immediate():
        fail_after_writing(store)
    assert store.conversations.list() == []


def test_inner_failure_takes_back_only_itself(store: Store) -> None:
    with store.immediate():
        kept = store.conversations.create("kept")
        with pytest.raises(NotFound), store.immediate():
            fail_after_writing(store)
    assert [found.id for found in store.conversations.list()] == [kept.id]


def test_full_disk_keeps_what_was_there(store: Store) -> None:
    conversation = store.conversations.create()
    message = store.messages.add(conversation.id, None, "assistant", "so far", state="streaming")
    pages = store.connection.rows("PRAGMA page_count")[0][0]
    store.connection.raw.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFull, match="disk is full"):
        store.messages.update(message.id, "x" * 1_000_000)
    with pytest.raises(DiskFull), store.immediate():
        store.messages.update(message.id, "y" * 1_000_000)
    assert not store.connection.raw.in_transaction
    assert store.messages.get(message.id).content == "so far"
    store.connection.raw.execute("PRAGMA max_page_count = 1000000")
    store.messages.update(message.id, "and on", "complete")
    assert store.messages.get(message.id).content == "and on"
    assert store.check() == []


def test_check_names_a_stray_row(store: Store) -> None:
    raw = store.connection.raw
    raw.execute("PRAGMA foreign_keys = OFF")
    raw.execute("INSERT INTO run_events (id, run_id, at, kind, data) VALUES ('e', 'no such run', 0.0, 'k', '{}')")
    assert store.check() == ["a row of run_events refers to a missing one of runs"]


def test_sqlite_supports_what_the_schema_needs() -> None:
    assert sqlite3.sqlite_version_info >= (3, 37)
