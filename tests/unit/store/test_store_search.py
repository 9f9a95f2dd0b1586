"""Search: what is found, what a query may hold, and what stays out of the index."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assistant.store import Store
from assistant.store.search import fts_query


def add(store: Store, text: str, title: str = "") -> str:
    return store.messages.add(store.conversations.create(title).id, None, "user", text).id


def found(store: Store, text: str) -> list[str | None]:
    return [hit.message_id for hit in store.search(text)]


def index_is_sound(store: Store) -> bool:
    for index in ("messages_fts", "conversations_fts"):
        store.connection.write(f"INSERT INTO {index} ({index}) VALUES ('integrity-check')")
    return True


def test_words_are_found_whatever_their_case_and_accents(store: Store) -> None:
    message = add(store, "Wie koche ich ein Ei im CAFÉ?")
    assert found(store, "cafe") == found(store, "KOCHE ei") == found(store, "Café?") == [message]
    assert found(store, "koche tee") == []


def test_last_word_is_also_a_beginning(store: Store) -> None:
    message = add(store, "quantisation of models")
    assert found(store, "quanti") == [message]
    assert found(store, "quanti models") == []
    assert found(store, "quanti ") == []


def test_quoted_words_follow_each_other(store: Store) -> None:
    message = add(store, "boil an egg")
    assert found(store, '"boil an"') == found(store, '"an egg') == [message]
    assert found(store, '"boil egg"') == []


def test_hit_says_where_and_marks_the_words(store: Store) -> None:
    message = add(store, "How do I boil an egg?", title="Breakfast")
    (hit,) = store.search("egg")
    assert (hit.message_id, hit.title, hit.snippet) == (message, "Breakfast", "How do I boil an \x02egg\x03?")


def test_titles_come_first(store: Store) -> None:
    message = add(store, "egg", title="Breakfast")
    other = store.conversations.create("Egg timer")
    assert [(hit.conversation_id, hit.message_id) for hit in store.search("egg")] == [
        (other.id, None),
        (store.messages.get(message).conversation_id, message),
    ]
    assert store.search("egg", limit=1)[0].message_id is None


def test_renamed_conversation_is_found_by_its_new_title_only(store: Store) -> None:
    conversation = store.conversations.create("before")
    store.conversations.rename(conversation.id, "after")
    assert store.search("before") == []
    assert [hit.conversation_id for hit in store.search("after")] == [conversation.id]
    assert index_is_sound(store)


@pytest.mark.parametrize(
    "text",
    ["AND", "NOT egg", "NEAR(egg, 2)", "content:egg", "egg*", "^egg", "(egg", "egg OR", "-egg", "e'gg"],
)
def test_operators_are_plain_text(store: Store, text: str) -> None:
    message = add(store, f"literally {text} here")
    add(store, "an unrelated remark")
    assert found(store, text) == [message]


@pytest.mark.parametrize("text", ["", "   ", '"', '""', "?!", "*", "\0", '" "', "()", "\ud83d"])
def test_query_without_a_word_finds_nothing(store: Store, text: str) -> None:
    add(store, 'something "" ?! * ()')
    assert store.search(text) == []


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
@example('a"b"c"')
@example('egg\0"')
@example("\ud83d egg")
def test_no_query_is_a_syntax_error(store: Store, text: str) -> None:
    assert isinstance(store.search(text), list)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.from_regex(r"[a-zA-Z0-9]{1,12}( [a-zA-Z0-9]{1,12}){0,4}", fullmatch=True))
def test_every_plain_text_is_found_by_itself(store: Store, text: str) -> None:
    message = add(store, text)
    assert message in [hit.message_id for hit in store.search(text, limit=-1)]


def test_query_form() -> None:
    assert fts_query('say "hello there" AND wor') == '"say" "hello there" "AND" "wor"*'


def test_streaming_reply_enters_the_index_when_it_stands_still(store: Store) -> None:
    conversation = store.conversations.create()
    message = store.messages.add(conversation.id, None, "assistant", "zebra", state="streaming")
    store.messages.update(message.id, "zebra quagga")
    assert found(store, "zebra") == []
    assert index_is_sound(store)
    store.messages.update(message.id, "zebra okapi", "complete")
    assert found(store, "okapi") == [message.id]
    assert found(store, "quagga") == []
    store.messages.update(message.id, "giraffe")
    assert (found(store, "okapi"), found(store, "giraffe")) == ([], [message.id])
    assert index_is_sound(store)


def test_streaming_updates_do_not_touch_the_index(store: Store) -> None:
    conversation = store.conversations.create()
    message = store.messages.add(conversation.id, None, "assistant", "", state="streaming")
    before = [tuple(row) for row in store.connection.rows("SELECT id, block FROM messages_fts_data")]
    for number in range(20):
        store.messages.update(message.id, "word " * number)
    after = [tuple(row) for row in store.connection.rows("SELECT id, block FROM messages_fts_data")]
    assert after == before


def test_index_survives_vacuum(store: Store) -> None:
    first = add(store, "alpha")
    second = add(store, "beta")
    store.conversations.purge(store.messages.get(first).conversation_id)
    store.connection.raw.execute("VACUUM")
    assert found(store, "beta") == [second]
    assert index_is_sound(store)
