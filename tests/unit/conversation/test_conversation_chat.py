"""The chat service with a queued policy: what is stored, when, and however a reply ends."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from helpers.fake_policy import FakePolicy

from assistant.conversation import writing
from assistant.conversation.chat import ChatService
from assistant.conversation.events import ReplyDelta, ReplyEvent, ReplyFinished, ReplyStarted
from assistant.conversation.feedback import give_feedback
from assistant.errors import BadInput, DiskFull, NotFound, PolicyRefused, PolicyUnavailable
from assistant.settings import Settings
from assistant.store import Store
from assistant.store.records import Conversation


@pytest.fixture
def chat(store: Store, policy: FakePolicy) -> ChatService:
    return ChatService(store, policy, Settings())  # type: ignore[arg-type]


@pytest.fixture
def conversation(store: Store) -> Conversation:
    return store.conversations.create()


def finish(events: Iterator[ReplyEvent]) -> ReplyFinished:
    *_, last = events
    assert isinstance(last, ReplyFinished)
    return last


def test_a_reply_is_streamed_stored_and_recorded(
    store: Store, policy: FakePolicy, chat: ChatService, conversation: Conversation
) -> None:
    policy.queue("Ten ", "minutes.")
    started, *deltas, finished = chat.reply(conversation.id, "How do I boil an egg?")
    assert isinstance(started, ReplyStarted)
    assert isinstance(finished, ReplyFinished)
    assert deltas == [ReplyDelta("Ten "), ReplyDelta("minutes.")]
    assert (finished.state, finished.note) == ("complete", "")
    assert store.messages.get(finished.message.id).content == "Ten minutes."
    turn = store.turns.get("last")
    assert finished.turn == turn
    assert (turn.kind, turn.version, turn.model_hash, turn.finish_reason) == ("main", 0, "model-a", "stop")
    assert len(turn.reply_token_ids) == len(turn.logprobs) == len("Ten minutes.")


def test_the_users_message_is_stored_before_the_policy_is_asked(
    store: Store, policy: FakePolicy, chat: ChatService, conversation: Conversation
) -> None:
    policy.queue("Hi")
    events = chat.reply(conversation.id, "Hello\nthere")
    started = next(events)
    assert isinstance(started, ReplyStarted)
    assert policy.requests == []
    assert store.messages.get(started.user_message.id).content == "Hello\nthere"
    assert store.messages.get(started.assistant_message.id).state == "streaming"
    assert store.conversations.get(conversation.id).title == "Hello"
    finish(events)


def test_the_next_prompt_holds_what_was_said_before(
    policy: FakePolicy, chat: ChatService, conversation: Conversation
) -> None:
    policy.queue("one")
    policy.queue("two")
    finish(chat.reply(conversation.id, "first"))
    finish(chat.reply(conversation.id, "second"))
    assert [(one["role"], one["content"]) for one in policy.requests[1]] == [
        ("user", "first"), ("assistant", "one"), ("user", "second"),
    ]  # fmt: skip


def test_a_durable_correction_is_in_the_very_next_prompt_and_on_the_record(
    store: Store, policy: FakePolicy, chat: ChatService, conversation: Conversation
) -> None:
    policy.queue("a long reply")
    policy.queue("short")
    finish(chat.reply(conversation.id, "first"))
    item = give_feedback(store, "last", "correction", "one short sentence please").memory_item
    assert item is not None
    started, *_, finished = chat.reply(conversation.id, "second")
    assert isinstance(started, ReplyStarted)
    assert isinstance(finished, ReplyFinished)
    assert started.instructions == [item]
    assert policy.requests[1][-1]["content"] == "second\n\nReply in one short sentence only."
    assert finished.turn is not None
    assert finished.turn.memory_ids == [item.id]
    assert store.messages.path(finished.message.id)[-2].content == "second"


@pytest.mark.parametrize("switch", ["conversation", "settings"])
def test_instructions_can_be_switched_off(
    store: Store, policy: FakePolicy, chat: ChatService, conversation: Conversation, switch: str
) -> None:
    store.memory.add("instruction", "Be brief.")
    store.memory.add("fact", "My name is Ada.")
    if switch == "conversation":
        store.conversations.set_instructions_off(conversation.id, True)
    else:
        chat.settings = Settings().with_value("memory", "enabled", False)
    policy.queue("ok")
    finished = finish(chat.reply(conversation.id, "Hello"))
    assert policy.requests == [[{"role": "user", "content": "Hello"}]]
    assert finished.turn is not None
    assert finished.turn.memory_ids == []


def test_sampling_follows_the_settings_and_every_turn_draws_its_own_seed(
    policy: FakePolicy, chat: ChatService, conversation: Conversation
) -> None:
    chat.settings = Settings().with_value("chat", "temperature", 0.1)
    for _ in range(3):
        policy.queue("ok")
        finish(chat.reply(conversation.id, "Hello"))
    assert all(one["temperature"] == 0.1 and one["turn_type"] == "main" for one in policy.sampling)
    assert len({one["seed"] for one in policy.sampling}) > 1
    chat.settings = Settings().with_value("chat", "seed", 7)
    policy.queue("ok")
    finish(chat.reply(conversation.id, "Hello"))
    assert policy.sampling[-1]["seed"] == 7


def test_regenerate_adds_a_variant_and_keeps_the_old_one(
    store: Store, policy: FakePolicy, chat: ChatService, conversation: Conversation
) -> None:
    policy.queue("one")
    policy.queue("two")
    first = finish(chat.reply(conversation.id, "Hello")).message
    second = finish(chat.regenerate(first.id)).message
    assert policy.requests[0] == policy.requests[1]
    variants = store.messages.children(conversation.id, first.parent_id)
    assert [variant.content for variant in variants] == ["one", "two"]
    assert store.conversations.get(conversation.id).leaf_id == second.id


def test_edit_adds_a_branch_and_keeps_the_old_one(
    store: Store, policy: FakePolicy, chat: ChatService, conversation: Conversation
) -> None:
    policy.queue("one")
    policy.queue("two")
    first = finish(chat.reply(conversation.id, "Hello")).message
    assert first.parent_id is not None
    second = finish(chat.edit(first.parent_id, "Goodbye")).message
    assert [one["content"] for one in policy.requests[1]] == ["Goodbye"]
    assert [root.content for root in store.messages.children(conversation.id, None)] == ["Hello", "Goodbye"]
    assert [one.content for one in store.messages.path(second.id)] == ["Goodbye", "two"]


def test_what_makes_no_sense_is_refused(
    store: Store, policy: FakePolicy, chat: ChatService, conversation: Conversation
) -> None:
    policy.queue("one")
    reply = finish(chat.reply(conversation.id, "Hello")).message
    assert reply.parent_id is not None
    with pytest.raises(BadInput):
        chat.reply(conversation.id, "  ")
    with pytest.raises(BadInput):
        chat.regenerate(reply.parent_id)
    with pytest.raises(BadInput):
        chat.edit(reply.id, "x")
    for call in (lambda: chat.reply("x", "Hello"), lambda: chat.regenerate("x"), lambda: chat.edit("x", "y")):
        with pytest.raises(NotFound):
            call()
    assert len(store.messages.children(conversation.id, None)) == 1


def test_cancel_keeps_what_arrived_and_records_it(
    store: Store, policy: FakePolicy, chat: ChatService, conversation: Conversation
) -> None:
    policy.queue("one ", "two ", "three")
    events = chat.reply(conversation.id, "Count")
    assert isinstance(next(events), ReplyStarted)
    assert next(events) == ReplyDelta("one ")
    chat.cancel()
    finished = finish(events)
    assert (finished.state, finished.note) == ("stopped", "stopped")
    assert store.messages.get(finished.message.id).content == "one "
    assert finished.turn is not None
    assert len(finished.turn.reply_token_ids) == len("one ")


def test_cancel_before_the_first_token_asks_nothing(
    store: Store, policy: FakePolicy, chat: ChatService, conversation: Conversation
) -> None:
    events = chat.reply(conversation.id, "Count")
    next(events)
    chat.cancel()
    finished = finish(events)
    assert (finished.state, finished.turn, policy.requests) == ("stopped", None, [])
    assert store.messages.get(finished.message.id).state == "stopped"


def test_a_cancelled_reply_does_not_cancel_the_next(
    policy: FakePolicy, chat: ChatService, conversation: Conversation
) -> None:
    chat.cancel()
    policy.queue("ok")
    assert finish(chat.reply(conversation.id, "Hello")).state == "complete"


def test_a_consumer_that_leaves_stops_the_reply(
    store: Store, policy: FakePolicy, chat: ChatService, conversation: Conversation
) -> None:
    policy.queue("one ", "two")
    events = chat.reply(conversation.id, "Count")
    started = next(events)
    assert isinstance(started, ReplyStarted)
    next(events)
    events.close()  # type: ignore[attr-defined]
    stored = store.messages.get(started.assistant_message.id)
    assert (stored.content, stored.state) == ("one ", "stopped")


def test_a_server_that_dies_leaves_the_text_and_the_conversation(
    store: Store, policy: FakePolicy, chat: ChatService, conversation: Conversation
) -> None:
    policy.queue("half a ", PolicyUnavailable("The server went away."))
    finished = finish(chat.reply(conversation.id, "Hello"))
    assert (finished.state, finished.note) == ("interrupted", "policy_unavailable")
    assert (finished.turn, finished.detail) == (None, "The server went away.")
    assert store.messages.get(finished.message.id).content == "half a "
    policy.queue("whole")
    assert finish(chat.reply(conversation.id, "Again")).state == "complete"


def test_a_refusal_is_told_in_the_servers_words(
    policy: FakePolicy, chat: ChatService, conversation: Conversation
) -> None:
    policy.queue_refusal(PolicyRefused(400, "The prompt is too long."))
    finished = finish(chat.reply(conversation.id, "Hello"))
    assert (finished.state, finished.note) == ("interrupted", "policy_refused")
    assert finished.detail == "The prompt is too long."


def test_text_is_saved_while_it_streams_but_not_for_every_token(
    store: Store,
    policy: FakePolicy,
    conversation: Conversation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks = itertools.count()
    chat = ChatService(store, policy, Settings(), clock=lambda: next(ticks) * writing.SAVE_EVERY_S / 8)  # type: ignore[arg-type]
    saved: list[str] = []
    update = store.messages.update

    def spy(message_id: str, content: str, state: object = None) -> None:
        saved.append(content)
        update(message_id, content, state)  # type: ignore[arg-type]

    monkeypatch.setattr(store.messages, "update", spy)
    policy.queue(*"abcdefghijklmnopqrstuvwxyz")
    finish(chat.reply(conversation.id, "Spell"))
    assert 3 <= len(saved) <= 13
    assert saved[-1] == "abcdefghijklmnopqrstuvwxyz"


def test_a_full_disk_keeps_the_text_on_the_screen(
    store: Store,
    policy: FakePolicy,
    chat: ChatService,
    conversation: Conversation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise DiskFull("The disk is full: the last change was not saved.")

    policy.queue("one ", "two")
    events = chat.reply(conversation.id, "Hello")
    next(events)
    monkeypatch.setattr(writing, "SAVE_EVERY_S", -1.0)
    monkeypatch.setattr(store.messages, "update", full)
    finished = finish(events)
    assert (finished.note, finished.message.content, finished.turn) == ("disk_full", "one two", None)


@pytest.mark.parametrize("bound_by", ["settings", "model"])
def test_a_long_conversation_is_trimmed_to_the_context(
    policy: FakePolicy, chat: ChatService, conversation: Conversation, bound_by: str
) -> None:
    chat.settings = Settings().with_value("chat", "max_tokens", 100)
    if bound_by == "settings":
        chat.settings = chat.settings.with_value("serving", "context_tokens", 600)
    else:
        policy.context_tokens = 600
    for number in range(12):
        policy.queue("a" * 40)
        finish(chat.reply(conversation.id, f"{number:02}" + "u" * 38))
    last = policy.requests[-1]
    assert sum(len(one["content"]) for one in last) <= 500
    assert last[-1]["content"].startswith("11")
    assert last[0]["role"] == "user"
