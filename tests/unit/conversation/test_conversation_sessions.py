"""Sessions of outside clients become conversations."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.conversation.sessions import SessionRecorder, SessionReply
from assistant.errors import BadInput
from assistant.paths import DataDir
from assistant.store import Store


def say(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def reply(text: str = "Ten minutes.", **more: Any) -> SessionReply:
    values: dict[str, Any] = {
        "prompt_token_ids": [1, 2],
        "token_ids": [3, 4],
        "logprobs": [-0.5, -0.25],
        "sampler": {"temperature": 0.0},
        "model_hash": "model-a",
        "template_hash": "template",
        "version": 0,
        "finish_reason": "stop",
    }
    return SessionReply(text=text, **{**values, **more})


@pytest.fixture
def recorder(data: DataDir) -> SessionRecorder:
    return SessionRecorder(data)


def contents(data: DataDir) -> list[str]:
    """The path on show of the only conversation."""
    with Store.open(data) as store:
        (conversation,) = store.conversations.list()
        assert conversation.leaf_id is not None
        return [message.content for message in store.messages.path(conversation.leaf_id)]


HELLO = [say("system", "Be kind."), say("user", "How do I boil an egg?")]


def test_a_request_is_stored_before_the_reply(data: DataDir, recorder: SessionRecorder) -> None:
    attached = recorder.attach(HELLO, "session-1")
    assert contents(data) == ["Be kind.", "How do I boil an egg?"]
    with Store.open(data) as store:
        conversation = store.conversations.by_external("session-1")
        assert conversation is not None
        assert (conversation.id, conversation.title) == (attached.conversation_id, "How do I boil an egg?")


def test_the_turn_has_the_id_that_was_told_before(data: DataDir, recorder: SessionRecorder) -> None:
    attached = recorder.attach(HELLO, "session-1")
    assert recorder.record(attached, reply()) == attached.turn_id
    with Store.open(data) as store:
        turn = store.turns.get("last")
        assert (turn.id, turn.kind, turn.prompt_token_ids, turn.reply_token_ids) == (
            attached.turn_id, "main", [1, 2], [3, 4],
        )  # fmt: skip
        assert store.messages.get(turn.message_id).parent_id == attached.leaf_id


def test_a_resent_history_adds_nothing_and_the_follow_up_is_the_next_state(
    data: DataDir, recorder: SessionRecorder
) -> None:
    first = recorder.attach(HELLO, "session-1")
    recorder.record(first, reply("Ten minutes. "))
    history = [*HELLO, say("assistant", "Ten minutes."), say("user", "Too long.")]
    recorder.attach(history, "session-1")
    assert contents(data) == ["Be kind.", "How do I boil an egg?", "Ten minutes. ", "Too long."]
    with Store.open(data) as store:
        following = store.turns.next_message(first.turn_id)
        assert following is not None
        assert following.content == "Too long."


def test_an_edited_history_becomes_a_branch(data: DataDir, recorder: SessionRecorder) -> None:
    first = recorder.attach(HELLO, "session-1")
    recorder.record(first, reply())
    other = recorder.attach([HELLO[0], say("user", "How do I fry an egg?")], "session-1")
    assert other.conversation_id == first.conversation_id
    assert contents(data) == ["Be kind.", "How do I fry an egg?"]
    with Store.open(data) as store:
        (root,) = store.messages.children(first.conversation_id, None)
        assert len(store.messages.children(first.conversation_id, root.id)) == 2


def test_the_same_request_twice_gives_two_variants_of_one_reply(data: DataDir, recorder: SessionRecorder) -> None:
    for text in ("Ten minutes.", "Eight minutes."):
        attached = recorder.attach(HELLO, "session-1")
        recorder.record(attached, reply(text))
    with Store.open(data) as store:
        variants = store.messages.children(attached.conversation_id, attached.leaf_id)
    assert [variant.content for variant in variants] == ["Ten minutes.", "Eight minutes."]


def test_sessions_are_kept_apart(recorder: SessionRecorder) -> None:
    one, two = recorder.attach(HELLO, "one"), recorder.attach(HELLO, "two")
    assert one.conversation_id != two.conversation_id


def test_tool_calls_and_results_are_matched_too(data: DataDir, recorder: SessionRecorder) -> None:
    calls = [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    first = recorder.attach(HELLO, "s")
    recorder.record(first, reply("", tool_calls=calls))
    history = [*HELLO, say("assistant", None, tool_calls=calls), say("tool", "exit code 1", tool_call_id="1")]
    recorder.attach(history, "s")
    recorder.attach(history, "s")
    with Store.open(data) as store:
        following = store.turns.next_message(first.turn_id)
        assert following is not None
        assert (following.role, following.content, following.tool_call_id) == ("tool", "exit code 1", "1")
        assert len(store.messages.children(first.conversation_id, following.parent_id)) == 1


def test_parts_of_text_are_joined(data: DataDir, recorder: SessionRecorder) -> None:
    parts = [{"type": "text", "text": "How"}, {"type": "text", "text": "now?"}]
    recorder.attach([say("user", parts)], "s")
    assert contents(data) == ["How\nnow?"]


def test_a_side_reply_is_kept_but_not_put_on_show(data: DataDir, recorder: SessionRecorder) -> None:
    attached = recorder.attach(HELLO, "s")
    recorder.record(attached, reply("A title", kind="side"))
    assert contents(data)[-1] == "How do I boil an egg?"


@pytest.mark.parametrize("bad", [[], [say("wizard", "x")], [say("user", 7)]])
def test_what_is_no_conversation_is_refused_whole(
    data: DataDir, recorder: SessionRecorder, bad: list[dict[str, Any]]
) -> None:
    with pytest.raises(BadInput):
        recorder.attach(bad, "s")
    with Store.open(data) as store:
        assert store.conversations.list() == []
