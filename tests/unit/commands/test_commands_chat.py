"""`mentee chat` with a queued policy."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from helpers.command_line import Mentee
from helpers.fake_policy import FakePolicy

from assistant.commands import chat
from assistant.errors import PolicyRefused, PolicyUnavailable
from assistant.store import Store


@pytest.fixture(autouse=True)
def connected(policy: FakePolicy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds the queued policy in place of a server."""

    @contextlib.contextmanager
    def connect(*_: object, **__: object) -> Iterator[FakePolicy]:
        yield policy

    monkeypatch.setattr(chat, "connect_or_start", connect)


def test_the_reply_is_all_there_is_on_standard_output(mentee: Mentee, policy: FakePolicy) -> None:
    policy.queue("Ten ", "minutes.")
    ran = mentee("chat", "How do I boil an egg?")
    assert (ran.status, ran.out, ran.err) == (0, "Ten minutes.\n", "")


def test_json_names_what_was_recorded(mentee: Mentee, policy: FakePolicy, store: Store) -> None:
    policy.queue("Ten minutes.")
    said = mentee("chat", "How do I boil an egg?", "--json").json
    turn = store.turns.get("last")
    assert said == {
        "conversation": turn.conversation_id, "message": turn.message_id, "turn": turn.id,
        "text": "Ten minutes.", "version": 0, "state": "complete",
    }  # fmt: skip


def test_a_reply_that_breaks_off_is_shown_kept_and_told(mentee: Mentee, policy: FakePolicy, store: Store) -> None:
    policy.queue("Ten ", PolicyUnavailable("The model stopped answering."))
    ran = mentee("chat", "How do I boil an egg?")
    assert (ran.status, ran.out, ran.err) == (1, "Ten \n", "mentee: The model stopped answering.\n")
    (conversation,) = store.conversations.list()
    assert conversation.leaf_id is not None
    assert store.messages.get(conversation.leaf_id).content == "Ten "


def test_a_refusal_is_told_in_the_servers_words(mentee: Mentee, policy: FakePolicy) -> None:
    policy.queue_refusal(PolicyRefused(400, "The prompt is too long."))
    ran = mentee("chat", "How do I boil an egg?", "--json")
    assert (ran.status, ran.err) == (1, "mentee: The prompt is too long.\n")
    assert ran.json["state"] == "interrupted"
    assert ran.json["turn"] is None


def test_options_reach_the_policy(mentee: Mentee, policy: FakePolicy) -> None:
    policy.queue("ok")
    mentee("chat", "Hello", "--temperature", "0", "--seed", "7", "--max-tokens", "9")
    sampling = policy.sampling[0]
    assert (sampling["temperature"], sampling["seed"], sampling["max_tokens"]) == (0.0, 7, 9)


@pytest.mark.parametrize("bad", [["--temperature", "9"], ["--max-tokens", "0"], ["--conversation", "nothing"]])
def test_values_out_of_range_are_refused_in_one_line(mentee: Mentee, store: Store, bad: list[str]) -> None:
    ran = mentee("chat", "Hello", *bad)
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "internal" not in ran.err
    assert store.conversations.list() == []


def test_nothing_to_send_and_no_server_leave_no_empty_conversation(
    mentee: Mentee, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise PolicyUnavailable("There is no model file at x.gguf.")

    monkeypatch.setattr(chat, "connect_or_start", broken)
    assert mentee("chat", " ").status == 1
    assert mentee("chat", "Hello").err == "mentee: There is no model file at x.gguf.\n"
    assert store.conversations.list() == []


def test_instructions_can_be_left_out_of_one_conversation(mentee: Mentee, policy: FakePolicy, store: Store) -> None:
    store.memory.add("instruction", "Be brief.")
    policy.queue("ok")
    policy.queue("ok")
    mentee("chat", "Hello", "--no-instructions")
    mentee("chat", "Hello")
    assert [one[-1]["content"] for one in policy.requests] == ["Hello", "Hello\n\nBe brief."]
